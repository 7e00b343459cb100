"""What the drill says is wrong, given what was found."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.crash.books import Books, FileRow, Files
from tests.crash.facts import Facts, Verdict
from tests.drill.course import Outcome, changed
from tests.drill.losing import kept_of

ERASED, KEPT = UUID(int=1), UUID(int=2)
FILE = UUID(int=3)
SINCE = datetime(2026, 12, 1, tzinfo=UTC)


def test_nothing_is_left_of_who_was_erased_where_only_others_are_in_the_tables() -> None:
    files = Files(rows={FILE: FileRow(KEPT, "reporter", "cleared")}, keys=frozenset({KEPT}))
    books = Books(sealed=frozenset({KEPT}), worded=frozenset({KEPT}), files=files)
    assert kept_of({ERASED}, books) == []


@pytest.mark.parametrize(
    ("books", "said"),
    [
        (Books(sealed=frozenset({ERASED})), f"{ERASED}: the vault holds its reporter"),
        (Books(worded=frozenset({ERASED})), f"{ERASED}: intake keeps its words"),
        (Books(files=Files(keys=frozenset({ERASED}))), f"{ERASED}: media has its key"),
        (
            Books(files=Files(rows={FILE: FileRow(ERASED, "reporter", "cleared")})),
            f"{ERASED}: media has its file {FILE}",
        ),
    ],
    ids=["contact", "words", "key of the pictures", "picture"],
)
def test_contact_words_or_a_picture_of_who_was_erased_is_told(books: Books, said: str) -> None:
    assert kept_of({ERASED}, books) == [said]


def facts(**standings: dict[UUID, dict[str, object]]) -> Facts:
    return Facts((), (), (), frozenset(), (), (), SINCE, books=Books(standings=standings))


def test_a_case_that_one_service_holds_otherwise_after_the_restore_is_told() -> None:
    was: dict[str, object] = {"state": "completed"}
    now: dict[str, object] = {"state": "in_progress"}
    before = facts(routing={KEPT: was}, sla={KEPT: was}, tracking={KEPT: was})
    assert changed(before, before) == []
    after = facts(routing={KEPT: was, ERASED: was}, sla={KEPT: now}, tracking={})
    assert changed(before, after) == [
        f"case {KEPT}: sla held {was}, and holds {now}",
        f"case {KEPT}: tracking held {was}, and holds None",
    ]


GOOD = Verdict(10)


def test_a_drill_is_flawless_when_both_ledgers_are_and_somebody_was_erased() -> None:
    assert Outcome(GOOD, GOOD, erased=12).flawless


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(GOOD, None, erased=12),
        Outcome(Verdict(10, lost=("one",)), GOOD, erased=12),
        Outcome(GOOD, Verdict(10, stuck=("one",)), erased=12),
        Outcome(GOOD, GOOD, erased=12, changed=["one"]),
        Outcome(GOOD, GOOD, erased=12, kept=["one"]),
        Outcome(GOOD, GOOD, erased=0),
    ],
    ids=["not restored", "lost before", "stuck after", "changed", "kept", "nobody was erased"],
)
def test_a_drill_is_not_flawless_otherwise(outcome: Outcome) -> None:
    assert not outcome.flawless

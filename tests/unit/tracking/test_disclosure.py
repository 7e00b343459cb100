"""What the holder of a code is shown, and what not."""

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.case import closing
from services.tracking import disclosure
from services.tracking.disclosure import (
    Extension,
    Outcome,
    OwnFile,
    OwnWords,
    PublicCase,
    Question,
    disclose,
    next_steps,
)
from services.tracking.domain import CaseRecord, evolve
from services.tracking.web.case_page import compose
from services.tracking.web.languages import WORDS
from shared.events.event import Event
from shared.events.intake import ComplaintSupplemented, ReporterErased
from shared.events.routing import (
    ExtensionApproved,
    ExtensionRefused,
    ExtensionRequested,
    Standing,
)
from shared.events.vocabulary import CaseState, Clock, MediaKind, MediaRefusal, ReopenReason
from tests.builders import a_complaint, a_complaint_id, at, in_envelope
from tests.unit.tracking import events as e


def view_of(*heard: Event) -> CaseRecord:
    view: CaseRecord | None = None
    for event in heard:
        view = evolve(view, in_envelope(event))
    assert view is not None
    return view


def shown(*chain: CaseRecord) -> PublicCase:
    case = disclose(chain)
    assert case is not None
    return case


def of(number: int, *heard: Any) -> CaseRecord:
    """The same events about another complaint."""
    key = a_complaint_id(number)
    return view_of(*(event.model_copy(update={"complaint_id": key}) for event in heard))


def test_a_public_case_shows_stages_units_and_dates() -> None:
    case = shown(view_of(e.RECEIVED, e.ROUTED, e.DUE, e.COORDINATED, e.SENT))
    assert case.report_number == "JK2411030001"
    assert case.unit == "Dinas Bina Marga"
    assert (case.channel, case.category, case.area) == ("jaki", "jalan", "Tebet Timur")
    assert (case.due_at, case.original_due_at) == (at(days=7), None)
    assert [stage.unit for stage in case.stages] == [
        None, "Kelurahan Tebet Timur", "Dinas Bina Marga"
    ]  # fmt: skip
    assert [notice.outcome for notice in case.notices] == ["sent"]


ASKED = e.QUESTIONED.model_copy(update={"question_ref": UUID(int=21)})
ADDED = e.of_intake(ComplaintSupplemented, content_ref=UUID(int=22), kind="answer", at=at(11))
ANSWERED = e.ANSWERED.model_copy(update={"content_ref": UUID(int=22)})
ASKED_AGAIN = e.QUESTIONED.model_copy(update={"question_ref": UUID(int=23), "at": at(12)})
OVER = e.EXPIRED.model_copy(update={"question_ref": UUID(int=23)})
NOTED = e.REJECTED.model_copy(update={"note_ref": UUID(int=24)})
DONE = e.COMPLETED.model_copy(update={"follow_up_ref": UUID(int=25)})
WISHED = e.of_intake(ReporterErased, reporter_ref=e.REF)

ALWAYS = {"state", "received_at", "stages"}
DATES = {"due_at"}
OPEN = {"question_open", "question_ref", "questions", "paused"}
OWN = {"report_number", "channel", "category", "area", "unit", "own_words"}
ANSWER = {"note_ref", "outcomes", "closed_at"}

SHOWN: list[tuple[str, dict[str, Any], list[Event], set[str]]] = [
    ("public", {}, [e.DUE], ALWAYS | OWN | DATES),
    ("told", {}, [e.SENT], ALWAYS | OWN | {"notices"}),
    ("rahasia", {"confidential": True}, [e.DUE, e.SENT],
     ALWAYS | OWN | DATES | {"confidential", "notices"}),
    ("rahasia, asked", {"confidential": True}, [ASKED], ALWAYS | OWN | OPEN | {"confidential"}),
    ("asked", {}, [ASKED], ALWAYS | OWN | OPEN),
    ("answered", {}, [ASKED, ADDED, ANSWERED], ALWAYS | OWN | {"questions"}),
    ("answer late", {}, [ASKED_AGAIN, OVER], ALWAYS | OWN | OPEN - {"paused"}),
    ("rejected", {}, [NOTED], ALWAYS | OWN | ANSWER | {"rejection"}),
    ("rejected without a note", {}, [e.REJECTED],
     ALWAYS | OWN | ANSWER - {"note_ref"} | {"rejection"}),
    ("completed", {}, [DONE], ALWAYS | OWN | ANSWER),
    ("completed with evidence", {}, [e.FILED, DONE],
     ALWAYS | OWN | ANSWER | {"evidence_count", "evidence_refs"}),
    ("rahasia, completed with evidence", {"confidential": True}, [e.FILES, e.FILED, DONE],
     ALWAYS | OWN | ANSWER | {"confidential", "evidence_count", "files"}),
    ("with files", {}, [e.FILES], ALWAYS | OWN | {"files"}),
    ("with files, erased", {}, [e.FILES, e.CLEARED, WISHED], ALWAYS | OWN | {"erased"}),
    ("officials, with files", {"restricted": True}, [e.FILES, e.CLEARED],
     ALWAYS | {"restricted", "confidential", "files"}),
    ("work filed and not judged", {}, [e.FILED], ALWAYS | OWN),
    ("reopened", {}, [e.FILED, DONE, e.REOPENED], ALWAYS | OWN | {"outcomes"}),
    ("withdrawn", {}, [e.WITHDRAWN], ALWAYS | OWN | {"closed_at"}),
    ("paused and moved", {}, [e.DUE, e.PAUSED], ALWAYS | OWN | DATES),
    ("extended", {}, [e.EXTENSION_REQUESTED, e.EXTENSION_APPROVED, e.DUE, e.EXTENDED],
     ALWAYS | OWN | DATES | {"original_due_at", "extensions"}),
    ("extension not yet heard of by the clock", {},
     [e.EXTENSION_REQUESTED, e.EXTENSION_APPROVED, e.DUE], ALWAYS | OWN | DATES | {"extensions"}),
    ("erased", {}, [ASKED, WISHED], ALWAYS | OWN | {"questions", "erased", "paused"}),
    ("officials", {"restricted": True}, [e.DUE, e.SENT],
     ALWAYS | DATES | {"restricted", "confidential"}),
    ("officials, asked", {"restricted": True}, [ASKED],
     ALWAYS | OPEN | {"restricted", "confidential"}),
    ("officials, answered", {"restricted": True}, [ASKED, ADDED, ANSWERED],
     ALWAYS | {"restricted", "confidential", "questions"}),
    ("officials, rejected", {"restricted": True}, [NOTED],
     ALWAYS | ANSWER | {"restricted", "confidential", "rejection"}),
    ("officials, completed", {"restricted": True, "confidential": True}, [e.FILED, DONE],
     ALWAYS | ANSWER | {"restricted", "confidential", "evidence_count"}),
    ("officials, reopened", {"restricted": True}, [DONE, e.REOPENED],
     ALWAYS | {"restricted", "confidential", "outcomes"}),
]  # fmt: skip


@pytest.mark.parametrize(("flags", "heard", "expected"), [row[1:] for row in SHOWN],
                         ids=[row[0] for row in SHOWN])  # fmt: skip
def test_the_holder_of_the_code_is_shown_what_the_table_says_and_nothing_else(
    flags: dict[str, Any], heard: list[Event], expected: set[str]
) -> None:
    case = shown(view_of(e.RECEIVED, e.ROUTED, *heard)._replace(**flags))
    told = {f.name for f in fields(case) if getattr(case, f.name) not in (None, False, (), 0)}
    assert told == expected
    assert any(stage.unit for stage in case.stages) == ("restricted" not in expected)


def test_the_reporters_messages_are_shown_each_with_its_date_and_kind() -> None:
    note, edit = e.SUPPLEMENTED, e.of_intake(
        ComplaintSupplemented, content_ref=UUID(int=26), kind="edit", at=at(3)
    )  # fmt: skip
    case = shown(view_of(a_complaint(confidential=True), e.ROUTED, note, edit, ADDED))
    assert case.own_words == (
        OwnWords(UUID(int=(1 << 100) + 1), "complaint", at()),
        OwnWords(e.REF, "note", at(2)),
        OwnWords(UUID(int=26), "edit", at(3)),
        OwnWords(UUID(int=22), "answer", at(11)),
    )
    assert case.own_refs == (UUID(int=(1 << 100) + 1), e.REF, UUID(int=26), UUID(int=22))


def test_a_question_stays_with_its_answer_and_an_unanswered_one_says_so() -> None:
    first = Question(UUID(int=21), at(10), "answered", False, at(11), UUID(int=22))
    heard = (e.RECEIVED, e.ROUTED, ASKED, ADDED, ANSWERED, ASKED_AGAIN)
    again = Question(UUID(int=23), at(12), "open")
    assert shown(view_of(*heard)).questions == (first, again)
    late = replace(again, time_over=True)
    assert shown(view_of(*heard, OVER)).questions == (first, late)
    assert shown(view_of(*heard, OVER, DONE)).questions == (
        first, replace(late, state="unanswered"),
    )  # fmt: skip
    assert shown(view_of(*heard, WISHED)).questions == (first, replace(again, state="unanswered"))


def test_of_a_complaint_about_officials_only_the_open_question_has_words() -> None:
    heard = view_of(e.RECEIVED, e.ROUTED, ASKED, ADDED, ANSWERED, ASKED_AGAIN)
    case = shown(heard._replace(restricted=True))
    assert case.questions == (
        Question(None, at(10), "answered", False, at(11), None),
        Question(UUID(int=23), at(12), "open"),
    )
    assert (case.officers_refs, case.own_refs) == ((UUID(int=23),), ())


def test_each_file_of_the_reporters_is_told_with_what_became_of_it() -> None:
    refs = tuple(UUID(int=number) for number in range(41, 45))
    sent = e.FILES.model_copy(update={"refs": refs})
    document = {"ref": refs[1], "kind": MediaKind.DOCUMENT, "locked": True}
    heard = (
        e.RECEIVED,
        sent,
        e.CLEARED.model_copy(update={"ref": refs[0]}),
        e.CLEARED.model_copy(update=document),
        e.UNCLEARED.model_copy(update={"ref": refs[2]}),
    )
    files = (
        OwnFile(refs[0], at(2), 1, "shown", MediaKind.PICTURE),
        OwnFile(refs[1], at(2), 2, "locked", MediaKind.DOCUMENT),
        OwnFile(refs[2], at(2), 3, "refused", None, MediaRefusal.DAMAGED),
        OwnFile(refs[3], at(2), 4),
    )
    case = shown(view_of(*heard))
    assert case.files == files
    assert case.shown_files == (refs[0], refs[3])
    officials = shown(view_of(*heard)._replace(restricted=True))
    assert officials.files == tuple(replace(file, ref=None, kind=None) for file in files)
    assert officials.shown_files == ()


@pytest.mark.parametrize(("own", "head", "told"), [
    ({}, {}, True),
    ({"confidential": True}, {}, False),
    ({"restricted": True}, {}, False),
    ({}, {"confidential": True}, False),
    ({}, {"restricted": True}, False),
])  # fmt: skip
def test_the_work_is_shown_to_those_merged_into_it_where_both_cases_are_public(
    own: dict[str, Any], head: dict[str, Any], told: bool
) -> None:
    child = view_of(e.RECEIVED, e.ROUTED, e.FILES, e.MERGED)._replace(**own)
    worked = of(77, a_complaint(number=77), e.FILES, e.ROUTED, e.FILED, DONE)._replace(**head)
    case = shown(child, worked)
    assert case.evidence_refs == (e.FILED.media_refs if told else ())
    assert [file.number for file in case.files] == [1]


@pytest.mark.parametrize("heard", [[], [DONE, e.REOPENED], [NOTED]])
def test_the_work_is_shown_once_it_is_accepted_and_no_longer_than_that(heard: list[Event]) -> None:
    assert shown(view_of(e.RECEIVED, e.ROUTED, e.FILED, *heard)).evidence_refs == ()


def test_of_an_erased_reporter_no_words_are_asked_for() -> None:
    case = shown(view_of(e.RECEIVED, e.ROUTED, ASKED, ADDED, ANSWERED, WISHED))
    assert len(case.own_words) == 2
    assert case.own_refs == ()


def test_each_end_and_each_reopening_is_shown_with_its_reason_and_words() -> None:
    again = e.REOPENED.model_copy(update={"reason": ReopenReason.NEW_FACTS, "at": at(days=1)})
    done = DONE.model_copy(update={"at": at(days=2)})
    assert shown(view_of(e.RECEIVED, e.ROUTED, NOTED, again, e.FILED, done)).outcomes == (
        Outcome("rejected", at(4), "not_city_competence", UUID(int=24), 0),
        Outcome("reopened", at(days=1), "new_facts", None, 0),
        Outcome("completed", at(days=2), None, UUID(int=25), 2),
    )


def extension(kind: type[Any], hours: float, **dates: Any) -> Event:
    event: Event = e.of_extension(kind, at=at(hours), **dates)
    return event


def test_a_later_date_is_shown_from_the_request_to_the_decision() -> None:
    first = extension(ExtensionRequested, 1, complete_by=at(days=12), note_ref=e.REF)
    refused = extension(ExtensionRefused, 2, note_ref=e.REF)
    second = extension(ExtensionRequested, 3, complete_by=at(days=9), note_ref=e.REF)
    heard = (e.RECEIVED, e.ROUTED, first, refused, second)
    no = Extension(at(1), at(days=12), "refused", at(2))
    assert shown(view_of(*heard)).extensions == (no, Extension(at(3), at(days=9)))
    approved = extension(ExtensionApproved, 4, complete_by=at(days=9))
    yes = Extension(at(3), at(days=9), "approved", at(4))
    assert shown(view_of(*heard, approved)).extensions == (no, yes)


@pytest.mark.parametrize("end", [DONE, NOTED, e.WITHDRAWN, e.FILED, e.COORDINATED])
def test_a_request_that_the_case_has_overtaken_waits_for_nobody(end: Event) -> None:
    asked = extension(ExtensionRequested, 1, complete_by=at(days=12), note_ref=e.REF)
    heard = (e.RECEIVED, e.ROUTED, asked, ASKED, end)
    assert shown(view_of(e.RECEIVED, e.ROUTED, asked, ASKED)).extensions == (
        Extension(at(1), at(days=12)),
    )  # fmt: skip
    assert shown(view_of(*heard)).extensions == ()
    assert shown(view_of(*heard, e.REOPENED)).extensions == ()
    again = extension(ExtensionRequested, 50, complete_by=at(days=9), note_ref=e.REF)
    assert shown(view_of(*heard, e.REOPENED, again)).extensions == (
        Extension(at(50), at(days=9)),
    )  # fmt: skip


@pytest.mark.parametrize(("moved", "shows"), [
    ({"due_at": at(days=12), "cause": "extension"}, True),
    ({"due_at": at(days=12), "cause": "pause"}, False),
    # T0 is nine in the morning: fifteen hours later it is another day in Jakarta, not in UTC.
    ({"due_at": at(days=7, hours=14.9), "cause": "extension"}, False),
    ({"due_at": at(days=7, hours=15), "cause": "extension"}, True),
    ({"due_at": at(days=12), "cause": "extension", "clock": Clock.FIRST_ACTION}, False),
])  # fmt: skip
def test_the_original_date_is_shown_only_where_an_extension_moved_it_to_another_day(
    moved: dict[str, Any], shows: bool
) -> None:
    case = shown(view_of(e.RECEIVED, e.ROUTED, e.DUE, e.EXTENDED.model_copy(update=moved)))
    assert case.original_due_at == (at(days=7) if shows else None)


NOW = at(days=1)


@pytest.mark.parametrize(("heard", "flags", "now", "steps"), [
    ([], {}, NOW, ()),
    ([ASKED], {}, NOW, ("answer",)),
    ([ASKED], {"restricted": True}, NOW, ("answer",)),
    ([ASKED_AGAIN, OVER], {}, at(days=13), ("answer",)),
    ([ASKED, WISHED], {}, NOW, ()),
    ([DONE], {}, at(40, days=10), ("object",)),
    ([DONE], {}, at(40.01, days=10), ()),
    ([DONE], {"confidential": True}, at(days=2), ("object",)),
    ([NOTED], {}, NOW, ("appeal",)),
    ([NOTED, WISHED], {}, NOW, ()),
    ([DONE, e.REOPENED], {}, at(days=6), ()),
    ([e.WITHDRAWN], {}, NOW, ()),
])  # fmt: skip
def test_what_the_reporter_can_do_is_told_while_they_can(
    heard: list[Event], flags: dict[str, Any], now: datetime, steps: tuple[str, ...]
) -> None:
    case = shown(view_of(e.RECEIVED, e.ROUTED, *heard)._replace(**flags))
    assert next_steps(case, now) == steps


def test_the_time_to_object_is_the_one_that_routing_keeps() -> None:
    assert disclosure.OBJECTION_WINDOW == closing.OBJECTION_WINDOW == timedelta(days=10)


def test_of_a_row_that_an_earlier_release_wrote_the_standing_answer_and_question_are_shown() -> (
    None
):
    old = view_of(e.RECEIVED, e.ROUTED, DONE)._replace(content_ref=None, acts=(), supplements=())
    case = shown(old)
    assert (case.note_ref, case.outcomes) == (UUID(int=25), ())
    assert case.own_words == (OwnWords(None, "complaint", at()),)
    asked = view_of(e.RECEIVED, e.ROUTED, ASKED)._replace(acts=())
    assert (shown(asked).question_open, shown(asked).question_ref) == (True, UUID(int=21))


def test_a_question_without_a_reference_is_answered_under_the_complaints_own_id() -> None:
    asked = view_of(e.RECEIVED, e.ROUTED, ASKED)._replace(acts=(), question_ref=None)
    case = shown(asked)
    assert (case.question_open, case.question_ref) == (True, a_complaint_id())
    assert next_steps(case, NOW) == ("answer",)
    for later, still_open in ((e.STARTED, True), (ANSWERED, False), (e.FILED, False)):
        assert shown(evolve(asked, in_envelope(later))).question_open is still_open, later


def test_the_reference_of_an_open_question_is_learnt_from_any_later_event() -> None:
    asked = view_of(e.RECEIVED, e.ROUTED, ASKED)._replace(question_ref=None)
    stated = e.STARTED.model_copy(update={"standing": Standing(question_ref=UUID(int=21))})
    assert shown(evolve(asked, in_envelope(stated))).question_ref == UUID(int=21)


def test_a_merged_case_shows_where_its_head_stands() -> None:
    child = view_of(e.RECEIVED, e.ROUTED, e.MERGED, e.SENT)
    head = of(77, a_complaint(number=77), e.ROUTED, e.COORDINATED, e.STARTED, e.DUE)
    case = shown(child, head)
    assert case.merged
    assert case.state == CaseState.IN_PROGRESS
    assert case.report_number == "JK2411030001"
    assert case.due_at == at(days=7)
    assert [stage.event for stage in case.stages] == [
        "ComplaintReceived", "CaseRouted", "CaseMerged", "WorkStarted"
    ]  # fmt: skip


@pytest.mark.parametrize("flag", ["confidential", "restricted"])
def test_the_unit_of_a_hidden_head_is_not_told_to_those_merged_into_it(flag: str) -> None:
    child = view_of(e.RECEIVED, e.ROUTED, e.MERGED)
    hidden: dict[str, Any] = {flag: True}
    started = e.STARTED.model_copy(update=e.DINAS)
    head = of(77, a_complaint(number=77), e.ROUTED, started, DONE)
    case = shown(child, head._replace(**hidden))
    assert (case.restricted, case.confidential, case.unit) == (False, False, None)
    assert case.report_number == "JK2411030001"
    assert [stage.unit for stage in case.stages] == [
        None, "Kelurahan Tebet Timur", "Kelurahan Tebet Timur", None, None,
    ]  # fmt: skip
    assert "Dinas Bina Marga" not in repr(case)
    assert case.note_ref == UUID(int=25)


def test_a_merged_case_shows_its_own_words_and_questions_and_its_heads_answers_alone() -> None:
    relayed = e.RELAYED.model_copy(update={"follow_up_ref": UUID(int=25)})
    child = view_of(
        e.RECEIVED, e.ROUTED, e.QUESTIONED.model_copy(update={"at": at(2)}), e.SUPPLEMENTED,
        e.MERGED, relayed,
    )  # fmt: skip
    head = of(77, a_complaint(number=77), e.ROUTED, ASKED, ADDED, ANSWERED, e.FILED, DONE, e.SENT)
    case = shown(child, head)
    assert [words.ref for words in case.own_words] == [UUID(int=(1 << 100) + 1), e.REF]
    assert case.questions == (Question(e.REF, at(2), "unanswered"),)
    assert case.outcomes == (Outcome("completed", at(40), None, UUID(int=25), 2),)
    assert (case.note_ref, case.evidence_count) == (UUID(int=25), 2)
    asked_of_head = {UUID(int=21), UUID(int=22)}
    assert not asked_of_head & {*case.officers_refs, *case.own_refs}
    assert case.notices == ()


def test_what_the_head_was_told_before_the_merger_is_not_told_to_those_merged_into_it() -> None:
    rejected = NOTED.model_copy(update={"at": at(2)})
    again = e.REOPENED.model_copy(update={"at": at(3)})
    child = view_of(e.RECEIVED, e.ROUTED, e.MERGED)
    head = of(77, a_complaint(number=77), e.ROUTED, rejected, again, DONE)
    assert [outcome.kind for outcome in shown(child, head).outcomes] == ["completed"]


def test_a_head_that_is_asked_tells_nothing_of_it_to_those_merged_into_it() -> None:
    child = view_of(e.RECEIVED, e.ROUTED, e.MERGED)
    case = shown(child, of(77, a_complaint(number=77), e.ROUTED, e.STARTED, ASKED))
    assert (case.question_open, case.questions, next_steps(case, NOW)) == (False, (), ())


def test_a_case_that_is_on_its_own_again_has_no_answer_any_more() -> None:
    case = shown(view_of(e.RECEIVED, e.ROUTED, e.MERGED, e.RELAYED, e.SPLIT))
    assert (case.note_ref, case.closed_at, case.rejection) == (None, None, None)


@st.composite
def a_case_and_its_head(draw: st.DrawFn) -> tuple[CaseRecord, CaseRecord]:
    """After any events, each reference of the head's another than the case's."""
    views = []
    for number in (1, 77):
        heard = draw(st.lists(st.sampled_from(e.ONE_OF_EACH[1:]), max_size=20))
        later = (_with_refs(event, number) for event in heard)
        view = view_of(a_complaint(number=number), *later)
        views.append(view._replace(restricted=draw(st.booleans())))
    return views[0], views[1]


def _with_refs(event: Event, number: int) -> Event:
    refs = {
        name: UUID(int=(number << 64) + place)
        for place, name in enumerate(("content_ref", "question_ref", "note_ref"), start=1)
        if name in type(event).model_fields
    }
    return event.model_copy(update={**refs, "complaint_id": a_complaint_id(number)})


@settings(max_examples=200, deadline=None)
@given(a_case_and_its_head())
def test_whatever_befalls_them_nothing_of_the_heads_reporter_is_shown_and_a_page_can_be_made(
    views: tuple[CaseRecord, CaseRecord],
) -> None:
    child, head = views
    theirs = {UUID(int=(77 << 64) + 1), UUID(int=(77 << 64) + 2), head.content_ref}
    for chain in ([child], [child, head]):
        case = shown(*chain)
        assert not theirs & {*case.own_refs, *case.officers_refs}
        assert not (case.restricted and (case.own_refs or case.unit or case.report_number))
        for words in WORDS.values():
            assert compose(case, words, NOW).timeline


def test_nothing_is_shown_before_the_complaint_itself_is_known() -> None:
    assert disclose([view_of(e.ROUTED)]) is None
    assert disclose([]) is None


def test_the_answer_that_stands_is_shown_and_a_reopened_case_has_none() -> None:
    rejected = e.REJECTED.model_copy(update={"note_ref": e.REF})
    assert shown(view_of(e.RECEIVED, e.ROUTED, rejected)).note_ref == e.REF
    assert shown(view_of(e.RECEIVED, e.ROUTED, e.COMPLETED)).note_ref == e.REF
    assert shown(view_of(e.RECEIVED, e.ROUTED, rejected, e.REOPENED)).note_ref is None


def test_a_merged_case_shows_its_heads_answer_and_not_its_heads_question() -> None:
    child = view_of(e.RECEIVED, e.ROUTED, e.MERGED)
    asked = of(77, a_complaint(number=77), e.ROUTED, e.STARTED, e.QUESTIONED)
    assert shown(child, asked).question_ref is None
    done = of(77, a_complaint(number=77), e.ROUTED, e.STARTED, e.COMPLETED)
    assert shown(child, done).note_ref == e.REF
    assert shown(child, done).closed_at == e.COMPLETED.at

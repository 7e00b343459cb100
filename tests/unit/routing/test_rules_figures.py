"""The judge of decisions that were made while versions of the rules took turns."""

from datetime import datetime, timedelta

from tests.builders import T0, a_complaint_id
from tests.rules_figures.findings import Decided, Findings, findings
from tests.rules_figures.versions import Outcome

KIND = ("sms", "Perahu")
OLD, NEW = Outcome(None, "triage", "Meja"), Outcome("taman", "pam-jaya", "PAM Jaya")
EXPECTED = {KIND: {1: OLD, 2: NEW}}
SINCE = {1: datetime.min.replace(tzinfo=T0.tzinfo), 2: T0}
SECOND = timedelta(seconds=1)


def a_case(
    number: int,
    version: int | None,
    said: Outcome,
    batch: int,
    at: datetime = T0 + SECOND,
    told: int | None = None,
) -> Decided:
    named = (version, version if told is None else told, version)
    return Decided(a_complaint_id(number), KIND, batch, at, at, said, named)


def judged(*cases: Decided) -> Findings:
    return findings(cases, SINCE, EXPECTED)


def of(found: Findings) -> tuple[int, int, int]:
    return found.mixed, found.unnamed, found.wrong


def test_versions_that_take_turns_by_batches_are_in_order() -> None:
    found = judged(
        a_case(1, 1, OLD, 1), a_case(2, 1, OLD, 1), a_case(3, 2, NEW, 2, T0 + 2 * SECOND)
    )
    assert of(found) == (0, 0, 0)
    assert (found.versions, found.batches, found.largest) == ({1: 2, 2: 1}, 2, 2)
    assert found.late == {2: SECOND}


def test_all_cases_of_a_batch_that_two_versions_decided_are_mixed() -> None:
    assert of(judged(a_case(1, 1, OLD, 7), a_case(2, 2, NEW, 7), a_case(3, 2, NEW, 8))) == (2, 0, 0)


def test_a_case_that_names_no_version_or_two_is_unnamed() -> None:
    assert of(judged(a_case(1, None, OLD, 1))) == (0, 1, 1)
    assert of(judged(a_case(1, 2, NEW, 1, told=1))) == (1, 1, 1)


def test_a_version_that_decided_before_it_was_activated_is_none_in_force() -> None:
    assert of(judged(a_case(1, 2, NEW, 1, T0 - SECOND))) == (0, 1, 0)


def test_an_outcome_of_another_version_than_the_one_that_is_named_is_wrong() -> None:
    assert of(judged(a_case(1, 2, OLD, 1))) == (0, 0, 1)

"""What the holder of a code is shown, and what not."""

from dataclasses import fields
from typing import Any

import pytest

from services.tracking.disclosure import PublicCase, disclose
from services.tracking.domain import CaseRecord, evolve
from shared.events.event import Event
from shared.events.vocabulary import CaseState
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
    assert case.due_at == case.original_due_at == at(days=7)
    assert [stage.unit for stage in case.stages] == [
        None, "Kelurahan Tebet Timur", "Dinas Bina Marga"
    ]  # fmt: skip
    assert [notice.outcome for notice in case.notices] == ["sent"]


@pytest.mark.parametrize("flag", ["confidential", "restricted"])
def test_a_confidential_case_shows_stages_and_dates_and_the_open_question_only(flag: str) -> None:
    marked: Any = {flag: True}
    view = view_of(e.RECEIVED, e.ROUTED, e.QUESTIONED, e.DUE, e.SENT)
    case = shown(view._replace(**marked))
    shown_names = {"discreet", "state", "received_at", "due_at", "original_due_at", "stages",
                   "question_open", "question_ref"}  # fmt: skip
    told = {f.name for f in fields(case) if getattr(case, f.name) not in (None, False, ())}
    assert told == shown_names
    assert all(stage.unit is None for stage in case.stages)


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


def test_the_unit_of_a_confidential_head_is_not_told_to_those_merged_into_it() -> None:
    child = view_of(e.RECEIVED, e.ROUTED, e.MERGED)
    head = of(77, a_complaint(number=77, confidential=True), e.ROUTED, e.STARTED)
    case = shown(child, head)
    assert case.discreet
    assert case.unit is None
    assert all(stage.unit is None for stage in case.stages)


def test_nothing_is_shown_before_the_complaint_itself_is_known() -> None:
    assert disclose([view_of(e.ROUTED)]) is None
    assert disclose([]) is None


def test_the_answer_that_stands_is_shown_and_a_reopened_case_has_none() -> None:
    rejected = e.REJECTED.model_copy(update={"note_ref": e.REF})
    assert shown(view_of(e.RECEIVED, e.ROUTED, rejected)).note_ref == e.REF
    assert shown(view_of(e.RECEIVED, e.ROUTED, e.COMPLETED)).note_ref == e.REF
    assert shown(view_of(e.RECEIVED, e.ROUTED, rejected, e.REOPENED)).note_ref is None


@pytest.mark.parametrize("flag", ["confidential", "restricted"])
def test_the_answer_to_a_confidential_case_is_not_on_its_page(flag: str) -> None:
    marked: Any = {flag: True}
    view = view_of(e.RECEIVED, e.ROUTED, e.COMPLETED)
    case = shown(view._replace(**marked))
    assert (case.note_ref, case.question_ref) == (None, None)


def test_a_merged_case_shows_its_heads_answer_and_not_its_heads_question() -> None:
    child = view_of(e.RECEIVED, e.ROUTED, e.MERGED)
    asked = of(77, a_complaint(number=77), e.ROUTED, e.STARTED, e.QUESTIONED)
    assert shown(child, asked).question_ref is None
    done = of(77, a_complaint(number=77), e.ROUTED, e.STARTED, e.COMPLETED)
    assert shown(child, done).note_ref == e.REF
    assert shown(child, done).closed_at == e.COMPLETED.at


def test_an_answered_question_is_no_longer_shown() -> None:
    case = shown(view_of(e.RECEIVED, e.ROUTED, e.QUESTIONED, e.ANSWERED))
    assert (case.question_open, case.question_ref) == (False, None)

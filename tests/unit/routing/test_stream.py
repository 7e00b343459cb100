from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.routing.domain import Case, Routed, Triaged, answer_child, decide
from shared.decision import Decision
from shared.events.intake import ComplaintSupplemented, ComplaintWithdrawn, ReporterErased
from shared.events.routing import (
    CaseCompleted,
    CaseRejected,
    CaseReopened,
    CaseRouted,
    CaseSplit,
    CaseTriaged,
    CaseWithdrawn,
    CitizenAnswered,
)
from shared.events.sla import QuestionExpired
from shared.events.vocabulary import (
    CLOSED_STATES,
    CaseState,
    RejectionReason,
    ReopenReason,
    TriageReason,
    UnitKind,
)
from tests.builders import T0, a_case_event, a_complaint, a_complaint_id
from tests.unit.routing.cases import HEAD, TEBET_TIMUR, a_case, a_context

S = CaseState
QUESTION = UUID(int=5)
FOUND = Routed(TEBET_TIMUR, "sampah", "kelurahan-of-the-point", 1, 0.8, TEBET_TIMUR, "Tebet Timur")
MERGED = a_case(S.MERGED, head_id=HEAD, closed_at=T0)


def supplement(kind: Any = "answer") -> ComplaintSupplemented:
    return ComplaintSupplemented(
        complaint_id=a_complaint_id(), at=T0, content_ref=UUID(int=12), kind=kind
    )


WITHDRAWAL = ComplaintWithdrawn(complaint_id=a_complaint_id(), at=T0, source="citizen")


def test_a_complaint_for_which_a_unit_is_found_becomes_its_case() -> None:
    decision = decide(None, a_complaint(), a_context(routing=FOUND))
    assert decision.state is not None
    assert (decision.state.unit_id, decision.state.version) == (TEBET_TIMUR, 1)
    [event] = decision.events
    assert isinstance(event, CaseRouted)
    assert (event.unit_name, event.unit_kind) == ("Kelurahan Tebet Timur", UnitKind.KELURAHAN)
    assert event.unit_parent_id == "31.74.01"


def test_a_complaint_without_a_unit_waits_at_the_triage_desk() -> None:
    found = Triaged(TriageReason.NO_PLACE, "sampah")
    decision = decide(None, a_complaint(), a_context(routing=found))
    assert decision.state is not None
    [event] = decision.events
    assert isinstance(event, CaseTriaged)
    assert (decision.state.unit_id, event.unit_kind) == ("triage", UnitKind.TRIAGE)


def test_a_second_receipt_of_the_same_complaint_changes_nothing() -> None:
    case = a_case()
    assert decide(case, a_complaint(), a_context(routing=FOUND)).events == ()


@pytest.mark.parametrize("kind", ["answer", "note"])
def test_what_the_citizen_adds_while_a_question_is_open_answers_it(kind: str) -> None:
    asked = a_case(question_ref=UUID(int=5))
    decision = decide(asked, supplement(kind), a_context())
    assert isinstance(decision.events[0], CitizenAnswered)
    assert decision.state is not None
    assert decision.state.question_ref is None


def test_what_a_machine_adds_while_a_question_is_open_is_kept_and_answers_nothing() -> None:
    asked = a_case(question_ref=QUESTION, questions=1)
    notice = supplement("note").model_copy(update={"automatic": True})
    assert decide(asked, notice, a_context()) == Decision(
        replace(asked, content_refs=(*asked.content_refs, notice.content_ref))
    )


def silence(question: UUID = QUESTION) -> QuestionExpired:
    return QuestionExpired(complaint_id=a_complaint_id(), at=T0, due_at=T0, question_ref=question)


def test_a_question_is_unanswered_when_the_time_for_it_is_over() -> None:
    asked = a_case(question_ref=QUESTION, questions=1)
    decision = decide(asked, silence(), a_context())
    assert decision == Decision(replace(asked, question_expired=True))


@pytest.mark.parametrize(
    ("case", "event"),
    [
        (a_case(question_ref=QUESTION), silence(UUID(int=6))),
        (a_case(question_ref=None), silence()),
    ],
)
def test_the_end_of_another_time_leaves_the_question_as_it_is(
    case: Case, event: QuestionExpired
) -> None:
    assert decide(case, event, a_context()).state is case


def test_an_answer_after_all_that_silence_is_an_answer_still() -> None:
    silent = a_case(question_ref=QUESTION, question_expired=True)
    decision = decide(silent, supplement(), a_context())
    assert isinstance(decision.events[0], CitizenAnswered)
    assert decision.state is not None
    assert (decision.state.question_ref, decision.state.question_expired) == (None, False)


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        (a_case(), "answer"),
        (a_case(question_ref=UUID(int=5)), "edit"),
        (a_case(S.COMPLETED, question_ref=UUID(int=5)), "answer"),
    ],
)
def test_what_answers_no_question_is_only_kept(case: Case, kind: str) -> None:
    decision = decide(case, supplement(kind), a_context())
    assert decision.events == ()
    assert decision.state is not None
    assert decision.state.content_refs[-1] == UUID(int=12)
    assert decision.state.version == case.version


@pytest.mark.parametrize("state", list(CaseState))
def test_a_withdrawal_ends_every_case_that_was_not_answered_yet(state: CaseState) -> None:
    decision = decide(a_case(state), WITHDRAWAL, a_context())
    assert decision.state is not None
    if state in CLOSED_STATES - {S.MERGED}:
        assert decision.events == ()
        assert decision.state.state is state
    else:
        assert isinstance(decision.events[0], CaseWithdrawn)
        assert decision.state.state is S.WITHDRAWN


def test_events_about_a_complaint_that_was_never_received_change_nothing() -> None:
    assert decide(None, WITHDRAWAL, a_context()).state is None


def test_erasure_of_the_reporter_is_noted_so_that_the_text_is_asked_for_no_more() -> None:
    erased = ReporterErased(complaint_id=a_complaint_id(), at=T0, reporter_ref=UUID(int=9))
    after = decide(a_case(), erased, a_context())
    assert after.events == ()
    assert after.state == replace(a_case(), erased=True)


@pytest.mark.parametrize(
    ("head_event", "kind", "state"),
    [
        (a_case_event(CaseCompleted, number=2, follow_up_ref=UUID(int=8)), CaseCompleted, S.MERGED),
        (a_case_event(CaseRejected, number=2, reason=RejectionReason.OFF_TOPIC), CaseRejected,
         S.MERGED),
        (a_case_event(CaseReopened, number=2, reason=ReopenReason.APPEAL), CaseReopened, S.MERGED),
        (a_case_event(CaseWithdrawn, number=2, source="citizen"), CaseSplit, S.RECEIVED),
    ],
)  # fmt: skip
def test_a_merged_case_gets_the_answer_of_its_head_or_its_freedom(
    head_event: Any, kind: type, state: CaseState
) -> None:
    decision = answer_child(MERGED, head_event, a_context())
    [event] = decision.events
    assert isinstance(event, kind)
    assert event.complaint_id == MERGED.complaint_id
    assert decision.state.state is state


def test_the_answer_of_another_case_is_none_of_its_own() -> None:
    other = a_case_event(CaseCompleted, number=3, follow_up_ref=UUID(int=8))
    assert answer_child(MERGED, other, a_context()).events == ()


def test_time_of_a_fact_is_the_time_of_the_decision() -> None:
    late = T0 + timedelta(days=2)
    decision = decide(None, a_complaint(), a_context(routing=FOUND, now=late))
    assert decision.events[0].at == late

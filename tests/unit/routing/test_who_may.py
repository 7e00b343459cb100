"""Every command in every state by everybody, against a table that is written out by hand."""

from datetime import UTC, datetime

import pytest

from services.routing.case.commands import (
    ApproveExtension,
    Command,
    DelegateCase,
    RefuseExtension,
    ReturnPlan,
)
from services.routing.case.transitions import TRANSITIONS, act
from services.routing.domain import Actor, Case
from shared.errors import Conflict, Forbidden
from shared.events.routing import CaseEvent
from shared.events.vocabulary import CaseState
from tests.unit.routing.cases import (
    BINA_MARGA,
    BIRO_OFFICER,
    COMMANDS,
    HEAD,
    MANGGARAI,
    TEBET_TIMUR,
    TRIAGE_OFFICER,
    a_case,
    a_context,
    an_officer,
    open_to,
)
from tests.unit.routing.machine import AFTER, STATES, VERBS, WHO, may

SOON = datetime(2024, 11, 9, tzinfo=UTC)
CELLS = [(command, state) for command in COMMANDS for state in CaseState]
NOBODY = "nobody"


def ready_for(command: Command, state: CaseState, relation: str, silence: bool = True) -> Case:
    """A case in which only state and relation decide whether `command` passes."""
    unit = BINA_MARGA if isinstance(command, DelegateCase) else TEBET_TIMUR
    judged = isinstance(command, ApproveExtension | RefuseExtension)
    return a_case(
        state,
        unit_id="triage" if relation == "T" else unit,
        category="jalan",
        sender=MANGGARAI,
        plan_ref=HEAD,
        plan_from=CaseState.COORDINATED,
        plan_approved=True,
        follow_up_ref=HEAD,
        questions=1,
        question_ref=HEAD if silence else None,
        question_expired=silence,
        extension_until=SOON if judged else None,
        head_id=HEAD if state is CaseState.MERGED else None,
    )


def officer_of(case: Case, relation: str) -> Actor:
    if relation == NOBODY:
        return an_officer("31.73.01.1001")
    return {"H": an_officer(case.unit_id), "T": TRIAGE_OFFICER, "R": BIRO_OFFICER}[relation]


def state_after(command: Command, before: CaseState) -> CaseState:
    after = AFTER[command.verb]
    if after == "back":
        return CaseState.COORDINATED
    return before if after == "same" else CaseState(after)


def test_the_table_has_every_command_and_every_state() -> None:
    assert sorted(VERBS) == sorted(command.verb for command in COMMANDS)
    assert {type(command) for command in COMMANDS} == set(TRANSITIONS)
    assert set(STATES.values()) == set(CaseState)
    assert len(WHO) == 21 * 12


@pytest.mark.parametrize("silence", [True, False], ids=["silent", "answered"])
@pytest.mark.parametrize("relation", ["H", "T", "R", NOBODY])
def test_a_command_passes_where_the_table_says_so_and_nowhere_else(
    relation: str, silence: bool
) -> None:
    for command, state in CELLS:
        case = ready_for(command, state, relation, silence)
        context = a_context(officer_of(case, relation))
        where = f"{command.verb} in {state}"
        if may(command.verb, state, relation, silence):
            after = act(case, command, context).state
            assert after.state is state_after(command, state), where
            continue
        ever = [other for other in "HTR" if may(command.verb, state, other, True)]
        code = "wrong_state" if not ever else "work_begun" if relation in ever else "not_yours"
        with pytest.raises(Forbidden if code == "not_yours" else Conflict) as refused:
            act(case, command, context)
        assert refused.value.reason is not None
        assert refused.value.reason.code == code, where


@pytest.mark.parametrize("relation", ["H", "T", "R", NOBODY])
def test_an_officer_is_offered_what_the_table_leaves_open(relation: str) -> None:
    for command, state in CELLS:
        for silence in (True, False):
            case = ready_for(command, state, relation, silence)
            offered = command.verb in open_to(officer_of(case, relation), case)
            assert offered is may(command.verb, state, relation, silence), (command.verb, state)


def test_a_command_is_told_by_one_event_with_the_next_version_and_none_of_its_words() -> None:
    for command, state in CELLS:
        who = WHO[command.verb, state].upper()
        if not who:
            continue
        case = ready_for(command, state, who[0])
        after = act(case, command, a_context(officer_of(case, who[0])))
        [event] = after.events
        assert isinstance(event, CaseEvent)
        assert after.state.version == case.version + 1
        assert (event.state, event.case_version) == (after.state.state, after.state.version)
        assert command.words is None or command.words not in event.model_dump_json()
        assert event.complaint_id == case.complaint_id


@pytest.mark.parametrize("state", [CaseState.RECEIVED, CaseState.COORDINATED, CaseState.DELEGATED])
def test_a_plan_that_is_returned_leads_back_to_where_it_came_from(state: CaseState) -> None:
    planned = a_case(CaseState.PLANNED, plan_from=state, plan_ref=HEAD)
    back = act(planned, ReturnPlan(reason="Siapa?"), a_context(BIRO_OFFICER)).state
    assert (back.state, back.plan_ref) == (state, None)

"""The state machine as a table; `openings`, which says what is open; `act`, which does it. Pure.

A row of the table says who may give a command, in which states, and which state follows. What else
stands against it, whatever it says, is the row's guard; what it changes, and what it may not say,
is the row's effect: functions of `handover`, `fieldwork` or `closing`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from services.routing.case import closing, fieldwork, handover
from services.routing.case.checks import Effect, Guard, nothing_else
from services.routing.case.commands import (
    AcceptCase,
    ApproveExtension,
    ApprovePlan,
    AskCitizen,
    AssignFromTriage,
    Command,
    CoordinateCase,
    DelegateCase,
    MergeCase,
    OrderVerification,
    RefuseExtension,
    RefuseFollowUp,
    RejectCase,
    ReopenCase,
    RequestExtension,
    ReturnCase,
    ReturnPlan,
    SplitCase,
    StartWork,
    SubmitFollowUp,
    SubmitPlan,
    ValidateFollowUp,
)
from services.routing.case.reasons import not_yours, wrong_state
from services.routing.case.relations import Relation, relations
from services.routing.domain import Case, Context, first_action
from shared.decision import Decision
from shared.errors import Conflict, DomainError, Forbidden
from shared.events.vocabulary import CaseState
from shared.reviewing import FILED


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the state machine.

    ``states``: the states in which the command may be given.
    ``to``: the state after it. None: the state stays as it is, or the effect sets it (a returned
    plan leads back to the state in which it was submitted).
    ``guard``: what else stands against it. A command that passes it is accepted, unless what it
    says is wrong: then the refusal names the field.
    """

    command: type[Command]
    who: frozenset[Relation]
    states: frozenset[CaseState]
    to: CaseState | None
    effect: Callable[[Case, Any, Context], Effect]
    guard: Guard


def _row(
    command: type[Command],
    who: tuple[Relation, ...],
    states: tuple[CaseState, ...],
    to: CaseState | None,
    effect: Callable[[Case, Any, Context], Effect],
    guard: Guard = nothing_else,
) -> tuple[type[Command], Transition]:
    return command, Transition(command, frozenset(who), frozenset(states), to, effect, guard)


_S = CaseState
_HOLDER = (Relation.HOLDER,)
_TRIAGE = (Relation.TRIAGE,)
_REVIEWER = (Relation.REVIEWER,)
_FRONT = (Relation.HOLDER, Relation.TRIAGE)
_ANYONE = (Relation.HOLDER, Relation.TRIAGE, Relation.REVIEWER)
_UNTOUCHED = (_S.RECEIVED, _S.COORDINATED, _S.DELEGATED)
_FIELD = (*_UNTOUCHED, _S.FOLLOW_UP_REFUSED)
_AWAITS = _S.AWAITING_VALIDATION
_TAKEN_ON = (_S.COORDINATED, _S.DELEGATED, _S.IN_PROGRESS)
_PASSABLE = (_S.RECEIVED, _S.COORDINATED, _S.IN_PROGRESS)

TRANSITIONS: Mapping[type[Command], Transition] = dict(
    (
        _row(AcceptCase, _HOLDER, _UNTOUCHED, None, handover.accept, handover.acceptance_barred),
        _row(CoordinateCase, _HOLDER, _PASSABLE, _S.COORDINATED, handover.coordinate),
        _row(DelegateCase, _HOLDER, _PASSABLE, _S.DELEGATED, handover.delegate,
             handover.delegation_barred),
        _row(ReturnCase, _HOLDER, (_S.COORDINATED, _S.DELEGATED), _S.RECEIVED, handover.give_back,
             handover.return_barred),
        _row(SubmitPlan, _HOLDER, _UNTOUCHED, _S.PLANNED, fieldwork.submit_plan),
        _row(ApprovePlan, _REVIEWER, (_S.PLANNED,), _S.IN_PROGRESS, fieldwork.approve_plan,
             fieldwork.plan_judgement_barred),
        _row(ReturnPlan, _REVIEWER, (_S.PLANNED,), None, fieldwork.return_plan,
             fieldwork.plan_judgement_barred),
        _row(StartWork, _HOLDER, _FIELD, _S.IN_PROGRESS, fieldwork.start, fieldwork.start_barred),
        _row(AskCitizen, _FRONT, (_S.RECEIVED, *_TAKEN_ON), None, fieldwork.ask,
             fieldwork.question_barred),
        _row(RequestExtension, _HOLDER, (_S.IN_PROGRESS,), None, fieldwork.request_extension,
             fieldwork.request_barred),
        _row(ApproveExtension, _REVIEWER, (_S.IN_PROGRESS,), None, fieldwork.approve_extension,
             fieldwork.decision_barred),
        _row(RefuseExtension, _REVIEWER, (_S.IN_PROGRESS,), None, fieldwork.refuse_extension,
             fieldwork.decision_barred),
        _row(SubmitFollowUp, _HOLDER, (_S.IN_PROGRESS,), _AWAITS, fieldwork.submit_follow_up),
        _row(OrderVerification, _REVIEWER, (_AWAITS,), _S.VERIFYING, closing.verify,
             closing.judgement_barred),
        _row(ValidateFollowUp, _REVIEWER, FILED, _S.COMPLETED, closing.validate,
             closing.validation_barred),
        _row(RefuseFollowUp, _REVIEWER, FILED, _S.FOLLOW_UP_REFUSED, closing.refuse_follow_up,
             closing.judgement_barred),
        _row(RejectCase, _FRONT, (_S.RECEIVED, *_TAKEN_ON), _S.REJECTED, closing.reject,
             closing.rejection_barred),
        _row(ReopenCase, _REVIEWER, (_S.COMPLETED, _S.REJECTED), _S.RECEIVED, closing.reopen),
        _row(MergeCase, _ANYONE, (_S.RECEIVED,), _S.MERGED, closing.merge, closing.merger_barred),
        _row(SplitCase, _ANYONE, (_S.MERGED,), _S.RECEIVED, closing.split),
        _row(AssignFromTriage, _TRIAGE, (_S.RECEIVED,), _S.RECEIVED, handover.assign),
    )
)  # fmt: skip

Openings: TypeAlias = Mapping[type[Command], DomainError | None]
"""Every command: None where it is open to the officer now, else why it is refused."""


def openings(case: Case, context: Context) -> Openings:
    """What is open to the officer of ``context``, and what stands against the rest.

    What is open is accepted when its content is right, and what is not is refused for this reason
    whatever it says: `act` asks here too. Raises Forbidden without an officer.
    """
    if context.actor is None:
        raise Forbidden("An officer must give this command.")
    own = relations(case, context.actor, context.units)
    return {kind: _refused(row, own, case, context) for kind, row in TRANSITIONS.items()}


def allowed(found: Openings) -> tuple[str, ...]:
    """Verbs of the commands that are open."""
    return tuple(kind.verb for kind, refusal in found.items() if refusal is None)


def _refused(
    row: Transition, own: frozenset[Relation], case: Case, context: Context
) -> DomainError | None:
    if case.state not in row.states:
        return Conflict(wrong_state(case.state, row.states))
    return row.guard(case, context) if own & row.who else Forbidden(not_yours(row.who))


def act(case: Case, command: Command, context: Context) -> Decision[Case]:
    """The case after an officer's command, and the event that tells of it.

    Raises what `openings` says where the command is not open (Conflict, Forbidden); Malformed or
    Conflict, with the field, when its content is wrong.
    """
    refusal = openings(case, context)[type(command)]
    if refusal is not None:
        raise refusal
    row = TRANSITIONS[type(command)]
    moved = replace(
        case, version=case.version + 1, state=row.to or case.state, former_state=case.state
    )
    after, event = row.effect(moved, command, context)
    return Decision(first_action(after, event), (event,))

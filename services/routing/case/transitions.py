"""The state machine as a table, and `act`, which applies a command by it. Pure.

A row of the table says who may give a command, in which states, and which state follows. What
else the command changes or checks is the row's effect: a function of `handover`, `fieldwork` or
`closing`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.routing.case import closing, fieldwork, handover
from services.routing.case.checks import Effect
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
from services.routing.case.relations import Relation, relations
from services.routing.domain import Actor, Case, Context
from shared.decision import Decision
from shared.errors import Conflict, Forbidden
from shared.events.vocabulary import CaseState
from shared.reviewing import FILED
from shared.units import Units
from shared.web.labels import CASE_STATE_LABELS


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the state machine.

    ``states``: the states in which the command may be given.
    ``to``: the state after it. None: the state stays as it is, or the effect sets it (a returned
    plan leads back to the state in which it was submitted).
    ``silence``: those of ``states`` in which the command may be given only after the time for the
    citizen's answer has ended without one.
    """

    command: type[Command]
    who: frozenset[Relation]
    states: frozenset[CaseState]
    to: CaseState | None
    effect: Callable[[Case, Any, Context], Effect]
    silence: frozenset[CaseState] = frozenset()

    def is_open(self, case: Case) -> bool:
        """Whether somebody may give the command now."""
        if case.state in self.silence and not case.question_expired:
            return False
        return case.state in self.states


def _row(
    command: type[Command],
    who: tuple[Relation, ...],
    states: tuple[CaseState, ...],
    to: CaseState | None,
    effect: Callable[[Case, Any, Context], Effect],
    silence: tuple[CaseState, ...] = (),
) -> tuple[type[Command], Transition]:
    row = Transition(
        command, frozenset(who), frozenset((*states, *silence)), to, effect, frozenset(silence)
    )
    return command, row


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
        _row(AcceptCase, _HOLDER, _UNTOUCHED, None, handover.accept),
        _row(CoordinateCase, _HOLDER, _PASSABLE, _S.COORDINATED, handover.coordinate),
        _row(DelegateCase, _HOLDER, _PASSABLE, _S.DELEGATED, handover.delegate),
        _row(ReturnCase, _HOLDER, (_S.COORDINATED, _S.DELEGATED), _S.RECEIVED, handover.give_back),
        _row(SubmitPlan, _HOLDER, _UNTOUCHED, _S.PLANNED, fieldwork.submit_plan),
        _row(ApprovePlan, _REVIEWER, (_S.PLANNED,), _S.IN_PROGRESS, fieldwork.approve_plan),
        _row(ReturnPlan, _REVIEWER, (_S.PLANNED,), None, fieldwork.return_plan),
        _row(StartWork, _HOLDER, _FIELD, _S.IN_PROGRESS, fieldwork.start),
        _row(AskCitizen, _FRONT, (_S.RECEIVED, *_TAKEN_ON), None, fieldwork.ask),
        _row(RequestExtension, _HOLDER, (_S.IN_PROGRESS,), None, fieldwork.request_extension),
        _row(ApproveExtension, _REVIEWER, (_S.IN_PROGRESS,), None, fieldwork.approve_extension),
        _row(RefuseExtension, _REVIEWER, (_S.IN_PROGRESS,), None, fieldwork.refuse_extension),
        _row(SubmitFollowUp, _HOLDER, (_S.IN_PROGRESS,), _AWAITS, fieldwork.submit_follow_up),
        _row(OrderVerification, _REVIEWER, (_AWAITS,), _S.VERIFYING, closing.verify),
        _row(ValidateFollowUp, _REVIEWER, FILED, _S.COMPLETED, closing.validate),
        _row(RefuseFollowUp, _REVIEWER, FILED, _S.FOLLOW_UP_REFUSED, closing.refuse_follow_up),
        _row(RejectCase, _FRONT, (_S.RECEIVED,), _S.REJECTED, closing.reject, silence=_TAKEN_ON),
        _row(ReopenCase, _REVIEWER, (_S.COMPLETED, _S.REJECTED), _S.RECEIVED, closing.reopen),
        _row(MergeCase, _ANYONE, (_S.RECEIVED,), _S.MERGED, closing.merge),
        _row(SplitCase, _ANYONE, (_S.MERGED,), _S.RECEIVED, closing.split),
        _row(AssignFromTriage, _TRIAGE, (_S.RECEIVED,), _S.RECEIVED, handover.assign),
    )
)


def allowed_next(case: Case, actor: Actor, units: Units) -> tuple[str, ...]:
    """Verbs of the commands that `actor` may give now, as far as the table says.

    The effect of a row may still refuse one, for example when a plan is missing.
    """
    own = relations(case, actor, units)
    return tuple(
        row.command.verb for row in TRANSITIONS.values() if row.is_open(case) and own & row.who
    )


def act(case: Case, command: Command, context: Context) -> Decision[Case]:
    """The case after an officer's command, and the event that tells of it.

    Raises Conflict when the state does not allow the command (the message names those that it
    allows), Forbidden when the officer may not give it, Malformed when its content is wrong.
    """
    actor = context.actor
    if actor is None:
        raise Forbidden("An officer must give this command.")
    row = TRANSITIONS[type(command)]
    if not row.is_open(case):
        label = CASE_STATE_LABELS[case.state]
        following = ", ".join(allowed_next(case, actor, context.units)) or "nothing"
        raise Conflict(f"The case is in state {case.state} ({label}). Open to you: {following}.")
    if not relations(case, actor, context.units) & row.who:
        whom = " or ".join(sorted(row.who))
        raise Forbidden(f"Only the {whom} of the case may do this.")
    moved = replace(
        case, version=case.version + 1, state=row.to or case.state, former_state=case.state
    )
    after, event = row.effect(moved, command, context)
    return Decision(after, (event,))

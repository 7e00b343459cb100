"""The state machine as data: which command, by whom, from which states, to which state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
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
from services.routing.domain import TRIAGE, Actor, Case, Context
from shared.decision import Decision
from shared.errors import Conflict, Forbidden
from shared.events.vocabulary import CaseState
from shared.web.labels import CASE_STATE_LABELS

INSPEKTORAT = "inspektorat"
BIRO = "biro-pemerintahan"


class Relation(StrEnum):
    """What an officer is to a case."""

    HOLDER = "holder"
    TRIAGE = "triage"
    REVIEWER = "reviewer"


def judge_of(case: Case) -> str:
    """The unit that judges: the Biro, but not its own work nor a complaint about itself.

    The Inspektorat, which stands in for it, never judges a complaint about the Inspektorat.
    """
    own = BIRO in (case.unit_id, case.about_unit)
    return INSPEKTORAT if own and case.about_unit != INSPEKTORAT else BIRO


def relations(case: Case, actor: Actor) -> frozenset[Relation]:
    """What `actor` is to `case`; nothing at all when the complaint is about his own unit.

    A reviewer is of another unit than the holder's; only where no other unit may judge (the
    Inspektorat's work on a complaint about the Biro, and the reverse) is it another officer.
    """
    if case.about_unit is not None and actor.unit == case.about_unit:
        return frozenset()
    found = set()
    if actor.role in ("unit_officer", "biro") and actor.unit == case.unit_id:
        found.add(Relation.HOLDER)
    if actor.role == "triage_officer" and case.unit_id == TRIAGE:
        found.add(Relation.TRIAGE)
    if judge_of(case) == INSPEKTORAT:
        reviews = actor.role == "unit_officer" and actor.unit == INSPEKTORAT
    else:
        reviews = actor.role == "biro" and (actor.unit != case.unit_id or actor.unit == BIRO)
    if reviews:
        found.add(Relation.REVIEWER)
    return frozenset(found)


def awaited_reviewer(case: Case) -> str | None:
    """The unit that must judge the case now: plan, follow-up or request for a later date."""
    asks = case.state is CaseState.IN_PROGRESS and case.extension_until is not None
    waits = case.state in (CaseState.PLANNED, *_FILED) or asks
    return judge_of(case) if waits else None


def may_see(case: Case, actor: Actor) -> bool:
    """Holder and reviewer see it; the triage desk sees what is not restricted."""
    if relations(case, actor):
        return True
    concerned = case.about_unit is not None and actor.unit == case.about_unit
    return actor.role == "triage_officer" and not case.restricted and not concerned


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the state machine. ``to`` None: the state stays, or the plan's former one.

    ``silence``: those of the states in which only a question that stays unanswered opens it.
    """

    command: type[Command]
    who: frozenset[Relation]
    states: frozenset[CaseState]
    to: CaseState | None
    effect: Callable[[Case, Any, Context], Effect]
    silence: frozenset[CaseState] = frozenset()

    def is_open(self, case: Case) -> bool:
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
_FILED = (_AWAITS, _S.VERIFYING)
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
        _row(ValidateFollowUp, _REVIEWER, _FILED, _S.COMPLETED, closing.validate),
        _row(RefuseFollowUp, _REVIEWER, _FILED, _S.FOLLOW_UP_REFUSED, closing.refuse_follow_up),
        _row(RejectCase, _FRONT, (_S.RECEIVED,), _S.REJECTED, closing.reject, silence=_TAKEN_ON),
        _row(ReopenCase, _REVIEWER, (_S.COMPLETED, _S.REJECTED), _S.RECEIVED, closing.reopen),
        _row(MergeCase, _ANYONE, (_S.RECEIVED,), _S.MERGED, closing.merge),
        _row(SplitCase, _ANYONE, (_S.MERGED,), _S.RECEIVED, closing.split),
        _row(AssignFromTriage, _TRIAGE, (_S.RECEIVED,), _S.RECEIVED, handover.assign),
    )
)


def allowed_next(case: Case, actor: Actor) -> tuple[str, ...]:
    """Verbs that the table leaves open to `actor` now."""
    own = relations(case, actor)
    return tuple(
        row.command.verb for row in TRANSITIONS.values() if row.is_open(case) and own & row.who
    )


def act(case: Case, command: Command, context: Context) -> Decision[Case]:
    """The case after an officer's command, and the fact to tell.

    Raises Conflict (a refused transition, with the steps that are open), Forbidden, Malformed.
    """
    actor = context.actor
    if actor is None:
        raise Forbidden("An officer must give this command.")
    row = TRANSITIONS[type(command)]
    if not row.is_open(case):
        label = CASE_STATE_LABELS[case.state]
        following = ", ".join(allowed_next(case, actor)) or "nothing"
        raise Conflict(f"The case is in state {case.state} ({label}). Open to you: {following}.")
    if not relations(case, actor) & row.who:
        whom = " or ".join(sorted(row.who))
        raise Forbidden(f"Only the {whom} of the case may do this.")
    moved = replace(
        case, version=case.version + 1, state=row.to or case.state, former_state=case.state
    )
    after, event = row.effect(moved, command, context)
    return Decision(after, (event,))

"""What is to be done with an open case, and until when. Pure."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from services.routing.domain import Case
from shared.events.vocabulary import CLOSED_STATES, CaseState, Clock
from shared.reviewing import awaits_judgement

_UNTAKEN = (CaseState.RECEIVED, CaseState.COORDINATED, CaseState.DELEGATED)
_JUDGES_CLOCKS = {
    CaseState.PLANNED: Clock.PLAN_CHECK,
    CaseState.AWAITING_VALIDATION: Clock.VALIDATION,
}
"""A judge's clock runs while the case is in this state."""


class Stage(StrEnum):
    """What a case asks of the unit that holds it."""

    NEW = "new"
    """To take it."""
    IN_HAND = "in_hand"
    """To work on it."""
    WAITING = "waiting"
    """Nothing: it waits for a judgement, or for the reporter's answer."""


class Tab(StrEnum):
    """A part of a unit's inbox. Each open case that a unit has to do with stands in one of the
    first four; ``overdue`` cuts across them."""

    NEW = "new"
    IN_HAND = "in_hand"
    WAITING = "waiting"
    JUDGEMENT = "judgement"
    OVERDUE = "overdue"


def stage_of(case: Case) -> Stage | None:
    """None: the case is closed. A question whose time is over waits for nobody: the unit may
    decide without the answer."""
    if case.state in CLOSED_STATES:
        return None
    if awaits_judgement(case.state, case.extension_until is not None) or _waits_for_answer(case):
        return Stage.WAITING
    return Stage.NEW if case.state in _UNTAKEN and not case.accepted else Stage.IN_HAND


def next_due_at(case: Case) -> datetime | None:
    """The nearest limit that runs. None: the case is closed, or no limit is known to run."""
    if case.state in CLOSED_STATES:
        return None
    limits = (case.limits.get(clock) for clock in _running(case))
    return min((limit for limit in limits if limit is not None), default=None)


def follow_up_stands(case: Case) -> bool:
    """Whether the limit of the follow-up waits for the reporter's answer."""
    return case.question_pauses and _waits_for_answer(case)


def _waits_for_answer(case: Case) -> bool:
    return case.question_ref is not None and not case.question_expired


def _running(case: Case) -> Iterator[Clock]:
    if not follow_up_stands(case):
        yield Clock.FOLLOW_UP
    if case.untouched:
        yield Clock.FIRST_ACTION
    if case.state in _JUDGES_CLOCKS:
        yield _JUDGES_CLOCKS[case.state]

"""Who judges a unit's work on a complaint, and when a judgement is open. Pure."""

from shared.events.vocabulary import CaseState
from shared.units import Duty, Units

FILED = (CaseState.AWAITING_VALIDATION, CaseState.VERIFYING)
"""States in which a follow-up waits for its judgement."""

REOPENABLE = (CaseState.COMPLETED, CaseState.REJECTED)
"""States from which the reviewer may reopen a case."""


def reviewer_of(unit_id: str, about_unit: str | None, units: Units) -> str:
    """The unit that judges work of ``unit_id`` on a complaint about ``about_unit``.

    It is the reviewing unit, but not for its own work nor for a complaint about itself or a unit
    above it: then the overseeing unit stands in for it. That one never judges a complaint about
    itself.
    """
    review, oversight = units.of_duty(Duty.REVIEW).id, units.of_duty(Duty.OVERSIGHT).id
    own = unit_id == review or concerns(about_unit, review, units)
    return oversight if own and not concerns(about_unit, oversight, units) else review


def concerns(about_unit: str | None, unit_id: str, units: Units) -> bool:
    """Whether a complaint about ``about_unit`` is one about ``unit_id``: about the unit itself or
    one that it belongs to."""
    return about_unit is not None and units.is_within(unit_id, about_unit)


def awaits_judgement(state: CaseState, asks_for_time: bool) -> bool:
    """Whether the reviewer must decide now. ``asks_for_time``: a later date is asked for."""
    asks = state is CaseState.IN_PROGRESS and asks_for_time
    return state in (CaseState.PLANNED, *FILED) or asks


def open_reviewer(
    state: CaseState, asks_for_time: bool, unit_id: str, about_unit: str | None, units: Units
) -> str | None:
    """The unit that may judge the case as it is now: decide on what was filed, or reopen."""
    if state in REOPENABLE or awaits_judgement(state, asks_for_time):
        return reviewer_of(unit_id, about_unit, units)
    return None

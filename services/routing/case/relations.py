"""Who is what to a case: who judges it, who may act on it, who may see it. Pure."""

from enum import StrEnum, auto

from services.routing.domain import Actor, Case, Units
from shared.events.vocabulary import CaseState
from shared.units import Duty

FILED = (CaseState.AWAITING_VALIDATION, CaseState.VERIFYING)
"""States in which a follow-up waits for its judgement."""


class Relation(StrEnum):
    """What an officer is to a case."""

    HOLDER = auto()
    TRIAGE = auto()
    REVIEWER = auto()


def reviewer_of(unit_id: str, about_unit: str | None, units: Units) -> str:
    """The unit that judges work of ``unit_id`` on a complaint about ``about_unit``.

    It is the reviewing unit, but not for its own work nor for a complaint about itself: then the
    overseeing unit stands in for it. That one never judges a complaint about itself.
    """
    review, oversight = units.of_duty(Duty.REVIEW).id, units.of_duty(Duty.OVERSIGHT).id
    own = review in (unit_id, about_unit)
    return oversight if own and about_unit != oversight else review


def judge_of(case: Case, units: Units) -> str:
    """The unit that judges what the holder of the case files now."""
    return reviewer_of(case.unit_id, case.about_unit, units)


def judges_for(actor: Actor, units: Units) -> str | None:
    """The unit in whose name an officer judges; None for an officer who judges nothing."""
    if actor.role == "biro":
        return units.of_duty(Duty.REVIEW).id
    oversight = units.of_duty(Duty.OVERSIGHT).id
    return oversight if actor.role == "unit_officer" and actor.unit == oversight else None


def relations(case: Case, actor: Actor, units: Units) -> frozenset[Relation]:
    """What `actor` is to `case`; nothing at all when the complaint is about his own unit.

    A reviewer is of another unit than the holder's. Where no other unit may judge (the
    overseeing unit's work on a complaint about the reviewing one, and the reverse), it is another
    officer of the same unit.
    """
    if case.about_unit is not None and actor.unit == case.about_unit:
        return frozenset()
    found = set()
    if actor.role in ("unit_officer", "biro") and actor.unit == case.unit_id:
        found.add(Relation.HOLDER)
    if actor.role == "triage_officer" and case.unit_id == units.of_duty(Duty.TRIAGE).id:
        found.add(Relation.TRIAGE)
    if _reviews(case, actor, units):
        found.add(Relation.REVIEWER)
    return frozenset(found)


def _reviews(case: Case, actor: Actor, units: Units) -> bool:
    judge = judge_of(case, units)
    if judges_for(actor, units) != judge:
        return False
    # The role "biro" is given to officers of other units too. Such an officer does not judge the
    # work of his own unit; only the judging unit itself may have to (see `relations`).
    return actor.unit == judge or actor.unit != case.unit_id


def awaited_reviewer(case: Case, units: Units) -> str | None:
    """The unit that must judge the case now: plan, follow-up or request for a later date."""
    asks = case.state is CaseState.IN_PROGRESS and case.extension_until is not None
    waits = case.state in (CaseState.PLANNED, *FILED) or asks
    return judge_of(case, units) if waits else None


def may_see(case: Case, actor: Actor, units: Units) -> bool:
    """Holder and reviewer see it; the triage desk sees what is not restricted."""
    if relations(case, actor, units):
        return True
    concerned = case.about_unit is not None and actor.unit == case.about_unit
    return actor.role == "triage_officer" and not case.restricted and not concerned

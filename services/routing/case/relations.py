"""Who is what to a case: who judges it, who may act on it, who may see it. Pure.

Whoever may act on a case sees it; whoever sees it may not always act.
"""

from enum import StrEnum, auto

from services.routing.domain import Actor, Case
from shared.reviewing import REOPENABLE, awaits_judgement, concerns, open_reviewer, reviewer_of
from shared.units import Duty, Units
from shared.visibility import CaseFacts, judges_for, sees, sight_of


class Relation(StrEnum):
    """What an officer is to a case."""

    HOLDER = auto()
    TRIAGE = auto()
    REVIEWER = auto()


def judge_of(case: Case, units: Units) -> str:
    """The unit that judges what the holder of the case files now."""
    return reviewer_of(case.unit_id, case.about_unit, units)


def relations(case: Case, actor: Actor, units: Units) -> frozenset[Relation]:
    """What `actor` is to `case`; nothing at all when the complaint is about his own unit.

    A reviewer is of another unit than the holder's. Where no other unit may judge (the
    overseeing unit's work on a complaint about the reviewing one, and the reverse), it is another
    officer of the same unit.
    """
    if concerns(case.about_unit, actor.unit, units):
        return frozenset()
    found = set()
    if actor.role in ("unit_officer", "biro") and actor.unit == case.unit_id:
        found.add(Relation.HOLDER)
    desk = units.of_duty(Duty.TRIAGE).id
    if actor.role == "triage_officer" and actor.unit == desk == case.unit_id:
        found.add(Relation.TRIAGE)
    if judges_for(actor, units) == judge_of(case, units):
        found.add(Relation.REVIEWER)
    return frozenset(found)


def awaits(case: Case) -> bool:
    """Whether somebody must judge the case now: plan, follow-up or request for a later date."""
    return awaits_judgement(case.state, case.extension_until is not None)


def must_look(case: Case, units: Units) -> str | None:
    """The unit that must look at what the reporter wrote: of a closed case that may be reopened who
    may do so, else the holder. None: there is nothing unread."""
    if not case.unread:
        return None
    return judge_of(case, units) if case.state in REOPENABLE else case.unit_id


def facts_of(case: Case, units: Units) -> CaseFacts:
    """What the rule of visibility asks of a case."""
    asks = case.extension_until is not None
    return CaseFacts(
        holder=case.unit_id,
        reviewer=open_reviewer(case.state, asks, case.unit_id, case.about_unit, units),
        watchers=case.watchers,
        about_unit=case.about_unit,
        restricted=case.restricted,
    )


def may_see(case: Case, actor: Actor, units: Units) -> bool:
    """Whether there is such a case for the officer."""
    return sees(sight_of(actor, units), facts_of(case, units))

"""What the stream is told of a case: all, but nothing that tells a unit that it is complained of.

Pure. Decisions are made and remembered whole; this is what leaves of them.
"""

from typing import Any

from services.routing.domain import ABOUT_SERVICE, Case
from shared.events.event import Event
from shared.events.holders import WITHHELD_HOLDER
from shared.events.routing import CaseEvent, CaseReopened, CaseRouted, CaseTriaged
from shared.events.vocabulary import ReopenReason, TriageReason
from shared.units import Duty, Units

_NOWHERE = {"kelurahan_code": None, "area_name": None, "runners_up": ()}
_OF_NO_CATEGORY = {**_NOWHERE, "category": ABOUT_SERVICE, "approximate_area": False}
_AS_IF_NOTHING_WAS_SAID = {**_NOWHERE, "category": None, "reason": TriageReason.NO_CATEGORY}


def told(event: Event, case: Case, units: Units) -> Event:
    """The event about ``case`` as the stream may carry it; the same event where it says nothing
    that must be withheld."""
    changes: dict[str, Any] = {}
    if isinstance(event, CaseReopened) and event.reason is ReopenReason.SUSPECTED_FRAUD:
        # It is the unit before that is suspected.
        changes["reason"] = ReopenReason.NEW_FACTS
    if isinstance(event, CaseEvent) and case.discreet:
        changes |= _in_silence(event, case, units)
    elif case.confidential and case.from_desk and _by_triage(event):
        # A kelurahan's desk means its own area. A case from there without one would stand out.
        changes |= {"kelurahan_code": None, "area_name": None}
    return event.model_copy(update=changes) if changes else event


def withheld(event: Event, told: Event) -> dict[str, Any]:
    """What the stream is not told of an event, as JSON values by field; empty where it is all."""
    whole, said = event.model_dump(mode="json"), told.model_dump(mode="json")
    return {name: value for name, value in whole.items() if said[name] != value}


def _in_silence(event: CaseEvent, case: Case, units: Units) -> dict[str, Any]:
    """As of a confidential complaint that came without a category and a place: such ones lie at
    the triage desk too, or are placed from there."""
    changes: dict[str, Any] = {}
    if isinstance(event, CaseRouted):
        changes |= _OF_NO_CATEGORY
    if isinstance(event, CaseTriaged):
        changes |= _AS_IF_NOTHING_WAS_SAID
    if _points_at_whom(event.unit_id, case, units):
        changes |= WITHHELD_HOLDER
    sender = getattr(event, "from_unit_id", None)
    if sender is not None and _points_at_whom(sender, case, units):
        changes["from_unit_id"] = WITHHELD_HOLDER["unit_id"]
    return changes


def _by_triage(event: Event) -> bool:
    placed = isinstance(event, CaseRouted) and event.routed_by == "triage"
    return placed or isinstance(event, CaseTriaged)


def _points_at_whom(unit_id: str, case: Case, units: Units) -> bool:
    """Whether the holder lets guess whom the complaint is about: the office above it, or beside it.

    The desks that hold all such cases do not. A complaint about the overseeing unit itself is with
    an ordinary unit, and looks like an ordinary case as long as that one is named.
    """
    oversight = units.of_duty(Duty.OVERSIGHT).id
    at_a_desk = unit_id in (oversight, units.of_duty(Duty.TRIAGE).id)
    return not at_a_desk and case.about_unit != oversight

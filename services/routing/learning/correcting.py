"""Which of the officers' acts put right what the rules have said. Pure.

A correction names the text by its reference and never holds it. Acts that only move a case on are
none: a Dinas that delegates to its Suku Dinas agrees with whoever sent the case to the Dinas.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.routing.domain import Actor, Case, Role
from shared.events.event import Event
from shared.events.routing import CaseCoordinated, CaseReturned, CaseRouted

CORRECTS = (CaseRouted, CaseCoordinated, CaseReturned)
"""What an officer's act is told as when it says that a case belongs elsewhere: placed by the triage
desk, passed on to the unit that is responsible, or given back."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A labelled example (class C0). Who made it is known by his role alone.

    version: of the case after the act, by which a repeat is known. content_ref: the words that the
    rules have read. from_category, to_category: slugs; None where there was none. rules_version: of
    the rules that had decided; None for cases of a release that did not keep it.
    """

    complaint_id: UUID
    version: int
    content_ref: UUID
    from_category: str | None
    to_category: str | None
    from_unit: str
    to_unit: str
    role: Role
    rules_version: int | None
    at: datetime


def correction_of(
    before: Case, after: Case, events: Iterable[Event], actor: Actor | None, at: datetime
) -> Correction | None:
    """What the act that made ``after`` of ``before`` teaches; None where it puts nothing right.

    Nothing is learned of a case about officials: where it goes follows from whom it is about, and
    an example would tell of it. Nor of who is erased: the words are gone.
    """
    if actor is None or after.discreet or after.erased:
        return None
    moved = (before.category, before.unit_id) != (after.category, after.unit_id)
    if not moved or not any(isinstance(event, CORRECTS) for event in events):
        return None
    return Correction(
        complaint_id=after.complaint_id,
        version=after.version,
        content_ref=after.content_refs[0],
        from_category=before.category,
        to_category=after.category,
        from_unit=before.unit_id,
        to_unit=after.unit_id,
        role=actor.role,
        rules_version=after.rules_version,
        at=at,
    )

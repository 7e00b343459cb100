"""What an officer is told of a change. Pure."""

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel

from services.routing.case.stage import Tab
from services.routing.case.standing import tab_of
from services.routing.live.change import CaseChange
from shared.visibility import Sight, sees


class ChangeView(BaseModel):
    """A case of my inbox has changed. A tab is null where the case is in none of my inbox's."""

    complaint_id: UUID
    tab_before: Tab | None
    tab_after: Tab | None
    state: str
    version: int
    at: datetime


class GoneView(BaseModel):
    """A case has left my sight; nothing more is told of it."""

    complaint_id: UUID


Told: TypeAlias = tuple[Literal["change"], ChangeView] | tuple[Literal["gone"], GoneView]
"""The name of the event, and what it says."""


def told(change: CaseChange, sight: Sight) -> Told | None:
    """None: nothing that is in the inbox of this sight, or was."""
    before, after = tab_of(change.before, sight), tab_of(change.after, sight)
    if before is None and after is None:
        return None
    if not sees(sight, change.after.facts):
        return "gone", GoneView(complaint_id=change.complaint_id)
    return "change", ChangeView(
        complaint_id=change.complaint_id,
        tab_before=before,
        tab_after=after,
        state=change.after.state,
        version=change.version,
        at=change.at,
    )


def units_of(change: CaseChange) -> frozenset[str]:
    """Units in whose inbox the case is or was: nobody else need be asked."""
    return change.after.units | (change.before.units if change.before else frozenset())

"""An opening as it is shown beside what was opened."""

from datetime import datetime

from pydantic import BaseModel

from services.routing.openings.store import MediaOpening, TextOpening
from shared.units import UnitTree


class OpenedView(BaseModel):
    """Who has opened what is locked or masked, and why."""

    at: datetime
    unit_id: str
    unit_name: str | None
    reason: str


def opened_view(opening: MediaOpening | TextOpening, units: UnitTree) -> OpenedView:
    unit = units.find(opening.actor_unit)
    return OpenedView(
        at=opening.at,
        unit_id=opening.actor_unit,
        unit_name=unit.name if unit else None,
        reason=opening.reason,
    )

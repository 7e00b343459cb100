"""What a complaint says beside its words, told by the stream or claimed from intake. Pure.

Of a complaint about officials the stream tells neither about whom it is nor anything from which it
would follow. Who must decide by these facts claims them (`shared.facts_claim`).
"""

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.errors import Reject
from shared.events.intake import ComplaintReceived


class Facts(BaseModel):
    """What rules decide by (class C0).

    about_unit: the unit that is complained of; it never gets the case. restricted: it concerns
    officials; the holding unit alone may see it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    about_unit: str | None = None
    restricted: bool = False
    category: str | None = None
    geotagged: bool = False
    kelurahan_code: str | None = None
    entered_by_unit: str | None = None


ClaimedFacts = Mapping[UUID, Facts]
"""By complaint. What intake does not know, or says in words that we do not know, is missing."""
NO_FACTS: ClaimedFacts = MappingProxyType({})


def facts_of(event: ComplaintReceived, claimed: ClaimedFacts) -> Facts:
    """The facts of a complaint, wherever they are told.

    Raises Reject when they may have been withheld and intake has not told them: the event is
    parked until an operator replays it. Decided without them, the case could go to the very unit
    that is complained of.
    """
    if not is_silent(event):
        return _told(event)
    facts = claimed.get(event.complaint_id)
    if facts is None:
        raise Reject("unknown_facts", "intake does not tell what the stream may not tell of it")
    return facts


def _told(event: ComplaintReceived) -> Facts:
    return Facts(
        category=event.category,
        geotagged=event.geotagged,
        kelurahan_code=event.kelurahan_code,
        entered_by_unit=event.entered_by_unit,
    )


def is_silent(event: ComplaintReceived) -> bool:
    """Whether the event says nothing that is ever withheld. Many a mail says nothing either; only
    intake knows which of them are about officials."""
    told = (event.category, event.geotagged, event.kelurahan_code, event.entered_by_unit)
    return event.confidential and not any(told)

"""What every event is: a frozen value in the past tense that states one whole decision.

It is keyed by the complaint it is about; all its fields are of privacy class C0 (``Open[...]``).
Inside a version only additive change is allowed: a reader ignores fields it does not know.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.privacy import Open

TYPE_PREFIX = "id.go.jakarta.crm."

Emitter = Literal["intake", "media", "routing", "sla", "notify"]


class Event(BaseModel):
    """Base of all events. ``at``: the instant of the decision, UTC."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="iso8601")

    emitter: ClassVar[Emitter]
    version: ClassVar[int] = 1
    final: ClassVar[bool] = False
    """A final event needs no hearer."""

    complaint_id: Open[UUID]
    at: Open[datetime]


def type_of(event: type[Event]) -> str:
    """``ComplaintReceived -> id.go.jakarta.crm.ComplaintReceived.v1`` (CloudEvents ``type``)."""
    return f"{TYPE_PREFIX}{event.__name__}.v{event.version}"


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event with what the bus must know of it.

    ``causation_id``: id of the event or command that caused it; a rebuild of the bus keeps
    cause before effect by it.
    """

    id: UUID
    source: str
    event: Event
    causation_id: UUID | None = None
    traceparent: str | None = None

    @property
    def complaint_id(self) -> UUID:
        return self.event.complaint_id

    @property
    def type(self) -> str:
        return type_of(type(self.event))

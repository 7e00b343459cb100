"""Who holds a case, told by the stream or claimed from routing. Pure.

Where the holder of a case about officials lets guess whom the complaint is about, its events name
`WITHHELD_HOLDER` instead. Who must know the holder claims it (`shared.holders_claim`).
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.errors import Reject
from shared.events.event import Envelope, Event
from shared.events.routing import CaseCoordinated, CaseDelegated, CaseEvent, CaseReturned
from shared.events.vocabulary import UnitKind

WITHHELD_HOLDER: Mapping[str, Any] = MappingProxyType(
    {
        "unit_id": "withheld",
        "unit_name": "Dirahasiakan",
        "unit_kind": UnitKind.OTHER,
        "unit_parent_id": None,
    }
)
"""What an event says of a holder that it does not tell; no unit has this id."""

CaseStep: TypeAlias = tuple[UUID, int]
"""A complaint, and the version of its case that an event brought about."""


class Holder(BaseModel):
    """The unit that held a case, as events name it."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    unit_id: str
    unit_name: str
    unit_kind: UnitKind
    unit_parent_id: str | None = None


HOLDER_FIELDS = tuple(Holder.model_fields)

ClaimedHolders: TypeAlias = Mapping[CaseStep, Holder]
"""What routing does not know, or says in words that we do not know, is missing."""


def step_of(event: CaseEvent) -> CaseStep:
    return event.complaint_id, event.case_version


def withholds_holder(event: Event) -> bool:
    return isinstance(event, CaseEvent) and event.unit_id == WITHHELD_HOLDER["unit_id"]


def holder_of(event: CaseEvent, claimed: ClaimedHolders) -> Holder:
    """The holder of the case after an event, wherever it is told.

    Raises Reject when the stream does not tell it and routing has not: the event is parked until
    an operator replays it.
    """
    if not withholds_holder(event):
        return Holder.model_construct(**{name: getattr(event, name) for name in HOLDER_FIELDS})
    holder = claimed.get(step_of(event))
    if holder is None:
        raise Reject("unknown_holder", "routing does not tell who holds the case")
    return holder


def watchers_after(
    watchers: tuple[str, ...], event: CaseEvent, holder: str, before: str | None
) -> tuple[str, ...]:
    """The units that have passed the case on, after ``event``.

    ``holder`` has the case now, ``before`` had it until then: of a sender that the stream does not
    tell it is the one. An event that is heard again changes nothing.
    """
    if not isinstance(event, CaseCoordinated | CaseDelegated | CaseReturned):
        return watchers
    told = event.from_unit_id
    sender = before if told == WITHHELD_HOLDER["unit_id"] else told
    if sender is None or sender == holder:
        return watchers
    return (*(unit for unit in watchers if unit not in (sender, holder)), sender)


def with_holder(envelope: Envelope, claimed: ClaimedHolders) -> Envelope:
    """The envelope, its event with the holder that was claimed where the stream tells none.

    Raises Reject like `holder_of`.
    """
    event = envelope.event
    if not isinstance(event, CaseEvent) or not withholds_holder(event):
        return envelope
    holder = holder_of(event, claimed)
    named = {name: getattr(holder, name) for name in HOLDER_FIELDS}
    return replace(envelope, event=event.model_copy(update=named))

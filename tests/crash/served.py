"""What was served behind the doors, read out of the boxes when all is at rest.

The instants are the database's and the outside world's: their clocks do not jump.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from deploy.services import EMITTING, HEARING, WITH_DATABASE
from shared.visibility import SYSTEM, settings_of
from tests.crash.messages import OutsideMessage
from tests.crash.takeover import Served, Stage

_OUTBOX = (
    "SELECT event_id, complaint_id, causation_id, published_at FROM {}.outbox"
    " WHERE published_at IS NOT NULL ORDER BY seq"
)
_INBOX = "SELECT event_id, received_at FROM {}.inbox"
_CAUSES = "SELECT id, cause FROM notify.deliveries"

Instants = Mapping[UUID, datetime]


class _Event(NamedTuple):
    id: UUID
    complaint_id: UUID
    cause: UUID | None
    published_at: datetime


class Boxes(NamedTuple):
    """outboxes: published events by service. inboxes: when an event was applied, by service.
    causes: of the deliveries."""

    outboxes: Mapping[str, Sequence[_Event]]
    inboxes: Mapping[str, Instants]
    causes: Mapping[UUID, UUID]


async def read_boxes(urls: Mapping[str, str]) -> Boxes:
    outboxes, inboxes, causes = {}, {}, {}
    for service in WITH_DATABASE:
        connection = await asyncpg.connect(
            urls[service], timeout=10, command_timeout=60, server_settings=settings_of(SYSTEM)
        )
        try:
            if service in EMITTING:
                rows = await connection.fetch(_OUTBOX.format(service))
                outboxes[service] = [_Event(*row) for row in rows]
            if service in HEARING:
                rows = await connection.fetch(_INBOX.format(service))
                inboxes[service] = {row[0]: row[1] for row in rows}
            if service == "notify":
                causes = {row[0]: row[1] for row in await connection.fetch(_CAUSES)}
        finally:
            await connection.close()
    return Boxes(outboxes, inboxes, causes)


def served_of(
    boxes: Boxes, messages: Sequence[OutsideMessage], answered: Instants
) -> Iterator[Served]:
    """Events relayed, events applied, messages sent. ``answered``: when a complaint was accepted,
    where its sender was told its id."""
    arrived = _arrivals(boxes, messages)
    for service, events in boxes.outboxes.items():
        # What notify emits follows from the sending, what others emit from an event they applied.
        known = arrived if service == "notify" else boxes.inboxes.get(service, {})
        for event in events:
            yield from _between(Stage("relay", service), known, event.cause, event.published_at)
    for complaint, event in _first(boxes.outboxes["intake"]).items():
        yield from _between(Stage("relay", "intake"), answered, complaint, event.published_at)
    published = {event.id: event.published_at for own in boxes.outboxes.values() for event in own}
    for service, inbox in boxes.inboxes.items():
        for event_id, applied_at in inbox.items():
            yield from _between(Stage("events", service), published, event_id, applied_at)
    heard = boxes.inboxes["notify"]
    for cause, arrived_at in arrived.items():
        yield from _between(Stage("messages", "notify"), heard, cause, arrived_at)


def _first(events: Sequence[_Event]) -> Mapping[UUID, _Event]:
    """The receipt of each complaint is the first event about it."""
    return {event.complaint_id: event for event in reversed(events)}


def _arrivals(boxes: Boxes, messages: Sequence[OutsideMessage]) -> Instants:
    """When the message that an event called for has reached its reporter, by that event."""
    found = {}
    for message in messages:
        cause = boxes.causes.get(message.delivery_id) if message.delivery_id else None
        if cause is not None and message.received_at is not None:
            found[cause] = message.received_at
    return found


def _between(stage: Stage, ready: Instants, by: UUID | None, done: datetime) -> Iterator[Served]:
    if by is not None and by in ready:
        yield Served(stage, ready[by].timestamp(), done.timestamp())

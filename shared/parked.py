"""Parked events: set aside with cause and bytes, the later ones of the same complaint behind them.

A parked event does not stop its neighbours; it stops only its own complaint, so that order is
kept. ``replay`` applies what waits, oldest first, through the same handler.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.bus import Record
from shared.cloudevents import BusMessage
from shared.errors import NotFound
from shared.visibility import Sight, condition

HELD = "held"
"""Cause of those that only wait behind a parked one."""

_PARK = text(
    'INSERT INTO parked (event_id, complaint_id, topic, partition, "offset", key, header_names,'
    " header_values, value, cause, detail)"
    " VALUES (:event_id, :complaint_id, :topic, :partition, :offset, :key, :header_names,"
    " :header_values, :value, :cause, :detail) ON CONFLICT DO NOTHING"
)
# FOR SHARE waits for a replay of the complaint that is under way, then sees its outcome.
_BLOCKED = text(
    "SELECT complaint_id FROM parked WHERE replayed_at IS NULL"
    " AND complaint_id = ANY(CAST(:complaint_ids AS uuid[])) FOR SHARE"
)
_LIST = (
    'SELECT id, event_id, complaint_id, topic, partition, "offset", cause, detail, parked_at,'
    " header_names, header_values, value FROM parked p"
    " WHERE replayed_at IS NULL{seen} ORDER BY id LIMIT :limit"
)
_IS_SEEN = "SELECT 1 FROM parked p WHERE id = :id AND replayed_at IS NULL{seen}"
# What the service does not know of yet, it cannot know to be hidden; the list tells its id alone.
_SEEN = (
    " AND NOT EXISTS (SELECT 1 FROM cases c"
    " WHERE c.complaint_id = p.complaint_id AND ({seen}) IS NOT TRUE)"
)
_FIND = text("SELECT complaint_id FROM parked WHERE id = :id AND replayed_at IS NULL")
_BEHIND = (
    " FROM parked WHERE replayed_at IS NULL"
    " AND (id = :id OR complaint_id = :complaint_id) ORDER BY id"
)
_PEEK = text("SELECT id, key, header_names, header_values, value" + _BEHIND)
_LOCK = text("SELECT id" + _BEHIND + " FOR UPDATE")
_DONE = text("UPDATE parked SET replayed_at = now() WHERE id = ANY(CAST(:ids AS bigint[]))")


class ParkedEvent(BaseModel):
    """What an operator is shown of a parked event."""

    id: int
    event_id: UUID | None
    event_type: str | None
    complaint_id: UUID | None
    topic: str
    partition: int
    offset: int
    cause: str
    detail: str
    parked_at: datetime


async def park(
    connection: AsyncConnection,
    record: Record,
    cause: str,
    detail: str,
    event_id: UUID | None,
    complaint_id: UUID | None,
) -> None:
    """Set a record aside; one that is parked already stays as it is."""
    await connection.execute(
        _PARK,
        {
            "event_id": event_id,
            "complaint_id": complaint_id,
            "topic": record.partition.topic,
            "partition": record.partition.number,
            "offset": record.offset,
            "key": record.key,
            # PostgreSQL stores no NUL in a text, and a foreign writer's header may have one.
            "header_names": [name.replace("\x00", "\ufffd") for name, _ in record.headers],
            "header_values": [value for _, value in record.headers],
            "value": record.value,
            "cause": cause,
            "detail": detail,
        },
    )


async def blocked(connection: AsyncConnection, complaint_ids: Sequence[UUID]) -> set[UUID]:
    """The complaints of which an earlier event is parked."""
    rows = await connection.execute(_BLOCKED, {"complaint_ids": complaint_ids})
    return set(rows.scalars())


async def waiting(
    connection: AsyncConnection, sight: Sight | None = None, limit: int = 100
) -> list[ParkedEvent]:
    """Parked and held events, oldest first: those of cases within ``sight``, which the service's
    table ``cases`` tells. None: the service has no such table."""
    rows = await _within(connection, _LIST, sight, limit=limit)
    return [_shown(row) for row in rows]


async def is_seen(connection: AsyncConnection, parked_id: int, sight: Sight | None) -> bool:
    """Whether this event is in the list of an officer of this sight."""
    return bool(await _within(connection, _IS_SEEN, sight, id=parked_id))


async def _within(
    connection: AsyncConnection, statement: str, sight: Sight | None, **values: int
) -> Sequence[Row[Any]]:
    if sight is None:
        return (await connection.execute(text(statement.format(seen="")), values)).all()
    seen = condition(sight, "c")
    within = text(statement.format(seen=_SEEN.format(seen=seen.sql)))
    return (await connection.execute(within, {**values, **seen.parameters})).all()


def _shown(row: Row[Any]) -> ParkedEvent:
    headers = dict(zip(row.header_names, row.header_values, strict=True))
    event_type = headers.get("ce_type")
    return ParkedEvent(
        id=row.id,
        event_id=row.event_id,
        event_type=event_type.decode(errors="replace") if event_type else None,
        complaint_id=row.complaint_id,
        topic=row.topic,
        partition=row.partition,
        offset=row.offset,
        cause=row.cause,
        detail=row.detail,
        parked_at=row.parked_at,
    )


async def peek(connection: AsyncConnection, parked_id: int) -> dict[int, BusMessage]:
    """The parked event and all that waits behind it, oldest first, by row id.

    Raises NotFound when nothing with that id is parked.
    """
    rows = await connection.execute(_PEEK, await _keys(connection, parked_id))
    return {row.id: _message(row) for row in rows}


async def lock_waiting(connection: AsyncConnection, parked_id: int) -> set[int]:
    """Lock the same rows for a replay and return their ids; raises NotFound likewise."""
    keys = await _keys(connection, parked_id)
    await connection.execute(_LOCK, keys)
    # Asked again under the lock: a consumer may have added one while we waited for it.
    return set((await connection.execute(_LOCK, keys)).scalars())


def nothing_parked() -> NotFound:
    """The same for an id under which nothing is parked, and for an event that is hidden."""
    return NotFound("Nothing is parked under this id. List the parked events first.")


async def _keys(connection: AsyncConnection, parked_id: int) -> dict[str, object]:
    row = (await connection.execute(_FIND, {"id": parked_id})).one_or_none()
    if row is None:
        raise nothing_parked()
    return {"id": parked_id, "complaint_id": row.complaint_id}


def _message(row: Row[Any]) -> BusMessage:
    headers = list(zip(row.header_names, row.header_values, strict=True))
    return BusMessage(row.key or b"", headers, row.value or b"")


async def mark_replayed(connection: AsyncConnection, parked_ids: Sequence[int]) -> None:
    await connection.execute(_DONE, {"ids": parked_ids})

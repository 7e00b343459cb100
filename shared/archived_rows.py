"""The rows of outbox and inbox that an archived month leaves, and the floor that stands for them.

The floor of a service is an id: events with a lower one are archived, and the service has applied
all of them that it hears. Ids are made from the time (UUIDv7), so a floor that is a year old can be
met by no new event; the outbox itself refuses one (a process whose clock is a year behind).
"""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.archive import ArchivedMonth
from shared.ids import in_order

AT_ONCE = 2000
"""Rows of a statement that deletes: nobody waits for it longer than for any other."""

_TIMED = "substr(CAST(event_id AS text), 15, 1) = '7'"
"""Only of an id with a time in it its order tells its age."""

_FLOOR = text("SELECT below FROM archived ORDER BY below DESC LIMIT 1")
_MONTHS = text("SELECT month, events, digest FROM archived ORDER BY below")
_STARTED = text("SELECT month FROM archived WHERE deleted_at IS NULL ORDER BY below")
_OLDEST = text("SELECT event_id FROM outbox ORDER BY seq LIMIT 1")
_UNPUBLISHED = text(
    f"SELECT count(*) FROM outbox WHERE published_at IS NULL AND event_id < :below AND {_TIMED}"  # noqa: S608
)
_CLOSE = (
    "ALTER TABLE outbox DROP CONSTRAINT IF EXISTS ck_outbox_archived,"
    " ADD CONSTRAINT ck_outbox_archived CHECK (event_id >= '{below}') NOT VALID"
)
_OF_MONTH = text(
    "SELECT seq, event_id, complaint_id, type, at, causation_id, traceparent, body FROM outbox"  # noqa: S608
    f" WHERE event_id < :below AND {_TIMED} ORDER BY complaint_id, seq"
)
_MISSING = text(
    "SELECT id FROM unnest(CAST(:ids AS uuid[])) AS id"
    " WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.event_id = id)"
)
_NOTE = text(
    "INSERT INTO archived (below, month, events, digest) VALUES (:below, :month, :events, :digest)"
)
_DELETED = text(
    "UPDATE archived SET deleted_at = now() WHERE below <= :below AND deleted_at IS NULL"
)
# Whoever claims now may still go by the floor of before; whoever comes after this goes by the new.
_WAIT_FOR_CLAIMS = text("LOCK TABLE inbox IN SHARE ROW EXCLUSIVE MODE")
_DELETE_EVENTS = text(
    "DELETE FROM outbox WHERE seq = ANY(CAST(:seqs AS bigint[])) AND published_at IS NOT NULL"
)
_DELETE_CLAIMS = text(
    "DELETE FROM inbox WHERE event_id IN (SELECT event_id FROM inbox"  # noqa: S608
    f" WHERE event_id > :after AND event_id < :below AND {_TIMED}"
    " ORDER BY event_id LIMIT :limit) RETURNING event_id"
)


async def floor(connection: AsyncConnection) -> UUID | None:
    """Lower ids count as applied; None: nothing is archived."""
    found: UUID | None = await connection.scalar(_FLOOR)
    return found


async def months(connection: AsyncConnection) -> list[ArchivedMonth]:
    """All that are archived, in order."""
    rows = await connection.execute(_MONTHS)
    return [ArchivedMonth(row.month, row.events, row.digest) for row in rows]


async def started(connection: AsyncConnection) -> list[date]:
    """Months that are archived and whose rows may not all be deleted yet."""
    return list((await connection.execute(_STARTED)).scalars())


async def oldest_event(connection: AsyncConnection) -> UUID | None:
    """The id of the event that was recorded first."""
    found: UUID | None = await connection.scalar(_OLDEST)
    return found


async def unpublished(connection: AsyncConnection, below: UUID) -> int:
    """How many events with a lower id are not on the bus."""
    return int(await connection.scalar(_UNPUBLISHED, {"below": below}) or 0)


async def close(connection: AsyncConnection, below: UUID) -> None:
    """From now on the outbox takes no event with a lower id; whoever records one fails. Waits for
    those that are recording."""
    await connection.exec_driver_sql(_CLOSE.format(below=below))


async def stream(connection: AsyncConnection, below: UUID) -> AsyncIterator[Any]:
    """Events with a lower id, in the order of an archive."""
    result = await connection.stream(
        _OF_MONTH, {"below": below}, execution_options={"yield_per": AT_ONCE}
    )
    async for row in result:
        yield row


async def not_applied(connection: AsyncConnection, event_ids: Collection[UUID]) -> list[UUID]:
    """Which of the events the service has not applied."""
    found = await connection.execute(_MISSING, {"ids": in_order(event_ids)})
    return list(found.scalars())


async def note(connection: AsyncConnection, below: UUID, month: ArchivedMonth) -> None:
    """The month is archived, and ``below`` is the floor."""
    values = {"month": month.month, "events": month.events, "digest": month.digest}
    await connection.execute(_NOTE, {"below": below, **values})


async def wait_for_claims(connection: AsyncConnection) -> None:
    """Until nobody claims by the floor of before; those who come meanwhile wait. In a transaction
    of its own that began after the floor was noted."""
    await connection.execute(_WAIT_FOR_CLAIMS)


async def delete_events(connection: AsyncConnection, seqs: Sequence[int]) -> None:
    """These rows of the outbox; what is not published stays."""
    await connection.execute(_DELETE_EVENTS, {"seqs": list(seqs)})


async def delete_claims(connection: AsyncConnection, after: UUID, below: UUID) -> UUID | None:
    """Some claims of events with ids between these two; returns the last, None when none is
    left."""
    values = {"after": after, "below": below, "limit": AT_ONCE}
    found = (await connection.execute(_DELETE_CLAIMS, values)).scalars().all()
    return max(found, key=lambda each: each.int) if found else None


async def note_deleted(connection: AsyncConnection, below: UUID) -> None:
    await connection.execute(_DELETED, {"below": below})

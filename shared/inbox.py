"""Inbox: an event is claimed in the transaction that applies it, so it is applied once.

A rebuild of the bus brings back every event there was, and what the inbox does not know would be
done a second time. So it forgets rows of archived months alone: their events have ids below the
floor, and all that are below it count as applied (docs/decisions/0091).
"""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.events.event import Envelope
from shared.ids import in_order

_CLAIM = text(
    "INSERT INTO inbox (event_id) SELECT id FROM unnest(CAST(:ids AS uuid[])) AS id"
    " WHERE id >= coalesce((SELECT below FROM archived ORDER BY below DESC LIMIT 1),"
    " '00000000-0000-0000-0000-000000000000')"
    # An id of another version has no time in it.
    " OR substr(CAST(id AS text), 15, 1) <> '7'"
    " ON CONFLICT DO NOTHING RETURNING event_id"
)
_RELEASE = text("DELETE FROM inbox WHERE event_id = ANY(CAST(:ids AS uuid[]))")


async def claim(connection: AsyncConnection, envelopes: Sequence[Envelope]) -> list[Envelope]:
    """Those of ``envelopes`` never applied before, each once, in their order.

    Waits for another transaction that is claiming the same event, and believes its outcome.
    """
    fresh = await claim_ids(connection, {envelope.id for envelope in envelopes})
    return list(_first_of_each(e for e in envelopes if e.id in fresh))


async def claim_ids(connection: AsyncConnection, event_ids: Collection[UUID]) -> set[UUID]:
    """Those of ``event_ids`` that nobody had claimed; waits as ``claim`` does."""
    # Sorted, so that two consumers of an overlapping batch wait for one another in one direction.
    rows = await connection.execute(_CLAIM, {"ids": in_order(event_ids)})
    return set(rows.scalars())


async def release(connection: AsyncConnection, event_ids: Collection[UUID]) -> None:
    """Give back what this transaction has claimed and does not apply."""
    await connection.execute(_RELEASE, {"ids": in_order(event_ids)})


async def is_free(connection: AsyncConnection, event_id: UUID) -> bool:
    """Whether the event was never applied; waits as ``claim`` does, and claims nothing."""
    if not await claim_ids(connection, [event_id]):
        return False
    await release(connection, [event_id])
    return True


def _first_of_each(envelopes: Iterable[Envelope]) -> Iterable[Envelope]:
    return {envelope.id: envelope for envelope in envelopes}.values()

"""Inbox: an event is claimed in the transaction that applies it, so it is applied once.

No row is ever forgotten: a rebuild of the bus brings back every event there was, and what the
inbox does not know would be done a second time (docs/decisions/0009).
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.events.event import Envelope

_CLAIM = text(
    "INSERT INTO inbox (event_id) SELECT unnest(CAST(:ids AS uuid[]))"
    " ON CONFLICT DO NOTHING RETURNING event_id"
)


async def claim(connection: AsyncConnection, envelopes: Sequence[Envelope]) -> list[Envelope]:
    """Those of ``envelopes`` never applied before, each once, in their order.

    Waits for another transaction that is claiming the same event, and believes its outcome.
    """
    # Sorted, so that two consumers of an overlapping batch wait for one another in one direction.
    ids = sorted({envelope.id for envelope in envelopes})
    rows = await connection.execute(_CLAIM, {"ids": ids})
    fresh = set(rows.scalars())
    return list(_first_of_each(e for e in envelopes if e.id in fresh))


def _first_of_each(envelopes: Iterable[Envelope]) -> Iterable[Envelope]:
    return {envelope.id: envelope for envelope in envelopes}.values()

"""Inbox: an event is claimed in the transaction that applies it, so it is applied once."""

from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.events import Envelope

_CLAIM = text(
    "INSERT INTO inbox (event_id) SELECT unnest(CAST(:ids AS uuid[]))"
    " ON CONFLICT DO NOTHING RETURNING event_id"
)
_PRUNE = text("DELETE FROM inbox WHERE received_at < now() - make_interval(secs => :seconds)")


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


async def prune(connection: AsyncConnection, older_than_seconds: float) -> int:
    """Forget events older than the topic's retention; younger ones may still be redelivered."""
    result = await connection.execute(_PRUNE, {"seconds": older_than_seconds})
    return result.rowcount

"""The way of a complaint through a service, as its rows tell it: what was recorded, published,
applied, parked and set aside, each with its time. Nothing is stored for it besides.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.visibility import Sight, condition

AT_MOST = 500
"""Events of one complaint; a case has some dozens."""

SPREAD = timedelta(minutes=5)
"""So far the first event of a trace may be from the trace's own time: an act has waited for the
database, and two clocks differ."""

_HIDDEN = "SELECT 1 FROM cases c WHERE c.complaint_id = :id AND ({seen}) IS NOT TRUE"
_RECORDED = text(
    "SELECT event_id, type AS event_type, at, causation_id, traceparent, published_at,"
    " CAST(convert_from(body, 'UTF8') AS jsonb) ->> 'report_number' AS report_number,"
    " CAST(convert_from(body, 'UTF8') AS jsonb) ->> 'channel' AS channel"
    " FROM outbox WHERE complaint_id = :id ORDER BY seq LIMIT :limit"
)
_PARKED = text(
    "SELECT id, event_id, cause, parked_at, replayed_at, discarded_at"
    " FROM parked WHERE complaint_id = :id ORDER BY id LIMIT :limit"
)
_ASIDE = text(
    'SELECT table_name AS "table", cause, since, released_at'
    " FROM set_aside WHERE complaint_id = :id ORDER BY id LIMIT :limit"
)
_APPLIED = text(
    "SELECT event_id, received_at AS applied_at FROM inbox"
    " WHERE event_id = ANY(CAST(:ids AS uuid[])) ORDER BY received_at"
)
_ENDS = text("SELECT min(seq) AS first, max(seq) AS last FROM outbox")
_NEXT = text("SELECT seq, at FROM outbox WHERE seq >= :seq ORDER BY seq LIMIT 1")
_OF_TRACE = (
    "SELECT DISTINCT complaint_id FROM outbox"
    " WHERE seq BETWEEN :first AND :last"
    " AND substr(traceparent, 4, 32) = :trace{seen} LIMIT :limit"
)
_SEEN = (
    " AND NOT EXISTS (SELECT 1 FROM cases c"
    " WHERE c.complaint_id = outbox.complaint_id AND ({seen}) IS NOT TRUE)"
)

Rows: TypeAlias = list[dict[str, Any]]


async def is_hidden(connection: AsyncConnection, complaint_id: UUID, sight: Sight | None) -> bool:
    """Whether there is no such case for an officer of ``sight``; None where the service knows no
    case."""
    if sight is None:
        return False
    seen = condition(sight, "c")
    statement = text(_HIDDEN.format(seen=seen.sql))
    found = await connection.scalar(statement, {"id": complaint_id, **seen.parameters})
    return found is not None


async def recorded(connection: AsyncConnection, complaint_id: UUID) -> Rows:
    """Events that the service has stated, in order. Number and channel: of those that have them."""
    return await _of(connection, _RECORDED, complaint_id)


async def parked(connection: AsyncConnection, complaint_id: UUID) -> Rows:
    """Events that were parked or held here, also those that have gone on since."""
    return await _of(connection, _PARKED, complaint_id)


async def set_aside(connection: AsyncConnection, complaint_id: UUID) -> Rows:
    """Rows that were set aside, also those that are released."""
    return await _of(connection, _ASIDE, complaint_id)


async def applied(connection: AsyncConnection, event_ids: Sequence[UUID]) -> Rows:
    """Which of the events the service has applied, and when."""
    if not event_ids:
        return []
    found = await connection.execute(_APPLIED, {"ids": list(event_ids)})
    return [dict(row) for row in found.mappings()]


async def _of(connection: AsyncConnection, statement: Any, complaint_id: UUID) -> Rows:
    found = await connection.execute(statement, {"id": complaint_id, "limit": AT_MOST})
    return [dict(row) for row in found.mappings()]


async def of_trace(connection: AsyncConnection, trace: UUID, sight: Sight | None) -> Sequence[UUID]:
    """Complaints within ``sight`` of which an event was recorded at the beginning of the trace.

    No index knows traces: each event of a city would pay for it. A trace id tells its time, and the
    rows of that time are found by halves.
    """
    begun = begun_at(trace)
    if begun is None:
        return []
    first = await _first_since(connection, begun - SPREAD)
    last = await _first_since(connection, begun + SPREAD)
    seen = condition(sight, "c") if sight else None
    statement = _OF_TRACE.format(seen=_SEEN.format(seen=seen.sql) if seen else "")
    values = {"first": first, "last": last, "trace": trace.hex, "limit": AT_MOST}
    found = await connection.execute(
        text(statement), {**values, **(seen.parameters if seen else {})}
    )
    return sorted(found.scalars())


def begun_at(trace: UUID) -> datetime | None:
    """When a trace of ours was begun (RFC 9562, 5.7); None for one that is not ours."""
    if trace.version != 7:
        return None
    return datetime.fromtimestamp((trace.int >> 80) / 1000, UTC)


async def _first_since(connection: AsyncConnection, instant: datetime) -> int:
    """The place in the outbox from which on events are of ``instant`` or later. Rows commit out of
    order by seconds, which `SPREAD` covers."""
    ends = (await connection.execute(_ENDS)).one()
    if ends.last is None:
        return 0
    low, high = ends.first, ends.last + 1
    while low < high:
        row = (await connection.execute(_NEXT, {"seq": (low + high) // 2})).one_or_none()
        if row is None or row.at >= instant:
            high = (low + high) // 2
        else:
            low = row.seq + 1
    return int(low)

"""The SQL of exports: a whole list, read in pieces by a cursor of the server."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.work.store import Wanted, selection
from shared.visibility import Sight

PIECE = 500
"""Rows that are read and written at once: so many lie in memory. Between two pieces the transaction
is silent for as long as one takes to write, far less than the server allows."""


async def lines_of(
    connection: AsyncConnection, wanted: Wanted, sight: Sight, now: datetime, at_most: int
) -> AsyncIterator[Sequence[Any]]:
    """All of a list as it stands at one moment, piece by piece: the soonest due first, then the
    oldest. At most ``at_most`` rows."""
    chosen, values = selection(wanted, sight, now)
    statement = text(_LINES.format(chosen=chosen))
    result = await connection.stream(statement, {**values, "at_most": at_most})
    async for piece in result.partitions(PIECE):
        yield piece


_LINES = """
    SELECT report_number, state, category, unit_id, kelurahan_code, channel, received_at, due_at,
           original_due_at, restricted, body ->> 'area_name' AS area_name,
           coalesce(CAST(body ->> 'accepted' AS boolean), false) AS accepted,
           coalesce(CAST(body ->> 'confidential' AS boolean), false) AS confidential
    FROM cases WHERE complaint_id IN ({chosen})
    ORDER BY coalesce(next_due_at, 'infinity'), received_at, complaint_id LIMIT :at_most
"""

"""The only SQL of what changes: the rows, in the order of their commits."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.case.standing import Standing
from services.routing.domain import Case
from services.routing.live.change import CaseChange, Happened, Position


async def note(connection: AsyncConnection, cases: Sequence[tuple[Case, Standing]]) -> None:
    """One row for each case that is about to be saved, in one statement. Before it is saved: the
    row keeps where the case stood."""
    await connection.execute(
        _NOTE,
        {
            "ids": [case.complaint_id for case, _ in cases],
            "versions": [case.version for case, _ in cases],
            "afters": [json.dumps(standing.stored()) for _, standing in cases],
        },
    )


async def note_the_same(connection: AsyncConnection, complaints: Sequence[UUID]) -> None:
    """One row for each of these cases, which stand where they stood: their limits are others."""
    await connection.execute(_NOTE_THE_SAME, {"ids": list(complaints)})


async def committed(connection: AsyncConnection) -> Position:
    """Behind all that is committed for good: no row will ever appear before it."""
    return Position((await connection.execute(_COMMITTED)).scalar_one(), 0)


async def read_after(
    connection: AsyncConnection, after: Position, until: Position, limit: int
) -> list[CaseChange]:
    """The first ``limit`` changes behind ``after``, up to ``until`` (of `committed`)."""
    place = {"xid": after.xid, "id": after.change_id, "until": until.xid}
    found = await connection.execute(_READ_AFTER, {**place, "limit": limit})
    return [_read(row) for row in found]


async def read_last(connection: AsyncConnection, until: Position, limit: int) -> list[CaseChange]:
    """The last ``limit`` changes up to ``until``, the oldest first."""
    found = await connection.execute(_READ_LAST, {"until": until.xid, "limit": limit})
    return [_read(row) for row in found][::-1]


async def swept(connection: AsyncConnection) -> Position:
    """Behind it no change is missing."""
    return await place_of(connection, "swept") or Position(0, 0)


async def sweep(connection: AsyncConnection, before: datetime, read: Position, limit: int) -> int:
    """Takes away changes that are older and stand up to ``read``; how many they were."""
    values = {"before": before, "xid": read.xid, "id": read.change_id, "limit": limit}
    gone = [Position(*row) for row in await connection.execute(_SWEEP, values)]
    if gone:
        await move(connection, "swept", max(gone))
    return len(gone)


async def place_of(connection: AsyncConnection, name: str) -> Position | None:
    """None: there is no place of that name."""
    row = (await connection.execute(_PLACE, {"name": name})).one_or_none()
    return Position(row.xid, row.change_id) if row else None


async def forget_place(connection: AsyncConnection, name: str) -> None:
    await connection.execute(_FORGET_PLACE, {"name": name})


async def move(connection: AsyncConnection, name: str, to: Position) -> None:
    """The place of that name stands there from now on."""
    values = {"name": name, "xid": to.xid, "id": to.change_id}
    await connection.execute(_MOVE, values)


def _read(row: Any) -> CaseChange:
    return CaseChange(
        position=Position(row.xid, row.change_id),
        complaint_id=row.complaint_id,
        at=row.at,
        version=row.version,
        before=None if row.before is None else Standing.read(json.loads(row.before)),
        after=Standing.read(json.loads(row.after)),
        report_number=row.report_number,
        category=row.category,
        events=[Happened(*each) for each in json.loads(row.events)],
    )


_STORED = """
    jsonb_build_object(
        'state', c.state, 'unit_id', c.unit_id, 'reviewer', c.reviewer,
        'awaited', c.awaited_reviewer, 'watchers', c.watchers, 'about_unit', c.about_unit,
        'restricted', c.restricted, 'stage', c.stage)
"""
_NOTE = text(f"""
    INSERT INTO changes (complaint_id, version, version_before, before, after)
    SELECT i, v, CAST(c.body ->> 'version' AS int),
           CASE WHEN c.complaint_id IS NOT NULL THEN {_STORED} END, CAST(a AS jsonb)
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:versions AS int[]), CAST(:afters AS text[])
    ) WITH ORDINALITY AS given(i, v, a, place) LEFT JOIN cases c ON c.complaint_id = i
    ORDER BY place
""")  # noqa: S608 (constants)
_NOTE_THE_SAME = text(f"""
    INSERT INTO changes (complaint_id, version, version_before, before, after)
    SELECT complaint_id, version, version, stood, stood FROM (
        SELECT c.complaint_id, CAST(c.body ->> 'version' AS int) AS version, {_STORED} AS stood
        FROM cases c WHERE c.complaint_id = ANY(CAST(:ids AS uuid[]))
    ) AS named
""")  # noqa: S608 (constants)
_COMMITTED = text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
_ROWS = """
    SELECT h.xid, h.change_id, h.complaint_id, h.at, h.version,
           CAST(h.before AS text) AS before, CAST(h.after AS text) AS after,
           c.body ->> 'report_number' AS report_number, c.category,
           (SELECT CAST(coalesce(json_agg(json_build_array(s.event, s.version, s.state)
                                          ORDER BY s.version), '[]') AS text)
            FROM history s WHERE s.complaint_id = h.complaint_id
                AND s.version > coalesce(h.version_before, 0) AND s.version <= h.version) AS events
    FROM changes h JOIN cases c ON c.complaint_id = h.complaint_id
    WHERE h.xid < CAST(:until AS bigint)
"""
_READ_AFTER = text(f"""
    {_ROWS} AND (h.xid, h.change_id) > (CAST(:xid AS bigint), :id)
    ORDER BY h.xid, h.change_id LIMIT :limit
""")
_READ_LAST = text(f"{_ROWS} ORDER BY h.xid DESC, h.change_id DESC LIMIT :limit")
_SWEEP = text("""
    DELETE FROM changes WHERE (xid, change_id) IN (
        SELECT xid, change_id FROM changes
        WHERE at < :before AND (xid, change_id) <= (CAST(:xid AS bigint), :id)
        ORDER BY xid, change_id LIMIT :limit)
    RETURNING xid, change_id
""")
_PLACE = text("SELECT xid, change_id FROM change_places WHERE name = :name")
_FORGET_PLACE = text("DELETE FROM change_places WHERE name = :name")
_MOVE = text("""
    INSERT INTO change_places (name, xid, change_id) VALUES (:name, :xid, :id)
    ON CONFLICT (name) DO UPDATE SET xid = excluded.xid, change_id = excluded.change_id
""")

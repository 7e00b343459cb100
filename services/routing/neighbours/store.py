"""The SQL of neighbours: which cases may be near, found by indexes alone.

Candidates are of two kinds. Those with a point are taken square by square around the point that is
asked for, from each the nearest in time: so a market place with ten thousand reports costs as much
as a quiet street. The nearest squares come first, and where they hold enough, the others are not
read: whether a row may be seen is asked of its case, row by row, and this costs most of the time.
Those without one are taken from the same kelurahan, or, where that is not known either, from the
cases of unknown place. Ids are ordered by time (UUIDv7), so that one index has place and time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import accumulate
from math import ceil, floor
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.domain import Case
from services.routing.neighbours.likeness import REACH_M, SPAN, Point, Sketch, reader_of_trigrams
from services.routing.placing.places import LATITUDE_KM
from services.routing.store import Step, case_of
from shared.set_aside import CASES, States
from shared.visibility import Sight, condition

SQUARE = 0.0025
"""Degrees, some 280 m: of the columns ``latitude_square`` and ``longitude_square`` of texts."""
OF_A_SQUARE = 60
"""Candidates of a square, before and after the moment that is asked for."""
LOOKED_AT, NEAREST = 500, 150
"""Of all squares so many of the nearest are looked at, and so many of those within sight are taken:
to look at a case costs more than to find its place in the index."""
OF_A_KELURAHAN = 60
"""Candidates without a point, before and after."""

_REACH = ceil(REACH_M / (SQUARE * LATITUDE_KM * 1000))
"""Squares from the one in the middle to the last that may be near enough."""
BANDS = (4, 5, 5, 5, 6)
"""How many squares are read at once, the nearest first."""
_ROUNDING = 1e-9
"""Degrees, a tenth of a millimetre: the border of a square is known no better."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that may be near. ``words``: of its reporter (class C1), as ``address`` is; None when
    erased."""

    complaint_id: UUID
    report_number: str
    state: str
    unit_id: str
    area_name: str | None
    about_unit: str | None
    restricted: bool
    sketch: Sketch
    words: str | None = field(repr=False)
    address: str | None = field(repr=False)


class Said(NamedTuple):
    """What the reporter of a case wrote, and where. leads: whether other cases follow it."""

    words: str
    point: Point | None
    leads: bool


NOTHING_SAID = Said("", None, leads=False)


async def find_with_said(
    connection: AsyncConnection, complaint_id: UUID, sight: Sight
) -> tuple[Case | None, Said]:
    """A case within sight, and what its reporter wrote: nothing of one that is erased."""
    seen = condition(sight, "c")
    values = {"id": complaint_id, **seen.parameters}
    rows = (await connection.execute(_with_said(seen.sql), values)).all()
    said = next((Said(row.words or "", _point(row), row.leads) for row in rows), NOTHING_SAID)
    return States(connection, CASES, rows, case_of).get(complaint_id), said


async def candidates(
    connection: AsyncConnection, asked: Sketch, sight: Sight, own: UUID | None = None
) -> list[Candidate]:
    """Cases within sight that may be near ``asked``, but for ``own``."""
    seen = condition(sight, "c")
    values = {**seen.parameters, "own": own}
    # The database shows no row but those within sight: one of them may be its own case.
    return await _found(connection, asked, seen.sql, values, NEAREST + 1)


async def public_candidates(
    connection: AsyncConnection, asked: Sketch, sight: Sight, of_persons: Sequence[str]
) -> list[Candidate]:
    """The same of cases that anybody at a counter may read of: none that is confidential, about
    officials, erased or withdrawn, and none of the categories ``of_persons``."""
    seen = condition(sight, "c")
    values = {**seen.parameters, "own": None, "of_persons": list(of_persons)}
    return await _found(connection, asked, f"{seen.sql} AND {_PUBLIC}", values, LOOKED_AT)


async def joined(
    connection: AsyncConnection, case: Case, sight: Sight, at_most: int
) -> list[Candidate]:
    """Cases within sight that are merged with ``case``: its head first, then those that follow the
    same head, or ``case`` itself. Of one that neither leads nor follows there is none to ask for.
    """
    seen = condition(sight, "c")
    heads = [each for each in (case.head_id, case.complaint_id) if each is not None]
    values = {"own": case.complaint_id, "head": case.head_id, "heads": heads, "at_most": at_most}
    rows = await connection.execute(
        text(_JOINED.format(seen=seen.sql)), {**seen.parameters, **values}
    )
    read = reader_of_trigrams()
    return [_candidate(row, read) for row in rows]


async def last_steps(
    connection: AsyncConnection, complaints: Sequence[UUID]
) -> dict[UUID, list[Step]]:
    """What was done last in each case, and before it the last follow-up that was filed, if any. The
    caller has seen to it that the cases may be seen."""
    found: dict[UUID, list[Step]] = {each: [] for each in complaints}
    for row in (await connection.execute(_LAST, {"ids": list(complaints)})).mappings():
        columns = dict(row)
        found[columns.pop("id")].append(Step(**columns))
    return found


async def _found(
    connection: AsyncConnection, asked: Sketch, seen: str, values: Mapping[str, Any], enough: int
) -> list[Candidate]:
    """``enough``: so many rows that are nearer than all squares behind them hold the nearest."""
    rows = await connection.execute(
        _near(seen, _PLACES[asked.kelurahan is not None]),
        {
            **values,
            **around(asked.point),
            "kelurahan": asked.kelurahan,
            "from": _id_at(asked.received_at - SPAN),
            "at": _id_at(asked.received_at),
            "to": _id_at(asked.received_at + SPAN),
            "of_a_square": OF_A_SQUARE,
            "enough": enough,
            "looked_at": LOOKED_AT,
            "nearest": NEAREST,
            "of_a_kelurahan": OF_A_KELURAHAN,
        },
    )
    read = reader_of_trigrams() if asked.words else _nothing_to_compare
    return [_candidate(row, read) for row in rows]


@cache
def _with_said(seen: str) -> sa.TextClause:
    return text(_FIND_WITH_SAID.format(seen=seen))


@cache
def _near(seen: str, place: str) -> sa.TextClause:
    """Made once for each kind of sight."""
    return text(_CANDIDATES.format(seen=seen, place=place))


def around(point: Point | None) -> Mapping[str, Any]:
    """The squares around a point by ``row`` and ``column``, the nearest first, with their ``band``;
    none without a point. ``edges``: nothing in a band, or in one behind it, is nearer than this, in
    squared degrees."""
    if point is None:
        nowhere: dict[str, Any] = dict.fromkeys(("rows", "columns", "bands", "edges"), ())
        return nowhere | {"latitude": None, "longitude": None}
    row, column = (floor(degrees / SQUARE) for degrees in point)
    steps = range(-_REACH, _REACH + 1)
    squares = [(row + north, column + east) for north in steps for east in steps]
    squares.sort(key=lambda square: _edge(point, square))
    firsts = accumulate(BANDS[:-1], initial=0)
    return {
        "latitude": point.latitude,
        "longitude": point.longitude,
        "rows": [row for row, _ in squares],
        "columns": [column for _, column in squares],
        "bands": [band for band, size in enumerate(BANDS, 1) for _ in range(size)],
        "edges": [_edge(point, squares[first]) for first in firsts],
    }


def _edge(point: Point, square: tuple[int, int]) -> float:
    """No point of the square is nearer than this, in squared degrees."""
    gaps = (
        max(number * SQUARE - degrees, degrees - (number + 1) * SQUARE, _ROUNDING) - _ROUNDING
        for degrees, number in zip(point, square, strict=True)
    )
    return sum(gap**2 for gap in gaps)


def _id_at(moment: datetime) -> UUID:
    """No id that was made at that moment or later is less (RFC 9562, 5.7)."""
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)


def _point(row: Any) -> Point | None:
    if row.latitude is None or row.longitude is None:
        return None
    return Point(row.latitude, row.longitude)


def _nothing_to_compare(_: str) -> None:
    """Words are compared with words: where none are asked for, as at a counter, none are read."""


def _candidate(row: Any, read: Callable[[str], frozenset[str] | None]) -> Candidate:
    """Of a row of `_COLUMNS`, by their order: fifty rows are read for one page."""
    number, state, unit, category, received_at, kelurahan, area, about, restricted = row[1:10]
    words, latitude, longitude, address = row[10:]
    point = None if latitude is None or longitude is None else Point(latitude, longitude)
    sketch = Sketch(received_at, point, kelurahan, category, read(words) if words else None)
    return Candidate(
        row[0], number, state, unit, area, about, restricted, sketch, words or None, address
    )


_FIND_WITH_SAID = """
    SELECT c.complaint_id, CAST(c.body AS text) AS body, t.words, t.latitude, t.longitude,
           EXISTS (SELECT FROM cases f WHERE f.head_id = c.complaint_id) AS leads
    FROM cases c LEFT JOIN texts t ON t.complaint_id = c.complaint_id
    WHERE c.complaint_id = :id AND {seen}
"""
_PUBLIC = """
    c.about_unit IS NULL AND c.state <> 'withdrawn'
    AND c.body -> 'confidential' = CAST('false' AS jsonb)
    AND c.body -> 'erased' = CAST('false' AS jsonb)
    AND (c.category IS NULL OR c.category <> ALL(CAST(:of_persons AS text[])))
"""
_PLACES = {
    True: "kelurahan_code = CAST(:kelurahan AS text)",
    # Where one is not known, and no point either, the cases of unknown place are near.
    False: "kelurahan_code IS NULL AND CAST(:kelurahan AS text) IS NULL",
}
_OF_CASE = """
    c.complaint_id, c.report_number, c.state, c.unit_id, c.category, c.received_at,
    c.kelurahan_code, c.body ->> 'area_name' AS area_name, c.about_unit, c.restricted
"""
_OF_TEXT = "t.words, t.latitude, t.longitude, t.address"
_COLUMNS = f"{_OF_CASE}, {_OF_TEXT}"
_BEFORE = "complaint_id >= CAST(:from AS uuid) AND complaint_id < CAST(:at AS uuid)"
_AFTER = "complaint_id >= CAST(:at AS uuid) AND complaint_id < CAST(:to AS uuid)"
_PLACED = "complaint_id, latitude, longitude"
_IN_SQUARE = "latitude_square = row AND longitude_square = col"
_CANDIDATES = f"""
    WITH RECURSIVE squares AS (
        SELECT * FROM unnest(CAST(:rows AS int[]), CAST(:columns AS int[]), CAST(:bands AS int[]))
            AS given(row, col, band)
    ), walk(band, ids, aways) AS (
        SELECT 0, CAST('{{{{}}}}' AS uuid[]), CAST('{{{{}}}}' AS float8[])
        UNION ALL
        SELECT walk.band + 1, walk.ids || found.ids, walk.aways || found.aways
        FROM walk CROSS JOIN LATERAL (
            SELECT array_agg(near.complaint_id) AS ids,
                   array_agg((near.latitude - CAST(:latitude AS float8)) ^ 2
                           + (near.longitude - CAST(:longitude AS float8)) ^ 2) AS aways
            FROM squares CROSS JOIN LATERAL (
                (SELECT {_PLACED} FROM texts WHERE {_IN_SQUARE} AND {_BEFORE}
                 ORDER BY complaint_id DESC LIMIT :of_a_square)
                UNION ALL
                (SELECT {_PLACED} FROM texts WHERE {_IN_SQUARE} AND {_AFTER}
                 ORDER BY complaint_id LIMIT :of_a_square)
            ) AS near
            WHERE squares.band = walk.band + 1
        ) AS found
        WHERE walk.band < cardinality(CAST(:edges AS float8[]))
          AND (SELECT count(*) FROM unnest(walk.aways) AS away
               WHERE away < (CAST(:edges AS float8[]))[walk.band + 1]) < :enough
    ), in_squares AS (
        SELECT near.* FROM (SELECT ids, aways FROM walk ORDER BY band DESC LIMIT 1) AS walked
        CROSS JOIN LATERAL unnest(ids, aways) AS near(complaint_id, away)
        ORDER BY away, complaint_id LIMIT :looked_at
    ), nearest AS (
        SELECT {_OF_CASE}
        FROM in_squares JOIN cases c USING (complaint_id)
        WHERE {{seen}} AND c.complaint_id IS DISTINCT FROM CAST(:own AS uuid)
        ORDER BY away, complaint_id LIMIT :nearest
    ), in_kelurahan AS (
        (SELECT complaint_id FROM cases WHERE {{place}} AND {_BEFORE}
         ORDER BY complaint_id DESC LIMIT :of_a_kelurahan)
        UNION ALL
        (SELECT complaint_id FROM cases WHERE {{place}} AND {_AFTER}
         ORDER BY complaint_id LIMIT :of_a_kelurahan)
    )
    (SELECT nearest.*, {_OF_TEXT} FROM nearest JOIN texts t USING (complaint_id))
    UNION ALL
    (SELECT {_COLUMNS} FROM in_kelurahan JOIN cases c USING (complaint_id)
     LEFT JOIN texts t USING (complaint_id)
     WHERE {{seen}} AND c.complaint_id IS DISTINCT FROM CAST(:own AS uuid)
       AND (t.latitude IS NULL OR CAST(:latitude AS float8) IS NULL))
"""  # noqa: S608 (put together from the pieces above)
_JOINED = f"""
    SELECT {_COLUMNS} FROM cases c LEFT JOIN texts t USING (complaint_id)
    WHERE {{seen}} AND c.complaint_id <> :own
      AND (c.complaint_id = CAST(:head AS uuid) OR c.head_id = ANY(CAST(:heads AS uuid[])))
    ORDER BY c.complaint_id IS DISTINCT FROM CAST(:head AS uuid), c.complaint_id LIMIT :at_most
"""  # noqa: S608 (put together from the pieces above)
_STEP = """
    SELECT h.version, h.event, h.at, h.state, h.unit_id, h.actor_unit, n.words,
           coalesce(n.evidence, CAST('[]' AS jsonb)) AS evidence,
           coalesce(h.facts, CAST('{}' AS jsonb)) AS facts
    FROM history h LEFT JOIN notes n ON n.note_id = h.note_id
    WHERE h.complaint_id = asked.id
"""
_LAST = text(f"""
    SELECT asked.id, last.* FROM unnest(CAST(:ids AS uuid[])) AS asked(id)
    CROSS JOIN LATERAL (
        ({_STEP} AND h.event = 'FollowUpSubmitted' ORDER BY h.version DESC LIMIT 1)
        UNION
        ({_STEP} ORDER BY h.version DESC LIMIT 1)
    ) AS last ORDER BY asked.id, last.version
""")  # noqa: S608 (put together from the pieces above)

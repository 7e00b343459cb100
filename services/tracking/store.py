"""The only SQL of tracking: views by complaint in bulk, one by digest, search and figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.tracking.digests import Digest
from services.tracking.domain import (
    Act,
    CaseRecord,
    Notice,
    SentFile,
    SettledFile,
    Stage,
    Supplement,
)
from shared.events.vocabulary import CLOSED_STATES, CaseState, Clock
from shared.reviewing import open_reviewer
from shared.set_aside import CASES, States, paged
from shared.units import Units
from shared.visibility import Sight, condition

_VIEW = TypeAdapter(CaseRecord)
_JSON: Final[dict[str, TypeAdapter[Any]]] = {
    "stages": TypeAdapter(tuple[Stage, ...]),
    "notices": TypeAdapter(tuple[Notice, ...]),
    "missed": TypeAdapter(tuple[Clock, ...]),
    "supplements": TypeAdapter(tuple[Supplement, ...]),
    "acts": TypeAdapter(tuple[Act, ...]),
    "lapsed_questions": TypeAdapter(tuple[UUID, ...]),
    "watchers": TypeAdapter(tuple[str, ...]),
    "files": TypeAdapter(tuple[SentFile, ...]),
    "settled_files": TypeAdapter(tuple[SettledFile, ...]),
    "evidence_refs": TypeAdapter(tuple[UUID, ...]),
}
_EMPTY: Final = "[]"
"""Most lists of most cases are empty: such a list is neither parsed nor written by pydantic."""

_NAMES_BY_TYPE: Final = {
    "uuid": ("complaint_id", "merged_into", "question_ref", "note_ref", "content_ref"),
    "boolean": (
        "confidential", "restricted", "erased", "accepted", "question_open", "due_extended",
        "question_pauses",
    ),
    "integer": ("evidence_count", "reopened", "warned_step"),
    "timestamptz": (
        "received_at", "supplemented_at", "withdrawal_asked_at", "planned_until",
        "closed_at", "due_at", "original_due_at", "updated_at",
    ),
}  # fmt: skip
_TYPES: Final = {name: kind for kind, names in _NAMES_BY_TYPE.items() for name in names}
"""All other columns are text, or json written as text."""
_COLUMNS: Final = CaseRecord._fields
_WRITTEN: Final = (*_COLUMNS, "reviewer")
"""``reviewer`` follows from the others; it is written for queries and never read back."""
_NAMES: Final = ", ".join(_COLUMNS)
# jsonb comes as text: pydantic parses it faster than the driver's decoder would.
_SELECTED: Final = ", ".join(f"CAST({n} AS text) AS {n}" if n in _JSON else n for n in _COLUMNS)

MERGE_DEPTH = 8
"""Steps from a merged case to its head and the head's own head. Routing keeps merges one step
deep; the bound only keeps a loop, made by mistake, from running for ever."""


def _upsert() -> str:
    arrays = ", ".join(f"CAST(:{name} AS {_TYPES.get(name, 'text')}[])" for name in _WRITTEN)
    values = ", ".join(f"CAST(u.{n} AS jsonb)" if n in _JSON else f"u.{n}" for n in _WRITTEN)
    updates = ", ".join(f"{n} = excluded.{n}" for n in _WRITTEN if n != "complaint_id")
    names = ", ".join(_WRITTEN)
    # Only names of our own columns are put into the statement, nothing that a caller sent.
    return (
        f"INSERT INTO cases ({names}) "  # noqa: S608
        f"SELECT {values} FROM unnest({arrays}) AS u({names}) "
        f"ON CONFLICT (complaint_id) DO UPDATE SET {updates}"
    )


_SAVE = text(_upsert())
_LOAD = text(
    f"SELECT {_SELECTED} FROM cases WHERE complaint_id = ANY(CAST(:keys AS uuid[])) "  # noqa: S608
    "ORDER BY complaint_id FOR UPDATE"
)
_FIND = text(
    f"""WITH RECURSIVE chain AS (
    SELECT 0 AS step, {_NAMES} FROM cases WHERE tracking_digest = ANY(CAST(:digests AS text[]))
    UNION ALL
    SELECT chain.step + 1, {", ".join(f"head.{name}" for name in _COLUMNS)}
    FROM chain JOIN cases AS head ON head.complaint_id = chain.merged_into
    WHERE chain.step < {MERGE_DEPTH})
    SELECT {_SELECTED} FROM chain ORDER BY step"""  # noqa: S608
)


_HASHED = text(
    "SELECT complaint_id, tracking_digest, lookup_key_id FROM cases WHERE complaint_id > :after"
    " ORDER BY complaint_id LIMIT :limit"
)
# Locked in the order in which a batch of events locks them, so that neither waits for the other.
_HASH_ANEW = text(
    "WITH locked AS (SELECT complaint_id FROM cases"
    " WHERE complaint_id = ANY(CAST(:ids AS uuid[])) ORDER BY complaint_id FOR UPDATE)"
    " UPDATE cases AS c SET tracking_digest = new.digest, lookup_key_id = new.key"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:digests AS text[]), CAST(:keys AS text[]))"
    " AS new (complaint_id, digest, key) JOIN locked USING (complaint_id)"
    " WHERE c.complaint_id = new.complaint_id"
)


def view_of(row: Mapping[str, Any]) -> CaseRecord:
    """The view that a row of ``cases`` holds; its json columns are given as text."""
    parsed = {
        name: () if row[name] == _EMPTY else adapter.validate_json(row[name])
        for name, adapter in _JSON.items()
    }
    return _VIEW.validate_python({**row, **parsed})


def _view(row: Sequence[Any]) -> CaseRecord:
    """Of a row of ``_SELECTED``."""
    return view_of(dict(zip(_COLUMNS, row, strict=True)))


def columns_of(views: Sequence[CaseRecord]) -> dict[str, list[Any]]:
    """The rows of ``cases`` that hold the views, column by column, json as text; not for none."""
    columns = dict(zip(_COLUMNS, map(list, zip(*views, strict=True)), strict=True))
    for name, adapter in _JSON.items():
        columns[name] = [
            adapter.dump_json(value).decode() if value else _EMPTY for value in columns[name]
        ]
    return columns


class CaseRecords:
    """Views by complaint, as the consume loop loads and saves them."""

    def __init__(self, units: Units) -> None:
        """``units`` say who may judge a saved case."""
        self._units = units

    async def load_many(
        self, connection: AsyncConnection, keys: Sequence[UUID]
    ) -> Mapping[UUID, CaseRecord]:
        """Locks the rows it returns, in order of their key."""
        rows = await connection.execute(_LOAD, {"keys": list(keys)})
        return States(connection, CASES, rows, _view)

    async def save_many(self, connection: AsyncConnection, states: Sequence[CaseRecord]) -> None:
        """One statement, however many; at least one."""
        reviewers = [self._reviewer(view) for view in states]
        await connection.execute(_SAVE, columns_of(states) | {"reviewer": reviewers})

    def _reviewer(self, view: CaseRecord) -> str | None:
        if view.unit_id is None:
            return None
        asks = view.extension == "requested"
        return open_reviewer(view.state, asks, view.unit_id, view.about_unit, self._units)


async def find_by_digest(
    connection: AsyncConnection, digests: Sequence[str]
) -> tuple[CaseRecord, ...]:
    """The case of a tracking code, then the cases it was merged into; empty when unknown.
    ``digests``: of the code, by each key. Raises UnreadableState when one cannot be read."""
    rows = await connection.execute(_FIND, {"digests": list(digests)})
    return tuple(States(connection, CASES, rows, _view).values())


@dataclass(frozen=True, slots=True)
class Hashed:
    """Under what a case is found, and by which key; both None before ComplaintReceived is here."""

    complaint_id: UUID
    tracking_digest: str | None
    lookup_key_id: str | None


async def hashed(connection: AsyncConnection, after: UUID, limit: int) -> list[Hashed]:
    """Of the cases behind ``after``, in the order of their ids."""
    rows = await connection.execute(_HASHED, {"after": after, "limit": limit})
    return [Hashed(*row) for row in rows]


async def hash_anew(connection: AsyncConnection, digests: Sequence[Digest]) -> None:
    """One statement, however many."""
    columns = zip(
        *((each.complaint_id, each.tracking_digest, each.lookup_key_id) for each in digests),
        strict=True,
    )
    named = zip(("ids", "digests", "keys"), map(list, columns), strict=True)
    await connection.execute(_HASH_ANEW, dict(named))


@dataclass(frozen=True, slots=True)
class Filters:
    """Search criteria; None does not restrict. ``since`` inclusive, ``until`` exclusive."""

    report_number: str | None = None
    state: CaseState | None = None
    unit: str | None = None
    channel: str | None = None
    category: str | None = None
    overdue: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


CaseKey: TypeAlias = tuple[datetime, UUID]
"""What cases are listed by: receipt, complaint."""


_OVERDUE: Final = "(closed_at IS NULL AND due_at IS NOT NULL AND due_at <= :now)"
_CONDITIONS: Final[dict[str, str]] = {
    "report_number": "report_number = :report_number",
    "state": "state = :state",
    "unit": "unit_id = :unit",
    "channel": "channel = :channel",
    "category": "category = :category",
    "since": "received_at >= :since",
    "until": "received_at < :until",
}


def _where(sight: Sight, filters: Filters, now: datetime) -> tuple[list[str], dict[str, Any]]:
    seen = condition(sight)
    conditions = ["received_at IS NOT NULL", seen.sql]
    parameters: dict[str, Any] = {**seen.parameters, "now": now}
    for name, wanted in _CONDITIONS.items():
        if (value := getattr(filters, name)) is not None:
            conditions.append(wanted)
            parameters[name] = value
    if filters.overdue is not None:
        conditions.append(_OVERDUE if filters.overdue else f"NOT {_OVERDUE}")
    return conditions, parameters


async def search(
    connection: AsyncConnection,
    sight: Sight,
    filters: Filters,
    now: datetime,
    after: CaseKey | None,
    limit: int,
) -> list[CaseRecord]:
    """Newest first, at most ``limit``, those behind ``after`` and within ``sight``."""
    conditions, parameters = _where(sight, filters, now)

    async def fetch(after: CaseKey | None, limit: int) -> Sequence[Any]:
        place: dict[str, Any] = {"limit": limit}
        behind = []
        if after is not None:
            behind = ["(received_at, complaint_id) < (:after_at, :after_id)"]
            place |= {"after_at": after[0], "after_id": after[1]}
        statement = (
            f"SELECT {_SELECTED} FROM cases "  # noqa: S608
            f"WHERE {' AND '.join([*conditions, *behind])} "
            "ORDER BY received_at DESC, complaint_id DESC LIMIT :limit"
        )
        return (await connection.execute(text(statement), parameters | place)).all()

    return await paged(connection, CASES, fetch, _view, _place_of, after, limit)


def _place_of(row: Any) -> CaseKey:
    return row.received_at, row.complaint_id


@dataclass(frozen=True, slots=True)
class Figure:
    """Counts of a group (``by`` state, channel, unit, region, day or total).

    Completion times in seconds from receipt to completion, None where nothing is completed.
    """

    by: str
    key: str
    name: str | None
    received: int
    open: int
    completed: int
    overdue: int
    completed_in_time: int
    mean_seconds: float | None
    p90_seconds: float | None


_CLOSED_LIST: Final = ", ".join(f"'{state}'" for state in sorted(CLOSED_STATES))
_FIGURES: Final = """
WITH chosen AS (
    SELECT state, channel, unit_id, unit_name, coalesce(left(kelurahan_code, 5), '') AS region,
           CAST(received_at AT TIME ZONE 'Asia/Jakarta' AS date) AS day,
           state = 'completed' AS done,
           state NOT IN ({closed}) AS is_open,
           {overdue} AS late,
           closed_at < due_at AS in_time,
           extract(epoch FROM closed_at - received_at) AS seconds
    FROM cases WHERE {conditions})
SELECT grouping(state, channel, unit_id, region, day) AS grouped,
       state, channel, unit_id, region, day,
       max(unit_name) AS unit_name,
       count(*) AS received,
       count(*) FILTER (WHERE is_open) AS open,
       count(*) FILTER (WHERE done) AS completed,
       count(*) FILTER (WHERE late) AS overdue,
       count(*) FILTER (WHERE done AND in_time) AS completed_in_time,
       CAST(avg(seconds) FILTER (WHERE done) AS float8) AS mean_seconds,
       CAST(percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE done) AS float8)
           AS p90_seconds
FROM chosen
GROUP BY GROUPING SETS ((), (state), (channel), (unit_id), (region), (day))
ORDER BY grouped, state, channel, unit_id, region, day
"""
_GROUPS: Final = {
    0b01111: "state",
    0b10111: "channel",
    0b11011: "unit_id",
    0b11101: "region",
    0b11110: "day",
}


async def figures(
    connection: AsyncConnection, sight: Sight, filters: Filters, now: datetime
) -> list[Figure]:
    """The figures of all groups, from one query over the chosen cases within ``sight``."""
    conditions, parameters = _where(sight, filters, now)
    statement = _FIGURES.format(
        closed=_CLOSED_LIST, overdue=_OVERDUE, conditions=" AND ".join(conditions)
    )
    return [_figure(row._mapping) for row in await connection.execute(text(statement), parameters)]


def _figure(row: Any) -> Figure:
    column = _GROUPS.get(row["grouped"])
    value = row[column] if column else None
    key = value.isoformat() if isinstance(value, date) else (value or "")
    return Figure(
        by=(column or "total").removesuffix("_id"),
        key=key,
        name=row["unit_name"] if column == "unit_id" else None,
        received=row["received"],
        open=row["open"],
        completed=row["completed"],
        overdue=row["overdue"],
        completed_in_time=row["completed_in_time"],
        mean_seconds=row["mean_seconds"],
        p90_seconds=row["p90_seconds"],
    )

"""The only SQL of sla: cases with their clocks, rows of overdue clocks, reasons of waivers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.sla.clocks import CaseClocks
from shared import set_aside
from shared.events.vocabulary import Clock
from shared.set_aside import CASES, CLOCKS, States, not_aside
from shared.units import Units
from shared.visibility import Sight, condition

_CASE: TypeAdapter[CaseClocks] = TypeAdapter(CaseClocks)

OverdueKey: TypeAlias = tuple[datetime, UUID, Clock]
"""What overdue clocks are listed by: limit, complaint, clock."""


@dataclass(frozen=True, slots=True)
class OverdueClock:
    """A limit that has passed while its clock still runs."""

    complaint_id: UUID
    clock: Clock
    unit_id: str | None
    due_at: datetime
    original_due_at: datetime


@dataclass(frozen=True, slots=True)
class Waiver:
    """Why an evaluation was waived (class C1), under the reference that the event carries."""

    note_id: UUID
    complaint_id: UUID
    reason: str
    author: str
    author_unit: str
    written_at: datetime


def body_of(case: CaseClocks) -> str:
    """The JSON of ``cases.body``; what an older release wrote stays readable (tests/examples)."""
    return _CASE.dump_json(case).decode()


def case_of(body: str) -> CaseClocks:
    """The case that a ``cases.body`` holds."""
    return _CASE.validate_json(body)


def _read(row: Any) -> CaseClocks:
    return set_aside.own(row, case_of(row.body))


def _read_overdue(row: Any) -> OverdueClock:
    return OverdueClock(
        row.complaint_id, Clock(row.clock), row.unit_id, row.due_at, row.original_due_at
    )


def _place_of(row: Any) -> tuple[datetime, UUID, str]:
    return row.due_at, row.complaint_id, row.clock


class ClockStore:
    """Cases by complaint id, loaded under lock and saved in bulk."""

    def __init__(self, units: Units) -> None:
        """``units`` say who may judge a saved case."""
        self._units = units

    async def load_many(
        self, connection: AsyncConnection, keys: Sequence[UUID]
    ) -> Mapping[UUID, CaseClocks]:
        found = await connection.execute(_LOCK, {"ids": list(keys)})
        return States(connection, CASES, found, _read)

    async def save_many(self, connection: AsyncConnection, states: Sequence[CaseClocks]) -> None:
        """Two statements for any number of cases. Rows of clocks that did not change are not
        written."""
        facts = [case.facts(self._units) for case in states]
        await connection.execute(
            _SAVE,
            {
                "ids": [case.complaint_id for case in states],
                "fires": [case.next_fire_at for case in states],
                "units": [fact.holder for fact in facts],
                "judges": [fact.reviewer for fact in facts],
                "watchers": [json.dumps(fact.watchers) for fact in facts],
                "abouts": [fact.about_unit for fact in facts],
                "restricted": [fact.restricted for fact in facts],
                "bodies": [body_of(case) for case in states],
            },
        )
        rows = [(case, clock) for case in states for clock in case.clocks.values()]
        if not rows:
            return
        await connection.execute(
            _SAVE_CLOCKS,
            {
                "ids": [case.complaint_id for case, _ in rows],
                "clocks": [clock.clock.value for _, clock in rows],
                "units": [case.responsible(clock) for case, clock in rows],
                "dues": [clock.due_at for _, clock in rows],
                "originals": [clock.original_due_at for _, clock in rows],
                "stops": [clock.stopped_at for _, clock in rows],
                "overdue": [clock.overdue for _, clock in rows],
            },
        )

    async def take_due(
        self, connection: AsyncConnection, now: datetime, limit: int
    ) -> list[CaseClocks]:
        """Cases of which a warning or a limit is due, those that wait longest first, locked.

        A case that another transaction has locked is left out: that transaction or the next step
        deals with it. So is one that is set aside.
        """
        found = await connection.execute(_TAKE_DUE, {"now": now, "limit": limit})
        return set_aside.each(connection, CASES, found, _read)

    async def overdue_timers(self, connection: AsyncConnection) -> tuple[int, float]:
        """How many cases are due and have not fired, counted to 10,000, and for how many seconds
        the first of them; those that are set aside wait for people and do not count."""
        row = (await connection.execute(_OVERDUE_TIMERS)).one()
        return row.cases, row.lateness

    async def find(
        self, connection: AsyncConnection, complaint_id: UUID, sight: Sight
    ) -> CaseClocks | None:
        """One case, without a lock. None: it is not there, or not within sight."""
        seen = condition(sight)
        statement = text(_FIND.format(seen=seen.sql))
        found = await connection.execute(statement, {"id": complaint_id, **seen.parameters})
        return States(connection, CASES, found, _read).get(complaint_id)

    async def overdue(
        self,
        connection: AsyncConnection,
        unit_id: str | None,
        clock: Clock | None,
        sight: Sight,
        after: OverdueKey | None,
        limit: int,
    ) -> list[OverdueClock]:
        """Longest overdue first, those behind ``after``. ``unit_id``, ``clock`` None: any."""
        seen = condition(sight, "c")
        statement = text(_OVERDUE.format(seen=seen.sql))
        wanted = {"unit": unit_id, "clock": clock, **seen.parameters}

        async def fetch(after: tuple[datetime, UUID, str] | None, limit: int) -> Sequence[Any]:
            at, complaint_id, name = after or (None, None, None)
            place = {"after_at": at, "after_id": complaint_id, "after_clock": name}
            return (await connection.execute(statement, {**wanted, **place, "limit": limit})).all()

        return await set_aside.paged(
            connection, CLOCKS, fetch, _read_overdue, _place_of, after, limit
        )

    async def add_waiver(self, connection: AsyncConnection, waiver: Waiver) -> None:
        await connection.execute(
            _ADD_WAIVER,
            {
                "id": waiver.note_id,
                "complaint": waiver.complaint_id,
                "reason": waiver.reason,
                "author": waiver.author,
                "author_unit": waiver.author_unit,
                "at": waiver.written_at,
            },
        )


_LOCK = text("""
    SELECT complaint_id, CAST(body AS text) AS body FROM cases
    WHERE complaint_id = ANY(CAST(:ids AS uuid[])) ORDER BY complaint_id FOR UPDATE
""")
_FIND = """
    SELECT complaint_id, CAST(body AS text) AS body FROM cases WHERE complaint_id = :id AND {seen}
"""
_TAKE_DUE = text(f"""
    SELECT complaint_id, CAST(body AS text) AS body FROM cases
    WHERE next_fire_at <= :now AND {not_aside("cases.complaint_id", CASES)}
    ORDER BY next_fire_at LIMIT :limit FOR UPDATE SKIP LOCKED
""")  # noqa: S608 (names of our own)
_OVERDUE_TIMERS = text(f"""
    SELECT count(*) AS cases,
        coalesce(CAST(extract(epoch FROM now() - min(next_fire_at)) AS float8), 0) AS lateness
    FROM (SELECT next_fire_at FROM cases
          WHERE next_fire_at <= now() AND {not_aside("cases.complaint_id", CASES)}
          ORDER BY next_fire_at LIMIT 10000) AS due
""")  # noqa: S608 (names of our own)
_SAVE = text("""
    INSERT INTO cases (complaint_id, next_fire_at, unit_id, reviewer, watchers, about_unit,
                       restricted, body)
    SELECT i, f, u, j, CAST(w AS jsonb), a, r, CAST(b AS jsonb) FROM unnest(
        CAST(:ids AS uuid[]), CAST(:fires AS timestamptz[]), CAST(:units AS text[]),
        CAST(:judges AS text[]), CAST(:watchers AS text[]), CAST(:abouts AS text[]),
        CAST(:restricted AS boolean[]), CAST(:bodies AS text[])
    ) AS given(i, f, u, j, w, a, r, b)
    ON CONFLICT (complaint_id) DO UPDATE SET
        next_fire_at = excluded.next_fire_at, unit_id = excluded.unit_id,
        reviewer = excluded.reviewer, watchers = excluded.watchers,
        about_unit = excluded.about_unit, restricted = excluded.restricted, body = excluded.body
""")
_SAVE_CLOCKS = text("""
    INSERT INTO clocks (complaint_id, clock, unit_id, due_at, original_due_at, stopped_at, overdue)
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:clocks AS text[]), CAST(:units AS text[]),
        CAST(:dues AS timestamptz[]), CAST(:originals AS timestamptz[]),
        CAST(:stops AS timestamptz[]), CAST(:overdue AS boolean[]))
    ON CONFLICT (complaint_id, clock) DO UPDATE SET
        unit_id = excluded.unit_id, due_at = excluded.due_at,
        original_due_at = excluded.original_due_at, stopped_at = excluded.stopped_at,
        overdue = excluded.overdue
    WHERE (clocks.unit_id, clocks.due_at, clocks.original_due_at, clocks.stopped_at,
           clocks.overdue)
        IS DISTINCT FROM (excluded.unit_id, excluded.due_at, excluded.original_due_at,
                          excluded.stopped_at, excluded.overdue)
""")
_OVERDUE = """
    SELECT k.complaint_id, k.clock, k.unit_id, k.due_at, k.original_due_at
    FROM clocks k JOIN cases c ON c.complaint_id = k.complaint_id
    WHERE k.overdue AND {seen}
        AND (CAST(:unit AS text) IS NULL OR k.unit_id = :unit)
        AND (CAST(:clock AS text) IS NULL OR k.clock = :clock)
        AND (CAST(:after_at AS timestamptz) IS NULL
             OR (k.due_at, k.complaint_id, k.clock) > (CAST(:after_at AS timestamptz),
                                                       CAST(:after_id AS uuid), :after_clock))
    ORDER BY k.due_at, k.complaint_id, k.clock LIMIT :limit
"""
_ADD_WAIVER = text("""
    INSERT INTO waivers (note_id, complaint_id, reason, author, author_unit, written_at)
    VALUES (:id, :complaint, :reason, :author, :author_unit, :at)
""")

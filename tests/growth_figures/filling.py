"""Rows of five years, written by the server itself."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

STORED = Path(__file__).resolve().parents[1] / "examples" / "stored"
ONE_OPEN_OF = 20
DEAD_AT_MOST = 300_000
"""Default settings allow more, and nobody would wait for it."""


STEP_MS = 157_680
"""A million of them are five years."""


def v7(number: str, salt: int = 0, step: int = STEP_MS) -> str:
    """SQL: the UUIDv7 of that number; the first of 2020."""
    return (
        f"CAST(lpad(to_hex(1577836800000 + CAST({number} AS bigint) * {step}), 12, '0') || '7'"
        f" || lpad(to_hex(({number}) % 4096), 3, '0') || '8'"
        f" || substr(md5(CAST({number} AS text) || '{salt}'), 1, 15) AS uuid)"
    )


def digest(number: str) -> str:
    return f"encode(sha256(CAST(CAST({number} AS text) AS bytea)), 'hex')"


_EVENTS = f"""
    INSERT INTO outbox (event_id, complaint_id, shard, type, at, causation_id, traceparent, body,
                        published_at)
    SELECT {v7("n / 3", 1)}, {v7("n / 3")}, n / 3 % 4, 'ClockStarted', now(), {v7("n / 3", 2)},
        '00-' || md5(CAST(n AS text)) || '-' || substr(md5(CAST(n AS text)), 1, 16) || '-00',
        CAST(repeat('x', 240) AS bytea), $3
    FROM generate_series($1::int, $2::int) AS n
"""
_CLAIMS = f"""
    INSERT INTO inbox (event_id) SELECT {v7("n", 1, STEP_MS // 10)}
    FROM generate_series($1::int, $2::int) AS n
"""
_TIMERS = f"""
    INSERT INTO cases (complaint_id, next_fire_at, unit_id, restricted, watchers, body)
    SELECT {v7("n")}, CASE WHEN n % {ONE_OPEN_OF} = 0 THEN now() + n * interval '1 s' END,
        '31.74.01.1001', false, '[]',
        jsonb_set(CAST($3 AS jsonb), '{{complaint_id}}', to_jsonb({v7("n")}))
    FROM generate_series($1::int, $2::int) AS n
"""
_CASES_OF_NOTIFY = f"""
    INSERT INTO cases (complaint_id, channel, report_number, reporter_ref, language, reachable,
        confidential, muted, erased, told)
    SELECT {v7("n")}, 'jaki', 'JK' || n, {v7("n", 3)}, 'id', true, false, false, false, '{{}}'
    FROM generate_series($1::int, $2::int) AS n
"""
_DELIVERIES = f"""
    INSERT INTO deliveries (id, complaint_id, template, channel, status, attempt, created_at,
        next_attempt_at, concluded_at, cause)
    SELECT {v7("n", 4)}, {v7("n / 3")}, 'confirmation', 'jaki', 'sent', 1, now(), now(), now(),
        {v7("n", 1)}
    FROM generate_series($1::int, $2::int) AS n
"""


_DUE_NOW = _TIMERS.replace(
    f"CASE WHEN n % {ONE_OPEN_OF} = 0 THEN now() + n * interval '1 s' END", "now()"
)
_WAITING = _DELIVERIES.replace("'sent'", "'waiting'").replace("n / 3", "n")
_PAGES = """
    SELECT CAST(sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read + idx_blks_hit, 0)
        + coalesce(toast_blks_read + toast_blks_hit + tidx_blks_read + tidx_blks_hit, 0)) AS bigint)
    FROM pg_statio_user_tables WHERE schemaname = current_schema()
"""
_MAY_BE_DEAD = """
    SELECT coalesce(max(o.option_value::float8) FILTER
            (WHERE o.option_name = 'autovacuum_vacuum_threshold'), 50)
        + coalesce(max(o.option_value::float8) FILTER
            (WHERE o.option_name = 'autovacuum_vacuum_scale_factor'), 0.2)
        * greatest(max(c.reltuples), 0)
    FROM pg_class AS c LEFT JOIN pg_options_to_table(c.reloptions) AS o ON true
    WHERE c.oid = $1::regclass
"""
DYING: Mapping[str, tuple[str, str, str]] = {
    # Table; so many rows that a loop has dealt with; and how it dealt with them.
    "sla": (
        "cases",
        "UPDATE cases SET next_fire_at = '2020-01-01' WHERE complaint_id IN"
        " (SELECT complaint_id FROM cases WHERE next_fire_at IS NULL LIMIT $1)",
        "UPDATE cases SET next_fire_at = NULL WHERE next_fire_at = '2020-01-01'",
    ),
    "notify": (
        "deliveries",
        "UPDATE deliveries SET status = 'waiting', next_attempt_at = '2020-01-01' WHERE id IN"
        " (SELECT id FROM deliveries WHERE status = 'sent' LIMIT $1)",
        "UPDATE deliveries SET status = 'sent' WHERE next_attempt_at = '2020-01-01'",
    ),
}
_PUBLISHED = "UPDATE outbox SET published_at = now() WHERE published_at IS NULL"


_ARCHIVED = """
    INSERT INTO archived (below, month, events, digest, deleted_at)
    SELECT CAST(lpad(to_hex(CAST(extract(epoch FROM m + interval '1 month') AS bigint) * 1000), 12,
        '0') || repeat('0', 20) AS uuid), m, 1000, NULL, now()
    FROM generate_series(timestamptz '2020-01-01', '2023-12-01', interval '1 month') AS m
"""
_CLOSED = """
    ALTER TABLE outbox ADD CONSTRAINT ck_outbox_archived
    CHECK (event_id >= '018cc251-f400-0000-0000-000000000000') NOT VALID
"""


class Filled:
    """A database of one service, seen by its administrator, whom no fence stops."""

    def __init__(self, url: str, schema: str) -> None:
        self._url, self.schema = url, schema

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Connection]:
        settings = {"search_path": f"{self.schema},public", "jit": "off"}
        connection = await asyncpg.connect(self._url, server_settings=settings)
        try:
            yield connection
        finally:
            await connection.close()

    async def run(self, statement: str, *values: Any) -> None:
        async with self.connected() as connection:
            await connection.execute(statement, *values)

    async def fill(self, complaints: int) -> None:
        """What so many complaints leave, four years of it with a floor; the rows of those years are
        left in their tables, which is the worst case. One complaint in twenty is open: its timer is
        yet to come."""
        if self.schema == "sla":
            await self.run(_EVENTS.replace("$3", "now()"), 0, complaints * 3 - 1)
            await self.run(_TIMERS, 1, complaints, _a_case_of_sla())
        elif self.schema == "notify":
            await self.run(_CASES_OF_NOTIFY, 1, complaints)
            await self.run(_DELIVERIES, 3, complaints * 3 + 2)
        else:
            await self.run(_CLAIMS, 1, complaints * 10)
            await self._fill_tracking(1, complaints)
        await self.run(_ARCHIVED)
        await self.run(_CLOSED)

    async def arrive(self, first: int, count: int) -> None:
        """Complaints that are worked on now: due, waiting, or looked up."""
        last = first + count - 1
        if self.schema == "sla":
            await self.run(_DUE_NOW, first, last, _a_case_of_sla())
        elif self.schema == "notify":
            await self.run(_CASES_OF_NOTIFY, first, last)
            await self.run(_WAITING, first, last)
        else:
            await self._fill_tracking(first, last)

    async def _fill_tracking(self, first: int, last: int) -> None:
        stored = json.loads((STORED / "tracking" / "view.v5.json").read_text())
        view = stored | {"merged_into": None}
        own = {
            "complaint_id": v7("n"), "tracking_digest": digest("n"), "report_number": "'JK' || n",
            "received_at": "now() - n * interval '150 s'",
        }  # fmt: skip
        chosen = ", ".join(own.get(name, f"v.{name}") for name in view)
        await self.run(
            f"INSERT INTO cases ({', '.join(view)}) SELECT {chosen}"
            " FROM generate_series($1::int, $2::int) AS n,"
            " jsonb_populate_record(NULL::cases, CAST($3 AS jsonb)) AS v",
            first, last, json.dumps(view),
        )  # fmt: skip

    async def grow_old(self) -> int:
        """As many dead rows as there may be before vacuum comes; a reader that began before them
        has just ended. Returns how many."""
        if self.schema not in DYING:
            return 0
        table, begun, dealt_with = DYING[self.schema]
        async with self.connected() as reader, self.connected() as connection:
            count = min(int(await connection.fetchval(_MAY_BE_DEAD, table) / 2), DEAD_AT_MOST)
            async with reader.transaction(isolation="repeatable_read"):
                await reader.fetchval("SELECT count(*) FROM alembic_version")
                await connection.execute(begun, count)
                await connection.execute(dealt_with)
                if self.schema == "sla":
                    events = int(await connection.fetchval(_MAY_BE_DEAD, "outbox"))
                    first = 30_000_000
                    last = first + min(events, DEAD_AT_MOST)
                    await connection.execute(_EVENTS.replace("$3", "NULL"), first, last)
                    await connection.execute(_PUBLISHED)
        return count

    async def vacuum(self) -> None:
        async with self.connected() as connection:
            for table in await _tables(connection):
                await connection.execute(f"VACUUM (ANALYZE) {table}")

    async def pages(self, connection: Connection) -> int:
        """Looked at so far, in the service's own tables and their indexes."""
        return int(await connection.fetchval(_PAGES))

    async def sizes(self) -> Mapping[str, int]:
        """Bytes with indexes, by table."""
        async with self.connected() as connection:
            size = "SELECT pg_total_relation_size(to_regclass($1))"
            return {
                name: await connection.fetchval(size, name) for name in await _tables(connection)
            }


def _a_case_of_sla() -> str:
    return (STORED / "sla" / "case.v1.json").read_text()


async def _tables(connection: Connection) -> list[str]:
    rows = await connection.fetch(
        "SELECT relname FROM pg_stat_user_tables WHERE schemaname = current_schema()"
        " ORDER BY relname"
    )
    return [row["relname"] for row in rows]

"""How the schema of a service stands, asked of its database by the service's own role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from deploy.upgrade.release import Column, Table, Tables
from shared.database import BACKUP_AT
from shared.schema_fit import Standing, standing_of

MOST = 10_000
"""Counts end here: it is no matter how many more there are."""


@dataclass(frozen=True, slots=True)
class Size:
    """size: on disk with its indexes, bytes. rows: as the server estimates them."""

    size: int
    rows: int

    @property
    def words(self) -> str:
        return f"{self.size / 1_048_576:.1f} MB and about {self.rows} rows"


@dataclass(frozen=True, slots=True)
class Look:
    """tables: as they are. sizes: by schema.name. sessions: of the service, open now. parked:
    events that wait for somebody. waiting, oldest_seconds: events that are not published yet.
    unfinished: indexes that are not valid."""

    standing: Standing
    tables: Tables
    sizes: Mapping[str, Size]
    sessions: int
    parked: int
    waiting: int
    oldest_seconds: float
    unfinished: tuple[str, ...]


NOTHING = Look(Standing(None), {}, {}, 0, 0, 0, 0.0, ())


async def look_at(url: str, schema: str) -> Look:
    """Raises asyncpg.PostgresError or OSError where the database does not let us look."""
    connection = await asyncpg.connect(url, timeout=10, command_timeout=30)
    try:
        there = await connection.fetchrow(_THERE, f'"{schema}".alembic_version')
        if there is None or not there["there"]:
            return NOTHING
        return await _look(connection, schema, there["note"])
    finally:
        await connection.close()


async def hours_since_backup(url: str) -> float | None:
    """Since the last one was begun, as `crm backup` has noted it at the database; None: none was.
    Raises as ``look_at``."""
    connection = await asyncpg.connect(url, timeout=10, command_timeout=30)
    try:
        found: float | None = await connection.fetchval(_SINCE_BACKUP, BACKUP_AT)
        return found
    finally:
        await connection.close()


async def _look(connection: asyncpg.Connection[Any], schema: str, note: str | None) -> Look:
    revision = await connection.fetchval(f'SELECT version_num FROM "{schema}".alembic_version')  # noqa: S608
    columns = await connection.fetch(_COLUMNS, schema)
    keys = await connection.fetch(_KEYS, schema)
    sizes = await connection.fetch(_SIZES, schema)
    unfinished = await connection.fetch(_UNFINISHED, schema)
    [bus] = await connection.fetch(_BUS.format(schema=schema, most=MOST + 1))
    return Look(
        standing=standing_of(revision, note),
        tables=_tables(columns, keys),
        sizes={f"{schema}.{row['name']}": Size(row["size"], max(row["rows"], 0)) for row in sizes},
        sessions=await connection.fetchval(_SESSIONS, f"crm-{schema}"),
        parked=bus["parked"],
        waiting=bus["waiting"],
        oldest_seconds=float(bus["oldest"]),
        unfinished=tuple(row["name"] for row in unfinished),
    )


def _tables(columns: list[Any], keys: list[Any]) -> Tables:
    found: dict[str, dict[str, Column]] = {}
    for row in columns:
        column = Column(row["kind"].upper(), given=row["given"])
        found.setdefault(row["table"], {})[row["name"]] = column
    unique: dict[str, set[tuple[str, ...]]] = {}
    for row in keys:
        unique.setdefault(row["table"], set()).add(tuple(sorted(row["columns"])))
    return {
        name: Table(columns, frozenset(unique.get(name, ()))) for name, columns in found.items()
    }


_SINCE_BACKUP = """
    SELECT CAST(extract(epoch FROM clock_timestamp()
                        - CAST(nullif(current_setting($1, true), '') AS timestamptz)) / 3600
                AS float8)
"""
_THERE = """
    SELECT to_regclass($1) IS NOT NULL AS there,
           obj_description(to_regclass($1), 'pg_class') AS note
"""
_COLUMNS = """
    SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS kind,
           NOT a.attnotnull OR a.atthasdef OR a.attidentity <> '' AS given
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
"""
_KEYS = """
    SELECT c.relname AS table,
           array_agg(a.attname::text) AS columns
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
    WHERE n.nspname = $1 AND i.indisunique AND i.indisvalid
    GROUP BY c.relname, i.indexrelid
"""
_SIZES = """
    SELECT c.relname AS name, pg_total_relation_size(c.oid) AS size, c.reltuples::bigint AS rows
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')
"""
_UNFINISHED = """
    SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND NOT i.indisvalid
"""
_SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"
_BUS = """
    SELECT (SELECT count(*) FROM (SELECT 1 FROM "{schema}".parked
                WHERE replayed_at IS NULL AND discarded_at IS NULL LIMIT {most}) AS p) AS parked,
           (SELECT count(*) FROM (SELECT 1 FROM "{schema}".outbox
                WHERE published_at IS NULL LIMIT {most}) AS o) AS waiting,
           coalesce((SELECT extract(epoch FROM clock_timestamp() - at) FROM "{schema}".outbox
                WHERE published_at IS NULL ORDER BY seq LIMIT 1), 0) AS oldest
"""

"""Row-level security: behind a service's own checks the database shows a transaction the cases
within its sight and no others, and what hangs on them.

The rule is that of `shared.visibility`; the sight stands in the settings of the transaction, so
that a connection of a pool, or of a pooler, carries none over to the next. A transaction that has
set none sees nothing. The service's login owns its tables and is subject all the same (FORCE).

Nobody has to remember it for a new table: each table of a service with cases that names a complaint
is fenced when the service's migrations have run (`put_up`), unless it stands in ``UNFENCED``.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from hashlib import sha256
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import visibility
from shared.visibility import Sight

CASES = "cases"
UNFENCED = frozenset({"outbox", "parked", "set_aside", "kept_answers"})
"""The first three carry what the stream tells everybody, also of complaints of which the service
has no case, so that the case cannot say who may see them; their own queries do (`shared.parked`).
A kept answer is for the officer who has had it, also when the case has left his sight since."""

POLICY = "sight"

INDEXED = (
    "pg_catalog.jsonb_contains(jsonb, jsonb)",
    "pg_catalog.arraycontains(anyarray, anyarray)",
    "pg_catalog.arrayoverlap(anyarray, anyarray)",
    "pg_catalog.ts_match_vq(tsvector, tsquery)",
    "public.word_similarity_commutator_op(text, text)",
)
"""Functions behind operators that our queries go by (watchers, keys, words). PostgreSQL asks them
of a fenced row only after the policy, so not by an index, unless its superuser has said that they
tell nothing but their answer (LEAKPROOF). These raise no error for what a row holds."""


class FencedConnection(asyncpg.Connection):
    """Says with the BEGIN of a transaction for whom it is: a statement of its own would be one more
    way to the server and back for each batch and each request."""

    opening = ""
    """What stands behind the next BEGIN."""

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109 (the driver's)
        # Not "BEGIN;" alone: on a connection that has had another isolation level it names one.
        if query.startswith("BEGIN"):
            query += self.opening
        return str(await super().execute(query, *args, timeout=timeout))


@asynccontextmanager
async def begins_with(
    connection: AsyncConnection, sight: Sight, others: Mapping[str, str] | None = None
) -> AsyncIterator[None]:
    """The transaction that begins on ``connection`` within the block is for ``sight``. ``others``:
    settings that hold as long."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    driver.opening = opening(sight, others)
    try:
        yield
    finally:
        driver.opening = ""


async def set_sight(connection: AsyncConnection, sight: Sight) -> None:
    """From now on the transaction is for ``sight``."""
    await connection.exec_driver_sql(opening(sight))


def opening(sight: Sight, others: Mapping[str, str] | None = None) -> str:
    """The statement with which a transaction for ``sight`` begins; it holds until its end."""
    wanted = (*_told(sight), *_set(others or {}))
    return f"SELECT {', '.join(wanted)};"


@lru_cache(maxsize=1024)
def _told(sight: Sight) -> tuple[str, ...]:
    """There are a few thousand sights in a city, and each request begins with one."""
    return _set(visibility.settings_of(sight))


def _set(values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"set_config('{name}', {_quoted(value)}, true)" for name, value in values.items())


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def policies(metadata: sa.MetaData) -> dict[str, str]:
    """By table of a service with cases the condition for each of its rows."""
    cases = metadata.tables.get(f"{metadata.schema}.{CASES}")
    if cases is None:
        return {}
    of_case = visibility.policy(cases.columns.keys())
    hanging = {
        table.name: visibility.policy_of(table.name, cases.fullname)
        for table in metadata.tables.values()
        if "complaint_id" in table.columns and table.name not in UNFENCED
    }
    return hanging | {CASES: of_case}


def take_down(connection: sa.Connection, metadata: sa.MetaData) -> None:
    """Before migrations: they read and change whole tables, and a column that a policy asks for
    could not be dropped."""
    for table in _standing(connection, metadata):
        where = f'"{metadata.schema}"."{table}"'
        connection.execute(text(f"DROP POLICY {POLICY} ON {where}"))
        unfenced = "DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY"
        connection.execute(text(f"ALTER TABLE {where} {unfenced}"))


def put_up(connection: sa.Connection, metadata: sa.MetaData) -> None:
    """After migrations. What stands as it must be is not touched: that takes no lock."""
    standing = _standing(connection, metadata)
    for table, condition in policies(metadata).items():
        if standing.get(table) == _digest(condition):
            continue
        for statement in fenced(f'"{metadata.schema}"."{table}"', condition):
            connection.execute(text(statement))


def fenced(table: str, condition: str) -> tuple[str, ...]:
    """The statements that fence one table. The comment says by what, for the next release."""
    return (
        f"DROP POLICY IF EXISTS {POLICY} ON {table}",
        f"CREATE POLICY {POLICY} ON {table} USING ({condition})",
        f"COMMENT ON POLICY {POLICY} ON {table} IS '{_digest(condition)}'",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    )


def _digest(condition: str) -> str:
    return sha256(condition.encode()).hexdigest()


_STANDING = text("""
    SELECT c.relname AS name, obj_description(p.oid, 'pg_policy') AS told
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema AND p.polname = :policy
""")


def _standing(connection: sa.Connection, metadata: sa.MetaData) -> dict[str, str | None]:
    """The digest of each condition that stands, by table."""
    asked = {"schema": metadata.schema, "policy": POLICY}
    return {row.name: row.told for row in connection.execute(_STANDING, asked)}

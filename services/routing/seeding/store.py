"""The SQL of seeding: an empty database, and indexes that are built once instead of a million
times."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

TABLES = ("cases", "texts", "cards", "slips")


async def holds_cases(connection: AsyncConnection) -> bool:
    return bool(await connection.scalar(text("SELECT EXISTS (SELECT FROM cases)")))


async def drop_indexes(connection: AsyncConnection) -> Sequence[str]:
    """Takes all but the keys away; returns the statements that make them again."""
    found = (await connection.execute(_INDEXES, {"tables": list(TABLES)})).all()
    for row in found:
        await connection.execute(text(f"DROP INDEX {row.name}"))
    return [row.made_by for row in found]


async def make_index(connection: AsyncConnection, statement: str) -> None:
    await connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    await connection.execute(text(statement))


async def settle(engine: AsyncEngine) -> None:
    """As a database that has run for a while: its statistics are there, its pages are clean."""
    async with engine.connect() as connection:
        own: Any = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in TABLES:
            await own.execute(text(f"VACUUM (ANALYZE) {table}"))


_INDEXES = text("""
    SELECT CAST(i.indexrelid AS regclass) AS name, pg_get_indexdef(i.indexrelid) AS made_by
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
    WHERE t.relnamespace = CAST(current_schema AS regnamespace)
      AND t.relname = ANY(CAST(:tables AS text[])) AND NOT i.indisunique
    ORDER BY 1
""")

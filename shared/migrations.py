"""Migrations of a service's schema. A file of its own: the services, which run none, need not wait
for alembic when they start.

What a migration may say of itself, besides what alembic reads:

- ``PHASE``: ``EXPAND`` (it only adds, so that the last release works on; also where it says
  nothing) or ``CONTRACT`` (it takes away). Where all that are pending say ``EXPAND``, the fences
  stand meanwhile: the tables behind them are not locked to take them down.
- ``UNNEEDED_SINCE``: of a contracting one, the first release that does without what goes. A process
  of an older one does not start any more.
- ``CONCURRENTLY``: indexes that are made beside the work, when all migrations have run: name to
  what stands behind it, such as ``ON intake.outbox (complaint_id)``.
"""

import asyncio
from collections.abc import Iterable, Mapping
from importlib.resources import files
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from shared import fences
from shared.database import LOCK_TIMEOUT, MIGRATION
from shared.database_url import driver_arguments, engine_url
from shared.schema_fit import newer_release, note_of
from shared.visibility import SYSTEM

EXPAND, CONTRACT = "expand", "contract"


def run_migrations(package: str, url: str) -> None:
    """Bring the schema of ``package`` (``services.intake``) to its newest revision.

    Blocking; call it in a thread from async code.
    """
    config = Config()
    config.set_main_option("script_location", str(files(package) / "migrations"))
    config.attributes["url"] = url
    command.upgrade(config, "head")


def run_migration_environment(metadata: sa.MetaData) -> None:
    """What each ``migrations/env.py`` calls: apply revisions in the metadata's schema."""
    asyncio.run(_migrate(metadata, context.config.attributes["url"]))


async def _migrate(metadata: sa.MetaData, url: str) -> None:
    engine = create_async_engine(
        engine_url(url),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args=driver_arguments(url),
    )
    try:
        while (indexes := await _migrated(engine, metadata)) is None:  # noqa: ASYNC110 (no signal)
            await asyncio.sleep(1)
        await _make_indexes(engine, str(metadata.schema), indexes)
    finally:
        await engine.dispose()


async def _migrated(engine: AsyncEngine, metadata: sa.MetaData) -> dict[str, str] | None:
    """The indexes that are to be there besides; None when a lock could not be had: nothing is
    changed then."""
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_run, metadata)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != LOCK_TIMEOUT:
            raise
        return None


def _run(connection: sa.Connection, metadata: sa.MetaData) -> dict[str, str]:
    schema = metadata.schema
    # One migration at a time: two replicas that start together must not race. That one takes as
    # long as it takes.
    _bound(connection, {**MIGRATION.settings(), "lock_timeout": "0"})
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": schema})
    _bound(connection, MIGRATION.settings())
    # Asked first: IF NOT EXISTS wants the right to create even where nothing is to be created.
    if not connection.scalar(
        sa.text("SELECT 1 FROM pg_namespace WHERE nspname = :name"), {"name": schema}
    ):
        connection.execute(sa.schema.CreateSchema(str(schema)))
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=schema,
        transactional_ddl=True,
    )
    migration = context.get_context()
    current, wanted = migration.get_current_revision(), context.get_revision_argument()
    if wanted != current:
        if _only_expands(current, wanted):
            # Whoever fills a new column sees all rows, though the fences stand.
            connection.exec_driver_sql(fences.opening(SYSTEM))
        else:
            fences.take_down(connection, metadata)
    context.run_migrations()
    if migration.get_current_revision() == context.get_head_revision():
        fences.put_up(connection, metadata)
    modules = _modules_that_have_run()
    _note_who_may_stand_here(connection, str(schema), modules)
    return _indexes_of(modules)


def _only_expands(current: str | None, wanted: Any) -> bool:
    """Whether the pending migrations all say so; going back never does."""
    if current is None or wanted is None or str(wanted) < current:
        return False
    pending = context.script.iterate_revisions(wanted, current)
    return all(getattr(each.module, "PHASE", None) == EXPAND for each in pending)


def _modules_that_have_run() -> list[ModuleType]:
    """Of this schema, the newest first; none after it was taken back to nothing."""
    current = context.get_context().get_current_revision()
    if current is None:
        return []
    return [each.module for each in context.script.iterate_revisions(current, "base")]


def _note_who_may_stand_here(
    connection: sa.Connection, schema: str, modules: Iterable[ModuleType]
) -> None:
    """An older release cannot know what a newer one has taken away: it is told in a comment."""
    told = [each.UNNEEDED_SINCE for each in modules if getattr(each, "PHASE", None) == CONTRACT]
    table = f'"{schema}".alembic_version'
    there = connection.scalar(sa.text("SELECT to_regclass(:name)"), {"name": table})
    standing = connection.scalar(
        sa.text("SELECT obj_description(to_regclass(:name), 'pg_class')"), {"name": table}
    )
    note = note_of(newer_release(told)) if told else None
    if there and note != standing:
        words = "NULL" if note is None else f"'{note}'"
        connection.exec_driver_sql(f"COMMENT ON TABLE {table} IS {words}")


# --- indexes that are made beside the work -------------------------------------------------


def _indexes_of(modules: Iterable[ModuleType]) -> dict[str, str]:
    found: dict[str, str] = {}
    for module in modules:
        found |= getattr(module, "CONCURRENTLY", {})
    return found


def index_statement(name: str, rest: str) -> str:
    """What makes one of ``CONCURRENTLY``."""
    return f'CREATE INDEX CONCURRENTLY "{name}" {rest}'


_VALID = sa.text(
    "SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :schema AND c.relname = :name"
)


async def _make_indexes(engine: AsyncEngine, schema: str, wanted: Mapping[str, str]) -> None:
    """Those that are not there. One that an earlier try has left unfinished is made anew."""
    if not wanted:
        return
    async with engine.connect() as connection:
        connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        # It waits for everybody who works on the table, and nobody waits for it meanwhile.
        await connection.execute(sa.text("SET lock_timeout = 0"))
        # Asked again and again: who waits inside a statement would be waited for by the other's.
        lock = sa.text("SELECT pg_try_advisory_lock(hashtext(:name))")
        locked = {"name": f"{schema} indexes"}
        while not await connection.scalar(lock, locked):  # noqa: ASYNC110 (a lock sends no signal)
            await asyncio.sleep(1)
        for name, rest in wanted.items():
            await _make_index(connection, schema, name, rest)


async def _make_index(connection: AsyncConnection, schema: str, name: str, rest: str) -> None:
    valid = await connection.scalar(_VALID, {"schema": schema, "name": name})
    if valid:
        return
    if valid is False:
        await connection.execute(sa.text(f'DROP INDEX CONCURRENTLY "{schema}"."{name}"'))
    await connection.execute(sa.text(index_statement(name, rest)))


def _bound(connection: sa.Connection, settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        connection.execute(
            sa.text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value}
        )

"""Migrations of a service's schema. A file of its own: the services, which run none, need not wait
for alembic when they start."""

import asyncio
from collections.abc import Mapping
from importlib.resources import files

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from shared import fences
from shared.database import LOCK_TIMEOUT, MIGRATION
from shared.database_url import driver_arguments, engine_url


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
        while not await _migrated(engine, metadata):  # noqa: ASYNC110 (a lock sends no signal)
            await asyncio.sleep(1)
    finally:
        await engine.dispose()


async def _migrated(engine: AsyncEngine, metadata: sa.MetaData) -> bool:
    """False when a lock could not be had; nothing is changed then."""
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_run, metadata)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != LOCK_TIMEOUT:
            raise
        return False
    return True


def _run(connection: sa.Connection, metadata: sa.MetaData) -> None:
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
    if context.get_revision_argument() != migration.get_current_revision():
        fences.take_down(connection, metadata)
    context.run_migrations()
    if migration.get_current_revision() == context.get_head_revision():
        fences.put_up(connection, metadata)


def _bound(connection: sa.Connection, settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        connection.execute(
            sa.text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value}
        )

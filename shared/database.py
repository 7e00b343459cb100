"""Engine, naming convention, migrations, and which database errors pass by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from shared.bus_tables import bus_tables
from shared.errors import Transient

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLSTATE classes and codes that a later try may outlive: connection trouble (08), rollback and
# deadlock (40), resources (53), operator intervention such as a restart (57), lock timeout (55P03).
TRANSIENT_SQLSTATES = ("08", "40", "53", "57", "55P03")

# Of a statement that writes many rows, these say that we are wrong and no row is: an invalid
# transaction (25), credentials (28), names and rights (3D, 3F, 42), the system (58, F0).
OUR_FAULT_SQLSTATES = ("25", "28", "3D", "3F", "42", "58", "F0")


def service_metadata(schema: str) -> sa.MetaData:
    """A service's metadata: naming convention, its schema, the bus tables already in it."""
    metadata = sa.MetaData(schema=schema, naming_convention=NAMING_CONVENTION)
    bus_tables(metadata)
    return metadata


def driver_url(url: str) -> str:
    """``postgresql://... -> postgresql+asyncpg://...``"""
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


def create_engine(url: str, schema: str, pool_size: int = 8) -> AsyncEngine:
    """An engine at home in ``schema`` (extensions live in public); opens nothing yet."""
    return create_async_engine(
        driver_url(url),
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=4,
        pool_timeout=10,
        connect_args={
            "timeout": 5,
            "command_timeout": 30,
            # Bulk statements are planned once and run thousands of times: compiling them
            # costs more than it saves.
            "server_settings": {
                "search_path": f"{schema},public",
                "application_name": f"crm-{schema}",
                "jit": "off",
            },
        },
    )


@contextmanager
def transient_database_errors() -> Iterator[None]:
    """Turn what passes by itself into Transient; all other errors go on as they are."""
    try:
        yield
    except DBAPIError as error:
        if is_transient(error):
            raise Transient("the database is away or busy") from error
        raise
    except (PoolTimeout, TimeoutError, OSError) as error:
        raise Transient("the database is away or busy") from error


def is_transient(error: DBAPIError) -> bool:
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        # asyncpg reports a torn connection without an SQLSTATE of its own.
        return isinstance(error, OperationalError) or "connection" in str(error.orig).lower()
    return str(state).startswith(TRANSIENT_SQLSTATES)


def refuses_a_row(error: DBAPIError) -> bool:
    """Whether a row may be the cause, so that the statement may succeed without it."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return not is_transient(error) and not state.startswith(OUR_FAULT_SQLSTATES)


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
    import asyncio

    asyncio.run(_migrate(metadata, context.config.attributes["url"]))


async def _migrate(metadata: sa.MetaData, url: str) -> None:
    engine = create_async_engine(driver_url(url), poolclass=NullPool, hide_parameters=True)
    async with engine.connect() as connection:
        await connection.run_sync(_run, metadata)
        await connection.commit()
    await engine.dispose()


def _run(connection: sa.Connection, metadata: sa.MetaData) -> None:
    schema = metadata.schema
    # One migration at a time: two replicas that start together must not race.
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": schema})
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
    context.run_migrations()

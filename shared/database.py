"""Engine, naming convention, and which database errors pass by themselves.

A client that was stopped or cut off in the middle of a transaction keeps its locks for as long as
its session lives. So each session has bounds, which the server keeps: see ``Bounds``.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared import fences
from shared.bus_tables import bus_tables
from shared.clock import DatabaseClock, boottime
from shared.database_url import driver_arguments, engine_url
from shared.errors import Transient
from shared.settings import PoolMode

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

READ_ONLY = "25006"
"""We write to a server that has become a standby: its pool is of no more use."""

LOCK_TIMEOUT = "55P03"
WRONG_PASSWORD = "28P01"  # noqa: S105 (a state of SQL)
REFUSED_PARAMETER = "08P01"

_BY_STATE: Mapping[str, str] = {
    READ_ONLY: (
        "no server is reached that takes writes: a failover is under way, or CRM_DATABASE_URL names"
        " standbys alone"
    ),
    WRONG_PASSWORD: "the database does not take the password in CRM_DATABASE_URL",
    REFUSED_PARAMETER: (
        "the database refuses how a session begins: behind a pooler that shares connections set"
        " CRM_DATABASE_POOL_MODE to transaction"
    ),
}

# SQLSTATE classes and codes that a later try may outlive: connection trouble (08), rollback and
# deadlock (40), resources (53), operator intervention such as a restart (57), a lock that somebody
# holds, a session that the server has ended because it was idle (25P03), a failover, a password
# that was changed and that we are about to be told (28P01).
TRANSIENT_SQLSTATES = ("08", "40", "53", "57", LOCK_TIMEOUT, "25P03", READ_ONLY, WRONG_PASSWORD)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the server lets a session do, in whole seconds; 0 is without end.

    statement: one statement; it bounds what has run wild, and a checkpoint on a slow disk must not
    reach it. lock: waiting for one lock. idle: a transaction whose client says nothing; so long a
    client that was stopped holds what it has locked.
    """

    statement: int
    lock: int
    idle: int

    def settings(self) -> dict[str, str]:
        """The server's settings that keep them."""
        return {
            "statement_timeout": f"{self.statement}s",
            "lock_timeout": f"{self.lock}s",
            "idle_in_transaction_session_timeout": f"{self.idle}s",
        }

    @property
    def answer(self) -> float | None:
        """Seconds after which the client gives up: the server itself may be gone."""
        return self.statement + 2.0 if self.statement else None


WORK = Bounds(statement=15, lock=5, idle=5)
READ = Bounds(statement=10, lock=5, idle=5)
"""For whoever waits at a screen."""
STREAM = Bounds(statement=0, lock=5, idle=0)
"""Reads a table from end to end, while others are waited for."""
MIGRATION = Bounds(statement=0, lock=3, idle=60)
"""While it waits for a table's lock, all others wait behind it: so not for long, but again."""

BACKUP_AT = "crm.backup_at"
"""A setting of the database itself: when its last backup was begun. `crm backup` writes it, intake
tells its age."""

SESSION_SETTINGS: Mapping[str, str] = {
    **WORK.settings(),
    # Of a client that was stopped between two transactions; the pool lets go of its own before.
    "idle_session_timeout": "15min",
    # Of a client whose machine or network is gone, or that takes no more of what it is sent.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""Every session of a service has them. The role has them too (`deploy/local/postgres/roles.py`,
docs/operators.md): behind a pooler that gives a session's connection to another one, only the
role's settings are sure."""

OVERFLOW = 4
"""Connections that a pool opens over its size while all are at work, and closes again."""

POOL_SECONDS = 600
"""A connection is not used longer than that: less than ``idle_session_timeout``."""

# Our side of the same: a server whose machine is gone answers neither data nor probes.
_SOCKET_OPTIONS = (
    (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 10),
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 5),
    (socket.IPPROTO_TCP, "TCP_KEEPCNT", 3),
    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 10_000),
)

# Of a statement that writes many rows, these say that we are wrong and no row is: an invalid
# transaction (25), credentials (28), names and rights (3D, 3F, 42), the system (58, F0).
OUR_FAULT_SQLSTATES = ("25", "28", "3D", "3F", "42", "58", "F0")


def service_metadata(schema: str) -> sa.MetaData:
    """A service's metadata: naming convention, its schema, the bus tables already in it."""
    metadata = sa.MetaData(schema=schema, naming_convention=NAMING_CONVENTION)
    bus_tables(metadata)
    return metadata


def create_engine(
    url: str,
    schema: str,
    pool_size: int = 8,
    bounds: Bounds = WORK,
    clock: DatabaseClock | None = None,
    pool_mode: PoolMode = "session",
) -> AsyncEngine:
    """An engine at home in ``schema`` (extensions live in public); opens nothing yet.

    ``clock`` is told the time by each new connection, so before any transaction begins.
    ``pool_mode``: of the pooler before the database; ``session`` also where there is none.
    """
    engine = create_async_engine(
        engine_url(url),
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=OVERFLOW,
        pool_timeout=10,
        pool_recycle=POOL_SECONDS,
        connect_args={
            **driver_arguments(url),
            "timeout": 5,
            "command_timeout": bounds.answer,
            "connection_class": fences.FencedConnection,
            **_begins(schema, pool_mode),
        },
    )
    settings = {**SESSION_SETTINGS, **bounds.settings()} if pool_mode == "session" else {}

    def bound(connection: Any, _: object) -> None:
        _set_socket_options(connection.driver_connection)
        connection.run_async(lambda raw: _greet(raw, settings, clock))

    sa.event.listen(engine.sync_engine, "connect", bound)
    sa.event.listen(engine.sync_engine, "checkout", _leave_an_ended_session)
    sa.event.listen(engine.sync_engine, "handle_error", _leave_a_standby)
    return engine


def _begins(schema: str, pool_mode: PoolMode) -> dict[str, Any]:
    """How a session of ours begins. One that is another's in a moment is left as it is: the role
    has our settings, and a statement that was prepared by its name would be looked for there."""
    name = {"application_name": f"crm-{schema}"}
    if pool_mode == "transaction":
        return {
            "server_settings": name,
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
        }
    # Bulk statements are planned once and run thousands of times: compiling them costs more than
    # it saves.
    return {"server_settings": {"search_path": f"{schema},public", "jit": "off", **name}}


def _set_socket_options(connection: Any) -> None:
    """The driver itself sets none."""
    ours = connection._transport.get_extra_info("socket")
    for level, name, value in _SOCKET_OPTIONS:
        # Not every system has all of them, and a socket of the file system has none.
        if ours.family != socket.AF_UNIX and (option := getattr(socket, name, None)):
            ours.setsockopt(level, option, value)


async def _greet(
    connection: "asyncpg.Connection[Any]", settings: Mapping[str, str], clock: DatabaseClock | None
) -> None:
    # After the connection was made: a pooler refuses such parameters at its beginning.
    wanted = (f"set_config('{name}', '{value}', false)" for name, value in settings.items())
    ticks = clock.ticks if clock else boottime
    asked = ticks()
    now = await connection.fetchval(f"SELECT {', '.join(['clock_timestamp()', *wanted])}")
    if clock is not None:
        clock.told(now, asked, ticks())


def pool_use(engine: AsyncEngine) -> tuple[int, int]:
    """How many connections of an engine are at work, and how many may be."""
    pool = engine.pool
    if not isinstance(pool, sa.QueuePool):
        raise TypeError(f"an engine of this house has a bounded pool, not {type(pool).__name__}")
    return pool.checkedout(), pool.size() + OVERFLOW


def _leave_an_ended_session(connection: Any, *_: object) -> None:
    """The server ends sessions that nobody uses (a restart, a bound of its own). The driver has
    seen the end by then, so this asks no server; without it the first request that gets such a
    connection fails though a new one would have done."""
    if connection.driver_connection.is_closed():
        raise sa.exc.DisconnectionError


def _leave_a_standby(context: sa.engine.ExceptionContext) -> None:
    """After a failover the whole pool may be connected to what was the primary."""
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


@contextmanager
def transient_database_errors() -> Iterator[None]:
    """Turn what passes by itself into Transient; all other errors go on as they are."""
    try:
        yield
    except DBAPIError as error:
        if is_transient(error):
            raise Transient(_why(error.orig)) from error
        raise
    except (PoolTimeout, TimeoutError, OSError) as error:
        raise Transient(_why(error)) from error


def _why(error: BaseException | None) -> str:
    """A sentence; with the setting, where an operator may have to correct it."""
    state = str(getattr(error, "sqlstate", None) or "")
    if state in _BY_STATE:
        return _BY_STATE[state]
    cause = getattr(error, "__cause__", None)
    if isinstance(cause, asyncpg.TargetServerAttributeNotMatched):
        return _BY_STATE[READ_ONLY]
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            "the database's certificate is not one that we trust, or is for another host: correct"
            " host or sslrootcert in CRM_DATABASE_URL"
        )
    if isinstance(error, ConnectionError) and "SSL upgrade" in str(error):
        return "the database speaks no TLS, and sslmode in CRM_DATABASE_URL demands it"
    return "the database is away or busy"


def is_transient(error: DBAPIError) -> bool:
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return True
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(getattr(error.orig, "__cause__", None), asyncpg.TargetServerAttributeNotMatched):
        # No server of the list is a primary: a failover is under way.
        return True
    if state is None:
        # asyncpg reports a torn connection without an SQLSTATE of its own.
        return isinstance(error, OperationalError) or "connection" in str(error.orig).lower()
    return str(state).startswith(TRANSIENT_SQLSTATES)


def refuses_a_row(error: DBAPIError) -> bool:
    """Whether a row may be the cause, so that the statement may succeed without it."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return not is_transient(error) and not state.startswith(OUR_FAULT_SQLSTATES)

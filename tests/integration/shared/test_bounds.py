"""What a session may do, and what becomes of one whose client is stopped, over a real database."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import DatabaseClock
from shared.database import STREAM, WORK, create_engine, transient_database_errors
from shared.errors import Transient
from shared.faults import FaultPoints
from shared.ids import new_id
from shared.telemetry import Metrics
from shared.visibility import SYSTEM
from shared.work import Works
from tests.builders import a_complaint
from tests.databases import Databases
from tests.integration.shared.tally import tally_works


@pytest.fixture
async def url(postgres: Databases) -> str:
    return await postgres.bare("sla")


@pytest.fixture
async def works(url: str) -> AsyncIterator[Works]:
    works = await tally_works(url)
    yield works
    await works.engine.dispose()


async def shown(connection: AsyncConnection, name: str) -> str:
    return str(await connection.scalar(text(f"SHOW {name}")))


BOUNDS = {
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "5s",
    "idle_session_timeout": "15min",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
}


async def test_every_session_of_a_service_has_bounds(works: Works) -> None:
    async with works.open(SYSTEM) as work:
        assert {name: await shown(work.connection, name) for name in BOUNDS} == BOUNDS


async def test_the_role_has_the_same_bounds_for_whoever_logs_in_by_it(url: str) -> None:
    by_hand = await asyncpg.connect(url)
    assert {name: await by_hand.fetchval(f"SHOW {name}") for name in BOUNDS} == BOUNDS
    await by_hand.close()


async def test_whoever_only_reads_is_told_sooner_and_can_change_nothing(works: Works) -> None:
    async with works.read(SYSTEM) as connection:
        assert await shown(connection, "statement_timeout") == "10s"
        assert await shown(connection, "transaction_read_only") == "on"
    async with works.open(SYSTEM) as work:
        assert await shown(work.connection, "statement_timeout") == "15s"


async def test_a_stream_through_a_whole_table_takes_as_long_as_it_takes(url: str) -> None:
    engine = create_engine(url, "sla", bounds=STREAM)
    async with engine.connect() as connection:
        assert await shown(connection, "statement_timeout") == "0"
        assert await shown(connection, "idle_in_transaction_session_timeout") == "0"
    await engine.dispose()


async def test_our_own_side_asks_whether_the_server_is_still_there(works: Works) -> None:
    async with works.engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        ours = raw._transport.get_extra_info("socket")
        assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 10_000


async def test_a_client_that_falls_silent_in_a_transaction_loses_it_and_what_it_has_locked(
    works: Works, url: str
) -> None:
    engine = create_engine(url, "sla", bounds=replace(WORK, idle=1))
    silent = await engine.connect()
    await silent.execute(text("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE"))
    async with asyncio.timeout(4):
        async with works.open(SYSTEM) as work:
            work.record(a_complaint(), cause=None)
    with pytest.raises(Transient), transient_database_errors():
        await silent.execute(text("SELECT 1"))
    await silent.close()
    await engine.dispose()


async def test_a_transaction_has_the_time_of_the_database_from_the_first_one_on(url: str) -> None:
    clock = DatabaseClock(until_told=lambda: datetime.now(UTC) + timedelta(hours=3))
    engine = create_engine(url, "sla", clock=clock)
    works = Works(engine, "sla", clock, new_id, FaultPoints(), Metrics())
    async with works.open(SYSTEM) as work:
        told = await work.connection.scalar(text("SELECT clock_timestamp()"))
        assert told is not None
        assert abs(work.now - told) < timedelta(seconds=1)
    await engine.dispose()


async def test_after_a_failover_the_pool_is_left_and_the_next_try_finds_the_new_primary(
    works: Works,
) -> None:
    async with works.engine.connect() as first, works.engine.connect() as second:
        for connection in (first, second):
            await connection.execute(text("SET default_transaction_read_only = on"))
            await connection.commit()
    with pytest.raises(Transient):
        async with works.open(SYSTEM) as work:
            work.record(a_complaint(), cause=None)
    async with works.open(SYSTEM) as work, works.open(SYSTEM) as beside:
        work.record(a_complaint(number=1), cause=None)
        beside.record(a_complaint(number=2), cause=None)


async def test_sessions_that_have_ended_while_they_were_idle_cost_nobody_an_error(
    works: Works, postgres: Databases
) -> None:
    async with works.read(SYSTEM) as first, works.read(SYSTEM) as second:
        drivers: list[Any] = [
            (await each.get_raw_connection()).driver_connection for each in (first, second)
        ]
    administrator = await asyncpg.connect(postgres.server.admin_url)
    for driver in drivers:
        await administrator.fetch("SELECT pg_terminate_backend($1)", driver.get_server_pid())
    await administrator.close()
    while not all(driver.is_closed() for driver in drivers):
        await asyncio.sleep(0.01)
    async with works.read(SYSTEM) as first, works.open(SYSTEM) as second:
        assert await first.scalar(text("SELECT 1")) == 1
        second.record(a_complaint(), cause=None)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda url: url + "?target_session_attrs=standby", id="no primary"),
        pytest.param(lambda url: url.replace("@", "x@"), id="a new password"),
        pytest.param(lambda url: "postgresql://nobody@127.0.0.1:1/none", id="nobody there"),
    ],
)
async def test_what_ends_by_itself_is_transient(url: str, wrong: object) -> None:
    assert callable(wrong)
    engine = create_engine(wrong(url), "sla")
    with pytest.raises(Transient), transient_database_errors():
        async with engine.connect():
            pass
    await engine.dispose()

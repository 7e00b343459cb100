"""A running service: what ends it, what it outlives, and which port it could not get."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest
from structlog.testing import capture_logs

from deploy.local.ports import LOOPBACK, free_ports, http_status
from shared.clock import DatabaseClock
from shared.cloudevents import encode
from shared.consumer import BUGS_IN_A_ROW, Consumer
from shared.errors import StopTheLine
from shared.faults import FaultPoints
from shared.health import Health, Heart
from shared.http.app import create_app
from shared.ids import new_id
from shared.outbox import Relay
from shared.retry import RetryPolicy
from shared.runtime import Periodic, Revived, Running, Service, SideServer
from shared.settings import ServiceSettings
from shared.shard_lease import ShardLease
from shared.telemetry import Metrics
from shared.testing import MemoryBus, MemorySubscription
from tests.builders import a_complaint, in_envelope
from tests.databases import Databases
from tests.integration.shared.tally import TallyHandler, tally_works

SOON = RetryPolicy(base=0.01, cap=0.02)


class TallySettings(ServiceSettings):
    service: ClassVar[str] = "tally"


class CancelsAtItsEnd(MemorySubscription):
    """A client whose shutdown raises what nobody expects, while its broker is away."""

    async def stop(self) -> None:
        await super().stop()
        raise asyncio.CancelledError


class TakesThePort:
    """A door besides HTTP, at an address of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def start(self) -> None:
        await asyncio.get_running_loop().create_server(asyncio.Protocol, LOOPBACK, self._port)

    async def stop(self) -> None:
        await asyncio.sleep(0)


async def nothing_to_do() -> int:
    await asyncio.sleep(0)
    return 0


@dataclass
class House:
    """A tally service as the runtime runs it, on a memory bus."""

    databases: Databases
    port: int
    bus: MemoryBus = field(default_factory=MemoryBus)
    handler: TallyHandler = field(default_factory=TallyHandler)
    health: Health = field(default_factory=Health)
    metrics: Metrics = field(default_factory=Metrics)
    servers: Sequence[SideServer] = ()
    step: Callable[[], Awaitable[int]] = nothing_to_do

    async def service(self, subscription: MemorySubscription | None = None) -> Service:
        works = await tally_works(await self.databases.bare("sla"))
        self.works = works
        consumer = Consumer(
            self.handler, subscription or self.bus.subscription("crm.tally"), works, FaultPoints(),
            self.metrics, self.health.heart("consumer", 30), retry=SOON,
        )  # fmt: skip
        return Service(
            name="tally",
            app=create_app("tally", "Tally", [], self.health, self.metrics),
            settings=settings(self.port),
            consumer=consumer,
            relay=Relay(
                works.engine, "sla", self.bus.producer(),
                ShardLease(
                    works.engine, "sla", new_id(), self.metrics, 6.0, DatabaseClock(),
                    Heart("database", 30),
                ),
                FaultPoints(), self.metrics, self.health.heart("relay"),
            ),
            periodics=[Periodic("sweep", self.step, 0.01)],
            servers=self.servers,
            health=self.health,
            metrics=self.metrics,
            closers=[works.engine.dispose],
        )  # fmt: skip

    @asynccontextmanager
    async def running(self, service: Service) -> AsyncIterator[asyncio.Task[None]]:
        stop = asyncio.Event()
        task = asyncio.create_task(Running(service).until(stop))
        yield task
        stop.set()
        await asyncio.wait([task], timeout=10)

    async def until_it_answers(self) -> None:
        async with asyncio.timeout(10):
            while await http_status(self.port, "/health/live") != 200:
                await asyncio.sleep(0.02)

    async def until_it_says(self, task: str, said: str) -> None:
        async with asyncio.timeout(20):
            while said not in self.health.report()[task]:
                await asyncio.sleep(0.02)


def settings(port: int) -> TallySettings:
    return TallySettings(
        database_url="postgresql://nobody@localhost/none",
        kafka_bootstrap_servers="127.0.0.1:9",
        http_port=port,
        stop_seconds=1.0,
    )


@pytest.fixture
async def house(postgres: Databases) -> House:
    return House(postgres, free_ports(1)[0])


async def test_the_api_outlives_a_consumer_that_stopped_the_line_and_health_says_why(
    house: House,
) -> None:
    envelopes = [in_envelope(a_complaint(number=n), n) for n in range(1, BUGS_IN_A_ROW + 2)]
    house.handler.poison.update({each.id: KeyError(1) for each in envelopes})
    async with house.running(await house.service()) as running:
        await house.until_it_answers()
        await house.bus.producer().send([encode(each) for each in envelopes])
        await house.until_it_says("consumer", "dead: 20 events in a row failed by a bug")
        assert await http_status(house.port, "/health/live") == 200
        assert not running.done()
    assert house.metrics.registry.get_sample_value("crm_deaths_total", {"task": "consumer"})


async def test_a_client_that_cancels_while_it_shuts_down_takes_nobody_with_it(
    house: House,
) -> None:
    service = await house.service(CancelsAtItsEnd(house.bus, "crm.tally"))
    async with house.running(service) as running:
        await house.until_it_answers()
    assert running.done()
    assert running.exception() is None


async def test_a_task_that_died_is_started_again_after_a_pause() -> None:
    heart, tries = Heart("consumer", 30), 0

    async def work(stop: asyncio.Event) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise StopTheLine("the fault is not the event's")
        if tries == 2:
            raise asyncio.CancelledError
        if tries == 3:
            return
        heart.beat()
        await stop.wait()

    stop = asyncio.Event()
    with capture_logs() as lines:
        task = asyncio.create_task(Revived("consumer", work, SOON).run(stop, heart, Metrics()))
        async with asyncio.timeout(10):
            while heart.status != "ok":
                await asyncio.sleep(0.01)
        stop.set()
        await task
    assert [line["detail"] for line in lines] == ["the fault is not the event's", None, None]


async def test_a_port_of_http_that_is_taken_is_named(house: House) -> None:
    taken = pytest.raises(StopTheLine, match=f"{house.port}.*in use")
    with socket.create_server((LOOPBACK, house.port)), taken:
        await Running(await house.service()).until(asyncio.Event())


async def test_a_port_of_another_door_that_is_taken_is_named(house: House) -> None:
    [port] = free_ports(1)
    house.servers = [TakesThePort(port)]
    taken = pytest.raises(StopTheLine, match=f"{port}.*in use")
    with socket.create_server((LOOPBACK, port)), taken:
        await Running(await house.service()).until(asyncio.Event())


async def test_a_task_that_was_cancelled_from_within_is_named(house: House) -> None:
    async def cancelled() -> int:
        raise asyncio.CancelledError

    house.step = cancelled
    with pytest.raises(StopTheLine, match="sweep was cancelled"):
        await Running(await house.service()).until(asyncio.Event())


HUNG = """
import asyncio, threading
from shared.clock import DatabaseClock
from shared.database import create_engine
from shared.faults import FaultPoints
from shared.health import Health
from shared.http.app import create_app
from shared.ids import new_id
from shared.outbox import Relay
from shared.runtime import Periodic, Service, run
from shared.shard_lease import ShardLease
from shared.telemetry import Metrics
from shared.testing import MemoryBus
from tests.integration.shared.test_runtime import settings

async def dies_beside_a_thread_that_hangs():
    asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)
    raise asyncio.CancelledError

health, metrics = Health(), Metrics()
engine = create_engine("postgresql://nobody@127.0.0.1:9/none", "tally")
heart, producer = health.heart("relay"), MemoryBus().producer()
lease = ShardLease(engine, "tally", new_id(), metrics, 6.0, DatabaseClock(), heart)
relay = Relay(engine, "tally", producer, lease, FaultPoints(), metrics, heart)
run(Service(
    "tally", create_app("tally", "Tally", [], health, metrics), settings(0), None, relay,
    [Periodic("sweep", dies_beside_a_thread_that_hangs, 1.0)], [], health, metrics,
))
"""


async def test_a_death_beside_a_thread_that_hangs_ends_the_process_all_the_same() -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HUNG, stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3], env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    try:
        _, said = await asyncio.wait_for(child.communicate(), 25)
    finally:
        if child.returncode is None:
            child.kill()
    assert child.returncode == 1
    assert b"sweep was cancelled" in said

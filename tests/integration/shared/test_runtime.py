"""A running service: what ends it, what it outlives, and which port it could not get."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from structlog.testing import capture_logs

from deploy.local.ports import LOOPBACK, free_ports, http_status
from shared.cloudevents import encode
from shared.consumer import BUGS_IN_A_ROW, Consumer
from shared.errors import StopTheLine
from shared.faults import FaultPoints
from shared.foundation import Foundation
from shared.health import Heart
from shared.retry import RetryPolicy
from shared.runtime import Periodic, Revived, Running, Service, SideServer
from shared.settings import ServiceSettings
from shared.telemetry import Metrics
from shared.testing import MemoryBus, MemorySubscription
from shared.work import Works
from tests.builders import T0, a_complaint, in_envelope
from tests.databases import Databases
from tests.integration.shared.tally import TallyHandler, tally_works

SOON = RetryPolicy(base=0.01, cap=0.02)


class TallySettings(ServiceSettings):
    service: ClassVar[str] = "sla"


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
    """A tally service as the runtime runs it: its consumer on a memory bus, its relay on none."""

    works: Works
    foundation: Foundation
    bus: MemoryBus = field(default_factory=MemoryBus)
    handler: TallyHandler = field(default_factory=TallyHandler)

    @property
    def port(self) -> int:
        return self.foundation.settings.http_port

    def service(
        self,
        subscription: MemorySubscription | None = None,
        step: Callable[[], Awaitable[int]] = nothing_to_do,
        servers: Sequence[SideServer] = (),
    ) -> Service:
        own = self.foundation
        service = own.service(None, [], [Periodic("sweep", step, 0.01)], servers)
        service.consumer = Consumer(
            self.handler, subscription or self.bus.subscription("crm.tally"), self.works,
            FaultPoints(), own.metrics, own.health.heart("consumer", 30), retry=SOON,
        )  # fmt: skip
        return service

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
            while said not in self.foundation.health.report()[task]:
                await asyncio.sleep(0.02)


def settings(port: int, url: str = "postgresql://nobody@127.0.0.1:9/none") -> TallySettings:
    return TallySettings(
        database_url=SecretStr(url),
        kafka_bootstrap_servers="127.0.0.1:9",
        http_port=port,
        stop_seconds=1.0,
    )


@pytest.fixture
async def house(postgres: Databases) -> AsyncIterator[House]:
    url = await postgres.bare("sla")
    works = await tally_works(url)
    yield House(works, Foundation.of(settings(free_ports(1)[0], url)))
    await works.engine.dispose()


async def test_answers_are_dated_by_the_clock_of_the_process_and_by_nobody_else() -> None:
    door = free_ports(1)[0]
    foundation = Foundation.of(settings(door))
    stop = asyncio.Event()
    running = asyncio.create_task(Running(foundation.service(None, [])).until(stop))
    async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{door}") as http:
        async with asyncio.timeout(10):
            while await http_status(door, "/health/live") != 200:
                await asyncio.sleep(0.02)
        unknown = await http.get("/health/live")
        assert "date" not in unknown.headers, "who does not know the time says none"
        foundation.clock.told(T0, foundation.clock.ticks(), foundation.clock.ticks())
        for path in ("/health/live", "/health/ready", "/nothing"):
            [date] = (await http.get(path)).headers.get_list("date")
            assert abs(parsedate_to_datetime(date) - T0) < timedelta(minutes=1)
    stop.set()
    await running


async def test_the_api_outlives_a_consumer_that_stopped_the_line_and_health_says_why(
    house: House,
) -> None:
    envelopes = [in_envelope(a_complaint(number=n), n) for n in range(1, BUGS_IN_A_ROW + 2)]
    house.handler.poison.update({each.id: KeyError(1) for each in envelopes})
    async with house.running(house.service()) as running:
        await house.until_it_answers()
        await house.bus.producer().send([encode(each) for each in envelopes])
        await house.until_it_says("consumer", "dead: 20 events in a row failed by a bug")
        assert await http_status(house.port, "/health/live") == 200
        assert not running.done()
    assert house.foundation.metrics.registry.get_sample_value(
        "crm_deaths_total", {"task": "consumer"}
    )


async def test_the_api_outlives_a_relay_that_died_by_a_fault_that_nobody_expects(
    house: House,
) -> None:
    async with house.works.engine.begin() as connection:
        await connection.execute(text("DROP TABLE outbox"))
    async with house.running(house.service()) as running:
        await house.until_it_answers()
        await house.until_it_says("relay", "dead: ProgrammingError")
        assert not running.done()


async def test_a_client_that_cancels_while_it_shuts_down_takes_nobody_with_it(
    house: House,
) -> None:
    service = house.service(CancelsAtItsEnd(house.bus, "crm.tally"))
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


async def test_answers_that_would_go_on_are_ended_before_the_door_waits_for_them(
    house: House,
) -> None:
    """The door waits for each answer that is under way, three seconds at most."""
    ended = asyncio.Event()

    house.foundation.on_stopping.append(ended.set)
    service = house.service()

    @service.app.get("/goes-on")
    async def go_on() -> None:
        await ended.wait()

    async with house.running(service):
        await house.until_it_answers()
        asked = asyncio.create_task(http_status(house.port, "/goes-on"))
        await asyncio.sleep(0.05)
    assert await asked == 200


async def test_a_port_of_http_that_is_taken_is_named(house: House) -> None:
    taken = pytest.raises(StopTheLine, match=f"{house.port}.*in use")
    with socket.create_server((LOOPBACK, house.port)), taken:
        await Running(house.service()).until(asyncio.Event())


async def test_a_port_of_another_door_that_is_taken_is_named(house: House) -> None:
    [port] = free_ports(1)
    taken = pytest.raises(StopTheLine, match=f"{port}.*in use")
    with socket.create_server((LOOPBACK, port)), taken:
        await Running(house.service(servers=[TakesThePort(port)])).until(asyncio.Event())


async def test_a_task_that_was_cancelled_from_within_is_named(house: House) -> None:
    async def cancelled() -> int:
        raise asyncio.CancelledError

    with pytest.raises(StopTheLine, match="sweep was cancelled"):
        await Running(house.service(step=cancelled)).until(asyncio.Event())


HUNG = """
import asyncio, threading
from shared.foundation import Foundation
from shared.runtime import Periodic, run
from tests.integration.shared.test_runtime import settings

async def dies_beside_a_thread_that_hangs():
    asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)
    raise asyncio.CancelledError

sweep = Periodic("sweep", dies_beside_a_thread_that_hangs, 1.0)
run(Foundation.of(settings(0)).service(None, [], [sweep]))
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

"""What another process holds that was stopped, and what intake needs to be let in to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from time import monotonic

import asyncpg
import httpx
import pytest

from services.intake.app import build
from services.intake.filing.accept import Acceptance
from services.intake.filing.filing import Filing
from services.intake.filing.probe import FilingProbe
from services.intake.media.sealing import FileSealer
from services.intake.vault.sealing import Sealer
from shared.clock import system_clock
from shared.database import WORK, create_engine
from shared.errors import Transient
from shared.faults import FaultPoints
from shared.ids import new_id
from shared.runtime import Running
from shared.telemetry import Metrics
from shared.work import Works
from tests.builders import codes_by
from tests.integration.intake.conftest import House
from tests.integration.intake.test_idempotency import TEXT, _arrival

HOLD_THE_DAY = """INSERT INTO intake.report_counters AS r (day, last)
    VALUES ((now() AT TIME ZONE 'Asia/Jakarta')::date, 1)
    ON CONFLICT (day) DO UPDATE SET last = r.last + 1"""


def a_filing(house: House) -> Filing:
    keys = house.credentials
    return Filing(codes_by(), Sealer(keys.vault.public), FileSealer(keys.media.public))


@asynccontextmanager
async def a_stopped_filing(house: House) -> AsyncIterator[asyncpg.Connection]:
    """A session of intake's role that has taken the day's counter and says no more: what is left
    of a process that gets SIGSTOP there, as the server sees it."""
    connection = await asyncpg.connect(house.urls["intake"])
    await connection.execute("BEGIN")
    await connection.execute(HOLD_THE_DAY)
    try:
        yield connection
    finally:
        connection.terminate()


async def test_a_citizen_is_answered_though_another_intake_was_stopped_while_it_filed(
    house: House,
) -> None:
    async with a_stopped_filing(house) as stopped:
        began = monotonic()
        answer = await house.report("jaki", "a-1", TEXT)
        assert answer.status_code == 202
        assert 3 < monotonic() - began < 8
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await stopped.execute("COMMIT")
    assert answer.json()["report_number"].endswith("0001"), "the number is not taken either"


@asynccontextmanager
async def probing(house: House, acceptance: Acceptance | None = None) -> AsyncIterator[FilingProbe]:
    engine = create_engine(house.urls["intake"], "intake", bounds=replace(WORK, lock=1))
    works = Works(engine, "intake", system_clock, new_id, FaultPoints(), Metrics())
    filing = a_filing(house)
    yield FilingProbe(works, acceptance or Acceptance(works, filing))
    await engine.dispose()


async def test_who_cannot_have_the_days_counter_says_that_it_cannot_file(house: House) -> None:
    async with probing(house) as probe:
        await probe.step()
        async with a_stopped_filing(house):
            with pytest.raises(Transient):
                await probe.step()
        assert await probe.step() == 0


async def test_who_looks_whether_it_can_file_takes_no_number(house: House) -> None:
    async with probing(house) as probe:
        await probe.step()
        first = await house.report("jaki", "a-1", TEXT)
        await probe.step()
        second = await house.report("jaki", "a-2", TEXT)
    numbers = [answer.json()["report_number"][-4:] for answer in (first, second)]
    assert numbers == ["0001", "0002"]


async def test_who_answers_nobody_for_ten_seconds_says_that_it_cannot_file(house: House) -> None:
    now = 0.0
    works = house.vault_works()
    filing = a_filing(house)
    acceptance = Acceptance(works, filing, ticks=lambda: now)
    async with probing(house, acceptance) as probe:
        waiting = asyncio.create_task(acceptance.accept(_arrival("s-1", TEXT)))
        await asyncio.sleep(0)
        now = 10.5
        with pytest.raises(Transient, match="no filing has come to an end"):
            await probe.step()
        await asyncio.gather(waiting, return_exceptions=True)
        await acceptance.drained()
        assert await probe.step() == 0
    await works.engine.dispose()


async def test_citizens_are_let_in_while_the_broker_is_away_and_events_wait(house: House) -> None:
    assert (await house.report("jaki", "a-1", TEXT)).status_code == 202
    service, stop = build(house.settings()), asyncio.Event()

    def measured(name: str, labels: dict[str, str]) -> float:
        return service.metrics.registry.get_sample_value(name, labels) or 0.0

    running = asyncio.create_task(Running(service).until(stop))
    async with asyncio.timeout(10):
        while not (service.health.ready and measured("crm_retries_total", {"task": "relay"})):
            await asyncio.sleep(0.05)
    assert service.health.needed == ["database", "schema", "filing"]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(service.app), base_url="http://intake"
    ) as door:
        assert (await door.get("/health/ready")).status_code == 200
        await door.get("/metrics")
    assert measured("crm_outbox_oldest_seconds", {}) > 0
    assert measured("crm_outbox_rows", {}) == 1
    stop.set()
    await running

"""A console knows the time from the services' answers, whatever its machine's clock says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest
from fastapi import FastAPI, Response

from deploy.local.ports import free_ports
from services.routing.console.calls import Api
from services.routing.console.session import Officer
from shared.auth import Role
from shared.clock import DatabaseClock
from shared.errors import Transient
from shared.health import Health
from shared.http.app import create_app
from shared.http.correlation import REQUEST_ID
from shared.outbound import OutboundClient
from shared.runtime import Running, Service
from shared.telemetry import Metrics
from tests.builders import T0
from tests.integration.desks.parts import console_at
from tests.integration.notify.servers import served
from tests.unit.console.city import KELURAHAN, City, a_city, an_inbox

SECOND = timedelta(seconds=1)
OFFICER = Officer(
    subject="o1", role=Role.UNIT_OFFICER, unit=KELURAHAN, name="Petugas", unit_name="Unit",
    token="t",
)  # fmt: skip


@pytest.fixture(params=[3, -3], ids=["ahead", "behind"])
def hours(request: pytest.FixtureRequest) -> timedelta:
    return timedelta(hours=request.param)


@pytest.fixture
async def city(hours: timedelta) -> AsyncIterator[City]:
    """The clock of the console's machine is wrong by so many hours."""
    async with a_city(lambda: datetime.now(UTC) + hours) as city:
        city.services.answers["GET /inbox"] = an_inbox()
        yield city


@asynccontextmanager
async def started(console: Service) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(Running(console).until(stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def let_in(console: Service) -> None:
    async with asyncio.timeout(10):
        while console.health.report().get("clock") != "ok":
            await asyncio.sleep(0.02)


@asynccontextmanager
async def at_work(console: Service) -> AsyncIterator[None]:
    async with started(console):
        await let_in(console)
        yield


def a_part(clock: DatabaseClock) -> FastAPI:
    return create_app("part", "Part", [], Health(), Metrics(), dated_by=clock.known)


def at(moment: datetime) -> DatabaseClock:
    """A clock that was told just now."""
    clock = DatabaseClock()
    clock.told(moment, clock.ticks(), clock.ticks())
    return clock


@asynccontextmanager
async def calling(url: str, clock: DatabaseClock) -> AsyncIterator[Api]:
    client = OutboundClient(timeout=2.0)
    yield Api(client, client, client, client, {"routing": url, "sla": "http://127.0.0.1:1"}, clock)
    await client.close()


async def test_it_lets_officers_in_and_keeps_them_signed_in(city: City) -> None:
    async with city.browser() as browser, at_work(city.consoles[0]):
        await browser.sign_in()
        await browser.open("/kotak")
        assert (browser.status, browser.address) == (200, "/kotak")


async def test_whoever_is_signed_in_elsewhere_is_so_here(city: City) -> None:
    async with a_city() as right, right.browser() as before:
        right.services.answers["GET /inbox"] = an_inbox()
        await before.sign_in()
    async with city.browser() as browser, at_work(city.consoles[0]):
        browser.http.cookies = before.http.cookies
        await browser.open("/kotak")
        assert (browser.status, browser.address) == (200, "/kotak")


async def test_callers_are_let_in_when_a_part_has_said_the_time_and_stay_when_all_leave() -> None:
    (port, own) = free_ports(2)
    console = console_at(f"http://127.0.0.1:{port}", http_port=own)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{own}") as http, started(console):
        waiting = await answered(http, "/health/ready")
        assert waiting.status_code == 503
        assert waiting.json()["needed"] == ["clock"]
        assert "date" not in waiting.headers, "who does not know the time says none"
        assert (await http.get("/masuk")).status_code == 200, "pages come all the same"
        async with served(a_part(at(T0)), port, date_header=False):
            await let_in(console)
        assert (await http.get("/health/ready")).status_code == 200
        page = await http.get("/masuk")
        assert page.headers.get_list("date") == [page.headers["date"]]
        assert abs(parsedate_to_datetime(page.headers["date"]) - T0) < 60 * SECOND


async def answered(http: httpx.AsyncClient, path: str) -> httpx.Response:
    """As soon as the door is open."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await http.get(path)
            except httpx.ConnectError:
                await asyncio.sleep(0.02)


async def test_each_answer_of_a_part_says_the_time_refusals_too() -> None:
    clock = at(T0 + timedelta(hours=3))
    async with served(a_part(at(T0)), date_header=False) as url, calling(url, clock) as api:
        refused = await api.get("routing", "/nothing", OFFICER)
        assert getattr(refused, "status", None) == 404
        assert abs(clock() - T0) < 60 * SECOND


async def test_a_part_that_is_away_later_changes_nothing() -> None:
    clock = DatabaseClock()
    async with served(a_part(at(T0)), date_header=False) as url, calling(url, clock) as api:
        await api.ask_time()
    async with calling("http://127.0.0.1:1", clock) as api:
        await api.ask_time()
    assert abs(clock() - T0) < 60 * SECOND


async def test_a_part_that_does_not_know_the_time_yet_says_none() -> None:
    async with (
        served(a_part(DatabaseClock()), date_header=False) as url,
        calling(url, DatabaseClock()) as api,
    ):
        with pytest.raises(Transient):
            await api.ask_time()


@pytest.mark.parametrize(
    "fields",
    [
        {REQUEST_ID: "1", "date": "yesterday"},
        {REQUEST_ID: "1", "date": "Sun, 06 Nov 1994 08:49:37 +0700"},
        {REQUEST_ID: "1", "date": ""},
        {"date": "Sun, 06 Nov 1994 08:49:37 GMT"},
    ],
    ids=["no date", "no date of HTTP", "nothing", "of a proxy that stands before the part"],
)
async def test_what_no_part_can_have_said_is_not_believed(fields: dict[str, str]) -> None:
    app, clock = FastAPI(), at(T0)

    @app.get("/{path:path}")
    async def answer() -> Response:
        return Response(headers=fields)

    async with served(app, date_header=False) as url, calling(url, clock) as api:
        await api.ask_time()
        answered = await api.get("routing", "/me", OFFICER)
    assert getattr(answered, "status", None) == 200
    assert abs(clock() - T0) < 60 * SECOND

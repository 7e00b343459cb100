"""What changes in an inbox is told as it happens, to whom it concerns, without a gap."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from deploy.local.credentials import OPERATOR_AUDIENCE, OPERATOR_ISSUER, generate
from deploy.local.tokens import mint_operator_token
from services.routing.case.commands import AcceptCase, CoordinateCase
from services.routing.live import hub as live
from services.routing.live import store
from services.routing.live.api import LISTING, POSITION, create_router
from services.routing.live.change import Position
from services.routing.live.hub import Hub
from shared.auth import OperatorTokens
from shared.clock import system_clock
from shared.events.intake import ComplaintWithdrawn
from shared.health import Health
from shared.http.app import create_app
from shared.http.paging import Cursors
from shared.telemetry import Metrics
from shared.testing import FixedClock
from shared.visibility import SYSTEM, Sight
from shared.work import Works
from tests.builders import T0, a_complaint, a_complaint_id, in_envelope
from tests.databases import Databases
from tests.integration.routing.test_api import Issuer
from tests.integration.routing.world import ATLAS, World, emptied
from tests.unit.routing.cases import BINA_MARGA, MANGGARAI, an_officer

ONE, TWO = a_complaint_id(1), a_complaint_id(2)
CREDENTIALS = generate()
CURSORS = Cursors(b"key", LISTING, POSITION)
OFFICER = Sight(ATLAS.units.lineage(MANGGARAI), works_for=MANGGARAI)
LAST = Position(2**62, 0)
PATH = "/v1/inbox/changes"


class Stream:
    """Streams of a hub over HTTP; each ends when it has said what was missed."""

    def __init__(self, world: World) -> None:
        self.hub = Hub(world.works, CURSORS, system_clock)
        operators = OperatorTokens(
            Issuer(CREDENTIALS), "", OPERATOR_ISSUER, OPERATOR_AUDIENCE, clock=system_clock
        )
        router = create_router(self.hub, operators, CURSORS, ATLAS.units, system_clock)
        app = create_app("routing", "CRM routing", [router], Health(), Metrics())
        self._client = partial(
            httpx.AsyncClient, transport=httpx.ASGITransport(app), base_url="http://routing.test"
        )

    async def ask(
        self, after: str | None = None, unit: str = MANGGARAI, method: str = "GET",
        seconds: int = -5,
    ) -> httpx.Response:  # fmt: skip
        """``seconds``: for which the token is in force; within the leeway if it is over."""
        token = mint_operator_token(CREDENTIALS, "unit_officer", unit, seconds=seconds)
        headers = {"authorization": f"Bearer {token}"}
        if after is not None:
            headers["last-event-id"] = after
        async with self._client() as client:
            return await client.request(method, PATH, headers=headers)

    async def missed(self, after: str, unit: str = MANGGARAI) -> list[Mapping[str, str]]:
        """Events that came behind ``after``, once the reader has looked again."""
        await self.hub.step()
        return events((await self.ask(after, unit)).text)


def events(stream: str) -> list[Mapping[str, str]]:
    blocks = [dict(fields(block)) for block in stream.split("\n\n")]
    return [block for block in blocks if "event" in block]


def fields(block: str) -> Iterator[tuple[str, str]]:
    for line in block.splitlines():
        name, _, value = line.partition(": ")
        yield name, value


def said(event: Mapping[str, str]) -> Any:
    return event["event"], json.loads(event["data"])


@pytest.fixture(scope="module")
async def works(postgres: Databases) -> Works:
    return await postgres.service("routing", clock=FixedClock(T0))


@pytest.fixture
async def world(works: Works) -> World:
    return await emptied(works)


@pytest.fixture
def stream(world: World) -> Stream:
    return Stream(world)


async def here(world: World) -> str:
    """The place behind all that is there."""
    async with world.works.read(SYSTEM) as connection:
        return CURSORS.write(await store.committed(connection))


async def received(world: World, number: int = 1) -> None:
    await world.hear([in_envelope(a_complaint(number=number, kelurahan_code=MANGGARAI), number)])


async def test_the_way_of_a_case_through_two_inboxes_is_told_to_both(
    world: World, stream: Stream
) -> None:
    before = await here(world)
    await received(world)
    await world.act(ONE, AcceptCase(), an_officer(MANGGARAI))
    await world.act(ONE, CoordinateCase(to_unit=BINA_MARGA), an_officer(MANGGARAI))
    told = [said(each) for each in await stream.missed(before)]
    assert [(name, it["tab_before"], it["tab_after"], it["state"], it["version"])
            for name, it in told] == [
        ("change", None, "new", "received", 1),
        ("change", "new", "in_hand", "received", 2),
        ("change", "in_hand", "waiting", "coordinated", 3),
    ]  # fmt: skip
    assert all(it.keys() == {"complaint_id", "tab_before", "tab_after", "state", "version", "at"}
               for _, it in told)  # fmt: skip
    [(name, it)] = [said(each) for each in await stream.missed(before, BINA_MARGA)]
    assert (name, it["tab_before"], it["tab_after"]) == ("change", None, "new")
    assert await stream.missed(before, "31.74.01.1002") == []


async def test_of_a_case_that_leaves_ones_sight_the_id_is_told_and_no_more(
    world: World, stream: Stream
) -> None:
    await received(world)
    before = await here(world)
    # As if it had been placed anew: the unit neither holds nor watches it.
    case = await world.case(ONE)
    async with world.works.open(SYSTEM) as work:
        await world.store.save_many(work.connection, [replace(case, unit_id=BINA_MARGA, version=2)])
    assert [said(each) for each in await stream.missed(before)] == [
        ("gone", {"complaint_id": str(ONE)})
    ]
    assert [name for name, _ in map(said, await stream.missed(before, BINA_MARGA))] == ["change"]


async def test_a_closed_case_is_in_no_tab_any_longer(world: World, stream: Stream) -> None:
    await received(world)
    before = await here(world)
    await world.hear(
        [in_envelope(ComplaintWithdrawn(complaint_id=ONE, at=T0, source="citizen"), 9)]
    )
    [(name, it)] = [said(each) for each in await stream.missed(before)]
    assert (name, it["tab_before"], it["tab_after"], it["state"]) == (
        "change", "new", None, "withdrawn",
    )  # fmt: skip


async def test_who_comes_back_goes_on_where_it_was_cut_off(world: World, stream: Stream) -> None:
    start = await here(world)
    for number in range(1, 6):
        await received(world, number)
    all_of_them = await stream.missed(start)
    assert len(all_of_them) == 5
    for count, last in enumerate(all_of_them, 1):
        assert await stream.missed(last["id"]) == all_of_them[count:]
    # Another replica, which has read nothing yet.
    assert await Stream(world).missed(all_of_them[1]["id"]) == all_of_them[2:]


async def test_a_place_that_is_too_old_or_ahead_of_the_database_begins_anew(
    world: World, stream: Stream
) -> None:
    await received(world)
    async with world.works.open(SYSTEM) as work:
        await store.sweep(work.connection, system_clock() + timedelta(days=1), LAST, 100)
    for place in (Position(1, 0), LAST):
        [(name, it)] = [said(each) for each in await stream.missed(CURSORS.write(place))]
        assert (name, it) == ("reset", {})


async def test_what_commits_later_than_its_neighbour_is_not_passed_over(
    world: World, stream: Stream
) -> None:
    """The first to write is the last to commit: a reader that goes by ids would never see it."""
    await received(world, 1)
    await received(world, 2)
    one, two = await world.case(ONE), await world.case(TWO)
    start = await here(world)
    async with world.works.open(SYSTEM) as slow:
        await world.store.save_many(slow.connection, [one])
        async with world.works.open(SYSTEM) as quick:
            await world.store.save_many(quick.connection, [two])
        assert await stream.missed(start) == []
    told = [said(each)[1]["complaint_id"] for each in await stream.missed(start)]
    assert told == [str(ONE), str(TWO)]


async def test_a_place_that_was_never_given_is_refused(stream: Stream) -> None:
    forged = Cursors(b"other", LISTING, POSITION).write(Position(1, 1))
    of_another_list = Cursors(b"key", "routing.inbox", POSITION).write(Position(1, 1))
    for place in ("", "x", "bm90IG91cnM=", "A" * 500, forged, of_another_list):
        answer = await stream.ask(place)
        assert answer.status_code == 422
        assert answer.json()["field"].lower() == "last-event-id"


async def test_a_head_tells_what_a_get_would_and_ends(stream: Stream) -> None:
    answer = await stream.ask(method="HEAD", seconds=3600)
    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert stream.hub.listeners == 0


async def test_a_stream_ends_when_its_token_does(stream: Stream) -> None:
    answer = await stream.ask(seconds=1)
    assert answer.text.startswith("retry: ") or answer.text.startswith("id: ")
    assert stream.hub.listeners == 0


async def test_a_listener_hears_what_comes_and_a_heartbeat_when_nothing_does(
    world: World,
) -> None:
    hub = Hub(world.works, CURSORS, system_clock)
    listener = await hub.listen(OFFICER, None, 60)
    assert b"retry: " in (await listener.next() or b"")
    await received(world)
    await hub.step()
    [change, _] = events((await listener.next() or b"").decode())
    assert said(change)[1]["complaint_id"] == str(ONE)
    heartbeat = hub.heartbeat().decode()
    assert "\nid: " in heartbeat
    assert events(heartbeat) == []


async def test_who_hears_of_a_change_is_told_how_many_stand_in_each_tab_once_for_many(
    world: World,
) -> None:
    await received(world, 1)
    hub = Hub(world.works, CURSORS, system_clock)
    mine = await hub.listen(OFFICER, None, 60)
    other = await hub.listen(Sight(ATLAS.units.lineage(BINA_MARGA), works_for=BINA_MARGA), None, 60)
    for number in (2, 3):
        await received(world, number)
    await world.act(ONE, AcceptCase(), an_officer(MANGGARAI))
    await hub.step()
    found = events((await mine.next() or b"").decode())
    assert [each["event"] for each in found] == ["change"] * 3 + ["counts"]
    counts = {"new": 2, "in_hand": 1, "waiting": 0, "judgement": 0}
    assert json.loads(found[-1]["data"]).items() >= counts.items()
    assert "id" not in found[-1], "it is no place to go on from"
    assert events((await other.next() or b"").decode()) == []


async def test_who_takes_too_little_is_told_to_read_anew_in_the_place_of_it(world: World) -> None:
    hub = Hub(world.works, CURSORS, system_clock)
    listener = await hub.listen(OFFICER, None, 60)
    for _ in range(live.WAITING_AT_MOST * 2):
        listener.push(b"event: change\n\n")
    waiting = events((await listener.next() or b"").decode())
    assert "reset" in [each["event"] for each in waiting]
    assert len(waiting) <= live.WAITING_AT_MOST


async def test_nobody_is_asked_while_nobody_listens(world: World) -> None:
    hub = Hub(world.works, CURSORS, system_clock)
    assert await hub.step() == 0
    listener = await hub.listen(OFFICER, None, 60)
    listener.close()
    assert hub.listeners == 0
    await world.works.engine.dispose()
    assert await hub.step() == 0


async def test_a_stop_ends_every_stream_and_lets_nobody_in(world: World, stream: Stream) -> None:
    open_ones = [asyncio.create_task(stream.ask(seconds=3600)) for _ in range(3)]
    while stream.hub.listeners < 3:
        await asyncio.sleep(0.01)
    stream.hub.close()
    async with asyncio.timeout(2):
        assert [each.status_code for each in await asyncio.gather(*open_ones)] == [200] * 3
    assert (await stream.ask()).status_code == 503


async def test_old_changes_are_swept_but_none_that_is_still_to_be_read(world: World) -> None:
    await received(world, 1)
    async with world.works.read(SYSTEM) as connection:
        read = await store.committed(connection)
    await received(world, 2)
    async with world.works.open(SYSTEM) as work:
        later = system_clock() + timedelta(days=1)
        assert await store.sweep(work.connection, later, read, 100) == 1
    assert [row[0] for row in await world.rows("SELECT complaint_id FROM changes")] == [TWO]

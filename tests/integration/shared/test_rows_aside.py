"""One outbox row of a thousand is taken by no bus: relay and rebuild go on without it."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from shared import outbox, set_aside
from shared.bus import VALUE_BYTES
from shared.cloudevents import decode
from shared.errors import Transient
from shared.rebuild import republish
from shared.set_aside import BadRow, RowAside
from shared.testing import MemoryBus
from shared.visibility import SYSTEM
from shared.work import Works
from tests.builders import a_complaint, a_complaint_id, at
from tests.databases import Databases
from tests.integration.shared.tally import tally_works
from tests.integration.shared.test_outbox import a_relay


@pytest.fixture
async def works(postgres: Databases) -> Any:
    works = await tally_works(await postgres.bare("sla"))
    yield works
    await works.engine.dispose()


async def change(works: Works, statement: str, **values: Any) -> None:
    async with works.open(SYSTEM) as work:
        await work.connection.execute(text(statement), values)


async def aside(works: Works) -> list[RowAside]:
    async with works.read(SYSTEM) as connection:
        return await set_aside.waiting(connection)


async def a_thousand_events(works: Works) -> None:
    """Three of complaint 1, one of each other; the second of complaint 1 is longer than any broker
    takes, and the one of complaint 2 has no time that could be written."""
    async with works.open(SYSTEM) as work:
        for hour in range(3):
            work.record(a_complaint(number=1, at=at(hours=hour)), cause=None)
        for number in range(2, 999):
            work.record(a_complaint(number=number), cause=None)
    await change(
        works,
        "UPDATE outbox SET body = decode(repeat('20', :length), 'hex') || body"
        " WHERE complaint_id = :id AND at = :at",
        length=VALUE_BYTES,
        id=a_complaint_id(1),
        at=at(hours=1),
    )
    await change(
        works,
        "UPDATE outbox SET at = '-infinity' WHERE complaint_id = :id",
        id=a_complaint_id(2),
    )


async def relayed(works: Works, bus: MemoryBus, expected: int) -> None:
    """What a relay has published when ``expected`` records are on the bus."""
    relay = a_relay(works, bus)
    stop = asyncio.Event()
    task = asyncio.create_task(relay.run(stop))
    async with asyncio.timeout(10):
        while len(bus.records) < expected:
            await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(task, 10)
    assert len(bus.records) == expected


def hours_of(bus: MemoryBus, complaint_id: UUID) -> list[int]:
    """Of one complaint's events on the bus, in their order."""
    found = (decode(record.message).event for record in bus.records)
    return [event.at.hour - at().hour for event in found if event.complaint_id == complaint_id]


async def release_all(works: Works) -> None:
    for row in await aside(works):
        async with works.open(SYSTEM) as work:
            await set_aside.release(work.connection, row.id, None, "admin-1")


MEND_BODY = "UPDATE outbox SET body = ltrim(convert_from(body, 'UTF8'))::bytea"
MEND_TIME = "UPDATE outbox SET at = :at WHERE at = '-infinity'"


async def test_a_row_that_the_broker_refuses_holds_up_its_own_complaint_alone(
    works: Works,
) -> None:
    await a_thousand_events(works)
    bus = MemoryBus()
    for _ in range(2):
        await relayed(works, bus, 1000 - 3)
    assert hours_of(bus, a_complaint_id(1)) == [0]
    found = {row.complaint_id: row for row in await aside(works)}
    assert found.keys() == {a_complaint_id(1), a_complaint_id(2)}
    assert {(row.table, row.times) for row in found.values()} == {("outbox", 1)}
    assert found[a_complaint_id(1)].cause.startswith("message_too_large: ")
    assert found[a_complaint_id(2)].cause.startswith("unreadable_row: ")

    await change(works, MEND_BODY)
    await change(works, MEND_TIME, at=at())
    await release_all(works)
    await relayed(works, bus, 1000)
    assert hours_of(bus, a_complaint_id(1)) == [0, 1, 2]


async def test_a_rebuild_of_the_bus_goes_on_without_the_row_and_catches_up(works: Works) -> None:
    await a_thousand_events(works)
    await change(works, "UPDATE outbox SET published_at = now()")
    urls = {"sla": works.engine.url.set(drivername="postgresql").render_as_string(False)}
    bus = MemoryBus()
    assert await republish(urls, bus.producer(), lambda _: None) == 1000 - 3
    assert {row.complaint_id for row in await aside(works)} == {
        a_complaint_id(1),
        a_complaint_id(2),
    }
    await change(works, MEND_BODY)
    await change(works, MEND_TIME, at=at())
    await release_all(works)
    await relayed(works, bus, 1000)
    assert hours_of(bus, a_complaint_id(1)) == [0, 1, 2]


async def test_a_broker_that_refuses_everything_is_no_fault_of_the_rows(works: Works) -> None:
    async with works.open(SYSTEM) as work:
        work.record(*(a_complaint(number=number) for number in range(1, 31)), cause=None)
    await change(works, "UPDATE outbox SET at = '-infinity'")
    async with works.read(SYSTEM) as connection:
        rows = [("sla", row) async for row in outbox.stream_all(connection)]
    with pytest.raises(Transient, match="every row of a batch fails"):
        await outbox.send(MemoryBus().producer(), rows)
    assert await aside(works) == []


async def test_a_decision_that_fails_for_every_case_of_many_sets_none_aside(works: Works) -> None:
    def fail(row: BadRow) -> None:
        raise KeyError(row.cause)

    rows = [BadRow("cases", UUID(int=n), UUID(int=n), "") for n in range(set_aside.ALL_AT_ONCE)]

    async def decided(some: list[BadRow]) -> list[None]:
        async with works.open(SYSTEM) as work:
            return set_aside.decide_each(work.connection, "cases", some, fail)

    with pytest.raises(Transient, match="every row of a batch fails: KeyError at "):
        await decided(rows)
    assert await aside(works) == []
    assert await decided(rows[1:]) == []
    assert len(await aside(works)) == len(rows) - 1


async def test_what_is_met_again_is_counted_and_what_was_released_comes_back(works: Works) -> None:
    bad = BadRow("cases", a_complaint_id(1), a_complaint_id(1), "ValueError at store.py:1")
    for _ in range(3):
        async with works.open(SYSTEM) as work:
            set_aside.note(work.connection, bad)
    [row] = await aside(works)
    assert (row.cause, row.times) == (bad.cause, 3)
    async with works.open(SYSTEM) as work:
        await set_aside.release(work.connection, row.id, None, "admin-1")
    assert await aside(works) == []
    async with works.open(SYSTEM) as work:
        set_aside.note(work.connection, bad)
    [again] = await aside(works)
    assert again.since > row.since


async def test_a_transaction_that_fails_sets_aside_what_it_met(works: Works) -> None:
    async def meets_and_fails() -> None:
        async with works.open(SYSTEM) as work:
            set_aside.note(work.connection, BadRow("cases", UUID(int=1), UUID(int=1), "bad"))
            raise Transient("another trouble")

    with pytest.raises(Transient, match="another trouble"):
        await meets_and_fails()
    assert [row.row_id for row in await aside(works)] == [UUID(int=1)]
    async with works.read(SYSTEM):
        pass
    assert [row.times for row in await aside(works)] == [1], "a connection of the pool forgets"

"""Outbox, relay and the rebuild of the bus, over a real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from shared import outbox
from shared.bus import Record
from shared.cloudevents import decode, decode_body, encode_body
from shared.database import create_engine
from shared.events.event import Event
from shared.events.intake import ComplaintWithdrawn
from shared.faults import FaultPoints
from shared.health import Heart
from shared.rebuild import republish
from shared.retry import RetryPolicy
from shared.telemetry import Metrics
from shared.testing import MemoryBus
from shared.work import Works
from tests.builders import a_complaint, a_complaint_id, at
from tests.databases import Databases
from tests.integration.shared.tally import NotesTheTries, tally_works, works_on


@pytest.fixture
async def works(postgres: Databases) -> AsyncIterator[Works]:
    works = await tally_works(await postgres.bare("sla"))
    yield works
    await works.engine.dispose()


class Struck(Exception):
    """Stands where SIGKILL would: the block ends here and nothing after it happens."""


def strike() -> None:
    raise Struck


def a_relay(works: Works, bus: MemoryBus, fault: str | None = None) -> outbox.Relay:
    return outbox.Relay(
        works.engine, "sla", bus.producer(), FaultPoints(fault, strike), Metrics(),
        Heart("relay", 30), RetryPolicy(base=0.01, cap=0.05),
    )  # fmt: skip


@asynccontextmanager
async def relaying(works: Works, bus: MemoryBus) -> AsyncIterator[outbox.Relay]:
    relay, stop = a_relay(works, bus), asyncio.Event()
    works.on_recorded = relay.wake
    task = asyncio.create_task(relay.run(stop))
    yield relay
    stop.set()
    await asyncio.wait_for(task, 10)


async def record(works: Works, *events: Event, cause: UUID | None = None) -> None:
    async with works.open() as work:
        work.record(*events, cause=cause)


async def record_and_fail(works: Works) -> None:
    async with works.open() as work:
        work.record(a_complaint(), cause=None)
        raise Struck


async def until(bus: MemoryBus, count: int) -> list[Record]:
    async with asyncio.timeout(10):
        while len(bus.records) < count:
            await asyncio.sleep(0.01)
    return bus.records


async def unpublished(works: Works) -> int:
    query = text("SELECT count(*) FROM outbox WHERE published_at IS NULL")
    async with works.read() as connection:
        return int(await connection.scalar(query) or 0)


async def test_what_is_recorded_is_published_with_its_cause(works: Works) -> None:
    bus, cause = MemoryBus(), UUID(int=7)
    async with relaying(works, bus):
        await record(works, a_complaint(), cause=cause)
        [published] = await until(bus, 1)
    envelope = decode(published.message)
    assert (envelope.event, envelope.causation_id, envelope.source) == (a_complaint(), cause, "sla")
    assert await unpublished(works) == 0


async def test_what_is_published_belongs_to_the_trace_of_its_cause(works: Works) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    bus = MemoryBus()
    async with relaying(works, bus):
        async with works.open() as work:
            work.record(a_complaint(), cause=None, traceparent=trace)
        [published] = await until(bus, 1)
    assert decode(published.message).traceparent == trace


async def test_nothing_of_a_transaction_that_failed_is_published(works: Works) -> None:
    with pytest.raises(Struck):
        await record_and_fail(works)
    assert await unpublished(works) == 0


async def test_events_of_a_complaint_are_published_in_the_order_recorded(works: Works) -> None:
    bus = MemoryBus()
    for number in range(60):
        await record(works, a_complaint(number=number % 3 + 1, at=at(hours=number)))
    async with relaying(works, bus):
        records = await until(bus, 60)
    for key in {record.key for record in records}:
        times = [decode(r.message).event.at for r in records if r.key == key]
        assert times == sorted(times)


async def test_a_relay_that_dies_after_the_acknowledgement_publishes_again(works: Works) -> None:
    bus = MemoryBus()
    await record(works, a_complaint())
    with pytest.raises(Struck):
        await a_relay(works, bus, "relay.after_ack").run(asyncio.Event())
    assert await unpublished(works) == 1
    async with relaying(works, bus):
        records = await until(bus, 2)
    assert len({decode(record.message).id for record in records}) == 1


async def test_a_broker_that_was_away_gets_everything_when_it_is_back(works: Works) -> None:
    bus = MemoryBus()
    bus.away = True
    async with relaying(works, bus):
        await record(works, *(a_complaint(number=number) for number in range(1, 21)))
        await asyncio.sleep(0.1)
        bus.away = False
        await until(bus, 20)
    assert await unpublished(works) == 0


async def until_tries(noted: NotesTheTries, count: int) -> None:
    async with asyncio.timeout(10):
        while len(noted.tries) < count:
            await asyncio.sleep(0.01)


async def test_a_relay_counts_its_tries_anew_after_a_success(works: Works) -> None:
    bus, stop, noted = MemoryBus(), asyncio.Event(), NotesTheTries()
    relay = outbox.Relay(
        works.engine, "sla", bus.producer(), FaultPoints(), Metrics(), Heart("relay", 30), noted
    )
    works.on_recorded = relay.wake
    bus.away = True
    with capture_logs() as lines:
        task = asyncio.create_task(relay.run(stop))
        await record(works, a_complaint(number=1))
        await until_tries(noted, 3)
    assert noted.tries[:3] == [1, 2, 3]
    assert [(line["event"], line["error"], line["attempt"]) for line in lines[:2]] == [
        ("relay_waits", "the broker is away", 1),
        ("relay_waits", "the broker is away", 2),
    ]
    bus.away = False
    await until(bus, 1)
    tried = len(noted.tries)
    bus.away = True
    await record(works, a_complaint(number=2))
    await until_tries(noted, tried + 2)
    assert noted.tries[tried:][:2] == [1, 2]
    bus.away = False
    await until(bus, 2)
    stop.set()
    await asyncio.wait_for(task, 10)


async def test_a_relay_that_was_woken_rests_all_the_same_while_the_database_is_away() -> None:
    engine = create_engine("postgresql://nobody@127.0.0.1:1/none", "sla")
    metrics, stop = Metrics(), asyncio.Event()
    relay = outbox.Relay(
        engine, "sla", MemoryBus().producer(), FaultPoints(), metrics, Heart("relay", 30),
        RetryPolicy(base=0.1, cap=0.1),
    )  # fmt: skip
    relay.wake()
    task = asyncio.create_task(relay.run(stop))
    await asyncio.sleep(0.5)
    stop.set()
    await asyncio.wait_for(task, 10)
    assert 0 < (metrics.registry.get_sample_value("crm_retries_total", {"task": "relay"}) or 0) < 20


async def test_what_is_recorded_just_before_a_stop_is_published_by_it(works: Works) -> None:
    bus, stop = MemoryBus(), asyncio.Event()
    relay = a_relay(works, bus)
    task = asyncio.create_task(relay.run(stop))
    await record(works, a_complaint(number=1))
    await until(bus, 1)
    # Nobody wakes the relay for this one: without a last round it would lie until the next start.
    await record(works, a_complaint(number=2))
    stop.set()
    await asyncio.wait_for(task, 10)
    assert len(bus.records) == 2
    assert await unpublished(works) == 0


async def test_of_two_relays_one_is_at_work(works: Works) -> None:
    bus = MemoryBus()
    async with relaying(works, bus):
        await record(works, a_complaint())
        await until(bus, 1)
        async with relaying(works, bus):
            await record(works, *(a_complaint(number=n) for n in range(2, 30)))
            await until(bus, 29)
            await asyncio.sleep(0.6)
    assert len(bus.records) == 29


async def test_rows_that_commit_out_of_order_are_not_lost(works: Works) -> None:
    bus = MemoryBus()
    async with relaying(works, bus):
        async with works.open() as slow:
            slow.record(a_complaint(number=1), cause=None)
            await outbox.write(slow.connection, slow.recorded)
            await record(works, a_complaint(number=2))
            await until(bus, 1)
        # The slow one has the lower number and commits after the other was published.
        await until(bus, 2)
    assert await unpublished(works) == 0


async def test_the_bus_rebuilt_from_two_outboxes_keeps_cause_before_effect(
    postgres: Databases, works: Works
) -> None:
    other = await works_on(await postgres.bare("notify"), "notify")
    event = a_complaint()
    await record(other, event)
    async with other.read() as connection:
        cause = await connection.scalar(text("SELECT event_id FROM outbox"))
    # The effect's clock is a day behind: the order must not believe it.
    effect = ComplaintWithdrawn(
        complaint_id=event.complaint_id, at=event.at - timedelta(days=1), source="citizen"
    )
    await record(works, effect, cause=cause)
    urls = {
        "sla": works.engine.url.render_as_string(hide_password=False),
        "notify": other.engine.url.render_as_string(hide_password=False),
    }
    bus = MemoryBus()
    done = await republish(urls, bus.producer(), lambda _: None)
    assert done == 2
    kinds = [type(decode(record.message).event).__name__ for record in bus.records]
    assert kinds == ["ComplaintReceived", "ComplaintWithdrawn"]
    await other.engine.dispose()


def test_an_event_survives_the_wire() -> None:
    event = a_complaint(quoted_reports=("JK2305290094",))
    assert decode_body(type(event), encode_body(event)) == event
    assert outbox.shard_of(a_complaint_id()) in range(outbox.SHARDS)

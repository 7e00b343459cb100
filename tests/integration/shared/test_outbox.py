"""Outbox, relay and the rebuild of the bus, over a real database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from shared import outbox
from shared.bus import Record
from shared.clock import DatabaseClock, boottime, system_clock
from shared.cloudevents import BusMessage, decode, decode_body, encode_body
from shared.database import create_engine
from shared.events.event import Event
from shared.events.intake import ComplaintWithdrawn
from shared.faults import FaultPoints
from shared.health import Heart
from shared.ids import new_id
from shared.rebuild import republish
from shared.retry import RetryPolicy
from shared.shard_lease import SHARDS, ShardLease
from shared.telemetry import Metrics
from shared.testing import MemoryBus, MemoryProducer
from shared.trace_context import Act, acting, trace_id
from shared.visibility import SYSTEM
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


def a_lease(
    engine: AsyncEngine, seconds: float = 6.0, ticks: Callable[[], float] = boottime
) -> ShardLease:
    return ShardLease(
        engine, "sla", new_id(), Metrics(), seconds, DatabaseClock(ticks), Heart("database", 10)
    )


def a_relay(
    works: Works, bus: MemoryBus, fault: str | None = None, lease: ShardLease | None = None
) -> outbox.Relay:
    return outbox.Relay(
        works.engine, "sla", bus.producer(), lease or a_lease(works.engine),
        FaultPoints(fault, strike), Metrics(), Heart("relay", 30), RetryPolicy(base=0.01, cap=0.05),
    )  # fmt: skip


@asynccontextmanager
async def relaying(
    works: Works, bus: MemoryBus, lease: ShardLease | None = None
) -> AsyncIterator[outbox.Relay]:
    relay, stop = a_relay(works, bus, lease=lease), asyncio.Event()
    works.on_recorded = relay.wake
    task = asyncio.create_task(relay.run(stop))
    yield relay
    stop.set()
    await asyncio.wait_for(task, 10)


async def record(works: Works, *events: Event, cause: UUID | None = None) -> None:
    async with works.open(SYSTEM) as work:
        work.record(*events, cause=cause)


async def record_and_fail(works: Works) -> None:
    async with works.open(SYSTEM) as work:
        work.record(a_complaint(), cause=None)
        raise Struck


async def until(bus: MemoryBus, count: int) -> list[Record]:
    async with asyncio.timeout(10):
        while len(bus.records) < count:
            await asyncio.sleep(0.01)
    return bus.records


async def unpublished(works: Works) -> int:
    query = text("SELECT count(*) FROM outbox WHERE published_at IS NULL")
    async with works.read(SYSTEM) as connection:
        return int(await connection.scalar(query) or 0)


async def test_what_is_recorded_is_published_with_its_cause(works: Works) -> None:
    bus, cause = MemoryBus(), UUID(int=7)
    async with relaying(works, bus):
        await record(works, a_complaint(), cause=cause)
        [published] = await until(bus, 1)
    envelope = decode(published.message)
    assert (envelope.event, envelope.causation_id, envelope.source) == (a_complaint(), cause, "sla")
    assert await unpublished(works) == 0


@pytest.mark.parametrize("flags", ["00", "01"])
async def test_what_is_published_belongs_to_the_trace_of_its_cause(
    works: Works, flags: str
) -> None:
    trace = f"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}"
    bus = MemoryBus()
    async with relaying(works, bus):
        async with works.open(SYSTEM) as work:
            work.record(a_complaint(), cause=None, traceparent=trace)
        [published] = await until(bus, 1)
    envelope = decode(published.message)
    span = envelope.id.hex[16:]
    assert envelope.traceparent == f"00-0af7651916cd43dd8448eb211c80319c-{span}-{flags}"


async def test_without_a_trace_the_events_of_each_complaint_begin_one(works: Works) -> None:
    async with works.open(SYSTEM) as work:
        work.record(a_complaint(), a_complaint(number=2), cause=None)
        work.record(a_complaint(), cause=None)
    first, other, second = (trace_id(each.traceparent) for each in work.recorded)
    assert first == second == work.recorded[0].id.hex
    assert other == work.recorded[1].id.hex


async def test_what_is_done_at_a_door_belongs_to_the_act(works: Works) -> None:
    act = Act(UUID("0192f000-0000-7000-8000-00000000000a"))
    with acting(act):
        async with works.open(SYSTEM) as work:
            work.record(a_complaint(), a_complaint(number=2), cause=None)
    assert {trace_id(each.traceparent) for each in work.recorded} == {act.trace.hex}


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
    struck = a_relay(works, bus, "relay.after_ack", a_lease(works.engine, seconds=0.3))
    with pytest.raises(Struck):
        await struck.run(asyncio.Event())
    assert await unpublished(works) == 1
    async with relaying(works, bus, a_lease(works.engine, seconds=0.3)):
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
        works.engine, "sla", bus.producer(), a_lease(works.engine), FaultPoints(), Metrics(),
        Heart("relay", 30), noted,
    )  # fmt: skip
    works.on_recorded = relay.wake
    bus.away = True
    with capture_logs() as lines:
        task = asyncio.create_task(relay.run(stop))
        await record(works, a_complaint(number=1))
        await until_tries(noted, 3)
    assert noted.tries[:3] == [1, 2, 3]
    waited = [line for line in lines if line["event"] == "relay_waits"]
    assert [(line["error"], line["attempt"]) for line in waited[:2]] == [
        ("the broker is away", 1),
        ("the broker is away", 2),
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
        engine, "sla", MemoryBus().producer(),
        ShardLease(engine, "sla", new_id(), metrics, 0.3, DatabaseClock(), Heart("database", 10)),
        FaultPoints(), metrics, Heart("relay", 30), RetryPolicy(base=0.1, cap=0.1),
    )  # fmt: skip
    relay.wake()
    task = asyncio.create_task(relay.run(stop))
    await asyncio.sleep(0.5)
    stop.set()
    await asyncio.wait_for(task, 10)
    assert 0 < (metrics.registry.get_sample_value("crm_retries_total", {"task": "lease"}) or 0) < 20


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


# --- who publishes: leases that run out ---------------------------------------------------

ALL = tuple(range(SHARDS))


async def test_a_relay_that_renews_no_more_is_replaced_when_its_lease_has_run_out(
    works: Works,
) -> None:
    bus, stopped = MemoryBus(), a_lease(works.engine, seconds=0.8)
    await stopped.renew()
    began = boottime()
    async with relaying(works, bus, a_lease(works.engine, seconds=0.3)):
        await record(works, a_complaint())
        await until(bus, 1)
    assert 0.7 < boottime() - began < 5
    assert stopped.held == ()


async def test_who_was_stopped_longer_than_the_lease_lasts_knows_that_it_holds_nothing(
    works: Works,
) -> None:
    now = 100.0
    lease = a_lease(works.engine, ticks=lambda: now)
    await lease.renew()
    now = 105.9
    assert lease.held == ALL
    now = 106.0
    assert lease.held == ()


async def test_whose_broker_acknowledges_nothing_for_ten_seconds_stands_back(works: Works) -> None:
    now = 0.0
    unheard, other = a_lease(works.engine, ticks=lambda: now), a_lease(works.engine)
    await unheard.renew()
    unheard.sending()
    now = 10.0
    await unheard.renew()
    await other.renew()
    assert (unheard.held, other.held) == (ALL, ())
    now = 10.5
    await unheard.renew()
    await other.renew()
    assert (unheard.held, other.held) == ((), ALL)
    await other.give_up()
    await unheard.renew()
    assert unheard.held == (), "a replica that is well comes first"
    now = 23.0
    await unheard.renew()
    assert unheard.held == ALL


async def test_who_stands_back_and_is_alone_takes_its_shards_again(works: Works) -> None:
    now = 0.0
    lease = a_lease(works.engine, ticks=lambda: now)
    await lease.renew()
    lease.sending()
    now = 11.0
    await lease.renew()
    async with works.open(SYSTEM) as work:
        free = text("UPDATE relay_shards SET until = now() - interval '5 s'")
        await work.connection.execute(free)
    await lease.renew()
    assert lease.held == ALL


async def test_an_acknowledgement_ends_the_count(works: Works) -> None:
    now = 0.0
    lease = a_lease(works.engine, ticks=lambda: now)
    for _ in range(9):
        lease.sending()
        now += 3.0
        lease.acknowledged()
        await lease.renew()
    assert lease.held == ALL


async def test_each_renewal_says_what_time_it_is(works: Works) -> None:
    metrics = Metrics()
    clock = DatabaseClock(until_told=lambda: at(days=-999))
    lease = ShardLease(works.engine, "sla", new_id(), metrics, 6.0, clock, Heart("database", 10))
    await lease.renew()
    assert abs(clock() - system_clock()) < timedelta(seconds=5)
    assert metrics.registry.get_sample_value("crm_relay_shards_held") == SHARDS


class SlowToStop(MemoryProducer):
    async def stop(self) -> None:
        await asyncio.sleep(0.3)


class LeavesSlowly(MemoryBus):
    def producer(self) -> MemoryProducer:
        return SlowToStop(self)


async def test_a_relay_that_ends_leaves_its_shards_at_once(works: Works) -> None:
    bus, next_one = LeavesSlowly(), a_lease(works.engine)
    async with relaying(works, bus, a_lease(works.engine, seconds=0.3)):
        await record(works, a_complaint())
        await until(bus, 1)
    await next_one.renew()
    assert next_one.held == ALL


class Meeting(MemoryBus):
    """Takes the first batch of two producers when both have come with one, message by message."""

    def __init__(self) -> None:
        super().__init__()
        self.both_have_come = asyncio.Barrier(2)

    def producer(self) -> MemoryProducer:
        return OneOfTwo(self)


class OneOfTwo(MemoryProducer):
    def __init__(self, bus: Meeting) -> None:
        super().__init__(bus)
        self._meeting: asyncio.Barrier | None = bus.both_have_come

    async def send(self, messages: Sequence[BusMessage]) -> None:
        if self._meeting is not None:
            await self._meeting.wait()
            self._meeting = None
        for message in messages:
            await super().send([message])


class Deluded(ShardLease):
    """Holds everything, whatever the table says."""

    @property
    def held(self) -> Sequence[int]:
        return ALL


async def test_two_relays_that_both_think_they_hold_a_shard_change_no_order_and_lose_nothing(
    works: Works,
) -> None:
    bus, count = Meeting(), 1200
    await record(
        works, *(a_complaint(number=number % 3 + 1, at=at(hours=number)) for number in range(count))
    )
    deluded = Deluded(
        works.engine, "sla", new_id(), Metrics(), 6.0, DatabaseClock(), Heart("database", 10)
    )
    rightful = a_lease(works.engine)
    await rightful.renew()
    async with relaying(works, bus, deluded), relaying(works, bus, rightful), asyncio.timeout(10):
        while await unpublished(works):
            await asyncio.sleep(0.01)
    assert len(bus.records) > count, "both have published"
    assert len({decode(record.message).id for record in bus.records}) == count
    for key in {record.key for record in bus.records}:
        seen = dict.fromkeys(decode(r.message).event.at for r in bus.records if r.key == key)
        assert list(seen) == sorted(seen), "each event's first appearance is in order"


async def test_rows_that_commit_out_of_order_are_not_lost(works: Works) -> None:
    bus = MemoryBus()
    async with relaying(works, bus):
        async with works.open(SYSTEM) as slow:
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
    async with other.read(SYSTEM) as connection:
        cause = await connection.scalar(text("SELECT event_id FROM outbox"))
    # The effect's clock is a day behind: the order must not believe it.
    effect = ComplaintWithdrawn(
        complaint_id=event.complaint_id, at=event.at - timedelta(days=1), source="citizen"
    )
    await record(works, effect, cause=cause)
    urls = {
        "sla": works.engine.url.set(drivername="postgresql").render_as_string(False),
        "notify": other.engine.url.set(drivername="postgresql").render_as_string(False),
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
    assert outbox.shard_of(a_complaint_id()) in range(SHARDS)

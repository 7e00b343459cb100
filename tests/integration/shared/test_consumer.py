"""The consume loop over a real database: order, once, three fates, parking and replay."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from shared import parked
from shared.bus import Record
from shared.clock import system_clock
from shared.cloudevents import BusMessage, encode
from shared.consumer import BUGS_IN_A_ROW, Consumer
from shared.errors import Conflict, NotFound, Reject, StopTheLine, Transient
from shared.events.event import Envelope
from shared.events.intake import ComplaintReceived, ComplaintWithdrawn
from shared.faults import FaultPoints
from shared.health import Heart
from shared.ids import new_id
from shared.quarantine import replay
from shared.retry import RetryPolicy
from shared.telemetry import Metrics
from shared.testing import MemoryBus, MemorySubscription
from shared.visibility import SYSTEM, Sight
from shared.work import Work, Works
from tests.builders import a_complaint, a_complaint_id, at, in_envelope
from tests.databases import Databases
from tests.integration.shared.tally import BAD, NotesTheTries, TallyHandler, tallies, tally_works

RECEIVED = b"id.go.jakarta.crm.ComplaintReceived"


class ForgetsThePause(MemorySubscription):
    """A member after a rebalance: records come although it had paused."""

    def pause(self) -> None:
        return


class CountsItsPauses(MemorySubscription):
    def __init__(self, bus: MemoryBus, group: str) -> None:
        super().__init__(bus, group)
        self.pauses = 0

    def pause(self) -> None:
        self.pauses += 1
        super().pause()


class AwayFor(Works):
    """A database that is away for the next ``times`` transactions."""

    times = 0

    @asynccontextmanager
    async def open(self, sight: Sight) -> AsyncIterator[Work]:
        if self.times:
            self.times -= 1
            raise Transient("the database is away")
        async with super().open(sight) as work:
            yield work


class StandsOutside(MemorySubscription):
    """A member that the group has not let in yet: its fetches are empty."""

    @property
    def joined(self) -> bool:
        return False

    async def fetch(self, limit: int, seconds: float) -> Sequence[Record]:
        await asyncio.sleep(0.01)
        return ()


class NeedsAnotherService(TallyHandler):
    """Asks another service for each event, and is refused those of ``unknown``."""

    def __init__(self) -> None:
        super().__init__()
        self.unknown: set[UUID] = set()

    async def prepare(self, envelopes: Sequence[Envelope]) -> Any:
        if self.unknown & {envelope.id for envelope in envelopes}:
            raise Reject("unknown_facts", "nobody knows this complaint any more")
        return await super().prepare(envelopes)


class ParksDuringPreparation(TallyHandler):
    """While its replay is being prepared the consumer sets another event behind the first."""

    def __init__(self, bench: "Bench", later: Envelope) -> None:
        super().__init__()
        self._bench = bench
        self._later = later

    async def prepare(self, envelopes: Sequence[Envelope]) -> Any:
        await self._bench.publish(self._later)
        async with self._bench.consuming():
            async with asyncio.timeout(10):
                while len(await self._bench.parked()) < 2:
                    await asyncio.sleep(0.02)


@dataclass
class Bench:
    """A tally service on a memory bus."""

    works: Works
    handler: TallyHandler
    bus: MemoryBus

    def consumer(
        self,
        subscription: MemorySubscription | None = None,
        heart: Heart | None = None,
        batch_size: int = 500,
        retry: RetryPolicy | None = None,
        metrics: Metrics | None = None,
    ) -> Consumer:
        return Consumer(
            self.handler,
            subscription or self.bus.subscription("crm.tally"),
            self.works,
            FaultPoints(),
            metrics or Metrics(),
            heart or Heart("consumer", 30),
            batch_size,
            retry or RetryPolicy(base=0.01, cap=0.05),
        )

    async def publish(self, *envelopes: Envelope) -> None:
        await self.bus.producer().send([encode(envelope) for envelope in envelopes])

    async def publish_while_away(self, *envelopes: Envelope) -> None:
        """The broker has them, and this member cannot reach it."""
        for envelope in envelopes:
            self.bus.append(encode(envelope))

    @asynccontextmanager
    async def consuming(self, consumer: Consumer | None = None) -> AsyncIterator[None]:
        stop = asyncio.Event()
        task = asyncio.create_task((consumer or self.consumer()).run(stop))
        yield
        stop.set()
        self.bus.wake()
        await asyncio.wait_for(task, 10)

    async def seen(self) -> dict[UUID, list[str]]:
        async with self.works.read(SYSTEM) as connection:
            return await tallies(connection)

    async def until(self, complaints: int, events: int = 1) -> dict[UUID, list[str]]:
        """Wait until so many complaints have so many events."""
        async with asyncio.timeout(15):
            while True:
                seen = await self.seen()
                if sum(len(names) >= events for names in seen.values()) >= complaints:
                    return seen
                await asyncio.sleep(0.02)

    async def until_parked(self, count: int = 1) -> None:
        async with asyncio.timeout(10):
            while len(await self.parked()) < count:
                await asyncio.sleep(0.02)

    async def count(self, table: str) -> int:
        async with self.works.read(SYSTEM) as connection:
            return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)

    async def parked(self) -> list[parked.Parked]:
        async with self.works.read(SYSTEM) as connection:
            return await parked.waiting(connection)


@pytest.fixture
async def bench(postgres: Databases) -> AsyncIterator[Bench]:
    works = await tally_works(await postgres.bare("sla"))
    yield Bench(works, TallyHandler(), MemoryBus())
    await works.engine.dispose()


async def until_well(heart: Heart) -> None:
    async with asyncio.timeout(10):
        while heart.status != "ok":
            await asyncio.sleep(0.01)


def received(number: int) -> Envelope:
    return in_envelope(a_complaint(number=number), number)


def withdrawn(number: int, event_number: int) -> Envelope:
    event = ComplaintWithdrawn(complaint_id=a_complaint_id(number), at=at(1), source="citizen")
    return in_envelope(event, event_number)


def unreadable(envelope: Envelope) -> BusMessage:
    message = encode(envelope)
    return BusMessage(message.key, message.headers, b"{")


async def test_every_event_delivered_twice_is_applied_once(bench: Bench) -> None:
    events = [received(number) for number in range(1, 31)]
    await bench.publish(*events, *events)
    async with bench.consuming():
        await bench.until(30)
    await bench.publish(*events)
    async with bench.consuming():
        await bench.publish(received(31))
        seen = await bench.until(31)
    assert all(names == ["ComplaintReceived"] for names in seen.values())
    assert await bench.count("outbox") == 31


async def test_a_batch_is_one_transaction_and_keeps_the_order_of_a_complaint(
    bench: Bench,
) -> None:
    await bench.publish(*(received(n) for n in range(1, 51)), withdrawn(1, 100))
    async with bench.consuming():
        seen = await bench.until(50)
    assert seen[a_complaint_id(1)] == ["ComplaintReceived", "ComplaintWithdrawn"]
    assert sum(bench.handler.batches) == 51
    assert max(bench.handler.batches) > 1


async def test_one_line_of_the_log_names_what_was_applied_by_complaint(bench: Bench) -> None:
    first, second = received(1), received(2)
    for each in (first, second, first):
        bench.bus.append(encode(each))
    with capture_logs() as lines:
        async with bench.consuming():
            await bench.until(2)
    [line] = [line for line in lines if line["event"] == "applied"]
    assert line["applied"] == {
        str(each.complaint_id): [str(each.id)[-12:]] for each in (first, second)
    }


async def test_a_poison_event_is_parked_while_its_neighbours_pass(bench: Bench) -> None:
    bench.handler.poison[received(7).id] = BAD
    await bench.publish(*(received(number) for number in range(1, 11)))
    async with bench.consuming():
        seen = await bench.until(9)
    assert a_complaint_id(7) not in seen
    [event] = await bench.parked()
    assert (event.cause, event.complaint_id) == ("broken_invariant", a_complaint_id(7))


async def test_later_events_of_a_parked_complaint_wait_behind_it_and_replay_in_order(
    bench: Bench,
) -> None:
    bench.handler.poison[received(1).id] = BAD
    await bench.publish(received(1), received(2))
    async with bench.consuming():
        await bench.until(1)
        await bench.publish(withdrawn(1, 50), received(3))
        await bench.until(2)
    first, held = await bench.parked()
    assert held.cause == parked.HELD
    with pytest.raises(Reject):
        await replay(bench.works, bench.handler, first.id)
    bench.handler.poison.clear()
    assert await replay(bench.works, bench.handler, first.id) == 2
    assert bench.handler.prepared[-1] == 2, "what was fetched for the two events"
    assert (await bench.seen())[a_complaint_id(1)] == ["ComplaintReceived", "ComplaintWithdrawn"]
    assert await bench.parked() == []
    with pytest.raises(NotFound):
        await replay(bench.works, bench.handler, first.id)


async def test_a_parked_event_that_comes_again_is_neither_parked_twice_nor_applied(
    bench: Bench,
) -> None:
    bench.handler.poison[received(1).id] = BAD
    await bench.publish(received(1), received(1), received(2))
    async with bench.consuming():
        await bench.until(1)
    bench.handler.poison.clear()
    assert len(await bench.parked()) == 1
    await bench.publish(received(1), received(3))
    async with bench.consuming():
        seen = await bench.until(2)
    assert a_complaint_id(1) not in seen


async def test_an_event_that_was_applied_is_not_held_behind_a_later_one_that_is_parked(
    bench: Bench,
) -> None:
    """It comes again after a crash before the offsets were committed, and after each rebuild."""
    bench.handler.poison[withdrawn(1, 100).id] = BAD
    await bench.publish(received(1), withdrawn(1, 100))
    async with bench.consuming():
        await bench.until_parked()
        await bench.publish(received(1), withdrawn(1, 101), received(2))
        await bench.until(2)
    found = {event.event_id: event.cause for event in await bench.parked()}
    assert found == {
        withdrawn(1, 100).id: "broken_invariant",
        withdrawn(1, 101).id: parked.HELD,
    }
    bench.handler.poison.clear()
    [first, _] = await bench.parked()
    assert await replay(bench.works, bench.handler, first.id) == 2
    assert len((await bench.seen())[a_complaint_id(1)]) == 3


@pytest.mark.parametrize("how", ["its copy is damaged", "its copy is of a newer version", "asking"])
async def test_an_event_that_was_applied_is_never_parked_whatever_is_wrong_with_it_now(
    bench: Bench, how: str
) -> None:
    bench.handler, metrics = NeedsAnotherService(), Metrics()
    await bench.publish(received(1))
    async with bench.consuming(bench.consumer(metrics=metrics)):
        await bench.until(1)
        bench.handler.unknown = {received(1).id}
        copy = encode(received(1))
        headers = [(n, v + b"0" if n == "ce_type" else v) for n, v in copy.headers]
        again = {
            "its copy is damaged": unreadable(received(1)),
            "its copy is of a newer version": BusMessage(copy.key, headers, copy.value),
            "asking": copy,
        }[how]
        await bench.bus.producer().send([again, encode(withdrawn(1, 100)), encode(received(2))])
        await bench.until(2)
        seen = await bench.until(1, events=2)
    assert await bench.parked() == []
    assert seen[a_complaint_id(1)] == ["ComplaintReceived", "ComplaintWithdrawn"]
    assert metrics.registry.get_sample_value("crm_events_repeated_total") == 1


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (
            BusMessage(b"k", [("ce_type", b"id.go.jakarta.crm.ComplaintReceived.v1")], b"{"),
            "bad_body",
        ),
        (
            BusMessage(b"k", [("ce_type", b"id.go.jakarta.crm.ComplaintReceived.v9")], b"{}"),
            "unknown_version",
        ),
        (BusMessage(b"k", [], b"{}"), "bad_header"),
        (BusMessage(b"k", [("ce_type", b"\xff")], b"{}"), "bad_header"),
    ],
)
async def test_what_cannot_be_read_is_parked_with_its_cause(
    bench: Bench, message: BusMessage, cause: str
) -> None:
    await bench.bus.producer().send([message])
    await bench.publish(received(1))
    async with bench.consuming():
        await bench.until(1)
        await bench.until_parked()
    assert [event.cause for event in await bench.parked()] == [cause]


async def test_what_the_client_could_not_read_is_parked_by_its_place_and_passed(
    bench: Bench,
) -> None:
    bench.bus = MemoryBus(partitions=1)
    await bench.publish(received(1))
    batch = BusMessage(b"", (), b"the bytes of a batch")
    place = bench.bus.append(batch, "the checksum of its batch is wrong", last=5)
    await bench.publish(received(2))
    async with bench.consuming():
        await bench.until(2)
    [event] = await bench.parked()
    assert (event.cause, event.partition, event.offset) == (parked.UNREADABLE, place.number, 1)
    assert event.detail == "the checksum of its batch is wrong; offsets 1 to 5"
    async with bench.works.read(SYSTEM) as connection:
        [message] = (await parked.peek(connection, event.id)).values()
    assert message.value == b"the bytes of a batch"
    async with bench.consuming():
        await bench.publish(received(3))
        await bench.until(3)
    assert len(await bench.parked()) == 1, "it is passed, and does not come again"


async def test_an_event_with_a_header_that_could_not_be_read_is_applied_by_a_replay(
    bench: Bench,
) -> None:
    message = encode(received(1))
    odd = BusMessage(message.key, [*message.headers, ("\\xff", b"1")], message.value)
    bench.bus.append(odd, "the name of a header is not UTF-8")
    await bench.publish(withdrawn(1, 100), received(2))
    async with bench.consuming():
        await bench.until(1)
        await bench.until_parked(2)
    first, held = await bench.parked()
    assert (first.cause, held.cause) == (parked.UNREADABLE, parked.HELD)
    assert dict(first.message.headers)["ce_type"] == RECEIVED + b".v1"
    assert await replay(bench.works, bench.handler, first.id) == 2
    assert (await bench.seen())[a_complaint_id(1)] == ["ComplaintReceived", "ComplaintWithdrawn"]


async def test_a_partition_that_stands_still_is_named_and_the_others_go_on(bench: Bench) -> None:
    heart, metrics = Heart("consumer", 30), Metrics()
    bench.bus = MemoryBus(partitions=2)
    messages = {n: received(n) for n in range(1, 9)}
    places = {n: bench.bus.append(encode(each)).number for n, each in messages.items()}
    there = sum(number == 0 for number in places.values())
    assert 0 < there < len(places)
    bench.bus.faults[0] = "KafkaStorageError"
    labels = {"partition": "0", "cause": "KafkaStorageError"}
    with capture_logs() as lines:
        async with bench.consuming(bench.consumer(heart=heart, metrics=metrics)):
            await bench.until(len(places) - there)
            assert heart.status == "standing still: partition 0: KafkaStorageError"
            assert metrics.registry.get_sample_value("crm_partitions_standing", labels) == 1
            del bench.bus.faults[0]
            await bench.until(len(places))
            await until_well(heart)
    assert metrics.registry.get_sample_value("crm_partitions_standing", labels) is None
    named = [line["event"] for line in lines if line.get("cause") == "KafkaStorageError"]
    assert named == ["partition_stands_still", "partition_goes_on"]


async def test_types_that_are_not_heard_are_skipped_unread(bench: Bench) -> None:
    headers = [("ce_type", b"id.go.jakarta.crm.CaseRouted.v1")]
    other = [("ce_type", b"id.go.jakarta.crm.SomethingNewer.v1")]
    await bench.bus.producer().send(
        [BusMessage(b"k", headers, b"{"), BusMessage(b"k", other, b"{")]
    )
    bench.bus.append(BusMessage(b"k", headers, b"{"), "the name of a header is not UTF-8")
    await bench.publish(received(1))
    async with bench.consuming():
        await bench.until(1)
    assert await bench.parked() == []


async def test_a_hiccup_is_tried_again_and_applied_once(bench: Bench) -> None:
    bench.handler.hiccups = 5
    await bench.publish(*(received(number) for number in range(1, 6)))
    async with bench.consuming():
        seen = await bench.until(5)
    assert all(names == ["ComplaintReceived"] for names in seen.values())
    assert await bench.parked() == []


async def test_a_bug_is_parked_by_its_type_without_its_message(bench: Bench) -> None:
    bench.handler.poison[received(1).id] = ValueError("Pelapor Contoh, +6281100000001")
    await bench.publish(received(1), received(2))
    async with bench.consuming():
        await bench.until_parked()
    [event] = await bench.parked()
    assert (event.cause, event.detail) == ("bug", "builtins.ValueError")


async def test_too_many_bugs_in_a_row_stop_the_line(bench: Bench) -> None:
    numbers = range(1, BUGS_IN_A_ROW + 5)
    bench.handler.poison.update({received(n).id: KeyError(n) for n in numbers})
    await bench.publish(*(received(number) for number in numbers))
    with pytest.raises(StopTheLine):
        await asyncio.wait_for(bench.consumer().run(asyncio.Event()), 30)


async def test_a_reject_between_bugs_is_no_success_and_the_line_stops_all_the_same(
    bench: Bench,
) -> None:
    numbers = range(1, BUGS_IN_A_ROW + 2)
    bench.handler.poison.update({received(n).id: KeyError(n) for n in numbers})
    bench.handler.poison[received(5).id] = BAD
    bench.bus = MemoryBus(partitions=1)
    await bench.publish(*(received(number) for number in numbers))
    with pytest.raises(StopTheLine):
        await asyncio.wait_for(bench.consumer().run(asyncio.Event()), 30)


async def test_a_success_between_bugs_lets_the_line_go_on(bench: Bench) -> None:
    numbers = range(1, BUGS_IN_A_ROW + 2)
    bench.handler.poison.update({received(n).id: KeyError(n) for n in numbers if n != 5})
    bench.bus = MemoryBus(partitions=1)
    await bench.publish(*(received(number) for number in numbers))
    async with bench.consuming():
        async with asyncio.timeout(30):
            while len(await bench.parked()) < BUGS_IN_A_ROW:
                await asyncio.sleep(0.05)
    assert list(await bench.seen()) == [a_complaint_id(5)]


async def test_a_stop_in_the_middle_of_a_retry_parks_nothing_that_comes_after_it(
    bench: Bench,
) -> None:
    """Parked then, it would hold its complaint's first event behind itself after the restart."""
    bench.handler.hiccups = 1_000_000
    await bench.bus.producer().send([encode(received(1)), unreadable(withdrawn(1, 100))])
    async with bench.consuming():
        async with asyncio.timeout(10):
            while not bench.handler.batches:
                await asyncio.sleep(0.01)
    assert await bench.parked() == []
    bench.handler.hiccups = 0
    async with bench.consuming():
        await bench.until_parked()
    assert await bench.seen() == {a_complaint_id(1): ["ComplaintReceived"]}
    assert [event.cause for event in await bench.parked()] == ["bad_body"]


async def test_records_that_come_during_a_pause_are_applied(bench: Bench) -> None:
    bench.handler.hiccups = 3
    await bench.publish(received(1))
    member = ForgetsThePause(bench.bus, "crm.tally")
    async with bench.consuming(bench.consumer(member)):
        async with asyncio.timeout(10):
            while not bench.handler.batches:
                await asyncio.sleep(0.01)
        await bench.publish(received(2), received(3))
        await bench.until(3)


async def test_records_that_came_during_a_pause_come_before_later_ones(bench: Bench) -> None:
    bench.bus = MemoryBus(partitions=1)
    bench.bus.away = True
    later = [withdrawn(1, number) for number in range(101, 108)]
    await bench.publish_while_away(received(1), *later)
    member = ForgetsThePause(bench.bus, "crm.tally")
    # The broker comes back in the middle of a pause that is long enough for a second poll.
    patient = RetryPolicy(base=2.0, cap=2.0)
    async with bench.consuming(bench.consumer(member, batch_size=1, retry=patient)):
        await asyncio.sleep(0.2)
        bench.bus.away = False
        seen = await bench.until(1, events=1 + len(later))
    assert seen[a_complaint_id(1)][0] == "ComplaintReceived"


async def test_a_member_that_the_group_has_not_let_in_does_not_beat(bench: Bench) -> None:
    heart = Heart("consumer", 30)
    bench.bus.away = True
    async with bench.consuming(bench.consumer(heart=heart)):
        await asyncio.sleep(0.1)
        assert heart.status != "ok"
        bench.bus.away = False
        await until_well(heart)


async def test_a_member_that_fetches_before_it_is_let_in_does_not_beat(bench: Bench) -> None:
    heart = Heart("consumer", 30)
    async with bench.consuming(bench.consumer(StandsOutside(bench.bus, "crm.tally"), heart)):
        await asyncio.sleep(0.2)
        assert heart.status == "starting"


async def test_a_replay_refuses_when_another_event_was_parked_meanwhile(bench: Bench) -> None:
    bench.handler.poison[received(1).id] = BAD
    await bench.publish(received(1))
    async with bench.consuming():
        await bench.until_parked()
    [first] = await bench.parked()
    bench.handler.poison.clear()
    meanwhile = ParksDuringPreparation(bench, withdrawn(1, 50))
    with pytest.raises(Conflict, match="Replay again"):
        await replay(bench.works, meanwhile, first.id)
    assert await bench.seen() == {}
    assert len(await bench.parked()) == 2
    assert await replay(bench.works, bench.handler, first.id) == 2
    assert (await bench.seen())[a_complaint_id(1)] == ["ComplaintReceived", "ComplaintWithdrawn"]


async def test_what_was_being_retried_at_a_stop_is_not_committed(bench: Bench) -> None:
    bench.handler.hiccups = 1_000_000
    await bench.publish(received(1))
    async with bench.consuming():
        async with asyncio.timeout(10):
            while not bench.handler.batches:
                await asyncio.sleep(0.01)
    bench.handler.hiccups = 0
    async with bench.consuming():
        seen = await bench.until(1)
    assert seen == {a_complaint_id(1): [ComplaintReceived.__name__]}


async def test_two_members_of_a_group_apply_each_event_once(bench: Bench) -> None:
    await bench.publish(*(received(number) for number in range(1, 101)))
    async with bench.consuming(), bench.consuming():
        seen = await bench.until(100)
    assert all(names == ["ComplaintReceived"] for names in seen.values())


async def test_a_bus_that_was_away_is_consumed_when_it_is_back(bench: Bench) -> None:
    bench.bus.away = True
    async with bench.consuming():
        await asyncio.sleep(0.1)
        bench.bus.away = False
        await bench.publish(received(1))
        await bench.until(1)


async def test_an_event_before_one_that_cannot_be_read_is_not_held_behind_it(bench: Bench) -> None:
    await bench.bus.producer().send(
        [encode(received(1)), unreadable(withdrawn(1, 100)), encode(withdrawn(1, 101))]
    )
    async with bench.consuming():
        await bench.until_parked()
        await bench.publish(received(2))
        seen = await bench.until(2)
    assert seen[a_complaint_id(1)] == ["ComplaintReceived"]
    assert [event.cause for event in await bench.parked()] == ["bad_body", "held"]


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(("ce_type", None), id="no value"),
        pytest.param(("no\x00te", b"1"), id="a NUL in a header's name"),
    ],
)
async def test_a_foreign_message_with_odd_headers_is_parked_and_stops_nobody(
    bench: Bench, header: tuple[str, bytes]
) -> None:
    await bench.bus.producer().send([BusMessage(b"foreign", [header], b"{}")])
    async with bench.consuming():
        await bench.until_parked()
        await bench.publish(received(1))
        await bench.until(1)
    assert [event.cause for event in await bench.parked()] == ["bad_header"]


async def test_an_unreadable_event_at_an_offset_of_the_bus_before_its_rebuild_is_parked_too(
    bench: Bench,
) -> None:
    bench.bus = MemoryBus(partitions=1)
    await bench.bus.producer().send([unreadable(received(1))])
    async with bench.consuming():
        await bench.until_parked()
    bench.bus = MemoryBus(partitions=1)
    await bench.bus.producer().send([unreadable(received(2)), encode(received(3))])
    async with bench.consuming():
        await bench.until(1)
    assert len(await bench.parked()) == 2


async def test_a_delivery_that_was_applied_before_counts_as_repeated_and_the_others_do_not(
    bench: Bench,
) -> None:
    metrics = Metrics()
    await bench.publish(received(1), received(2))
    async with bench.consuming(bench.consumer(metrics=metrics)):
        await bench.until(2)
        await bench.publish(received(1), received(3))
        await bench.until(3)
    assert metrics.registry.get_sample_value("crm_events_repeated_total") == 1


async def test_each_try_to_reach_the_broker_is_one_more_than_the_last(bench: Bench) -> None:
    bench.bus.away = True
    noted, heart = NotesTheTries(), Heart("consumer", 30)
    async with bench.consuming(bench.consumer(heart=heart, retry=noted)):
        async with asyncio.timeout(10):
            while len(noted.tries) < 4:
                await asyncio.sleep(0.01)
        assert heart.status == "failing: the broker is away"
    assert noted.tries[:4] == [1, 2, 3, 4]


async def test_setting_aside_is_tried_until_the_database_is_back(bench: Bench) -> None:
    works = bench.works
    away = AwayFor(works.engine, works.source, system_clock, new_id, FaultPoints(), Metrics())
    bench.works, noted = away, NotesTheTries()
    away.times = 3
    await bench.bus.producer().send([unreadable(received(1))])
    async with bench.consuming(bench.consumer(retry=noted)):
        await bench.until_parked()
    assert [event.cause for event in await bench.parked()] == ["bad_body"]
    assert noted.tries == [1, 2, 3]


async def test_between_two_tries_of_an_event_nothing_new_is_fetched(bench: Bench) -> None:
    bench.handler.poison[received(1).id] = KeyError(1)
    await bench.publish(received(1))
    member, noted = CountsItsPauses(bench.bus, "crm.tally"), NotesTheTries()
    async with bench.consuming(bench.consumer(member, retry=noted)):
        await bench.until_parked()
    assert (noted.tries, member.pauses) == ([1, 2], 2)


async def test_operators_read_why_the_loop_waits_and_what_it_set_aside(bench: Bench) -> None:
    bench.bus = MemoryBus(partitions=1)
    bench.handler.hiccups = 1
    bench.handler.poison[received(2).id] = BAD
    await bench.publish(received(1), received(2))
    with capture_logs() as lines:
        async with bench.consuming():
            await bench.until_parked()
    by_event = {line["event"]: line for line in lines}
    assert by_event["batch_failed"]["count"] == 2
    hiccup = next(line for line in lines if line["event"] == "retry")
    assert hiccup.items() >= {("task", "consumer"), ("attempt", 1)}
    assert hiccup["error"].startswith("Transient at tally.py")
    assert by_event["event_parked"].items() >= {
        ("cause", "broken_invariant"),
        ("detail", "the tally does not like it"),
        ("partition", 0),
        ("offset", 1),
    }


async def test_health_turns_red_at_the_third_failure_and_green_with_the_next_success(
    bench: Bench,
) -> None:
    heart, seen = Heart("consumer", 30), []

    class Watched(NotesTheTries):
        def delay(self, attempt: int, jitter: float) -> float:
            seen.append((attempt, heart.trouble))
            return NotesTheTries.delay(self, attempt, jitter)

    bench.bus.away = True
    async with bench.consuming(bench.consumer(heart=heart, retry=Watched())):
        async with asyncio.timeout(10):
            while len(seen) < 3:
                await asyncio.sleep(0.01)
        bench.bus.away = False
        await until_well(heart)
    assert seen[:3] == [(1, None), (2, None), (3, "failing: the broker is away")]

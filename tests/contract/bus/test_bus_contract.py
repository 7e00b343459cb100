"""What the project expects of a bus, asked of every kind there is."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import pytest

from deploy.local.broker.own import OwnBroker
from shared.bus import VALUE_BYTES, Partition, Producer, Record, Subscription
from shared.cloudevents import BusMessage
from shared.errors import Reject, Transient
from shared.kafka import KafkaProducer, KafkaSubscription
from shared.testing import MemoryBus
from tests.contract.bus.topic import kafka_topic

TOPIC = "crm.complaints.v1"


@dataclass
class Bus:
    """One kind of bus with a topic of its own."""

    producer: Callable[[], Producer]
    subscription: Callable[[str], Subscription]


@pytest.fixture
async def bus(broker: OwnBroker | None) -> AsyncIterator[Bus]:
    if broker is None:
        memory = MemoryBus(TOPIC)
        yield Bus(memory.producer, memory.subscription)
        return
    async with kafka_topic(broker) as topic:
        yield Bus(topic.producer, topic.subscription)


def messages(count: int, keys: int = 10) -> list[BusMessage]:
    return [
        BusMessage(f"k{number % keys}".encode(), [("ce_id", str(number).encode())], b"{}")
        for number in range(count)
    ]


async def read(subscription: Subscription, count: int, limit: int = 500) -> list[Record]:
    """``count`` records. The embedded broker lets a member in only when the session of one that
    left is over, hence the patience."""
    records: list[Record] = []
    async with asyncio.timeout(40):
        while len(records) < count:
            records.extend(await subscription.fetch(limit, 0.5))
    return records


def ends(records: Sequence[Record]) -> dict[Partition, int]:
    return {record.partition: record.next_offset for record in records}


def numbers(records: Sequence[Record]) -> list[int]:
    return [int(dict(record.headers)["ce_id"]) for record in records]


async def test_what_was_sent_arrives_whole_and_in_order_per_key(bus: Bus) -> None:
    await bus.producer().send(messages(300))
    records = await read(bus.subscription("g"), 300)
    assert sorted(numbers(records)) == list(range(300))
    for _, group in itertools.groupby(sorted(records, key=lambda r: r.key or b""), lambda r: r.key):
        own = numbers(list(group))
        assert own == sorted(own)


async def test_a_message_that_is_too_large_is_refused_before_any_other_is_sent(bus: Bus) -> None:
    first, huge, behind = messages(3, keys=1)
    huge = BusMessage(huge.key, huge.headers, b"0" * (VALUE_BYTES + 1))
    producer = bus.producer()
    with pytest.raises(Reject) as refused:
        await producer.send([first, huge, behind])
    assert refused.value.cause == "message_too_large"
    await producer.send([BusMessage(first.key, first.headers, b"0" * VALUE_BYTES)])
    [record] = await read(bus.subscription("g"), 1)
    assert (record.offset, len(record.value or b"")) == (0, VALUE_BYTES)


async def test_records_of_one_key_share_a_partition(bus: Bus) -> None:
    await bus.producer().send(messages(50, keys=1))
    records = await read(bus.subscription("g"), 50)
    assert len({record.partition for record in records}) == 1
    assert [record.offset for record in records] == list(range(50))


async def test_a_group_goes_on_where_it_committed(bus: Bus) -> None:
    await bus.producer().send(messages(40, keys=1))
    first = bus.subscription("g")
    records = await read(first, 40)
    assert await first.commit({records[9].partition: records[9].next_offset})
    await first.stop()
    rest = await read(bus.subscription("g"), 30)
    assert numbers(rest) == list(range(10, 40))


async def test_a_member_knows_where_it_stands_and_where_the_log_ends(bus: Bus) -> None:
    await bus.producer().send(messages(40, keys=1))
    member = bus.subscription("g")
    records = await read(member, 15, limit=15)
    place = member.places[records[0].partition]
    assert (place.next, place.end) == (len(records), 40)
    await member.stop()
    assert member.places == {}


async def test_without_a_commit_everything_comes_again(bus: Bus) -> None:
    await bus.producer().send(messages(20))
    first = bus.subscription("g")
    await read(first, 20)
    await first.stop()
    assert len(await read(bus.subscription("g"), 20)) == 20


async def test_groups_do_not_disturb_one_another(bus: Bus) -> None:
    await bus.producer().send(messages(20))
    one, other = bus.subscription("one"), bus.subscription("other")
    await one.commit(ends(await read(one, 20)))
    assert len(await read(other, 20)) == 20


async def test_a_paused_member_keeps_its_place(bus: Bus) -> None:
    await bus.producer().send(messages(10, keys=1))
    member = bus.subscription("g")
    await read(member, 10)
    member.pause()
    await bus.producer().send(messages(5, keys=1))
    paused = [record for _ in range(4) for record in await member.fetch(500, 0.2)]
    member.resume()
    resumed = await read(member, 5 - len(paused))
    assert len(paused) + len(resumed) == 5


async def test_a_limit_bounds_a_fetch(bus: Bus) -> None:
    await bus.producer().send(messages(100))
    member = bus.subscription("g")
    sizes: list[int] = []
    async with asyncio.timeout(20):
        while sum(sizes) < 100:
            sizes.append(len(await member.fetch(30, 0.5)))
    assert max(sizes) <= 30


async def test_an_empty_fetch_returns_when_its_time_is_over(bus: Bus) -> None:
    member = bus.subscription("g")
    async with asyncio.timeout(20):
        assert list(await member.fetch(10, 0.2)) == []


async def test_two_members_share_the_partitions_and_lose_nothing(bus: Bus) -> None:
    one, other = bus.subscription("g"), bus.subscription("g")
    await bus.producer().send(messages(200, keys=40))
    seen: set[int] = set()

    async def member(subscription: Subscription) -> None:
        while len(seen) < 200:
            records = await subscription.fetch(50, 0.3)
            seen.update(numbers(records))
            if records:
                await subscription.commit(ends(records))

    async with asyncio.timeout(40):
        await asyncio.gather(member(one), member(other))
    assert seen == set(range(200))


async def test_a_commit_of_a_partition_that_went_to_another_is_no_error(bus: Bus) -> None:
    await bus.producer().send(messages(20))
    member = bus.subscription("g")
    records = await read(member, 20)
    await member.stop()
    assert await member.commit(ends(records)) is False


async def test_a_broker_that_is_not_there_is_a_hiccup_for_producer_and_consumer() -> None:
    nowhere = "127.0.0.1:1"
    with pytest.raises(Transient):
        await KafkaProducer(nowhere, TOPIC).send(messages(1))
    with pytest.raises(Transient):
        await read(KafkaSubscription(nowhere, TOPIC, "g"), 1)

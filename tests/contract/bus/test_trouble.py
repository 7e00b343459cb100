"""A stream that fails aloud, on Apache Kafka: what cannot be read, refused partitions, silence."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence

import pytest

from deploy.local.broker import apache_available
from deploy.local.broker.own import OwnBroker
from shared.bus import Partition, Record, Subscription
from shared.cloudevents import BusMessage
from shared.errors import Transient
from tests.contract.bus.topic import KafkaTopic, kafka_topic
from tests.log import Written, batch

pytestmark = [
    pytest.mark.skipif(
        apache_available() is not None, reason=f"Apache Kafka: {apache_available()}"
    ),
    pytest.mark.parametrize("broker", ["apache"], indirect=True),
]


@pytest.fixture
async def topic(broker: OwnBroker) -> AsyncIterator[KafkaTopic]:
    async with kafka_topic(broker) as made:
        yield made


def written(*values: bytes) -> bytes:
    return batch([Written(value=value) for value in values])


async def read(member: Subscription, count: int) -> list[Record]:
    """``count`` records, committed as a consumer commits them."""
    records: list[Record] = []
    async with asyncio.timeout(30):
        while len(records) < count:
            found = await member.fetch(500, 0.3)
            records.extend(found)
            if found:
                await member.commit({each.partition: each.next_offset for each in found})
    return records


def in_partition(records: Sequence[Record], number: int) -> list[tuple[int, int, bool]]:
    return [
        (each.offset, each.next_offset, each.unreadable is not None)
        for each in records
        if each.partition.number == number
    ]


async def test_what_is_damaged_on_the_brokers_disk_is_passed_with_its_bytes_and_all_else_comes(
    topic: KafkaTopic,
) -> None:
    size = len(written(b"a1", b"a2"))
    for values in ([b"a1", b"a2"], [b"b1", b"b2"], [b"c1", b"c2"]):
        await topic.write(0, written(*values))
        await topic.write(1, written(*values))
    topic.damage(0, size + 70, 0xFF)
    records = await read(topic.subscription("g"), 11)
    assert in_partition(records, 0) == [
        (0, 1, False), (1, 2, False), (2, 4, True), (4, 5, False), (5, 6, False)
    ]  # fmt: skip
    assert in_partition(records, 1) == [(n, n + 1, False) for n in range(6)]
    [damaged] = [each for each in records if each.unreadable]
    assert len(damaged.value or b"") == size


async def test_a_header_name_that_is_not_utf_8_stops_nobody(topic: KafkaTopic) -> None:
    member = topic.subscription("g")
    await topic.write(0, written(b"a"))
    await read(member, 1)
    odd = Written(value=b"{}", headers=[(b"\xff", b"1")])
    await topic.write(0, batch([Written(), odd, Written()]))
    await topic.write(1, written(b"b"))
    records = await read(member, 4)
    assert in_partition(records, 0) == [(1, 2, False), (2, 3, True), (3, 4, False)]
    await topic.write(0, written(b"c"))
    assert in_partition(await read(member, 1), 0) == [(4, 5, False)]


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_whatever_codec_the_topic_was_set_to_its_events_are_read(
    topic: KafkaTopic, codec: str
) -> None:
    await topic.set({"compression.type": codec})
    await topic.producer().send([BusMessage(b"k", [("n", b"1")], b"{}" * 100)] * 20)
    records = await read(topic.subscription("g"), 20)
    assert {each.unreadable for each in records} == {None}


async def test_a_partition_that_the_broker_refuses_is_named_and_the_others_go_on(
    topic: KafkaTopic,
) -> None:
    for number in range(12):
        await topic.write(number, written(b"a"))
    # The length of the batch: the broker itself finds no way through its log.
    for at in range(8, 12):
        topic.damage(0, at, 0x00)
    member = topic.subscription("g")
    assert {each.partition.number for each in await read(member, 11)} == set(range(1, 12))
    async with asyncio.timeout(15):
        while not member.faults:
            await member.fetch(500, 0.3)
    assert member.faults == {Partition(topic.name, 0): "CorruptRecordException"}
    await topic.write(5, written(b"b"))
    assert in_partition(await read(member, 1), 5) == [(1, 2, False)]


async def test_a_broker_that_is_silent_after_a_member_has_joined_is_a_hiccup(
    broker: OwnBroker, topic: KafkaTopic
) -> None:
    member = topic.subscription("g")
    await topic.write(0, written(b"a"))
    await read(member, 1)
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        with pytest.raises(Transient, match="silent"):
            await read(member, 1)
    finally:
        os.kill(broker.pid, signal.SIGCONT)
    await topic.write(0, written(b"b"))
    async with asyncio.timeout(20):
        while not await hiccups(member):
            continue


async def hiccups(member: Subscription) -> list[Record]:
    """What comes, over whatever is still in the way."""
    try:
        return list(await member.fetch(500, 0.3))
    except Transient:
        return []

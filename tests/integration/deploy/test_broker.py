"""Both kinds of broker, for real: they start, they are killed, they come back."""

from __future__ import annotations

import time
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.local.broker import (
    ApacheKafka,
    Broker,
    EmbeddedBroker,
    GivenBroker,
    apache_available,
    choose_broker,
    topics,
)
from deploy.local.ports import free_ports
from deploy.local.process import ProcessFailed
from shared.events import Message
from shared.kafka import KafkaProducer, KafkaSubscription, ensure_topic

TOPIC = "crm.complaints.v1"
needs_java = pytest.mark.skipif(
    apache_available() is not None, reason=f"Apache Kafka: {apache_available()}"
)


async def _publish(broker: Broker, values: list[bytes]) -> None:
    producer = KafkaProducer(broker.bootstrap, TOPIC, broker.idempotence)
    try:
        await producer.send([Message(value, (), value) for value in values])
    finally:
        await producer.stop()


async def _read(broker: Broker, count: int) -> set[bytes]:
    subscription = KafkaSubscription(broker.bootstrap, TOPIC, f"test-{uuid4()}")
    found: list[bytes] = []
    deadline = time.monotonic() + 40
    try:
        while len(found) < count and time.monotonic() < deadline:
            found += [record.value or b"" for record in await subscription.fetch(500, 0.5)]
    finally:
        await subscription.stop()
    return set(found)


async def _make_topic(broker: Broker) -> None:
    [topic] = topics()
    await ensure_topic(broker.bootstrap, topic.name, topic.partitions, topic.retention_ms)


def test_the_one_stream_has_twelve_partitions_and_a_retention() -> None:
    [topic] = topics()
    assert (topic.name, topic.partitions, topic.replication_factor) == (TOPIC, 12, 1)
    assert topic.retention_ms >= 7 * 24 * 3600 * 1000


async def test_the_embedded_broker_comes_back_empty_on_the_same_port(home: Path) -> None:
    broker = EmbeddedBroker(home)
    await broker.start()
    try:
        await _make_topic(broker)
        await _publish(broker, [b"a", b"b"])
        assert await _read(broker, 2) == {b"a", b"b"}
        before = broker.bootstrap, broker.pid
        await broker.kill()
        assert not broker.alive
        await broker.start()
        assert broker.bootstrap == before[0]
        assert broker.pid != before[1]
        await _make_topic(broker)
        await _publish(broker, [b"c"])
        assert await _read(broker, 1) == {b"c"}
    finally:
        await broker.stop()
    assert not broker.alive


@needs_java
async def test_apache_kafka_keeps_what_it_acknowledged_through_a_kill_and_a_second_start(
    home: Path, libraries: Path
) -> None:
    broker = ApacheKafka(home, libraries=libraries)
    await broker.start()
    try:
        await _make_topic(broker)
        sent = [b"%d" % number for number in range(200)]
        await _publish(broker, sent)
        await broker.kill()
        assert not broker.alive
        await broker.start()
        assert await _read(broker, 200) == set(sent)
        await broker.stop()
        second = ApacheKafka(home, libraries=libraries)
        await second.start()
        try:
            await _make_topic(second)
            assert await _read(second, 200) == set(sent)
        finally:
            await second.stop()
    finally:
        await broker.stop()


async def test_a_cluster_that_is_away_is_named_at_once(tmp_path: Path) -> None:
    [port] = free_ports(1)
    broker = choose_broker(f"127.0.0.1:{port}", tmp_path)
    assert isinstance(broker, GivenBroker)
    with pytest.raises(ProcessFailed, match=str(port)):
        await broker.start()
    with pytest.raises(ProcessFailed):
        await broker.kill()

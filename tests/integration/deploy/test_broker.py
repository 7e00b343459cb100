"""Both kinds of broker, for real: they start, they are killed, they come back."""

from __future__ import annotations

import hashlib
import os
import socket
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
from deploy.local.broker.own import Kind, OwnBroker
from deploy.local.broker.topics import KAFKA_FILES
from deploy.local.ports import free_ports
from deploy.local.process import Child, ProcessFailed
from shared.cloudevents import BusMessage
from shared.kafka import KafkaProducer, KafkaSubscription, ensure_topic

TOPIC = "crm.complaints.v1"
needs_java = pytest.mark.skipif(
    apache_available() is not None, reason=f"Apache Kafka: {apache_available()}"
)


async def _publish(broker: Broker, values: list[bytes]) -> None:
    producer = KafkaProducer(broker.bootstrap, TOPIC, broker.idempotence)
    try:
        await producer.send([BusMessage(value, (), value) for value in values])
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
    await ensure_topic(broker.bootstrap, topic)


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
    home = home / "a home, with: marks"
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


async def test_a_cluster_whose_name_nobody_knows_is_named_too(tmp_path: Path) -> None:
    for named in ("nowhere.invalid:9092", "127.0.0.1:99999"):
        with pytest.raises(ProcessFailed, match="check --broker"):
            await choose_broker(named, tmp_path).start()


def test_what_is_neither_a_kind_nor_servers_is_refused_before_anything_starts(
    tmp_path: Path,
) -> None:
    for named in ("embeded", "Apache", "", "host:", ":9092", "a:1,b"):
        with pytest.raises(ProcessFailed, match="embedded, apache or host:port"):
            choose_broker(named, tmp_path)


async def test_jars_that_are_there_do_not_hide_that_java_is_not(
    home: Path, libraries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = hashlib.sha256((KAFKA_FILES / "pom.xml").read_bytes()).hexdigest()[:12]
    (home / "jars").mkdir()
    (home / "jars" / f".{mark}").touch()
    monkeypatch.setenv("PATH", str(home))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    broker = ApacheKafka(home, libraries=home / "jars")
    with pytest.raises(ProcessFailed, match="Java is missing"):
        await broker.start()


async def test_a_stranger_on_the_brokers_port_is_not_taken_for_the_broker(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        broker = EndsAtOnce(home, stranger.getsockname()[1])
        with pytest.raises(ProcessFailed, match="its last lines"):
            await broker.start()


class EndsAtOnce(OwnBroker):
    """A broker that cannot bind its port."""

    kind: Kind = "embedded"

    def __init__(self, home: Path, port: int) -> None:
        super().__init__(home)
        self._port = port

    async def _prepare(self) -> Child:
        return Child("broker", ["false"], self.home / "broker.log", env={"PATH": os.defpath})

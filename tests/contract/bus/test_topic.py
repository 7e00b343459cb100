"""The topic's settings on real brokers: pinned when it is made, told, and set right again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from deploy.local.broker import apache_available
from deploy.local.broker.own import OwnBroker
from shared.bus import Topic, group_of
from shared.cloudevents import BusMessage
from shared.errors import InUse, Transient
from shared.health import Health
from shared.kafka import Gathering, KafkaSubscription, ensure_topic, settings_of
from shared.rebuild import empty_topic
from shared.telemetry import Metrics
from shared.topic_settings import PARTITIONS, deviations
from shared.topic_watch import TopicWatch
from tests.brokers import apache
from tests.contract.bus.topic import NAME, KafkaTopic, kafka_topic

HOUR = 3_600_000
CHOSEN = {"segment.bytes": "2097152", "max.message.bytes": "2000000"}
"""By an operator who may: the stream needs no less, and the other is not ours."""
REAL = ["embedded", *([] if apache_available() else ["apache"])]


@pytest.fixture
async def topic(broker: OwnBroker) -> AsyncIterator[KafkaTopic]:
    async with kafka_topic(broker) as made:
        yield made


async def until(watch: TopicWatch, seen: Callable[[], bool]) -> None:
    """Kafka's answers lag behind its changes for a moment."""
    async with asyncio.timeout(10):
        while not seen():
            await watch.step()


@pytest.mark.parametrize("broker", REAL, indirect=True)
async def test_a_topic_that_was_just_made_is_as_it_must_be(topic: KafkaTopic) -> None:
    found = await settings_of(topic.broker.bootstrap, topic.name)
    assert deviations(Topic(topic.name, 12, 1, HOUR), found) == []


@pytest.mark.parametrize("broker", REAL, indirect=True)
async def test_after_a_rest_the_first_record_does_not_wait_until_others_have_gathered(
    topic: KafkaTopic,
) -> None:
    for_minutes = Gathering(min_bytes=1_000_000, max_wait_ms=60_000)
    member = KafkaSubscription(
        topic.broker.bootstrap, topic.name, f"g.{topic.name}", gathering=for_minutes
    )
    topic.opened.append(member)
    async with asyncio.timeout(30):
        while not member.joined:
            assert not await member.fetch(1, 0.5)
        await topic.producer().send([BusMessage(b"k", [], b"{}")])
        while not await member.fetch(1, 0.5):
            pass


@pytest.mark.parametrize("broker", REAL, indirect=True)
async def test_a_topic_that_is_missing_is_told(broker: OwnBroker) -> None:
    found = await settings_of(broker.bootstrap, "crm.nobody.made.it")
    [missing] = deviations(Topic("crm.nobody.made.it", 12, 1, HOUR), found)
    assert str(missing) == "partitions is 0, must be 12: crm bus rebuild"


@pytest.mark.parametrize("broker", [kind for kind in REAL if kind == "apache"], indirect=True)
async def test_on_how_few_brokers_a_topic_lies_is_told_and_that_pinning_cannot_mend_it(
    topic: KafkaTopic,
) -> None:
    at, wanted = topic.broker.bootstrap, Topic(topic.name, 12, 3, HOUR, 2)
    wrong = deviations(wanted, await settings_of(at, topic.name))
    assert {each.setting: each.found for each in wrong} == {
        "replicas": "1", "min.insync.replicas": "1"
    }  # fmt: skip
    await ensure_topic(at, wanted)
    async with asyncio.timeout(10):
        while (found := await settings_of(at, topic.name))["min.insync.replicas"] != "2":
            pass
    assert [each.setting for each in deviations(wanted, found)] == ["replicas"]


@pytest.mark.parametrize("broker", [kind for kind in REAL if kind == "apache"], indirect=True)
async def test_a_setting_that_somebody_changed_is_told_until_it_is_pinned_again(
    topic: KafkaTopic,
) -> None:
    at, wanted = topic.broker.bootstrap, Topic(topic.name, 12, 1, HOUR)
    health, metrics = Health(), Metrics()
    watch = TopicWatch(wanted, lambda name: settings_of(at, name), health, metrics)
    wrong = {"compression.type": "zstd", "cleanup.policy": "compact", "retention.ms": "1000"}
    await topic.set({**wrong, **CHOSEN})
    await until(watch, lambda: "retention.ms" in health.report().get("topic", ""))
    assert health.report() == {
        "topic": "cleanup.policy is compact, must be delete: crm bus pin; "
        "compression.type is zstd, must be producer: crm bus pin; "
        "message.timestamp.type is CreateTime, must be LogAppendTime: crm bus pin; "
        "retention.ms is 1000, must be 3600000 or more: crm bus pin"
    }
    labels = {"setting": "compression.type"}
    assert metrics.registry.get_sample_value("crm_topic_setting_wrong", labels) == 1
    await ensure_topic(at, wanted)
    await until(watch, lambda: health.report() == {})
    assert metrics.registry.get_sample_value("crm_topic_setting_wrong", labels) is None
    assert (await settings_of(at, topic.name)).items() >= CHOSEN.items()


@pytest.mark.parametrize("broker", [kind for kind in REAL if kind == "apache"], indirect=True)
async def test_a_topic_in_which_somebody_still_reads_is_not_emptied_for_a_rebuild(
    topic: KafkaTopic,
) -> None:
    """The embedded broker deletes a group with members; a local stack asks the database too."""
    at, service = topic.broker.bootstrap, topic.name.rpartition(".")[2]
    whole, message = Topic(topic.name, 12, 1, HOUR), BusMessage(b"k", (), b"{}")
    reader = KafkaSubscription(at, topic.name, group_of(service), session_seconds=3.0)
    topic.opened.append(reader)
    producer = topic.producer()
    for _ in range(2):
        await producer.send([message])
        async with asyncio.timeout(30):
            while not await reader.fetch(10, 0.5):
                pass
        with pytest.raises(InUse, match="still has members"):
            await empty_topic(at, whole, [service], patience=0.5)
    await reader.stop()
    await empty_topic(at, whole, [service])


@pytest.mark.parametrize("broker", [kind for kind in REAL if kind == "apache"], indirect=True)
async def test_a_clock_that_the_broker_does_not_believe_is_no_fault_of_the_event(
    topic: KafkaTopic,
) -> None:
    """Set aside as refused, the events of an hour would wait for an operator."""
    producer, event = topic.producer(), BusMessage(b"k", (), b"v")

    async def is_sent() -> bool:
        try:
            await producer.send([event])
        except Transient as error:
            if "InvalidTimestampError" not in str(error):
                raise
            return False
        return True

    # Whatever is older than nothing: so does an hour ahead look to a broker of Kafka's defaults.
    await topic.set({"message.timestamp.before.max.ms": "0"})
    async with asyncio.timeout(20):
        while await is_sent():
            await asyncio.sleep(0.01)
        await ensure_topic(topic.broker.bootstrap, Topic(topic.name, 12, 1, HOUR))
        while not await is_sent():
            await asyncio.sleep(0.1)


@pytest.mark.skipif(apache_available() is not None, reason=f"Apache Kafka: {apache_available()}")
async def test_the_bus_is_rebuilt_on_a_broker_that_has_lost_its_disk(tmp_path: Path) -> None:
    """It has never kept a group, and makes a place for groups when it is first asked for one."""
    broker = apache(tmp_path)
    await broker.start()
    try:
        topic = Topic(NAME, 12, 1, 3_600_000)
        await empty_topic(broker.bootstrap, topic, ["routing", "sla"])
        assert (await settings_of(broker.bootstrap, NAME))[PARTITIONS] == "12"
    finally:
        await broker.stop()

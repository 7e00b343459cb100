"""Which settings of a topic are wrong, and what is said of them."""

import pytest

from shared.bus import Topic
from shared.errors import Transient
from shared.health import Health
from shared.telemetry import Metrics
from shared.topic_settings import deviations, pinned
from shared.topic_watch import TopicWatch

STREAM = Topic("crm.complaints.v1", 12, 3, 1000, 2)
RIGHT = {
    "partitions": "12",
    "replicas": "3",
    "min.insync.replicas": "2",
    "cleanup.policy": "delete",
    "compression.type": "producer",
    "message.timestamp.type": "LogAppendTime",
    "retention.ms": "1000",
    "retention.bytes": "-1",
    "max.message.bytes": "1048588",
}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"retention.ms": "2000"},
        {"retention.ms": "-1"},
        {"max.message.bytes": "2000000"},
        {"segment.bytes": "14"},
        {"replicas": "5", "min.insync.replicas": "3"},
    ],
)
def test_a_topic_that_keeps_as_much_or_more_is_right(changed: dict[str, str]) -> None:
    assert deviations(STREAM, RIGHT | changed) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"partitions": "24"}, "partitions is 24, must be 12: crm bus rebuild"),
        (
            {"cleanup.policy": "compact,delete"},
            "cleanup.policy is compact,delete, must be delete: crm bus pin",
        ),
        ({"compression.type": "zstd"}, "compression.type is zstd, must be producer: crm bus pin"),
        ({"retention.ms": "999"}, "retention.ms is 999, must be 1000 or more: crm bus pin"),
        ({"retention.ms": "week"}, "retention.ms is week, must be 1000 or more: crm bus pin"),
        ({"retention.bytes": "5"}, "retention.bytes is 5, must be -1: crm bus pin"),
        (
            {"replicas": "2"},
            "replicas is 2, must be 3 or more: move it (kafka-reassign-partitions)",
        ),
        (
            {"min.insync.replicas": "1"},
            "min.insync.replicas is 1, must be 2 or more: crm bus pin",
        ),
        (
            {"max.message.bytes": "1000"},
            "max.message.bytes is 1000, must be 1048588 or more: crm bus pin",
        ),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(changed: dict[str, str], said: str) -> None:
    assert [str(each) for each in deviations(STREAM, RIGHT | changed)] == [said]


def test_how_many_brokers_have_an_event_is_left_to_the_cluster_where_one_is_enough() -> None:
    alone = Topic("crm.complaints.v1", 12, 1, 1000)
    assert "min.insync.replicas" not in pinned(alone)
    assert pinned(STREAM)["min.insync.replicas"] == "2"


def test_what_a_broker_does_not_tell_is_not_judged() -> None:
    assert deviations(STREAM, {"partitions": "12"}) == []


async def test_a_wrong_setting_makes_nobody_unready_and_is_told_while_the_broker_is_away() -> None:
    health, answers = Health(), [RIGHT | {"compression.type": "zstd"}]

    async def look(_: str) -> dict[str, str]:
        if not answers:
            raise Transient("the broker is away")
        return answers.pop()

    watch = TopicWatch(STREAM, look, health, Metrics())
    for _ in range(2):
        await watch.step()
        assert "compression.type is zstd" in health.report()["topic"]
        assert health.ready

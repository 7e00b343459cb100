"""What the stream needs of its topic: pinned when it is made, compared by each service that hears.

Pure. A setting that somebody changes later is no outage that ends by itself: it must be named.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.bus import Topic

PARTITIONS = "partitions"
"""No setting in Kafka's sense, and as harmful when it is another: see ``Topic``."""

REPLICAS = "replicas"
"""No setting either: on how many brokers the worst of its partitions is to lie."""

OF_COPIES = frozenset({REPLICAS, "min.insync.replicas"})
"""With fewer a broker's disk that fails takes events with it."""

_REPAIRS = {PARTITIONS: "crm bus rebuild", REPLICAS: "move it (kafka-reassign-partitions)"}

_EQUAL = {
    # Compaction would keep the last event of each complaint and delete its history.
    "cleanup.policy": "delete",
    # Batches stay as they were sent: no reader meets a codec that nobody here has chosen.
    "compression.type": "producer",
    # Of a writer's own time the broker refuses what is an hour ahead: a wrong clock would stop it.
    "message.timestamp.type": "LogAppendTime",
}
_UNLIMITED = "-1"


@dataclass(frozen=True, slots=True)
class Deviation:
    """A setting of the topic that is not what the stream needs, in Kafka's words."""

    setting: str
    found: str
    wanted: str

    def __str__(self) -> str:
        repair = _REPAIRS.get(self.setting, "crm bus pin")
        return f"{self.setting} is {self.found}, must be {self.wanted}: {repair}"


def pinned(topic: Topic) -> dict[str, str]:
    """The settings with which the topic is made."""
    return _EQUAL | _at_least(topic)


def deviations(topic: Topic, found: Mapping[str, str]) -> list[Deviation]:
    """What of ``found`` (settings by name, ``partitions`` among them) is not as it must be.

    What a broker does not tell is not judged: the embedded one has no settings.
    """
    equal = _EQUAL | {PARTITIONS: str(topic.partitions)}
    wrong = [
        Deviation(name, found[name], wanted)
        for name, wanted in equal.items()
        if found.get(name, wanted) != wanted
    ]
    at_least = _at_least(topic) | {REPLICAS: str(topic.replication_factor)}
    return wrong + [
        Deviation(name, found[name], wanted if wanted == _UNLIMITED else f"{wanted} or more")
        for name, wanted in at_least.items()
        if _is_less(found.get(name, _UNLIMITED), wanted)
    ]


def _at_least(topic: Topic) -> dict[str, str]:
    """Time and room before events are deleted, the largest batch (Kafka's own default), and how
    many brokers must have an event. Where one is enough the cluster's own number is left alone."""
    in_sync = topic.min_insync_replicas
    return {
        "retention.ms": str(topic.retention_ms),
        "retention.bytes": _UNLIMITED,
        "max.message.bytes": "1048588",
        **({"min.insync.replicas": str(in_sync)} if in_sync > 1 else {}),
    }


def _is_less(found: str, wanted: str) -> bool:
    if found == _UNLIMITED:
        return False
    # Not a number: some broker's own word, which somebody should look at.
    return wanted == _UNLIMITED or not found.isdigit() or int(found) < int(wanted)

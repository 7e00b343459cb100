"""The broker of the local stack: an embedded one in memory, or one Apache Kafka node on disk.

Both have one interface (`Broker`). The embedded broker keeps its log in memory and refuses
idempotent producers; it is for one machine and for trying out, and after its restart the bus
is rebuilt from the outboxes. Apache Kafka comes by Maven and needs Java 17.
"""

from __future__ import annotations

from pathlib import Path

from deploy.local.broker.apache import ApacheKafka
from deploy.local.broker.embedded import EmbeddedBroker
from deploy.local.broker.given import GivenBroker
from deploy.local.broker.java import apache_available
from deploy.local.broker.own import Broker
from deploy.local.broker.topics import topics
from deploy.local.process import OnLine

__all__ = [
    "ApacheKafka",
    "Broker",
    "EmbeddedBroker",
    "GivenBroker",
    "apache_available",
    "choose_broker",
    "topics",
]


def choose_broker(
    name: str, home: Path, on_line: OnLine | None = None, *, libraries: Path | None = None
) -> Broker:
    """`embedded`, `apache`, or the bootstrap servers of a cluster that exists."""
    if name == "embedded":
        return EmbeddedBroker(home, on_line)
    if name == "apache":
        return ApacheKafka(home, on_line, libraries=libraries)
    return GivenBroker(name.removeprefix("kafka://"))

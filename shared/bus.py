"""What the rest of the project knows of a bus; Kafka and the in-memory one both fit it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shared.cloudevents import BusMessage, Headers
from shared.errors import Reject


def group_of(service: str) -> str:
    """The consumer group of a service."""
    return f"crm.{service}"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is created; retention in milliseconds. The number of partitions is fixed.
    min_insync_replicas: so many brokers have an event before it counts as sent."""

    name: str
    partitions: int
    replication_factor: int
    retention_ms: int
    min_insync_replicas: int = 1


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    topic: str
    number: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member stands in a partition: the ``next`` offset that it will fetch, and the ``end``
    of the log as the broker told it last."""

    next: int
    end: int


@dataclass(frozen=True, slots=True)
class Record:
    """A message at its place in the log, or what stands there and cannot be read.

    ``unreadable`` says for people why it cannot; then key, headers and value are what is known of
    it: of a single record its own, else ``value`` is the whole batch as it stands in the log.
    ``last`` is the offset of the last record that is meant, when it is not this one alone.
    """

    partition: Partition
    offset: int
    key: bytes | None
    headers: Headers
    value: bytes | None = field(repr=False)
    unreadable: str | None = None
    last: int | None = None

    @property
    def next_offset(self) -> int:
        """What a consumer commits when it is done with this record."""
        return (self.offset if self.last is None else self.last) + 1

    @property
    def message(self) -> BusMessage:
        return BusMessage(self.key or b"", self.headers, self.value or b"")


VALUE_BYTES = 1_000_000
"""The longest value that is offered to a broker: the client and Kafka's own `max.message.bytes` end
at a mebibyte, headers and all."""


def refuse_too_large(messages: Sequence[BusMessage]) -> None:
    """Raises Reject before any is on its way, so that no later one overtakes the one refused."""
    if any(len(message.value) > VALUE_BYTES for message in messages):
        raise Reject("message_too_large", f"its body has more than {VALUE_BYTES} bytes")


class Producer(Protocol):
    async def send(self, messages: Sequence[BusMessage]) -> None:
        """Return when the broker has all of them, in order per key; raise Transient otherwise, or
        Reject when one of them will never be taken.

        After an error some may have been taken: send all again, after Reject without that one.
        """

    async def stop(self) -> None:
        """Let go of the connection; bounded in time, never raises for an absent broker."""


class Subscription(Protocol):
    """One member of a consumer group on one topic."""

    @property
    def joined(self) -> bool:
        """Whether the group has let it in; until then a fetch is empty."""

    @property
    def faults(self) -> Mapping[Partition, str]:
        """Partitions of this member that stand still, each with its cause; the others go on."""

    @property
    def places(self) -> Mapping[Partition, Place]:
        """Of this member's partitions, as far as the broker has told of them."""

    async def fetch(self, limit: int, seconds: float) -> Sequence[Record]:
        """At most ``limit`` records, in order per partition; empty when ``seconds`` are over.
        What cannot be read comes as a record that says so.

        Must be called at least once a second, also while paused: the group drops a member that
        does not. Raises Transient when the broker is away.
        """

    async def commit(self, offsets: Mapping[Partition, int]) -> bool:
        """Store next offsets; False when the group has moved on (records come again)."""

    def pause(self) -> None:
        """Fetch nothing more until ``resume`` (records already on their way may still come)."""

    def resume(self) -> None: ...

    async def stop(self) -> None:
        """Leave the group; bounded in time."""

"""Kafka, and the only file that knows aiokafka.

The client is given no (de)serialisers (one that raises is called for ever) and commits nothing
by itself. Every call that may hang without a broker is bounded here.
"""

import asyncio
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    CommitFailedError,
    GroupIdNotFound,
    IllegalStateError,
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    NonEmptyGroup,
    NotCoordinatorForGroupError,
    RecordListTooLargeError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.admin import DeleteGroupsRequest

from shared.bus import Partition, Record, Topic, refuse_too_large
from shared.cloudevents import BusMessage
from shared.errors import Reject, Transient
from shared.telemetry import describe, get_logger

CONNECT_SECONDS = 10.0
JOIN_SECONDS = 30.0
"""Longer than a session: a broker may wait that long for a member that died."""

SEND_SECONDS = 20.0
STOP_SECONDS = 3.0
COMMIT_SECONDS = 10.0

STALLED_SECONDS = 60.0
"""A consumer that neither fetched nor was assigned anything for so long is built anew."""

LEAVE_SECONDS = 15.0
"""Longer than a session: a member that was killed is in its group until then."""

_AWAY = (KafkaError, OSError, TimeoutError)
_REFUSALS = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidTimestampError)
"""Of a message, and not of us: sent again it is refused again."""

_LATER = (NonEmptyGroup.errno, NotCoordinatorForGroupError.errno)
"""Codes of a group that can be deleted in a moment."""


async def _stop_bounded(client: Any, name: str) -> None:
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await client.stop()
    except (*_AWAY, AssertionError) as error:
        get_logger("kafka").warning("stop_cut_short", task=name, error=describe(error))


class KafkaProducer:
    """Sends in order per key; a producer that failed is thrown away and built anew.

    An idempotent producer never gives up a batch, so the wait is bounded here, and after an
    error its sequence numbers are of no more use.
    """

    def __init__(self, bootstrap: str, topic: str, idempotence: bool = True) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._idempotence = idempotence
        self._client: AIOKafkaProducer | None = None

    async def send(self, messages: Sequence[BusMessage]) -> None:
        refuse_too_large(messages)
        try:
            async with asyncio.timeout(CONNECT_SECONDS + SEND_SECONDS):
                await self._send(await self._connected(), messages)
        except _REFUSALS as error:
            await self.stop()
            raise Reject("refused_by_broker", f"it answers {type(error).__name__}") from error
        except _AWAY as error:
            await self.stop()
            raise Transient("the broker did not take the events") from error
        except asyncio.CancelledError:
            await self.stop()
            raise

    async def _send(self, client: AIOKafkaProducer, messages: Sequence[BusMessage]) -> None:
        waiting = [
            await client.send(self._topic, message.value, message.key, headers=message.headers)
            for message in messages
        ]
        # return_exceptions: a future left alone after the first failure would log itself later.
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _connected(self) -> AIOKafkaProducer:
        if self._client is None:
            self._client = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                acks="all",
                enable_idempotence=self._idempotence,
                linger_ms=2,
                max_batch_size=256 * 1024,
                request_timeout_ms=10_000,
                retry_backoff_ms=100,
                metadata_max_age_ms=30_000,
            )
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._client.start()
        return self._client

    async def stop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await _stop_bounded(client, "producer")


class KafkaSubscription:
    """One member of a group. Joins in the background, and again after it was lost."""

    def __init__(
        self, bootstrap: str, topic: str, group: str, session_seconds: float = 6.0
    ) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._group = group
        self._session_seconds = session_seconds
        self._client: AIOKafkaConsumer | None = None
        self._joining: asyncio.Task[None] | None = None
        self._paused = False
        self._last_progress = monotonic()

    @property
    def joined(self) -> bool:
        return self._client is not None and self._joining is None

    async def fetch(self, limit: int, seconds: float) -> Sequence[Record]:
        seconds = min(seconds, 1.0)
        try:
            client = await self._join(seconds)
            if client is None:
                return ()
            self._apply_pause(client)
            batches = await client.getmany(timeout_ms=int(seconds * 1000), max_records=limit)
        except (*_AWAY, IllegalStateError) as error:
            await self.stop()
            raise Transient("the broker is away") from error
        await self._watch(client, bool(batches))
        return [
            Record(Partition(raw.topic, raw.partition), raw.offset, raw.key, raw.headers, raw.value)
            for records in batches.values()
            for raw in records
        ]

    async def _join(self, seconds: float) -> AIOKafkaConsumer | None:
        """The client once it has joined; None when that takes longer than ``seconds``."""
        if self._client is None:
            self._client = self._new_client()
            self._joining = asyncio.create_task(self._start(self._client))
        if self._joining is not None:
            done, _ = await asyncio.wait([self._joining], timeout=seconds)
            if not done:
                return None
            await self._joining
            self._joining = None
            self._last_progress = monotonic()
        return self._client

    async def _start(self, client: AIOKafkaConsumer) -> None:
        async with asyncio.timeout(JOIN_SECONDS):
            await client.start()

    def _new_client(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            self._topic,
            bootstrap_servers=self._bootstrap,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_interval_ms=120_000,
            session_timeout_ms=int(self._session_seconds * 1000),
            # Six heartbeats in a session: a busy machine may miss some.
            heartbeat_interval_ms=int(self._session_seconds * 1000 / 6),
            request_timeout_ms=15_000,
            retry_backoff_ms=100,
            metadata_max_age_ms=30_000,
            # A transaction costs much the same for one event as for fifty: let a few gather.
            fetch_min_bytes=65_536,
            fetch_max_wait_ms=150,
        )

    def _apply_pause(self, client: AIOKafkaConsumer) -> None:
        # At every fetch: a rebalance brings partitions that know nothing of the pause.
        assigned = client.assignment()
        if self._paused:
            client.pause(*assigned)
        elif client.paused():
            client.resume(*(client.paused() & assigned))

    async def _watch(self, client: AIOKafkaConsumer, fetched: bool) -> None:
        """Build the client anew when it is stuck: it does not always notice a lost coordinator."""
        if fetched or client.assignment():
            self._last_progress = monotonic()
        elif monotonic() - self._last_progress > STALLED_SECONDS:
            await self.stop()
            raise Transient("no partition was assigned for a long time")

    async def commit(self, offsets: Mapping[Partition, int]) -> bool:
        if self._client is None:
            return False
        named = {TopicPartition(p.topic, p.number): offset for p, offset in offsets.items()}
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await self._client.commit(named)
        except (CommitFailedError, IllegalStateError):
            return False
        except _AWAY as error:
            raise Transient("the broker did not store the offsets") from error
        return True

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False

    async def stop(self) -> None:
        client, self._client = self._client, None
        joining, self._joining = self._joining, None
        if joining is not None:
            joining.cancel()
            await asyncio.wait([joining])
        if client is not None:
            await _stop_bounded(client, "consumer")


class KafkaAdmin:
    """Topics and groups; use as ``async with``."""

    def __init__(self, bootstrap: str) -> None:
        self._client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)

    async def __aenter__(self) -> "KafkaAdmin":
        await self._client.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def create_topic(self, topic: Topic) -> bool:
        """False when the topic exists already."""
        wanted = NewTopic(
            topic.name,
            topic.partitions,
            topic.replication_factor,
            topic_configs={"retention.ms": str(topic.retention_ms)},
        )
        if topic.name in await self._client.list_topics():
            return False
        response = await self._client.create_topics([wanted])
        code = response.topic_errors[0][1]
        if code == TopicAlreadyExistsError.errno:
            return False
        _raise_for(code)
        return True

    async def delete_topic(self, topic: str) -> None:
        """Return when the topic is gone; also when it never was."""
        response = await self._client.delete_topics([topic])
        code = response.topic_error_codes[0][1]
        if code != UnknownTopicOrPartitionError.errno:
            _raise_for(code)
        while topic in await self._client.list_topics():  # noqa: ASYNC110 (the broker sends no signal)
            await asyncio.sleep(0.1)

    async def delete_groups(self, groups: Sequence[str]) -> None:
        """Forget the offsets of ``groups``, so that their members read from the beginning.

        Waits for members that are still leaving; raises Transient when one stays.
        """
        for group in groups:
            deadline = monotonic() + LEAVE_SECONDS
            while (code := await self._delete_group(group)) not in (0, GroupIdNotFound.errno):
                if code not in _LATER or monotonic() > deadline:
                    raise Transient(f"the group {group} cannot be deleted: error {code}")
                await asyncio.sleep(0.2)

    async def _delete_group(self, group: str) -> int:
        """Kafka's error code; the client library has the request but no method for it."""
        node = await self._client.find_coordinator(group)
        response = await self._client._send_request(DeleteGroupsRequest([group]), node)
        return int(response.results[0][1])


def _raise_for(code: int) -> None:
    if code:
        raise for_code(code)


async def ensure_topic(bootstrap: str, topic: Topic) -> None:
    """Create the topic unless it exists; its number of partitions is fixed at creation."""
    async with KafkaAdmin(bootstrap) as admin:
        await admin.create_topic(topic)

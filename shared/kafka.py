"""Kafka, and the only file that knows aiokafka.

The client is given no (de)serialisers (one that raises is called for ever) and commits nothing
by itself. Every call that may hang without a broker is bounded here. What the client cannot read
is read again by ourselves, record by record.
"""

import asyncio
import ssl
import struct
import zlib
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

import cramjam
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.abc import AbstractTokenProvider
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.conn import AIOKafkaConnection, collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    ClusterAuthorizationFailedError,
    CommitFailedError,
    GroupAuthorizationFailedError,
    GroupCoordinatorNotAvailableError,
    GroupIdNotFound,
    GroupLoadInProgressError,
    IllegalSaslStateError,
    IllegalStateError,
    KafkaConnectionError,
    KafkaError,
    LeaderNotAvailableError,
    MessageSizeTooLargeError,
    NonEmptyGroup,
    NotCoordinatorForGroupError,
    OffsetOutOfRangeError,
    RecordListTooLargeError,
    SaslAuthenticationFailed,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedSaslMechanismError,
    for_code,
)
from aiokafka.protocol.admin import DeleteGroupsRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.record.util import calc_crc32c

from shared.bus import Partition, Place, Record, Topic, refuse_too_large
from shared.cloudevents import BusMessage
from shared.errors import InUse, Reject, Transient
from shared.kafka_security import PLAIN_TEXT, KafkaSecurity, Refusal, Tokens
from shared.record_batches import Codecs, Piece, read
from shared.telemetry import describe, get_logger
from shared.topic_settings import PARTITIONS, REPLICAS, deviations, pinned

CONNECT_SECONDS = 10.0
JOIN_SECONDS = 30.0
"""Longer than a session: a broker may wait that long for a member that died."""

SEND_SECONDS = 20.0
STOP_SECONDS = 3.0
COMMIT_SECONDS = 10.0

PROBE_SECONDS = 3.0
"""To find out why no connection comes about; nothing waits longer for the reason."""

DOUBT_SECONDS = 2.0
"""A start over TLS that takes longer is looked into while it goes on."""

STALLED_SECONDS = 60.0
"""A consumer that neither fetched nor was assigned anything for so long is built anew."""

SILENT_SECONDS = 5.0
"""A partition of which the broker said nothing for so long is asked about: the client tells neither
of a broker that it lost nor of a partition that the broker refuses."""

ASK_SECONDS = 3.0
ASK_BYTES = 1024 * 1024
"""Of each partition; the broker sends a whole batch also when it is larger."""

LEAVE_SECONDS = 15.0
"""Longer than a session: a member that was killed is in its group until then."""

_AWAY = (KafkaError, OSError, TimeoutError)
_REFUSALS = (MessageSizeTooLargeError, RecordListTooLargeError)
"""Of a message, and not of us: sent again it is refused again. An InvalidTimestampError is none: it
judges the clock of this process, and its replica or a later try brings the same event through."""
_OUT_OF_RANGE = OffsetOutOfRangeError.errno
"""Of a place that was deleted by age: the client by itself goes to where the log now begins."""

_SET_FOR_TOPIC = 1
"""Kafka's number for where a setting comes from, since version 1 of the question."""

_NOT_KEPT_YET = (
    NotCoordinatorForGroupError.errno,
    GroupCoordinatorNotAvailableError.errno,
    GroupLoadInProgressError.errno,
)
"""Codes of a group that no broker keeps at this moment; on an empty broker that is each."""
_LATER = (NonEmptyGroup.errno, *_NOT_KEPT_YET)
"""Codes of a group that can be deleted in a moment."""


_DECODERS: Mapping[int, Callable[[bytes], bytes]] = {
    0: bytes, 1: gzip_decode, 2: snappy_decode, 3: lz4_decode, 4: zstd_decode,
}  # fmt: skip
_UNDECODABLE = (
    KeyError, OSError, EOFError, MemoryError, struct.error, zlib.error, cramjam.DecompressionError,
)  # fmt: skip
"""What the libraries raise for bytes that are not of their codec; the first for an unknown one."""


def _decompress(codec: int, body: bytes) -> bytes | None:
    try:
        return _DECODERS[codec](body)
    except _UNDECODABLE:
        return None


CODECS = Codecs(calc_crc32c, _decompress)


# --- security ----------------------------------------------------------------------------------


class _TokenMissing(KafkaConnectionError):  # type: ignore[misc]  # the library has no types
    """The issuer gives none. Of the client's own errors: its tasks end by any other one."""


class _TokenProvider(AbstractTokenProvider):  # type: ignore[misc]
    """The client asks it at every connection."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def token(self) -> str:
        try:
            return await self._tokens()
        except Transient as error:
            raise _TokenMissing(str(error)) from error


def _options(security: KafkaSecurity) -> dict[str, Any]:
    """What each of the library's clients is told."""
    options: dict[str, Any] = {"security_protocol": security.protocol}
    if security.trust is not None:
        options["ssl_context"] = security.trust
    if security.mechanism is not None:
        options["sasl_mechanism"] = security.mechanism
    if security.tokens is not None:
        options["sasl_oauth_token_provider"] = _TokenProvider(security.tokens)
    elif security.mechanism is not None:
        options["sasl_plain_username"] = security.username
        options["sasl_plain_password"] = security.password
    return options


async def explain(bootstrap: str, security: KafkaSecurity) -> None:
    """After a connection that did not come about: the client mutes its cause, and of a refused
    token or a certificate for another name it says nothing at all. Raises Transient with the cause
    where it is one that an operator sets right."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            reason = await _reason(bootstrap, security)
    except TimeoutError:
        return
    if reason is not None:
        raise Transient(reason)


async def _reason(bootstrap: str, security: KafkaSecurity) -> str | None:
    reasons = []
    for host, port, _ in collect_hosts(bootstrap, randomize=False):
        try:
            brokers = await _brokers(host, port, security)
        except _AWAY as error:
            reasons.append(await _named(error, host, port, security))
        else:
            # One of them is enough to begin with. All others are called as the cluster names them.
            for _, other_host, other_port, *_ in brokers:
                if reason := await _of_advertised(other_host, other_port, security):
                    return f"{reason} ({other_host}:{other_port})"
            return None
    return next(filter(None, reasons), None)


async def _of_advertised(host: str, port: int, security: KafkaSecurity) -> str | None:
    try:
        await _brokers(host, port, security)
    except _AWAY as error:
        return await _named(error, host, port, security)
    return None


async def _brokers(host: str, port: int, security: KafkaSecurity) -> Sequence[Any]:
    """What a broker says of its cluster; only who has said who he is, is told."""
    timeout = int(PROBE_SECONDS * 1000)
    connection: AIOKafkaConnection = await create_conn(
        host, port, request_timeout_ms=timeout, **_options(security)
    )
    try:
        answer = await connection.send(MetadataRequest([]))
    except _AWAY as error:
        raise _Unheard(_unheard(security)) from error
    finally:
        connection.close()
    if not answer.brokers and security.tokens is not None:
        # So it answers the second message of a client whose token it has refused.
        raise _Unheard(Refusal.OTHER_ISSUER)
    found: Sequence[Any] = answer.brokers
    return found


def _unheard(security: KafkaSecurity) -> Refusal:
    return Refusal.WANTS_SASL if security.mechanism is None else Refusal.OTHER_ISSUER


class _Unheard(KafkaError):  # type: ignore[misc]
    """The connection was made, and the first request has closed it."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.name)


_REFUSALS_BY_ERROR: Mapping[type[BaseException], Refusal] = {
    AuthenticationFailedError: Refusal.NOT_BELIEVED,
    SaslAuthenticationFailed: Refusal.NOT_BELIEVED,
    UnsupportedSaslMechanismError: Refusal.OTHER_MECHANISM,
    IllegalSaslStateError: Refusal.KNOWS_NO_SASL,
}
_BY_VERIFICATION: Mapping[int, Refusal] = {
    **dict.fromkeys((9, 10), Refusal.EXPIRED), **dict.fromkeys((62, 64), Refusal.OTHER_NAME)
}  # fmt: skip
"""OpenSSL's numbers: not yet valid, expired, another host name, another address."""


async def _named(error: BaseException, host: str, port: int, security: KafkaSecurity) -> str | None:
    """None for a broker that is merely away."""
    if isinstance(error, _TokenMissing):
        return str(error.__cause__)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _BY_VERIFICATION.get(error.verify_code, Refusal.UNKNOWN_AUTHORITY).value
    refusal = error.refusal if isinstance(error, _Unheard) else _REFUSALS_BY_ERROR.get(type(error))
    if refusal is not None:
        return str(refusal.value)
    if security.trust is not None and await _answers_plainly(host, port):
        return Refusal.SPEAKS_NO_TLS.value
    if not await _speaks_tls(host, port):
        return None
    return Refusal.SPEAKS_TLS.value if security.trust is None else Refusal.WANTS_SASL.value


async def _answers_plainly(host: str, port: int) -> bool:
    try:
        connection = await create_conn(host, port, request_timeout_ms=1000)
    except _AWAY:
        return False
    connection.close()
    return True


async def _speaks_tls(host: str, port: int) -> bool:
    """Whoever shows a certificate does, also where nobody trusts it."""
    try:
        _, writer = await asyncio.open_connection(
            host, port, ssl=ssl.create_default_context(), ssl_handshake_timeout=1.0
        )
    except ssl.SSLCertVerificationError:
        return True
    except OSError:
        return False
    writer.close()
    return True


_MAY_NOT = (
    TopicAuthorizationFailedError, GroupAuthorizationFailedError, ClusterAuthorizationFailedError,
)  # fmt: skip


def _said(error: BaseException) -> str:
    """The error's name, and what to do where we have no right."""
    name = type(error).__name__
    return f"{name}: {Refusal.MAY_NOT.value}" if isinstance(error, _MAY_NOT) else name


async def _started(
    starting: Coroutine[Any, Any, None], seconds: float, bootstrap: str, security: KafkaSecurity
) -> None:
    """Raises Transient with the cause where `explain` finds one, else as the client says it."""
    try:
        async with asyncio.timeout(seconds):
            await (_doubted(starting, bootstrap, security) if security.trust else starting)
    except _AWAY as error:
        # A port that wants something else closes at once; one that is silent is merely silent.
        if not isinstance(error, TimeoutError):
            await explain(bootstrap, security)
        raise


async def _doubted(
    starting: Coroutine[Any, Any, None], bootstrap: str, security: KafkaSecurity
) -> None:
    """Where a certificate is for another name the client tries for ever."""
    task = asyncio.create_task(starting)
    try:
        done, _ = await asyncio.wait([task], timeout=DOUBT_SECONDS)
        if not done:
            await explain(bootstrap, security)
        await asyncio.wait([task])
    finally:
        task.cancel()
    task.result()


# --- producer ----------------------------------------------------------------------------------


class _Ends(Protocol):
    async def stop(self) -> None: ...


class _Closes(Protocol):
    async def close(self) -> None: ...


async def let_go(client: _Ends, network: _Closes, name: str, seconds: float = STOP_SECONDS) -> None:
    """Whatever the client raises as it ends, a CancelledError of its own tasks too, ends here: who
    lets go of it was not cancelled. ``network``: its connections, which such an end leaves open."""
    stopping = asyncio.create_task(client.stop())
    try:
        await asyncio.wait([stopping], timeout=seconds)
    finally:
        stopping.cancel()
    error = await _outcome(stopping)
    if error is not None:
        get_logger("kafka").warning("stop_cut_short", task=name, error=describe(error))
        await _outcome(asyncio.create_task(network.close()))


async def _outcome(task: asyncio.Task[Any]) -> BaseException | None:
    """What the task raised, also when that is its own cancellation, within a second."""
    await asyncio.wait([task], timeout=1.0)
    if not task.done() or task.cancelled():
        return asyncio.CancelledError()
    return task.exception()


class KafkaProducer:
    """Sends in order per key; a producer that failed is thrown away and built anew.

    An idempotent producer never gives up a batch, so the wait is bounded here, and after an
    error its sequence numbers are of no more use.
    """

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        idempotence: bool = True,
        security: KafkaSecurity = PLAIN_TEXT,
    ) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._idempotence = idempotence
        self._security = security
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
            raise Transient(f"the broker did not take the events: {_said(error)}") from error
        except BaseException:
            # Cancelled, or the client is broken: what it still holds is sent by the next one.
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
            if isinstance(outcome, asyncio.CancelledError):
                raise KafkaError("the client was closed, and not whoever waits here") from outcome
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
                **_options(self._security),
            )
            await _started(self._client.start(), CONNECT_SECONDS, self._bootstrap, self._security)
        return self._client

    async def stop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await let_go(client, client.client, "producer")


class Silence:
    """Which partitions gave no sign of life for a while."""

    def __init__(self, seconds: float, now: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._now = now
        self._heard: dict[TopicPartition, tuple[object, float]] = {}
        self._due = 0.0

    def among(self, signs: Mapping[TopicPartition, object]) -> list[TopicPartition]:
        """Those whose sign (anything that changes while it lives) has long been the same."""
        now = self._now()
        heard = {each: self._heard.get(each, (None, now)) for each in signs}
        self._heard = {
            each: heard[each] if heard[each][0] == sign else (sign, now)
            for each, sign in signs.items()
        }
        return [each for each, (_, at) in self._heard.items() if now - at > self._seconds]

    def is_due(self) -> bool:
        """Whether so much time has passed since it was last so."""
        if self._now() < self._due:
            return False
        self._due = self._now() + self._seconds
        return True


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the broker says of a partition: Kafka's error code, the log's end, a piece of it."""

    code: int
    high: int
    log: bytes


async def _committed(
    client: AIOKafkaConsumer, partitions: Iterable[TopicPartition]
) -> dict[TopicPartition, int]:
    return {each: await client.committed(each) or 0 for each in partitions}


async def _ask(
    client: AIOKafkaConsumer, places: Mapping[TopicPartition, int], limit: int
) -> dict[TopicPartition, _Answer]:
    """The broker's own answers, as they came over the wire; of the log ``limit`` bytes or a batch.

    The library has the request but no method for it.
    """
    answers: dict[TopicPartition, _Answer] = {}
    asked: defaultdict[int, defaultdict[str, list[tuple[int, int, int]]]]
    asked = defaultdict(lambda: defaultdict(list))
    for each, offset in places.items():
        leader = client._client.cluster.leader_for_partition(each)
        if leader is None or leader == -1:
            answers[each] = _Answer(LeaderNotAvailableError.errno, 0, b"")
        else:
            asked[leader][each.topic].append((each.partition, offset, limit))
    for leader, topics in asked.items():
        request = FetchRequest(0, 0, len(places) * limit, 0, list(topics.items()))
        response = await client._client.send(leader, request)
        for topic, partitions in response.topics:
            for number, code, high, *rest in partitions:
                answers[TopicPartition(topic, number)] = _Answer(code, high, rest[-1] or b"")
    return answers


def _faults(answers: Mapping[TopicPartition, _Answer]) -> dict[Partition, str]:
    """The partitions that the broker refuses, and why in Kafka's words."""
    return {
        Partition(*each): for_code(answer.code).__name__
        for each, answer in answers.items()
        if answer.code not in (0, _OUT_OF_RANGE)
    }


@dataclass(frozen=True, slots=True)
class Gathering:
    """The broker answers a fetch when it has ``min_bytes`` of records, or after ``max_wait_ms``. A
    transaction costs much the same for one event as for fifty: let a few gather."""

    min_bytes: int = 65_536
    max_wait_ms: int = 150


AT_REST = Gathering(min_bytes=1, max_wait_ms=500)
"""So a member asks to whom nothing came: seldom, and the next record does not wait for others. A
partition that another member leaves to it is asked about that much later. Decision 0095."""


class KafkaSubscription:
    """One member of a group. Joins in the background, and again after it was lost."""

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        group: str,
        session_seconds: float = 6.0,
        silent_seconds: float = SILENT_SECONDS,
        gathering: Gathering = Gathering(),
        security: KafkaSecurity = PLAIN_TEXT,
    ) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._group = group
        self._session_seconds = session_seconds
        self._gathering = gathering
        self._security = security
        self._client: AIOKafkaConsumer | None = None
        self._joining: asyncio.Task[None] | None = None
        self._paused = False
        self._last_progress = monotonic()
        self._silence = Silence(silent_seconds)
        self._faults: Mapping[Partition, str] = {}

    @property
    def joined(self) -> bool:
        return self._client is not None and self._joining is None

    @property
    def faults(self) -> Mapping[Partition, str]:
        return self._faults

    @property
    def places(self) -> Mapping[Partition, Place]:
        """As the client knows them from its last fetch: nobody is asked."""
        if self._client is None:
            return {}
        found = {}
        for each in self._client.assignment():
            # The library tells the position only to who waits until it has one.
            state = self._client._subscription.subscription.assignment.state_value(each)
            if state.highwater is not None and state.has_valid_position:
                found[Partition(*each)] = Place(state.position, state.highwater)
        return found

    async def fetch(self, limit: int, seconds: float) -> Sequence[Record]:
        seconds = min(seconds, 1.0)
        try:
            client = await self._join(seconds)
            if client is None:
                return ()
            self._apply_pause(client)
            records = await self._take(client, limit, seconds)
            await self._watch(client, bool(records))
        except (*_AWAY, IllegalStateError) as error:
            await self.stop()
            raise Transient(f"the broker is away: {_said(error)}") from error
        return records

    async def _take(self, client: AIOKafkaConsumer, limit: int, seconds: float) -> list[Record]:
        try:
            batches = await client.getmany(timeout_ms=int(seconds * 1000), max_records=limit)
        except Exception as error:
            # Whatever a codec's library raises comes through here, and names no partition.
            get_logger("kafka").warning("client_cannot_read", error=describe(error))
            if records := await self._read_ourselves(client, limit):
                return records
            raise
        self._gather(client, self._gathering if batches else AT_REST)
        return [
            Record(Partition(raw.topic, raw.partition), raw.offset, raw.key, raw.headers, raw.value)
            for records in batches.values()
            for raw in records
        ]

    def _gather(self, client: AIOKafkaConsumer, gathering: Gathering) -> None:
        """From the next fetch on: the library sends it when what came was taken."""
        fetcher = client._fetcher
        fetcher._fetch_min_bytes = gathering.min_bytes
        fetcher._fetch_max_wait_ms = gathering.max_wait_ms

    async def _read_ourselves(self, client: AIOKafkaConsumer, limit: int) -> list[Record]:
        """From the committed offsets on: what the client fetched before it failed is lost to it."""
        async with asyncio.timeout(ASK_SECONDS):
            places = await _committed(client, client.assignment())
            answers = await _ask(client, places, ASK_BYTES)
            if gone := [each for each, answer in answers.items() if answer.code == _OUT_OF_RANGE]:
                places |= await client.beginning_offsets(gone)
                answers |= await _ask(client, places, ASK_BYTES)
        found: list[Record] = []
        for each in places:
            client.seek(each, places[each])
        for each, answer in answers.items():
            share = min(limit - len(found), max(1, limit // len(answers)))
            piece = Piece(Partition(*each), places[each], answer.high, answer.log)
            if share and answer.log:
                reading = read(piece, CODECS, share)
                client.seek(each, reading.next_offset)
                found.extend(reading.records)
        self._faults = _faults(answers)
        return found

    async def _join(self, seconds: float) -> AIOKafkaConsumer | None:
        """The client, once it has joined. None when that takes longer than ``seconds``, and when it
        has joined just now: whoever waits for it learns so before the first records are waited
        for."""
        if self._client is None:
            self._client = self._new_client()
            self._joining = asyncio.create_task(self._start(self._client))
        if self._joining is not None:
            done, _ = await asyncio.wait([self._joining], timeout=seconds)
            if not done:
                return None
            if self._joining.cancelled():
                raise KafkaError("the client gave up joining")
            try:
                self._joining.result()
            except Transient:
                await self.stop()
                raise
            self._joining = None
            self._last_progress = monotonic()
            return None
        return self._client

    async def _start(self, client: AIOKafkaConsumer) -> None:
        await _started(client.start(), JOIN_SECONDS, self._bootstrap, self._security)

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
            fetch_min_bytes=AT_REST.min_bytes,
            fetch_max_wait_ms=AT_REST.max_wait_ms,
            **_options(self._security),
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
        silent = self._silent(client)
        if fetched:
            self._last_progress = monotonic()
            # A partition whose records wait in the client to be taken is silent, too. And nothing
            # may be raised here: what was fetched would be lost.
            if silent and self._silence.is_due():
                with suppress(*_AWAY):
                    await self._ask_about(client, silent)
        elif silent and not self._paused:
            await self._ask_about_or_wait(client, silent)
        elif client.assignment():
            self._last_progress = monotonic()
        if self._is_stalled():
            await self.stop()
            raise Transient("no partition was assigned or heard of for a long time")
        if not silent:
            self._faults = {}

    def _is_stalled(self) -> bool:
        return monotonic() - self._last_progress > STALLED_SECONDS

    def _silent(self, client: AIOKafkaConsumer) -> list[TopicPartition]:
        assigned = client.assignment()
        return self._silence.among({each: client.last_poll_timestamp(each) for each in assigned})

    async def _ask_about_or_wait(
        self, client: AIOKafkaConsumer, silent: Sequence[TopicPartition]
    ) -> None:
        """Raises Transient when nobody answers: the client finds its way back by itself. After a
        long time it is given up like one that fails."""
        try:
            await self._ask_about(client, silent)
        except _AWAY as error:
            if self._is_stalled():
                raise
            raise Transient(f"the broker is silent: {type(error).__name__}") from error
        if self._faults:
            self._last_progress = monotonic()

    async def _ask_about(self, client: AIOKafkaConsumer, silent: Sequence[TopicPartition]) -> None:
        """Who is refused is in ``faults`` then."""
        async with asyncio.timeout(ASK_SECONDS):
            answers = await _ask(client, await _committed(client, silent), 1)
        self._faults = _faults(answers)

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
        self._faults = {}
        client, self._client = self._client, None
        joining, self._joining = self._joining, None
        if joining is not None:
            joining.cancel()
            await asyncio.wait([joining])
        if client is not None:
            await let_go(client, client._client, "consumer")


class KafkaAdmin:
    """Topics and groups; use as ``async with``."""

    def __init__(self, bootstrap: str, security: KafkaSecurity = PLAIN_TEXT) -> None:
        self._bootstrap = bootstrap
        self._security = security
        self._client = AIOKafkaAdminClient(
            bootstrap_servers=bootstrap, request_timeout_ms=10_000, **_options(security)
        )

    async def __aenter__(self) -> "KafkaAdmin":
        try:
            await _started(self._reach(), CONNECT_SECONDS, self._bootstrap, self._security)
        except BaseException:
            await self._client.close()
            raise
        return self

    async def _reach(self) -> None:
        """One of the brokers, by the name that the cluster gives it: the client itself is content
        with the first address."""
        await self._client.start()
        network = self._client._client
        for broker in network.cluster.brokers():
            if await network.ready(broker.nodeId):
                return
        raise KafkaConnectionError("no broker answers")

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def create_topic(self, topic: Topic) -> bool:
        """False when the topic exists already."""
        wanted = NewTopic(
            topic.name, topic.partitions, topic.replication_factor, topic_configs=pinned(topic)
        )
        if topic.name in await self._client.list_topics():
            return False
        response = await self._client.create_topics([wanted])
        code = response.topic_errors[0][1]
        if code == TopicAlreadyExistsError.errno:
            return False
        _raise_for(code)
        await self._appeared(topic.name)
        return True

    async def _appeared(self, topic: str) -> None:
        """Whoever asked before a broker tells of it would hear that it is missing. Raises Transient
        when none does."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                while topic not in await self._client.list_topics():  # noqa: ASYNC110 (none to await)
                    await asyncio.sleep(0.05)
        except TimeoutError as error:
            raise Transient("the topic was made, and the broker does not tell of it") from error

    async def settings(self, topic: str) -> dict[str, str]:
        """The settings of a topic by Kafka's names, its number of partitions and of replicas."""
        # Not asked by its name while it is missing: some brokers make a topic that is asked for.
        if topic not in await self._client.list_topics():
            # To who may not see it a topic looks as if it were missing; this tells them apart.
            await self._entries(topic)
            raise UnknownTopicOrPartitionError(topic)
        [described] = await self._client.describe_topics([topic])
        _raise_for(described["error_code"])
        entries = await self._entries(topic)
        partitions = described["partitions"]
        return {name: value for name, value, _ in entries if value is not None} | {
            PARTITIONS: str(len(partitions)),
            REPLICAS: str(min((len(each["replicas"]) for each in partitions), default=0)),
        }

    async def pin(self, topic: Topic) -> None:
        """Set right what is wrong about a topic that exists; all else stays as somebody set it."""
        entries = await self._entries(topic.name)
        found = {name: value for name, value, _ in entries if value is not None}
        wrong = {each.setting for each in deviations(topic, found)}
        if not wrong.intersection(pinned(topic)):
            return
        # The client can only send all that was set for the topic: what is left out is reset.
        own = {name: value for name, value, is_own in entries if is_own}
        right = {name: value for name, value in pinned(topic).items() if name in wrong}
        resource = ConfigResource(ConfigResourceType.TOPIC, topic.name, own | right)
        [response] = await self._client.alter_configs([resource])
        _raise_for(response.resources[0][0])

    async def _entries(self, topic: str) -> list[tuple[str, str | None, bool]]:
        """Name, value and whether it was set for this topic; none where the broker has none."""
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        [response] = await self._client.describe_configs([resource])
        code, *_, entries = response.resources[0]
        _raise_for(code)
        return [(name, value, source == _SET_FOR_TOPIC) for name, value, _, source, *_ in entries]

    async def delete_topic(self, topic: str) -> None:
        """Return when the topic is gone; also when it never was."""
        response = await self._client.delete_topics([topic])
        code = response.topic_error_codes[0][1]
        if code != UnknownTopicOrPartitionError.errno:
            _raise_for(code)
        while topic in await self._client.list_topics():  # noqa: ASYNC110 (the broker sends no signal)
            await asyncio.sleep(0.1)

    async def delete_groups(self, groups: Sequence[str], patience: float = LEAVE_SECONDS) -> None:
        """Forget the offsets of ``groups``, so that their members read from the beginning.

        Waits for members that are still leaving, ``patience`` seconds; raises InUse when one stays.
        An empty broker is given the time that it takes to make a place for the offsets of groups.
        """
        for group in groups:
            began = monotonic()
            while (code := await self._delete_group(group)) not in (0, GroupIdNotFound.errno):
                waited, is_kept = monotonic() - began, code not in _NOT_KEPT_YET
                if code not in _LATER or (not is_kept and waited > LEAVE_SECONDS):
                    raise Transient(f"the group {group} cannot be deleted: error {code}")
                if is_kept and waited > patience:
                    raise InUse(f"The group {group} still has members: stop that service first.")
                await asyncio.sleep(0.2)

    async def _delete_group(self, group: str) -> int:
        """Kafka's error code; the client library has the request but no method for it."""
        try:
            node = await self._client.find_coordinator(group)
        except GroupCoordinatorNotAvailableError as error:
            return int(error.errno)
        response = await self._client._send_request(DeleteGroupsRequest([group]), node)
        return int(response.results[0][1])


def _raise_for(code: int) -> None:
    if code:
        raise for_code(code)


async def ensure_topic(bootstrap: str, topic: Topic, security: KafkaSecurity = PLAIN_TEXT) -> None:
    """Create the topic, or pin its settings; its number of partitions is fixed at creation."""
    async with KafkaAdmin(bootstrap, security) as admin:
        if not await admin.create_topic(topic):
            await admin.pin(topic)


async def settings_of(
    bootstrap: str, topic: str, security: KafkaSecurity = PLAIN_TEXT
) -> Mapping[str, str]:
    """See ``KafkaAdmin.settings``; a topic that is missing has no partitions. Raises Transient
    when the broker does not tell."""
    try:
        async with KafkaAdmin(bootstrap, security) as admin, asyncio.timeout(CONNECT_SECONDS):
            return await admin.settings(topic)
    except UnknownTopicOrPartitionError:
        return {PARTITIONS: "0"}
    except _AWAY as error:
        raise Transient(f"the broker does not tell: {_said(error)}") from error

"""Outbox: events are rows of the transaction that decided them; a relay publishes the rows.

The relay asks for ``published_at IS NULL`` and never for ``seq > last``: rows commit out of
order and would be lost. Per shard one relay is at work, the one that holds its lease
(``shard_lease.py``); a relay that dies between the broker's acknowledgement and the mark, or that
was replaced meanwhile, has published what is published again, and the inboxes absorb it. A row that
the bus refuses is set aside; what stands behind it of the same complaint waits, and all others go
on.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import set_aside
from shared.archive import ArchivedEvent
from shared.bus import Producer
from shared.cloudevents import BusMessage, attributes, encode_body
from shared.database import transient_database_errors
from shared.errors import Reject, Transient
from shared.events.event import Envelope
from shared.faults import FaultPoints
from shared.health import Heart
from shared.retry import RetryPolicy
from shared.set_aside import OUTBOX, BadRow, cause_of, not_aside, sift
from shared.shard_lease import SHARDS, ShardLease
from shared.spans import Spans
from shared.telemetry import Metrics, describe, get_logger

OutboxRow: TypeAlias = Row[Any] | ArchivedEvent

BATCH = 500
POLL_SECONDS = 0.5

LINGER_SECONDS = 0.02
"""After it was woken the relay waits so long for more: a round costs the same for one row."""

_WRITE = text(
    "INSERT INTO outbox (event_id, complaint_id, shard, type, at, causation_id, traceparent, body)"
    " SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:complaint_ids AS uuid[]),"
    " CAST(:shards AS smallint[]), CAST(:types AS text[]), CAST(:ats AS timestamptz[]),"
    " CAST(:causes AS uuid[]), CAST(:traceparents AS text[]), CAST(:bodies AS bytea[]))"
)
_COLUMNS = "seq, event_id, complaint_id, type, at, causation_id, traceparent, body"
_TAKE = text(
    f"SELECT {_COLUMNS} FROM outbox"  # noqa: S608 (a constant)
    " WHERE published_at IS NULL AND shard = ANY(CAST(:shards AS smallint[]))"
    f" AND {not_aside('outbox.complaint_id', OUTBOX)}"
    " ORDER BY seq LIMIT :limit"
)
_MARK = text("UPDATE outbox SET published_at = now() WHERE seq = ANY(CAST(:seqs AS bigint[]))")
_AGAIN = text(
    "UPDATE outbox SET published_at = NULL WHERE complaint_id = :complaint_id AND seq >= :seq"
)
# Without what is set aside: that waits for people, and is told by another figure.
_CENSUS = text(
    "SELECT count(*) AS rows, coalesce(CAST(extract(epoch FROM now() - min(at)) AS float8), 0)"  # noqa: S608
    " AS oldest FROM (SELECT at FROM outbox WHERE published_at IS NULL"
    f" AND {not_aside('outbox.complaint_id', OUTBOX)} ORDER BY seq LIMIT 10000) AS waiting"
)
_OF_COMPLAINTS = text(
    f"SELECT {_COLUMNS} FROM outbox"  # noqa: S608 (a constant)
    " WHERE complaint_id = ANY(CAST(:ids AS uuid[])) ORDER BY complaint_id, seq"
)
_ALL = text(f"SELECT {_COLUMNS} FROM outbox ORDER BY complaint_id, seq")  # noqa: S608


def shard_of(complaint_id: UUID) -> int:
    return complaint_id.int % SHARDS


async def write(connection: AsyncConnection, envelopes: Sequence[Envelope]) -> None:
    """Record ``envelopes`` in one statement, in their order."""
    if not envelopes:
        return
    await connection.execute(
        _WRITE,
        {
            "ids": [envelope.id for envelope in envelopes],
            "complaint_ids": [envelope.complaint_id for envelope in envelopes],
            "shards": [shard_of(envelope.complaint_id) for envelope in envelopes],
            "types": [envelope.type for envelope in envelopes],
            "ats": [envelope.event.at for envelope in envelopes],
            "causes": [envelope.causation_id for envelope in envelopes],
            "traceparents": [envelope.traceparent for envelope in envelopes],
            "bodies": [encode_body(envelope.event) for envelope in envelopes],
        },
    )


def message_of(row: OutboxRow, source: str) -> BusMessage:
    """An outbox row as the bus carries it."""
    return BusMessage(
        key=str(row.complaint_id).encode(),
        headers=attributes(
            row.event_id, source, row.type, row.complaint_id, row.at,
            row.causation_id, row.traceparent,
        ),
        value=row.body,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that the bus does not take, and why."""

    row: OutboxRow
    source: str
    cause: str

    @property
    def bad_row(self) -> BadRow:
        return BadRow(OUTBOX, self.row.event_id, self.row.complaint_id, self.cause)


async def send(
    producer: Producer, rows: Sequence[tuple[str, OutboxRow]]
) -> tuple[list[OutboxRow], list[Refused]]:
    """Sends rows, each with its emitter, in their order; returns those that are on the bus, and
    those that it refuses. What stands behind a refused row of the same emitter and complaint is in
    neither list: it waits. Raises Transient."""
    sent: list[OutboxRow] = []
    held: set[tuple[str, UUID]] = set()

    async def attempt(some: Sequence[tuple[str, OutboxRow]]) -> None:
        free = [(source, row) for source, row in some if (source, row.complaint_id) not in held]
        try:
            await producer.send([_message(row, source) for source, row in free])
        except Reject:
            if len(some) == 1:
                held.update((source, row.complaint_id) for source, row in some)
            raise
        sent.extend(row for _, row in free)

    refused = await sift(rows, attempt, lambda error: isinstance(error, Reject))
    return sent, [Refused(row, source, cause_of(error)) for (source, row), error in refused]


def _message(row: OutboxRow, source: str) -> BusMessage:
    try:
        return message_of(row, source)
    except Exception as error:
        raise Reject("unreadable_row", describe(error)) from error


async def hold(connection: AsyncConnection, refused: Sequence[Refused]) -> None:
    """Set rows aside that a rebuild of the bus could not publish. They and what stands behind them
    count as unpublished: the relay publishes them when they are released."""
    await set_aside.write(connection, [each.bad_row for each in refused])
    for each in refused:
        place = {"complaint_id": each.row.complaint_id, "seq": each.row.seq}
        await connection.execute(_AGAIN, place)


async def take(connection: AsyncConnection, shards: Sequence[int], limit: int) -> list[OutboxRow]:
    """The oldest events of the shards that are not on the bus, at most ``limit``, in order."""
    found = await connection.execute(_TAKE, {"shards": list(shards), "limit": limit})
    return list(found)


async def mark(connection: AsyncConnection, rows: Sequence[OutboxRow]) -> None:
    """They are on the bus."""
    await connection.execute(_MARK, {"seqs": [row.seq for row in rows]})


async def census(connection: AsyncConnection) -> tuple[int, float]:
    """How many events the broker has not taken, counted to 10,000, and the age of the oldest in
    seconds; 0 where all are on the bus."""
    row = (await connection.execute(_CENSUS)).one()
    return row.rows, max(0.0, row.oldest)


async def of_complaints(connection: AsyncConnection, ids: Sequence[UUID]) -> Sequence[OutboxRow]:
    """All that was recorded of these, by complaint and then in order."""
    return (await connection.execute(_OF_COMPLAINTS, {"ids": list(ids)})).all()


async def stream_all(connection: AsyncConnection) -> AsyncIterator[OutboxRow]:
    """Every row ever recorded, by complaint and then in order, without holding them all."""
    result = await connection.stream(_ALL, execution_options={"yield_per": 2000})
    async for row in result:
        yield row


class Relay:
    """Publishes what is recorded, in order per complaint, at least once."""

    def __init__(
        self,
        engine: AsyncEngine,
        source: str,
        producer: Producer,
        lease: ShardLease,
        faults: FaultPoints,
        metrics: Metrics,
        heart: Heart,
        retry: RetryPolicy | None = None,
        spans: Spans | None = None,
    ) -> None:
        self._engine = engine
        self._spans = spans
        self._source = source
        self._producer = producer
        self._lease = lease
        self._faults = faults
        self._metrics = metrics
        self._heart = heart
        self._retry = retry or RetryPolicy(cap=2.0)
        self._recorded = asyncio.Event()
        self._failures = 0
        self._log = get_logger(source)

    def wake(self) -> None:
        """Something was recorded: do not wait for the next poll."""
        self._recorded.set()

    @property
    def heart(self) -> Heart:
        return self._heart

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until ``stop``; then once more what is already recorded."""
        tasks = [
            asyncio.create_task(self._lease.keep(self.wake)),
            asyncio.create_task(self._relay(stop)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in done:
            task.result()
        await self._leave()

    async def _leave(self) -> None:
        """Who takes over need not wait for the lease to run out, nor for our producer."""
        try:
            await self._lease.give_up()
        except Transient as error:
            self._log.warning("lease_runs_out", error=str(error))
        await self._producer.stop()

    async def _relay(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._relay_until(stop)
            except Transient as error:
                self._failures += 1
                self._metrics.retries.labels("relay").inc()
                self._log.warning("relay_waits", error=str(error), attempt=self._failures)
                await self._back_off(stop, self._retry.delay(self._failures, 0.5))

    async def _relay_until(self, stop: asyncio.Event) -> None:
        """Round after round, until one fails or all stops."""
        while not stop.is_set():
            await self._drain()
            # A hiccup after days of work must not wait as long as the last outage did.
            self._failures = 0
            self._heart.beat()
            await self._sleep(stop, POLL_SECONDS)
            await asyncio.sleep(LINGER_SECONDS)
        await self._drain()

    async def _drain(self) -> None:
        self._recorded.clear()
        if not self._lease.held:
            return
        with transient_database_errors():
            async with self._engine.connect() as connection:
                # AUTOCOMMIT: a transaction would be open while the broker is waited for.
                connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
                while await self._publish(connection) == BATCH:
                    self._heart.beat()

    async def _publish(self, connection: AsyncConnection) -> int:
        """The oldest rows of the shards that are held; returns how many were dealt with."""
        rows = await take(connection, self._lease.held, BATCH)
        # Asked again: the process may have been stopped while it waited for the rows.
        if not rows or not self._lease.held:
            return 0
        self._lease.sending()
        began = monotonic()
        sent, refused = await send(self._producer, [(self._source, row) for row in rows])
        self._lease.acknowledged()
        took = monotonic() - began
        self._faults.reach("relay.after_ack")
        await mark(connection, sent)
        if refused:
            bad = [each.bad_row for each in refused]
            set_aside.announce(self._log, await set_aside.write(connection, bad))
        self._metrics.events_relayed.inc(len(sent))
        if self._spans:
            self._spans.published(sent, took)
        return len(rows)

    @staticmethod
    async def _back_off(stop: asyncio.Event, seconds: float) -> None:
        """Sit it out, woken or not: a wake would turn an outage into a busy loop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stop.wait()

    async def _sleep(self, stop: asyncio.Event, seconds: float) -> None:
        """Until something is recorded, all stops, or the time is over."""
        waits = [
            asyncio.ensure_future(self._recorded.wait()), asyncio.ensure_future(stop.wait())
        ]  # fmt: skip
        _, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()

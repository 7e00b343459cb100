"""The one consume loop: batch first, then singly; inbox, handler and outbox in one transaction.

Offsets are committed, by name, after the transaction that holds their effect: a crash between
the two brings the records again and the inbox absorbs them.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol
from uuid import UUID

from shared import inbox, parked
from shared.applied_log import AppliedLog
from shared.bus import Partition, Record, Subscription
from shared.cloudevents import decode, header
from shared.erased_again import Outcome, apply_ahead
from shared.errors import Reject, StopTheLine, Transient, sentence
from shared.events.event import Envelope, Event, type_of
from shared.faults import FaultPoints
from shared.health import Heart
from shared.ids import in_order
from shared.lag import Lag
from shared.retry import Park, Retry, RetryPolicy
from shared.spans import Spans
from shared.telemetry import Metrics, describe, get_logger
from shared.visibility import SYSTEM
from shared.work import Work, Works

POLL_SECONDS = 0.5

BUGS_IN_A_ROW = 20
"""So many parked bugs without a success between them stop the line: the fault is not the event's.

An event that is rejected in between is no success: it says nothing about the code that fails.
"""

TROUBLE_AFTER = 3
"""Failures in a row after which health turns red."""


class Handler(Protocol):
    """What a service does with the events it hears."""

    hears: frozenset[type[Event]]

    async def prepare(self, envelopes: Sequence[Envelope]) -> Any:
        """Fetch from other services what ``apply`` needs; outside any transaction."""

    async def apply(self, work: Work, envelopes: Sequence[Envelope], prepared: Any) -> None:
        """Apply ``envelopes``, in order, inside ``work``; none was applied before."""


@dataclass(frozen=True, slots=True)
class DecodedRecord:
    """A record and the event that was read from it."""

    record: Record
    envelope: Envelope


class Consumer:
    """Feeds a handler from a subscription until told to stop."""

    def __init__(
        self,
        handler: Handler,
        subscription: Subscription,
        works: Works,
        faults: FaultPoints,
        metrics: Metrics,
        heart: Heart,
        batch_size: int = 500,
        retry: RetryPolicy | None = None,
        jitter: Callable[[], float] = random.random,
        spans: Spans | None = None,
    ) -> None:
        self._handler = handler
        self._spans = spans
        self._heard = frozenset(type_of(event) for event in handler.hears)
        self._heard_names = frozenset(_without_version(name) for name in self._heard)
        self._subscription = subscription
        self._works = works
        self._faults = faults
        self._metrics = metrics
        self._heart = heart
        self._batch_size = batch_size
        self._retry = retry or RetryPolicy()
        self._jitter = jitter
        self._bugs_in_a_row = 0
        self._pending: list[Record] = []
        self._standing: dict[Partition, str] = {}
        self._lag = Lag()
        self._stop = asyncio.Event()
        # Told to stop in the middle of a retry: what is not applied must not be committed.
        self._interrupted = False
        self._log = get_logger(works.source)
        self._applied = AppliedLog(self._log)

    @property
    def heart(self) -> Heart:
        return self._heart

    async def apply_ahead(self, histories: Iterable[Sequence[Envelope]]) -> Outcome:
        """Erasures before they come with the stream (``shared.erased_again``)."""
        return await apply_ahead(self._works, self._handler, histories)

    def tell_lag(self) -> None:
        """How far each partition of this process is behind goes into the gauges."""
        backlogs = self._lag.backlogs(monotonic()).items()
        self._metrics.lag_records.tell({(str(number),): each.records for number, each in backlogs})
        self._metrics.lag_seconds.tell({(str(number),): each.seconds for number, each in backlogs})

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until ``stop``. Raises StopTheLine when too many events in a row are bugs.

        May be called again after it has raised. The bugs are counted on until an event passes: a
        fault that is still there costs one more parked event for each try, and not twenty.
        """
        self._stop = stop
        # What was fetched and not applied comes again; it may be another member's by then.
        self._pending = []
        try:
            while not stop.is_set():
                records = await self._fetch()
                self._note_faults()
                self._lag.saw(self._subscription.places, records, monotonic())
                if records:
                    await self._consume(records)
                self._applied.write_when_due()
                if self._subscription.joined:
                    self._beat()
        finally:
            self._applied.write()
            await self._subscription.stop()

    async def _fetch(self) -> Sequence[Record]:
        attempt = 0
        while not self._stop.is_set():
            # Before anything newer: the broker sends a partition's records in their order.
            if self._pending:
                records, self._pending = self._pending, []
                return records
            try:
                return await self._subscription.fetch(self._batch_size, POLL_SECONDS)
            except Transient as error:
                attempt += 1
                self._note_failure(attempt, error)
                await self._pause(self._retry.delay(attempt, self._jitter()))
        return ()

    async def _consume(self, records: Sequence[Record]) -> None:
        started = monotonic()
        await self._apply_in_order(records)
        if self._interrupted:
            return
        self._faults.reach("consumer.before_offset_commit")
        await self._commit(records)
        self._metrics.batch_size.observe(len(records))
        self._metrics.batch_seconds.observe(monotonic() - started)

    async def _apply_in_order(self, records: Sequence[Record]) -> None:
        """What this service hears, in batches; what cannot be read is parked in its turn.

        In its turn: parked before the earlier events of its complaint are applied, it would
        hold them behind itself, and a replay would apply them in the wrong order.
        """
        decoded: list[DecodedRecord] = []
        for record in records:
            try:
                if self._hears(record):
                    decoded.append(DecodedRecord(record, decode(record.message)))
                else:
                    self._metrics.events_skipped.inc()
            except Reject as error:
                await self._apply_all(decoded)
                decoded = []
                # What was not applied before a stop comes again, and this record comes after it.
                if self._interrupted:
                    return
                await self._persist(self._park, record, None, Park(error.cause, error.detail))
        await self._apply_all(decoded)

    async def _apply_all(self, decoded: Sequence[DecodedRecord]) -> None:
        if not decoded or self._interrupted:
            return
        if not await self._apply_batch(decoded):
            await self._apply_singly(decoded)

    def _hears(self, record: Record) -> bool:
        """By the header alone. Raises Reject for a version of a heard event that is unknown, and
        for what cannot be read and may be one: skipping those would lose a fact; a type of which
        nothing is heard is not ours."""
        event_type = header(record.headers, "ce_type")
        if event_type and _without_version(event_type) not in self._heard_names:
            return False
        if record.unreadable is not None:
            raise Reject(parked.UNREADABLE, _place_of(record))
        if event_type is None:
            raise Reject("bad_header", "header ce_type is missing")
        if event_type not in self._heard:
            raise Reject("unknown_version", "this version of the event is not known here")
        return True

    async def _apply_batch(self, decoded: Sequence[DecodedRecord]) -> bool:
        """All in one transaction; False when it failed and must be done singly."""
        attempt = 0
        while True:
            attempt += 1
            try:
                await self._apply(decoded)
            except Transient as error:
                self._note_failure(attempt, error)
                if not await self._wait(self._retry.decide(attempt, error, self._jitter())):
                    return True
            except Exception as error:  # noqa: BLE001 (the loop decides every error's fate)
                self._log.warning("batch_failed", count=len(decoded), error=describe(error))
                return False
            else:
                self._bugs_in_a_row = 0
                return True

    async def _apply_singly(self, decoded: Sequence[DecodedRecord]) -> None:
        for each in decoded:
            if self._interrupted:
                return
            await self._apply_one(each)

    async def _apply_one(self, one: DecodedRecord) -> None:
        attempt = 0
        while True:
            attempt += 1
            try:
                await self._apply([one])
            except Exception as error:  # noqa: BLE001 (the loop decides every error's fate)
                self._note_failure(attempt, error)
                verdict = self._retry.decide(attempt, error, self._jitter())
                if isinstance(verdict, Park):
                    if await self._persist(self._park, one.record, one.envelope, verdict):
                        self._count_bug(verdict)
                    return
                if not await self._wait(verdict):
                    return
            else:
                self._bugs_in_a_row = 0
                return

    async def _apply(self, decoded: Sequence[DecodedRecord]) -> None:
        envelopes = [each.envelope for each in decoded]
        began = monotonic()
        prepared = await self._handler.prepare(envelopes)
        async with self._works.open(SYSTEM) as work:
            # Before the claim: a replay locks in this order too, and neither waits for the other.
            blocked = await parked.blocked(
                work.connection, in_order({e.complaint_id for e in envelopes})
            )
            fresh = await inbox.claim(work.connection, envelopes)
            free = [envelope for envelope in fresh if envelope.complaint_id not in blocked]
            if len(free) < len(fresh):
                await self._hold_back(work, decoded, {e.id for e in fresh} - {e.id for e in free})
            if free:
                await self._handler.apply(work, free, prepared)
        self._applied.add(free)
        if self._spans:
            self._spans.applied(free, monotonic() - began)
        for name, count in Counter(type(each.event).__name__ for each in free).items():
            self._metrics.events_applied.labels(name).inc(count)
        self._metrics.events_repeated.inc(len(envelopes) - len(fresh))
        self._beat()

    async def _hold_back(
        self, work: Work, decoded: Sequence[DecodedRecord], event_ids: set[UUID]
    ) -> None:
        """Put these events, just claimed, behind the parked one of their complaint."""
        await inbox.release(work.connection, event_ids)
        for each in decoded:
            if each.envelope.id in event_ids:
                await parked.park(
                    work.connection, each.record, parked.HELD,
                    "an earlier event of this complaint is parked",
                    each.envelope.id, each.envelope.complaint_id,
                )  # fmt: skip

    async def _park(self, record: Record, envelope: Envelope | None, verdict: Park) -> bool:
        """Set a record aside, unless its event was applied before; whether it was set aside."""
        event_id = envelope.id if envelope else _id_of(record)
        async with self._works.open(SYSTEM) as work:
            free = event_id is None or await inbox.is_free(work.connection, event_id)
            if free:
                await parked.park(
                    work.connection, record, verdict.cause, verdict.detail,
                    event_id, envelope.complaint_id if envelope else _key_of(record),
                )  # fmt: skip
        if not free:
            self._metrics.events_repeated.inc()
            return False
        self._metrics.events_parked.labels(verdict.cause).inc()
        self._log.error(
            "event_parked", cause=verdict.cause, detail=verdict.detail,
            partition=record.partition.number, offset=record.offset,
        )  # fmt: skip
        return True

    async def _persist(self, step: Callable[..., Any], *arguments: Any) -> Any:
        """Do what must not be given up: only a stop ends the tries. Returns what the step does."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return await step(*arguments)
            except Transient as error:
                self._note_failure(attempt, error)
                if not await self._wait(self._retry.decide(attempt, error, self._jitter())):
                    return None

    def _count_bug(self, verdict: Park) -> None:
        if verdict.cause != "bug":
            return
        self._bugs_in_a_row += 1
        if self._bugs_in_a_row >= BUGS_IN_A_ROW:
            raise StopTheLine(f"{BUGS_IN_A_ROW} events in a row failed by a bug")

    def _beat(self) -> None:
        """Progress was made, perhaps not in every partition."""
        self._heart.beat()
        self._heart.trouble = _standing(self._standing) if self._standing else None

    def _note_faults(self) -> None:
        """Say once which partitions stand still, and once that they go on."""
        known, self._standing = self._standing, dict(self._subscription.faults)
        gauge = self._metrics.partitions_standing
        for partition, cause in known.items() - self._standing.items():
            gauge.remove(str(partition.number), cause)
            self._log.info("partition_goes_on", partition=partition.number, cause=cause)
        for partition, cause in self._standing.items() - known.items():
            gauge.labels(str(partition.number), cause).set(1)
            self._log.error("partition_stands_still", partition=partition.number, cause=cause)

    def _note_failure(self, attempt: int, error: Exception) -> None:
        self._metrics.retries.labels("consumer").inc()
        self._log.warning(
            "retry", task="consumer", attempt=attempt, error=describe(error), detail=sentence(error)
        )
        if attempt >= TROUBLE_AFTER:
            self._heart.trouble = f"failing: {sentence(error) or type(error).__name__}"

    async def _wait(self, verdict: Retry | Park) -> bool:
        """Sit out the back-off; False when told to stop meanwhile."""
        if isinstance(verdict, Retry):
            await self._pause(verdict.delay)
        if self._stop.is_set():
            self._interrupted = True
        return not self._interrupted

    async def _pause(self, seconds: float) -> None:
        """Fetch nothing new but keep polling, so that the group does not drop this member."""
        until = monotonic() + seconds
        self._subscription.pause()
        try:
            while not self._stop.is_set() and (left := until - monotonic()) > 0:
                await self._poll_paused(min(left, POLL_SECONDS))
        finally:
            self._subscription.resume()

    async def _poll_paused(self, seconds: float) -> None:
        started = monotonic()
        try:
            # A rebalance forgets the pause: records that come all the same are kept for later.
            self._pending.extend(await self._subscription.fetch(self._batch_size, seconds))
        except Transient as error:
            self._log.warning("retry", task="poll", error=describe(error))
        await asyncio.sleep(max(0.0, seconds - (monotonic() - started)))

    async def _commit(self, records: Sequence[Record]) -> None:
        offsets: Mapping[Partition, int] = {r.partition: r.next_offset for r in records}
        self._lag.applied(offsets)
        try:
            await self._subscription.commit(offsets)
        except Transient as error:
            # Not fatal: the records come again, the inbox absorbs them.
            self._log.warning("offsets_not_committed", error=describe(error))


def _without_version(event_type: str) -> str:
    return event_type.rpartition(".v")[0]


def _standing(faults: Mapping[Partition, str]) -> str:
    named = (f"partition {each.number}: {cause}" for each, cause in sorted(faults.items()))
    return f"standing still: {', '.join(named)}"


def _place_of(record: Record) -> str:
    """What of it cannot be read, and up to where."""
    last = record.next_offset - 1
    return f"{record.unreadable}; offsets {record.offset} to {last}"


def _id_of(record: Record) -> UUID | None:
    """By it an event is known again at its other offset on a bus that was rebuilt."""
    try:
        return UUID(header(record.headers, "ce_id") or "")
    except (ValueError, Reject):
        return None


def _key_of(record: Record) -> UUID | None:
    try:
        return UUID((record.key or b"").decode())
    except (ValueError, UnicodeDecodeError):
        return None

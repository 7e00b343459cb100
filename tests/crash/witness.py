"""Collects for the ledger what can be seen of a running system, and waits until it is settled."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

from deploy.running import RunningStack
from deploy.services import WITH_DATABASE
from shared.cloudevents import decode
from shared.errors import Reject, Transient
from shared.events.event import Envelope
from shared.events.intake import ReporterErased
from shared.kafka import KafkaSubscription
from shared.kafka_security import PLAIN_TEXT, KafkaSecurity
from shared.visibility import SYSTEM, settings_of
from tests.crash.archive import read_books
from tests.crash.books import Books
from tests.crash.facts import Facts, Filed, Row, Verdict
from tests.crash.ledger import judge
from tests.crash.messages import OutsideMessage, seen_outside
from tests.crash.officers import Officers

TOPIC = "crm.complaints.v1"
_OUTBOX = "SELECT event_id, complaint_id, published_at IS NOT NULL FROM {}.outbox"
_PARKED = "SELECT event_id, complaint_id FROM {}.parked WHERE replayed_at IS NULL"
ASKED_AT_ONCE = 8
"""Tracking codes."""
_AWAY = (Transient, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class StreamReader:
    """Reads the stream from offset 0, by a group that nobody else is in, and never commits.

    Each look begins anew: what an earlier one saw proves nothing about a log that was crashed
    or rebuilt since, and a place in the old log means nothing in a new one.
    """

    def __init__(self, bootstrap: str, security: KafkaSecurity = PLAIN_TEXT) -> None:
        self._bootstrap = bootstrap
        self._security = security
        self._seen: set[tuple[UUID, int, int]] = set()
        self._bad: set[tuple[int, int]] = set()
        self._events: dict[UUID, Envelope] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def events(self) -> list[Envelope]:
        """Each event once."""
        return list(self._events.values())

    @property
    def redelivered(self) -> int:
        """Records that brought an event which another record brought too."""
        return len(self._seen) - len(self._events)

    @property
    def unreadable(self) -> int:
        return len(self._bad)

    async def start_over(self) -> None:
        """Forget everything and read from the beginning."""
        await self.stop()
        self._seen.clear()
        self._bad.clear()
        self._events.clear()
        self._task = asyncio.create_task(self._read())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _read(self) -> None:
        while True:
            # After a broker's death a new group: the old one would wait for its dead member.
            subscription = KafkaSubscription(
                self._bootstrap, TOPIC, f"crm.ledger.{uuid4()}", security=self._security
            )
            try:
                await self._read_from(subscription)
            except Transient:
                await asyncio.sleep(0.5)
            finally:
                await subscription.stop()

    async def _read_from(self, subscription: KafkaSubscription) -> None:
        while True:
            for record in await subscription.fetch(500, 0.3):
                place = (record.partition.number, record.offset)
                try:
                    envelope = decode(record.message)
                except Reject:
                    self._bad.add(place)
                    continue
                self._seen.add((envelope.id, *place))
                self._events[envelope.id] = envelope


class Witness:
    """Looks at a running system from all sides."""

    def __init__(
        self,
        stack: RunningStack,
        officers: Officers,
        pictures: Path,
        security: KafkaSecurity = PLAIN_TEXT,
    ) -> None:
        """``officers``: who gives commands and hands evidence over. ``pictures``: the store.
        ``security``: by which the broker is spoken to."""
        self._stack = stack
        self._officers = officers
        self._pictures = pictures
        self._reader = StreamReader(stack.description["kafka"]["bootstrap"], security)
        self._trackable: set[str] = set()
        self.began = datetime.now(UTC)

    async def __aenter__(self) -> "Witness":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Reads no more; what it has seen stays."""
        await self._reader.stop()

    async def settle(
        self,
        filed: Sequence[Filed],
        since: datetime,
        patience: float = 120.0,
        *,
        start_over: bool = True,
    ) -> Verdict:
        """The verdict once everything has come to rest; after ``patience`` seconds, as it is.

        All processes must be up: what is built anew meanwhile may escape the reader.
        ``start_over``: not needed where nothing was struck since the last verdict.
        """
        if start_over:
            await self._reader.start_over()
        deadline = time.monotonic() + patience
        while True:
            began = time.monotonic()
            try:
                verdict = judge(await self.facts(filed, since))
            except _AWAY:
                if time.monotonic() > deadline:
                    raise
            else:
                if verdict.settled or time.monotonic() > deadline:
                    return verdict
            # To look takes the processor away from those who are waited for.
            await asyncio.sleep(max(0.5, time.monotonic() - began))

    async def facts(self, filed: Sequence[Filed], since: datetime) -> Facts:
        """Raises one of ``_AWAY`` while a part of the system is."""
        outbox, parked = await self._rows()
        messages = [seen_outside(each) for each in await self._stack.left("")]
        await self._ask_tracking(filed, messages)
        books = await self._books()
        return Facts(
            filed=filed,
            # Last: whatever was published when the rows were read has had its time to arrive.
            stream=self._reader.events,
            messages=messages,
            trackable=frozenset(self._trackable),
            outbox=outbox,
            parked=parked,
            since=since,
            redelivered=self._reader.redelivered,
            unreadable=self._reader.unreadable,
            books=books,
        )

    async def _books(self) -> Books:
        erasures = {
            envelope.complaint_id: envelope.id
            for envelope in self._reader.events
            if isinstance(envelope.event, ReporterErased)
        }
        return await read_books(
            self._stack.description["postgres"]["urls"], self._officers.deeds, erasures,
            self._officers.handed_over, self._pictures,
        )  # fmt: skip

    async def _rows(self) -> tuple[list[Row], list[Row]]:
        outbox: list[Row] = []
        parked: list[Row] = []
        for service in WITH_DATABASE:
            url = self._stack.description["postgres"]["urls"][service]
            connection = await asyncpg.connect(
                url, timeout=10, command_timeout=30, server_settings=settings_of(SYSTEM)
            )
            try:
                found = await connection.fetch(_OUTBOX.format(service))
                outbox += [Row(service, row[1], row[0], row[2]) for row in found]
                found = await connection.fetch(_PARKED.format(service))
                parked += [Row(service, row[1], row[0]) for row in found]
            finally:
                await connection.close()
        return outbox, parked

    async def _ask_tracking(
        self, filed: Sequence[Filed], messages: Iterable[OutsideMessage]
    ) -> None:
        """Each code until it is answered; what was answered once stays so."""
        codes = {each.code for each in filed if each.code}
        codes |= {code for message in messages for code in message.codes}
        unanswered = sorted(codes - self._trackable)
        for first in range(0, len(unanswered), ASKED_AT_ONCE):
            some = unanswered[first : first + ASKED_AT_ONCE]
            known = await asyncio.gather(*map(self._is_trackable, some))
            self._trackable.update(code for code, is_known in zip(some, known, strict=True)
                                   if is_known)  # fmt: skip

    async def _is_trackable(self, code: str) -> bool:
        answer = await self._stack.post("tracking", "/v1/track", {"code": code})
        return answer.status == 200 and bool(answer.body.get("stages"))

"""Work: one transaction = connection + now + record(event)."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import fences, outbox, set_aside
from shared.clock import Clock
from shared.database import READ, transient_database_errors
from shared.errors import Transient
from shared.events.event import Envelope, Event
from shared.faults import FaultPoints
from shared.ids import NewId
from shared.set_aside import BadRow
from shared.telemetry import Metrics, describe, get_logger
from shared.trace_context import begun, continued, current_act
from shared.visibility import SYSTEM, Sight

_READ_ONLY = {
    "transaction_read_only": "on",
    "statement_timeout": READ.settings()["statement_timeout"],
}


class Work:
    """What a handler may touch inside a transaction: the connection, the time, the outbox."""

    def __init__(
        self,
        connection: AsyncConnection,
        now: datetime,
        new_id: NewId,
        source: str,
        *,
        sampled: bool = False,
    ) -> None:
        """``sampled``: the spans of traces that begin here are exported."""
        self.connection = connection
        self.now = now
        self.new_id = new_id
        self._source = source
        self._sampled = sampled
        self._recorded: list[Envelope] = []
        self._begun: dict[UUID, str] = {}

    @property
    def recorded(self) -> Sequence[Envelope]:
        """What this transaction will publish, in order."""
        return self._recorded

    async def see_all(self) -> None:
        """From here on the service itself is at work: what the officer asked for has been looked up
        within the officer's sight, and what follows from it may lie beyond."""
        await fences.set_sight(self.connection, SYSTEM)

    def record(self, *events: Event, cause: UUID | None, traceparent: str | None = None) -> None:
        """Publish ``events`` if, and only if, the transaction commits.

        ``cause``: id of the event or command they follow from. ``traceparent``: of what they follow
        from at once; without it they belong to the act at the door here, and where nobody is at
        one, the events of each complaint begin a trace.
        """
        act = current_act()
        for event in events:
            event_id = self.new_id()
            trace = traceparent or self._begun.get(event.complaint_id)
            if trace is None and act is not None:
                trace = begun(event_id)
            own = continued(trace, event_id, sampled=self._sampled)
            self._begun.setdefault(event.complaint_id, own)
            self._recorded.append(Envelope(event_id, self._source, event, cause, own))


class Works:
    """Opens transactions. A failure that passes by itself leaves as Transient."""

    def __init__(
        self,
        engine: AsyncEngine,
        source: str,
        clock: Clock,
        new_id: NewId,
        faults: FaultPoints,
        metrics: Metrics,
        on_recorded: Callable[[], None] = lambda: None,
        *,
        sampled: bool = False,
    ) -> None:
        """``on_recorded`` is called after a commit that recorded events (it wakes the relay).
        ``sampled``: the spans of traces that begin here are exported."""
        self.engine = engine
        self.source = source
        self.on_recorded = on_recorded
        self._sampled = sampled
        self._clock = clock
        self._new_id = new_id
        self._faults = faults
        self._metrics = metrics
        self._log = get_logger(source)

    def without_faults(self) -> "Works":
        """The same for side tasks that record no events. They begin transactions at any time, and
        whoever strikes at the n-th of a process could not say which one that is."""
        return Works(
            self.engine, self.source, self._clock, self._new_id, FaultPoints(), self._metrics
        )

    @asynccontextmanager
    async def open(self, sight: Sight) -> AsyncIterator[Work]:
        """One transaction: committed when the block ends, rolled back when it raises. Bad rows
        that it has met are set aside in both cases.

        ``sight``: for whom it is; the database shows it the cases within it and no others
        (`shared.fences`). ``SYSTEM`` where no officer asks.
        """
        async with self._connected(sight) as connection, connection.begin() as transaction:
            work = Work(connection, self._clock(), self._new_id, self.source, sampled=self._sampled)
            self._faults.reach("work.after_begin")
            yield work
            await outbox.write(connection, work.recorded)
            self._faults.reach("work.before_commit")
            await transaction.commit()
        self._faults.reach("work.after_commit")
        self._announce(work.recorded)

    def _announce(self, recorded: Sequence[Envelope]) -> None:
        for name, count in Counter(type(each.event).__name__ for each in recorded).items():
            self._metrics.events_recorded.labels(name).inc(count)
        if recorded:
            self.on_recorded()

    @asynccontextmanager
    async def read(self, sight: Sight) -> AsyncIterator[AsyncConnection]:
        """A transaction that can change nothing, for ``sight``; bad rows that it has met are set
        aside."""
        async with self._connected(sight, _READ_ONLY) as connection:
            yield connection

    @asynccontextmanager
    async def _connected(
        self, sight: Sight, settings: Mapping[str, str] | None = None
    ) -> AsyncIterator[AsyncConnection]:
        bad: list[BadRow] = []
        try:
            with transient_database_errors():
                async with self.engine.connect() as connection:
                    bad = set_aside.begin(connection)
                    async with fences.begins_with(connection, sight, settings):
                        yield connection
        finally:
            if bad:
                await self._set_aside(bad)

    async def _set_aside(self, rows: Sequence[BadRow]) -> None:
        """In a transaction of its own: the one that met the rows may have failed because of them.

        Not raised while the database is away: whoever met the rows has an error of their own, and
        the next who meets them sets them aside.
        """
        try:
            with transient_database_errors():
                async with self.engine.begin() as connection:
                    news = await set_aside.write(connection, rows)
        except Transient as error:
            self._log.warning("rows_not_set_aside", count=len(rows), error=describe(error))
        else:
            set_aside.announce(self._log, news)

"""One reader of what changes, many who listen.

The table is read once for all: a listener costs no statement, neither while it waits nor when it
comes back. What has happened lately is kept in memory, so that it can go on where it was cut off.
What waits for one listener is bounded: who takes too little gets one ``reset`` in the place of it.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence

from fastapi.sse import format_sse_event
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.live import store
from services.routing.live.change import CaseChange, Position
from services.routing.live.telling import told, units_of
from services.routing.work.store import Wanted, read_list
from services.routing.work.views import TabCounts
from shared.clock import Clock
from shared.errors import Unavailable
from shared.http.paging import Cursors
from shared.visibility import SYSTEM, Sight
from shared.work import Works

INTERVAL_SECONDS = 0.5
"""Between two looks at the table while somebody listens."""
HEARTBEAT_SECONDS = 15.0
COUNTS_SECONDS = 2.0
"""Between two countings of the inboxes that have changed."""
COUNTED_AT_ONCE = 20
RECENT = 2_000
"""Changes that are kept for those who come back."""
WAITING_AT_MOST = 500
"""Messages that may wait for one listener."""
LISTENERS_AT_MOST = 5_000
_BATCH = 500


class Listener:
    """What waits for one who listens. It ends at its time, when it is closed, or with the hub."""

    def __init__(self, hub: "Hub", sight: Sight, seconds: float) -> None:
        """``seconds``: how long it may listen."""
        self.sight = sight
        self._hub = hub
        self._ends_at = asyncio.get_running_loop().time() + seconds
        self._waiting: deque[bytes] = deque()
        self._woken = asyncio.Event()
        self._closed = False

    def push(self, message: bytes) -> None:
        if len(self._waiting) >= WAITING_AT_MOST:
            self._waiting.clear()
            message = self._hub.reset()
        self._waiting.append(message)
        self._woken.set()

    async def next(self) -> bytes | None:
        """What has come since, or a heartbeat; None: it is over."""
        left = self._ends_at - asyncio.get_running_loop().time()
        if not self._waiting and not self._closed and left > 0:
            await self._wait(min(left, HEARTBEAT_SECONDS))
            left = self._ends_at - asyncio.get_running_loop().time()
        if self._closed or (left <= 0 and not self._waiting):
            return None
        found = b"".join(self._waiting) or self._hub.heartbeat()
        self._waiting.clear()
        self._woken.clear()
        return found

    async def _wait(self, seconds: float) -> None:
        timer = asyncio.get_running_loop().call_later(seconds, self._woken.set)
        await self._woken.wait()
        timer.cancel()

    def close(self) -> None:
        """Nothing more is taken; may be called again."""
        self._closed = True
        self._woken.set()
        self._hub.leave(self)


class Recent:
    """The last changes, and behind which position none of them is missing."""

    def __init__(self, since: Position) -> None:
        """``since``: what came before is gone, or was never read."""
        self.until = since
        self._from = since
        self._changes: deque[CaseChange] = deque(maxlen=RECENT)

    def add(self, changes: Sequence[CaseChange], until: Position) -> None:
        """All that there is between the last ``until`` and this one."""
        self._changes.extend(changes)
        if len(self._changes) == RECENT:
            self._from = self._changes[0].position
        self.until = until

    def since(self, position: Position) -> list[CaseChange] | None:
        """None: not all that came behind ``position`` is known here."""
        if not self._from <= position <= self.until:
            return None
        return [each for each in self._changes if each.position > position]


class Hub:
    """Reads what changes while somebody listens, and gives it to those whom it concerns."""

    def __init__(
        self,
        works: Works,
        cursors: Cursors[Position],
        clock: Clock,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """``clock``: by which limits are over."""
        self._works = works
        self._cursors = cursors
        self._clock = clock
        self._jitter = jitter
        self._changed: dict[Sight, None] = {}
        self._count_at = 0.0
        self._groups: dict[Sight, set[Listener]] = {}
        self._sights: dict[str, set[Sight]] = {}
        self._recent: Recent | None = None
        self._reading = asyncio.Lock()
        self._closed = False

    @property
    def listeners(self) -> int:
        return sum(len(group) for group in self._groups.values())

    def reset(self) -> bytes:
        """Tells a listener that something was left out: read the inbox anew."""
        return format_sse_event(event="reset", data_str="{}", id=self._place())

    def heartbeat(self) -> bytes:
        """No event, but the place to go on from: who heard nothing for long is not behind."""
        return format_sse_event(comment="ping", id=self._place())

    async def listen(self, sight: Sight, after: Position | None, seconds: float) -> Listener:
        """``after``: where the listener was cut off. Raises Transient, Unavailable."""
        if self._closed or self.listeners >= LISTENERS_AT_MOST:
            raise Unavailable("There are too many listeners, or the service stops. Try again.")
        async with self._reading:
            recent = self._recent or await self._begin()
            if after is not None and after > recent.until:
                await self._read_on(recent)  # Another replica was a moment ahead of this one.
            # From here on nothing is awaited: a change is in the backlog or comes by the reader.
            listener = Listener(self, sight, seconds)
            listener.push(format_sse_event(retry=self._retry(), id=self._place()))
            if after is not None:
                self._catch_up(listener, recent, after)
            self._join(listener)
        return listener

    def _retry(self) -> int:
        """Milliseconds. When a process ends, its listeners come back one by one."""
        return int(1000 + 4000 * self._jitter())

    def _catch_up(self, listener: Listener, recent: Recent, after: Position) -> None:
        missed = recent.since(after)
        if missed is None:
            listener.push(self.reset())
            return
        for change in missed:
            if message := self._message(change, listener.sight):
                listener.push(message)

    async def _begin(self) -> Recent:
        async with self._works.read(SYSTEM) as connection:
            until = await store.committed(connection)
            found = await store.read_last(connection, until, RECENT)
            recent = Recent(await store.swept(connection))
        recent.add(found, until)
        self._recent = recent
        return recent

    async def step(self) -> int:
        """Reads what is new, while somebody listens. Raises Transient."""
        async with self._reading:
            if not self._groups:
                self._recent = None
            if self._recent is None:
                return 0
            more = await self._read_on(self._recent)
        await self._count()
        return more

    async def _read_on(self, recent: Recent) -> int:
        async with self._works.read(SYSTEM) as connection:
            until = await store.committed(connection)
            found = await store.read_after(connection, recent.until, until, _BATCH)
        more = len(found) == _BATCH
        recent.add(found, found[-1].position if more else until)
        for change in found:
            self._give(change)
        return len(found) if more else 0

    def _give(self, change: CaseChange) -> None:
        sights = {sight for unit in units_of(change) for sight in self._sights.get(unit, ())}
        for sight in sights:
            if message := self._message(change, sight):
                self._changed[sight] = None
                for listener in self._groups[sight]:
                    listener.push(message)

    async def _count(self) -> None:
        """Tells those whose inbox has changed how many stand in each tab now: one statement for all
        who see the same, and not for each change."""
        now = asyncio.get_running_loop().time()
        if not self._changed or now < self._count_at:
            return
        self._count_at = now + COUNTS_SECONDS
        counting = list(self._changed)[:COUNTED_AT_ONCE]
        for sight in counting:
            del self._changed[sight]
        async with self._works.read(SYSTEM) as connection:
            for sight in filter(self._groups.get, counting):
                message = await self._counts(connection, sight)
                for listener in self._groups.get(sight, ()):
                    listener.push(message)

    async def _counts(self, connection: AsyncConnection, sight: Sight) -> bytes:
        wanted = Wanted(sight.works_for or "", sight.judges_for)
        found = await read_list(connection, wanted, sight, self._clock(), None, 1)
        counts = TabCounts.model_validate(found.counts)
        return format_sse_event(event="counts", data_str=counts.model_dump_json())

    def _message(self, change: CaseChange, sight: Sight) -> bytes | None:
        found = told(change, sight)
        if found is None:
            return None
        event, said = found
        return format_sse_event(
            event=event, data_str=said.model_dump_json(), id=self._cursors.write(change.position)
        )

    def _place(self) -> str | None:
        return self._cursors.write(self._recent.until) if self._recent else None

    def _join(self, listener: Listener) -> None:
        self._groups.setdefault(listener.sight, set()).add(listener)
        for unit in _units(listener.sight):
            self._sights.setdefault(unit, set()).add(listener.sight)

    def leave(self, listener: Listener) -> None:
        group = self._groups.get(listener.sight, set())
        group.discard(listener)
        if not group:
            self._groups.pop(listener.sight, None)
            for unit in _units(listener.sight):
                self._sights.get(unit, set()).discard(listener.sight)

    def close(self) -> None:
        """Ends all streams; for the moment when the service begins to stop."""
        self._closed = True
        for listener in [each for group in self._groups.values() for each in group]:
            listener.close()


def _units(sight: Sight) -> set[str]:
    return {unit for unit in (sight.works_for, sight.judges_for) if unit is not None}

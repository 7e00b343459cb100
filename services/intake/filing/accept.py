"""Group commit: one transaction commits all requests that wait at the same time.

A request that arrives during a transaction waits for the next one. Each request is answered after
its commit. When a batch fails, each of its requests is filed again in a transaction of its own, so
that one bad request does not make its neighbours fail.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TypeAlias

from services.intake.filing.filing import Filing, FilingOutcome, Receipts
from services.intake.filing.planning import Arrival
from services.intake.store import AdoptedBefore, Collision
from shared.errors import DomainError, Transient, Underway
from shared.telemetry import describe, get_logger
from shared.visibility import SYSTEM
from shared.work import Works

BATCH_BYTES = 8 * 1024 * 1024
"""Most bytes of originals in one transaction. A larger request gets a transaction of its own."""

COLLISION_TRIES = 5
TRANSIENT_TRIES = 2
"""When the connection breaks during a commit, we do not know whether the commit succeeded. The
second try finds the messages if it did, and files them if it did not."""

_Slot: TypeAlias = tuple[str, bytes]


class Full(Transient):
    """Too many messages or bytes wait for the database. The caller must send again later."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    arrival: Arrival
    answer: "asyncio.Future[Receipts]"


class _Room:
    """How many messages and bytes wait in memory for their commit, and the limits of both.

    A database that hangs does not answer for half a minute. Without limits, the bodies that arrive
    meanwhile could fill the memory. The process would be killed, and all waiting requests with it.
    """

    def __init__(self, limit: int, max_bytes: int) -> None:
        self._limit = limit
        self._max_bytes = max_bytes
        self._messages = self._bytes = 0

    @property
    def taken(self) -> tuple[int, int]:
        return self._messages, self._bytes

    @property
    def most(self) -> tuple[int, int]:
        return self._limit, self._max_bytes

    def take(self, arrival: Arrival) -> None:
        """Raises Full when a limit would be passed.

        When nobody waits, any arrival is let in: a large one could never be filed otherwise.
        """
        messages = self._messages + len(arrival.messages)
        size = self._bytes + len(arrival.original)
        if self._messages and (messages > self._limit or size > self._max_bytes):
            raise Full("too many messages wait for the database")
        self._messages, self._bytes = messages, size

    def give_back(self, arrival: Arrival) -> None:
        self._messages -= len(arrival.messages)
        self._bytes -= len(arrival.original)


class Acceptance:
    """The queue in front of the database, for one event loop."""

    def __init__(
        self,
        works: Works,
        filing: Filing,
        limit: int = 200,
        queue_limit: int = 5000,
        queue_max_bytes: int = 32 * 1024 * 1024,
        ticks: Callable[[], float] = monotonic,
    ) -> None:
        """``limit``: most messages in one transaction. ``queue_limit``, ``queue_max_bytes``: most
        messages, and most bytes of their bodies, that may wait. ``ticks``: seconds of a clock that
        is never set."""
        self._room = _Room(queue_limit, queue_max_bytes)
        self._works = works
        self._filing = filing
        self._limit = limit
        self._queue: list[_Waiting] = []
        self._in_flight: set[_Slot] = set()
        self._committing: asyncio.Task[None] | None = None
        self._ticks = ticks
        self._moved_at = ticks()
        self._log = get_logger("intake")

    async def accept(self, arrival: Arrival) -> Receipts:
        """File the arrival; returns when it is committed.

        Raises Underway while another request with its Idempotency-Key is being filed, Malformed
        when the key was used for another body, Transient when nothing could be written, Full at
        once when too much is waiting.
        """
        self._admit(arrival)
        waiting = _Waiting(arrival, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if self._committing is None:
            self._moved_at = self._ticks()
            self._committing = asyncio.create_task(self._commit_all())
        return await waiting.answer

    @property
    def stalled_seconds(self) -> float:
        """How long requests have waited without one of them being answered."""
        return self._ticks() - self._moved_at if self._committing else 0.0

    @property
    def waiting(self) -> tuple[int, int]:
        """How many messages and bytes wait for their commit."""
        return self._room.taken

    @property
    def room(self) -> tuple[int, int]:
        """How many may wait."""
        return self._room.most

    async def drained(self) -> None:
        """Returns when all waiting requests are answered."""
        while self._committing is not None:
            await asyncio.wait([self._committing])

    def _admit(self, arrival: Arrival) -> None:
        slot = _slot(arrival)
        if slot in self._in_flight:
            raise Underway(
                "A request with this key is being served. Send it again in a moment.",
                field="idempotency-key",
            )
        self._room.take(arrival)
        if slot is not None:
            self._in_flight.add(slot)

    async def _commit_all(self) -> None:
        try:
            while self._queue:
                await self._settle(self._next_batch())
        finally:
            self._committing = None

    def _next_batch(self) -> list[_Waiting]:
        messages = size = 0
        for place, waiting in enumerate(self._queue):
            messages += len(waiting.arrival.messages)
            size += len(waiting.arrival.original)
            if place and (messages > self._limit or size > BATCH_BYTES):
                break
        else:
            place = len(self._queue)
        batch, self._queue = self._queue[:place], self._queue[place:]
        return batch

    async def _settle(self, batch: Sequence[_Waiting]) -> None:
        outcomes = await self._attempt([waiting.arrival for waiting in batch])
        if isinstance(outcomes, list):
            for waiting, outcome in zip(batch, outcomes, strict=True):
                self._answer(waiting, outcome)
        elif len(batch) == 1 or not _may_be_one_request(outcomes):
            for waiting in batch:
                self._answer(waiting, outcomes)
        else:
            self._log.warning("batch_failed", count=len(batch), error=describe(outcomes))
            for waiting in batch:
                await self._settle([waiting])

    async def _attempt(self, arrivals: Sequence[Arrival]) -> list[FilingOutcome] | BaseException:
        collisions = hiccups = 0
        while True:
            # gather returns the error as a value. The error belongs to the callers: raised here, it
            # would end this task, and the callers would wait for ever.
            [result] = await asyncio.gather(self._transact(arrivals), return_exceptions=True)
            collisions += isinstance(result, Collision)
            hiccups += isinstance(result, Transient) and not isinstance(result, Collision)
            retry = isinstance(result, Transient) and (
                collisions < COLLISION_TRIES and hiccups < TRANSIENT_TRIES
            )
            if not retry:
                return result

    async def _transact(self, arrivals: Sequence[Arrival]) -> list[FilingOutcome]:
        async with self._works.open(SYSTEM) as work:
            return await self._filing.file(work, arrivals)

    def _answer(self, waiting: _Waiting, outcome: FilingOutcome | BaseException) -> None:
        self._moved_at = self._ticks()
        self._room.give_back(waiting.arrival)
        self._in_flight.discard(_slot(waiting.arrival) or ("", b""))
        if waiting.answer.done():
            return  # The caller has closed the connection. What is committed stays committed.
        if isinstance(outcome, BaseException):
            waiting.answer.set_exception(outcome)
        else:
            waiting.answer.set_result(outcome)


def _slot(arrival: Arrival) -> _Slot | None:
    key = arrival.key
    return (key.scope, key.key_digest) if key else None


def _may_be_one_request(error: BaseException) -> bool:
    """Whether one request alone may be the cause, so that the others can succeed without it.

    A database that cannot be reached is no request's fault. A collision or a bug may be.
    """
    return isinstance(error, Collision | AdoptedBefore) or not isinstance(
        error, Transient | DomainError
    )

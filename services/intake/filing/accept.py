"""Group commit: requests that wait at the same time are committed together.

Whoever comes while a transaction is under way waits for the next one. Each caller has its own
answer, and only after the commit. A batch that fails is done again one by one, so that a bad
request does not take its neighbours along.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from services.intake.filing.filing import Filing, FilingOutcome, Receipts
from services.intake.filing.planning import Arrival
from services.intake.store import Collision
from shared.errors import Conflict, DomainError, Transient
from shared.telemetry import describe, get_logger
from shared.work import Works

BATCH_BYTES = 8 * 1024 * 1024
"""Originals committed together, at most; one that is larger goes alone."""

COLLISION_TRIES = 5
TRANSIENT_TRIES = 2
"""A torn connection leaves it open whether the commit held; the second look finds out."""

_Slot: TypeAlias = tuple[str, bytes]


class Full(Transient):
    """Too much waits for the database already: come again."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    arrival: Arrival
    answer: "asyncio.Future[Receipts]"


class _Room:
    """What is held in memory until it is committed, and how much may be.

    A database that hangs answers nobody for half a minute; without a bound the bodies that come
    meanwhile would take all memory, and those that wait already would be lost with the process.
    """

    def __init__(self, limit: int, max_bytes: int) -> None:
        self._limit = limit
        self._max_bytes = max_bytes
        self._messages = self._bytes = 0

    def take(self, arrival: Arrival) -> None:
        """Raises Full. Whoever comes alone is let in, however large."""
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
    ) -> None:
        """``limit``: messages per transaction, at most. ``queue_limit``, ``queue_max_bytes``:
        messages, and bytes of their bodies, that may wait."""
        self._room = _Room(queue_limit, queue_max_bytes)
        self._works = works
        self._filing = filing
        self._limit = limit
        self._queue: list[_Waiting] = []
        self._in_flight: set[_Slot] = set()
        self._committing: asyncio.Task[None] | None = None
        self._log = get_logger("intake")

    async def accept(self, arrival: Arrival) -> Receipts:
        """File the arrival; returns when it is committed.

        Raises Conflict while its Idempotency-Key is in flight, Malformed when the key was used
        for another body, Transient when nothing could be written, Full at once when too much
        is waiting.
        """
        self._admit(arrival)
        waiting = _Waiting(arrival, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all())
        return await waiting.answer

    async def drained(self) -> None:
        """Wait until nothing is waiting any more."""
        while self._committing is not None:
            await asyncio.wait([self._committing])

    def _admit(self, arrival: Arrival) -> None:
        slot = _slot(arrival)
        if slot in self._in_flight:
            raise Conflict(
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
            # gather hands the error over as a value: it belongs to the callers, not to this task.
            [result] = await asyncio.gather(self._transact(arrivals), return_exceptions=True)
            collisions += isinstance(result, Collision)
            hiccups += isinstance(result, Transient) and not isinstance(result, Collision)
            retry = isinstance(result, Transient) and (
                collisions < COLLISION_TRIES and hiccups < TRANSIENT_TRIES
            )
            if not retry:
                return result

    async def _transact(self, arrivals: Sequence[Arrival]) -> list[FilingOutcome]:
        async with self._works.open() as work:
            return await self._filing.file(work, arrivals)

    def _answer(self, waiting: _Waiting, outcome: FilingOutcome | BaseException) -> None:
        self._room.give_back(waiting.arrival)
        self._in_flight.discard(_slot(waiting.arrival) or ("", b""))
        if waiting.answer.done():
            return  # The caller has hung up; what is committed stays committed.
        if isinstance(outcome, BaseException):
            waiting.answer.set_exception(outcome)
        else:
            waiting.answer.set_result(outcome)


def _slot(arrival: Arrival) -> _Slot | None:
    key = arrival.key
    return (key.scope, key.key_digest) if key else None


def _may_be_one_request(error: BaseException) -> bool:
    """Whether a failed batch may succeed without one of its requests.

    A database that is away is away for each of them; a collision may be one request's alone.
    """
    return isinstance(error, Collision) or not isinstance(error, Transient | DomainError)

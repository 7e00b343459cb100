"""Files that are still at a platform are fetched, sealed again, and wait as if they had been handed
over.

No platform is asked while a transaction is open: one transaction leases files, each chunk is laid
down in one of its own while the others still come, and one more says that all of it is there.
Killed in between, the lease runs out, and the next try deletes what this one has laid down.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.intake.media import store
from services.intake.media.clearing.outcome import Refused
from services.intake.media.domain import LEASE, File, FileState, settled
from services.intake.media.fetching.asking import Unfetchable
from services.intake.media.fetching.fetcher import Fetcher
from services.intake.media.fetching.patience import AskAgain, after_failure
from services.intake.media.incoming import IncomingFile, Laid, Room
from services.intake.media.sealing import FileOpener, FileSealer
from services.intake.media.store import Wanted
from shared.errors import CrmError, Reject, Transient
from shared.telemetry import Metrics, describe, get_logger
from shared.visibility import SYSTEM
from shared.work import Works

FETCHING_SECONDS = 1.0
"""Between two looks for files that are due."""
AT_ONCE = 8
"""Files, each with a chunk or two in memory."""


class _TakenOver(Exception):
    """The lease has run out, or the reporter was erased: what becomes of the file is another's."""


class Fetching:
    """``step`` fetches what is due."""

    def __init__(
        self,
        works: Works,
        fetcher: Fetcher,
        opener: FileOpener,
        sealer: FileSealer,
        metrics: Metrics,
        jitter: Callable[[], float] = random.random,
        lease: timedelta = LEASE,
    ) -> None:
        """``lease``: for so long a file is this process's alone."""
        self._works = works
        self._fetcher = fetcher
        self._opener = opener
        self._sealer = sealer
        self._metrics = metrics
        self._jitter = jitter
        self._lease = lease
        self._room = Room()
        self._log = get_logger("media")

    async def step(self) -> int:
        """Tries each of some files once; how many. Raises Transient while the database is away."""
        async with self._works.open(SYSTEM) as work:
            until = work.now + self._lease
            leased = await store.lease(
                work.connection, FileState.FETCHING, work.now, until, limit=AT_ONCE
            )
            wanted = await store.wanted_of(work.connection, [each.ref for each in leased])
        tries = [self._try(file, wanted.get(file.ref, _NOWHERE)) for file in leased]
        for failure in await asyncio.gather(*tries, return_exceptions=True):
            if failure is not None:
                raise failure
        return len(leased)

    async def _try(self, file: File, wanted: Wanted) -> None:
        try:
            await self._fetch(file, wanted)
            outcome = "fetched"
        except _TakenOver:
            return
        except (Transient, Reject) as error:
            outcome = await self._put_off_or_give_up(file, wanted, error)
        self._metrics.media_fetches.labels(wanted.source, outcome).inc()

    async def _fetch(self, file: File, wanted: Wanted) -> None:
        if wanted is _NOWHERE:
            raise Unfetchable("no_address")
        address = self._opener.locator(file.ref, wanted.locator).decode()
        async with self._fetcher.opened(wanted.source, address) as parts:
            await self._drop_earlier(file)
            laid = await self._take_in(file, parts)
        async with self._works.open(SYSTEM) as work:
            await store.arrived(work.connection, file, laid, work.now)

    async def _take_in(self, file: File, parts: AsyncIterator[bytes]) -> Laid:
        async def lay_down(_: UUID, number: int, sealed: bytes) -> None:
            async with self._works.open(SYSTEM) as work:
                if not await store.add_fetched(work.connection, file, number, sealed, work.now):
                    raise _TakenOver

        with closing(IncomingFile(self._sealer.file(file.ref), lay_down, self._room)) as incoming:
            async for part in parts:
                await incoming.write(part)
            return await incoming.end()

    async def _drop_earlier(self, file: File) -> None:
        async with self._works.open(SYSTEM) as work:
            await store.drop_earlier(work.connection, file)

    async def _put_off_or_give_up(self, file: File, wanted: Wanted, error: CrmError) -> str:
        """What was done, as the metric names it."""
        async with self._works.open(SYSTEM) as work:
            after = after_failure(error, file.attempts, wanted.since, work.now, self._jitter())
            if isinstance(after, AskAgain):
                await store.put_off(work.connection, file, FileState.FETCHING, after.at)
            else:
                outcome = Refused(after.reason)
                if await store.give_up(work.connection, file, outcome, work.now):
                    work.record(settled(file, outcome, work.now), cause=file.ref)
        what = "put_off" if isinstance(after, AskAgain) else "given_up"
        # No more than the source: an address shows a reporter's picture to whoever reads the log.
        self._log.warning(
            f"file_{what}", source=wanted.source, attempt=file.attempts, error=describe(error),
            cause=error.cause if isinstance(error, Reject) else str(error),
        )  # fmt: skip
        return what


_NOWHERE = Wanted("unknown", b"", datetime.max.replace(tzinfo=UTC))
"""Of a file whose address is gone."""

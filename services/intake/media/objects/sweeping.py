"""What nobody needs any more leaves the store and the spool; what is missing is told.

An object without a row is left by a process that was killed before it could write the row. It is
deleted when it is an hour old: a younger one may be about to get its row. A row without an object
is a picture that is lost; nothing can bring it back, so a metric says it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.intake.media import store
from services.intake.media.objects.bucket import NAMES_AT_ONCE, Bucket
from shared.telemetry import Metrics
from shared.visibility import SYSTEM
from shared.work import Works

OBJECT_AGE = timedelta(hours=1)
CHUNK_AGE = timedelta(hours=24)
"""An upload that was announced and never reported is kept so long."""
CHUNKS_AT_ONCE = 200


class Burial:
    """Deletes the objects of those who were erased."""

    def __init__(self, works: Works, bucket: Bucket) -> None:
        self._works = works
        self._bucket = bucket

    async def step(self) -> int:
        """Deletes some; how many there were. Raises Transient while the store is away."""
        async with self._works.open(SYSTEM) as work:
            names = await store.doomed(work.connection, NAMES_AT_ONCE)
        if names:
            await self._bucket.delete(names)
            async with self._works.open(SYSTEM) as work:
                await store.bury(work.connection, names)
        return len(names)


class Sweep:
    """Compares the store with the rows, a page at a time, from the first name to the last."""

    def __init__(
        self, works: Works, bucket: Bucket, metrics: Metrics, at_once: int = NAMES_AT_ONCE
    ) -> None:
        """``at_once``: names of a page."""
        self._works = works
        self._bucket = bucket
        self._metrics = metrics
        self._at_once = at_once
        self._after = ""
        self._lost = 0

    async def step(self) -> int:
        """One page, and some chunks of uploads that were given up; 0 at the end of a round."""
        async with self._works.open(SYSTEM) as work:
            now = work.now
            chunks = await store.sweep_chunks(work.connection, now - CHUNK_AGE, CHUNKS_AT_ONCE)
        there = await self._bucket.names(self._after, self._at_once)
        async with self._works.open(SYSTEM) as work:
            named = await store.names_after(work.connection, self._after, self._at_once)
        until = page_end(named, [name for name, _ in there], self._at_once)
        page = [(name, at) for name, at in there if until is None or name <= until]
        rows = {name for name in named if until is None or name <= until}
        await self._delete_orphans(page, rows, now)
        self._lost += await self._count_lost(sorted(rows - {name for name, _ in page}))
        if until is None:
            self._metrics.media_lost.set(self._lost)
            self._after, self._lost = "", 0
            return chunks
        self._after = until
        return self._at_once

    async def _count_lost(self, missing: list[str]) -> int:
        """How many are not there. One that was written since the page was read is, and one that was
        erased since has no row any more."""
        gone = [name for name in missing if not await self._bucket.holds(name)]
        if not gone:
            return 0
        async with self._works.open(SYSTEM) as work:
            return len(await store.known_among(work.connection, gone))

    async def _delete_orphans(
        self, page: list[tuple[str, datetime]], named: set[str], now: datetime
    ) -> None:
        old = [name for name, at in page if name not in named and at < now - OBJECT_AGE]
        if not old:
            return
        # Looked up once more: a row may have come since the page was read.
        async with self._works.open(SYSTEM) as work:
            known = await store.known_among(work.connection, old)
        orphans = [name for name in old if name not in known]
        await self._bucket.delete(orphans)
        self._metrics.media_orphans.inc(len(orphans))


def page_end(named: Sequence[str], there: Sequence[str], limit: int) -> str | None:
    """Up to which name both pages, of rows and of objects, are whole; None at the end of both.
    Without it a store that has lost its objects would have all rows read at once."""
    ends = [page[-1] for page in (named, there) if len(page) == limit]
    return min(ends, default=None)

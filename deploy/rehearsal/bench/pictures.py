"""Reports with a photograph each: how many are received, what that takes, and how they are cleared.

1. As fast as receipts come, with clearing at work: 300 kB each, sealed and acknowledged.
2. At half of that rate, with clearing at work and then without: receipts must not feel it.
3. Media alone, of the files that wait by then: pictures for each second of a core, its own and its
   children's. Of a second of the clock it does fewer where others have the core.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import psutil

from deploy.local.stack import READY_SECONDS, Stack
from deploy.rehearsal.bench.load import Report
from deploy.rehearsal.bench.use import cpu_seconds, peaks
from deploy.rehearsal.bench.visibility import percentile
from shared.visibility import SYSTEM, settings_of

RECEIVED_SECONDS = 5.0
FELT_SECONDS = 6.0
"""Of each of the two."""
CLEARED_SECONDS = 12.0
"""At most; what waits after that is not measured."""
LOOK_SECONDS = 0.05
PATIENCE = 30.0
MOST_PER_S = 200
"""Requests that are prepared: each takes 300 kB of memory."""

Say = Callable[[str], None]
_WAITING = "SELECT count(*) FROM files WHERE state = 'waiting'"
_REFUSED = "SELECT count(*) FROM files WHERE reason <> ''"


Load = Callable[[float, float, int], Awaitable[Report]]
"""So many seconds of reports with a photograph each, at a rate per second (0: as fast as answers
come), of which at most so many are prepared."""


class Pictures:
    """One run on a stack whose services are all up; it leaves them so."""

    def __init__(self, stack: Stack, load: Load, say: Say) -> None:
        self._stack = stack
        self._load = load
        self._say = say

    async def figures(self) -> dict[str, Any]:
        """By the names of `crm bench --json`."""
        found = await self._received()
        # Faster than that nobody is served, and the wait would grow with the length of the run.
        found |= await self._felt(found["picture_reports_per_s"] / 2)
        return found | await self._cleared()

    async def _received(self) -> dict[str, Any]:
        self._say(f"reports with a photograph each, for {RECEIVED_SECONDS:.0f} s")
        stack = self._stack
        processes = {name: psutil.Process(stack.pid(name)) for name in stack.services}
        async with peaks(processes, "media") as most:
            load = await self._reports(RECEIVED_SECONDS)
        return {
            "picture_reports_per_s": round(load.ok / load.seconds, 1),
            "picture_rss_mb": dict(sorted(most.items())),
        }

    async def _felt(self, rate: float) -> dict[str, Any]:
        self._say(f"receipts with clearing at work and without: {rate:.0f}/s")
        at_work = await self._reports(FELT_SECONDS, rate)
        async with self._database() as database:
            if not await database.fetchval(_WAITING):
                self._say("clearing had nothing to do for a part of the time")
        async with self._stack.turn:
            await self._stack.end("media")
        idle = await self._reports(FELT_SECONDS, rate)
        p95 = {
            "at_work": round(percentile(at_work.waits_ms, 0.95), 1),
            "idle": round(percentile(idle.waits_ms, 0.95), 1),
        }
        return {
            "picture_receipt_p95_ms": p95,
            "picture_receipt_ratio": round(p95["at_work"] / p95["idle"], 2),
        }

    async def _cleared(self) -> dict[str, Any]:
        """From the first picture on: before it, the process imports and connects."""
        async with self._database() as database:
            before = await database.fetchval(_WAITING)
            self._say(f"{before} photographs wait: media clears them alone")
            await self._start_media()
            process = psutil.Process(self._stack.pid("media"))
            first = await self._waiting(database, until=before - 1, seconds=PATIENCE)
            began, used = time.time(), cpu_seconds(process)
            left = await self._waiting(database, until=0, seconds=CLEARED_SECONDS)
            seconds, used = time.time() - began, cpu_seconds(process) - used
            if refused := await database.fetchval(_REFUSED):
                self._say(f"{refused} pictures were refused")
        await self._stack.wait_ready("media")
        return {
            "pictures_cleared_per_s": round((first - left) / seconds, 1),
            "pictures_cleared_per_core_s": round((first - left) / used, 1),
        }

    async def _start_media(self) -> None:
        async with self._stack.turn:
            await self._stack.launch("media")
        port = self._stack.at.ports["media"]
        await self._stack.processes.wait_open("media", port, READY_SECONDS)

    async def _waiting(self, database: asyncpg.Connection, *, until: int, seconds: float) -> int:
        """How many files wait: so few, or what is left after so many seconds."""
        deadline = time.time() + seconds
        while (left := int(await database.fetchval(_WAITING))) > until:
            if time.time() >= deadline:
                break
            await asyncio.sleep(LOOK_SECONDS)
        return left

    async def _reports(self, seconds: float, rate: float = 0.0) -> Report:
        most = int((rate or MOST_PER_S) * seconds)
        return await self._load(seconds, rate, most)

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[asyncpg.Connection]:
        url = self._stack.urls["media"]
        connection = await asyncpg.connect(url, server_settings=settings_of(SYSTEM))
        try:
            yield connection
        finally:
            await connection.close()

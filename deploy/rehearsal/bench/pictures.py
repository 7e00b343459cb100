"""Reports with a photograph each: how many are received, what that takes, and how they are cleared.

1. As fast as receipts come, with clearing at work: 300 kB each, sealed and acknowledged.
2. At half of that rate, in turns with clearing at work and without: receipts must not feel it. What
   opens pictures is stopped where it stands, and media does all else in both: it reads the stream
   and would catch up later. Each turn begins when others have done what earlier ones left to them,
   and the two change their order. Each is compared with the one beside it, and the middle one of
   these ratios counts: a disk that is slow for a moment would decide alone otherwise.
3. Nobody reports, and media clears what waits by then: pictures for each second of a core, its own
   and its children's. Of a second of the clock it does fewer where others have the core.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from statistics import median
from typing import Any

import asyncpg
import psutil

from deploy.local.stack import Stack
from deploy.rehearsal.bench.load import Report
from deploy.rehearsal.bench.use import children_held, cpu_seconds, peaks
from deploy.rehearsal.bench.visibility import percentile
from shared.visibility import SYSTEM, settings_of

RECEIVED_SECONDS = 5.0
TURN_SECONDS, TURNS = 3.0, 6
CLEARED_SECONDS = 12.0
"""At most; what waits after that is not measured."""
LOOK_SECONDS = 0.25
MOST_PER_S = 200
"""Requests that are prepared: each takes 300 kB of memory."""

Say = Callable[[str], None]
Load = Callable[[float, float, int], Awaitable[Report]]
"""So many seconds of reports with a photograph each, at a rate per second (0: as fast as answers
come), of which at most so many are prepared."""


class Pictures:
    """One run on a stack whose services are all up; it leaves them so."""

    def __init__(
        self, stack: Stack, load: Load, settle: Callable[[], Awaitable[None]], say: Say
    ) -> None:
        """``settle``: waits until the services have done what earlier reports left to them."""
        self._stack = stack
        self._load = load
        self._settle = settle
        self._say = say

    async def figures(self) -> dict[str, Any]:
        """By the names of `crm bench --json`."""
        found = await self._received()
        await self._settle()
        # Faster than that nobody is served, and the wait would grow with the length of the run.
        found |= await self._felt(found["picture_reports_per_s"] / 2)
        await self._settle()
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
        self._say(f"receipts in turns with clearing at work and without: {rate:.0f}/s")
        p95: dict[str, list[float]] = {"at_work": [], "idle": []}
        cleared = 0
        for turn in range(TURNS):
            for name in sorted(p95, reverse=turn % 2 == 1):
                await self._settle()
                report, done = await self._turn(rate, held=name == "idle")
                p95[name].append(percentile(report.waits_ms, 0.95))
                cleared += done if name == "at_work" else 0
        ratios = [at_work / idle for at_work, idle in zip(*p95.values(), strict=True)]
        return {
            "picture_receipt_p95_ms": {name: round(median(each), 1) for name, each in p95.items()},
            "picture_receipt_ratio": round(median(ratios), 2),
            "pictures_cleared_beside_per_s": round(cleared / TURNS / TURN_SECONDS, 1),
        }

    async def _turn(self, rate: float, *, held: bool) -> tuple[Report, int]:
        """Receipts for one turn, and how many pictures were cleared between its first and last."""
        media = psutil.Process(self._stack.pid("media"))
        with children_held(media) if held else nullcontext():
            report = await self._reports(TURN_SECONDS, rate)
        if not held and not await self._waiting():
            self._say("clearing had nothing to do for a part of its turn")
        ends = report.ended_at
        return report, await self._cleared_between(ends - report.seconds, ends)

    async def _cleared_between(self, begin: float, end: float) -> int:
        """Unix times: by the clock of this machine, as media's."""
        seconds = f"to_timestamp({begin:.6f}) AND to_timestamp({end:.6f})"
        return await self._count(f"state = 'cleared' AND settled_at BETWEEN {seconds}")

    async def _cleared(self) -> dict[str, Any]:
        media = psutil.Process(self._stack.pid("media"))
        before, began, used = await self._waiting(), time.time(), cpu_seconds(media)
        self._say(f"{before} photographs wait: media clears them alone")
        deadline = began + CLEARED_SECONDS
        while (left := await self._waiting()) and time.time() < deadline:  # noqa: ASYNC110 (in another process)
            await asyncio.sleep(LOOK_SECONDS)
        seconds, used = time.time() - began, cpu_seconds(media) - used
        if refused := await self._count("reason <> ''"):
            self._say(f"{refused} pictures were refused")
        return {
            "pictures_cleared_per_s": round((before - left) / seconds, 1),
            "pictures_cleared_per_core_s": round((before - left) / used, 1),
        }

    async def _waiting(self) -> int:
        return await self._count("state = 'waiting'")

    async def _count(self, condition: str) -> int:
        """Files of which that is true."""
        url = self._stack.urls["media"]
        connection = await asyncpg.connect(url, server_settings=settings_of(SYSTEM))
        try:
            query = f"SELECT count(*) FROM files WHERE {condition}"  # noqa: S608 (ours alone)
            return int(await connection.fetchval(query))
        finally:
            await connection.close()

    async def _reports(self, seconds: float, rate: float = 0.0) -> Report:
        most = int((rate or MOST_PER_S) * seconds)
        return await self._load(seconds, rate, most)

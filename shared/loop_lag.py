"""How late the event loop wakes who sleeps: what computes for long in it holds up all requests."""

import asyncio
from collections import deque
from contextlib import suppress

from shared.telemetry import Metrics

EVERY_SECONDS = 0.5
REMEMBERED = 60
"""Looks; the worst of them is shown, so that a scraper that comes rarely finds it, too."""


class LoopLag:
    """Sleeps, and compares the time at which it wakes with the one that it had asked for."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._late: deque[float] = deque(maxlen=REMEMBERED)

    async def run(self, stop: asyncio.Event) -> None:
        """Look until ``stop``."""
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            due = loop.time() + EVERY_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await stop.wait()
            self._late.append(max(0.0, loop.time() - due))
            self._metrics.loop_lag.set(max(self._late))

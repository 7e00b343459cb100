"""How fast reporters' pictures are opened while others want the processor.

A child that gives way leaves the processor to receipts, but not the caches and not the core that
they would have found idle: where one is always at work, each receipt waits half as long again. So
it rests between two pictures while others want the processor.
"""

import asyncio
from collections.abc import Awaitable, Callable

from services.intake.media.clearing.clearing import ChildUse

HELD_UP = 1.35
"""A child that took so many times its CPU time was held up by others. With the machine to itself it
takes 1.06 times as much, with what follows from cleared pictures 1.18, beside receipts at half of
their rate 1.8 (medians; a tenth of the last is below 1.33, a tenth of the second above 1.35)."""
REST_SECONDS = 0.5


def rest_after(use: ChildUse) -> float:
    """Seconds until the next picture that gives way is opened."""
    return REST_SECONDS if use.seconds > HELD_UP * use.cpu_seconds else 0.0


class Pace:
    """The rest that the children of one picture have made necessary."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._seconds = 0.0

    def observe(self, use: ChildUse) -> None:
        """Told by the thread that waits for children. Of two for one picture the first may have
        been held up alone: the second does not give way."""
        self._seconds = max(self._seconds, rest_after(use))

    async def rest(self) -> None:
        """Once for what was observed since the last rest; a file that needs no child needs none."""
        seconds, self._seconds = self._seconds, 0.0
        if seconds:
            await self._sleep(seconds)

"""Citizens who look at their complaints while the system is in trouble."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence

from deploy.running import RunningStack
from shared.errors import Transient
from tests.crash.takeover import Served, Stage

VIEWS = Stage("views", "tracking")
EVERY_SECONDS = 0.5


class Readers:
    """One look after the other at any complaint, each until it is answered."""

    def __init__(self, stack: RunningStack, codes: Callable[[], Sequence[str]], seed: int) -> None:
        """``codes``: the tracking codes known so far."""
        self._stack = stack
        self._codes = codes
        self._chance = random.Random(seed)
        self.served: list[Served] = []

    async def keep_reading(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await asyncio.sleep(EVERY_SECONDS)
            if codes := self._codes():
                await self._read(self._chance.choice(codes), stop)

    async def _read(self, code: str, stop: asyncio.Event) -> None:
        began = time.time()
        while not stop.is_set():
            try:
                answer = await self._stack.post("tracking", "/v1/track", {"code": code})
            except Transient:
                answer = None
            # 404: the complaint is on its way to tracking. That too is an answer.
            if answer is not None and answer.status in (200, 404):
                self.served.append(Served(VIEWS, began, time.time()))
                return
            await asyncio.sleep(EVERY_SECONDS)

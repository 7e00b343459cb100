"""Large mails: so many bytes of them are in memory at once, and the others wait with their senders.

Unlike a form, a mail is taken apart only when all of it is there. Without a bound, a few that come
at the same time fill the memory; the process is killed, and all requests under way with it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.intake.filing.accept import Full

LARGE_BYTES = 64 * 1024
"""A mail of at most so many bytes waits for no other."""


class LargeMails:
    """The room for them, of one event loop."""

    def __init__(self, room_bytes: int, wait: float) -> None:
        """``wait``: seconds after which a sender is told to come again."""
        self._room_bytes = room_bytes
        self._wait = wait
        self._held = 0
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def place(self, size: int) -> AsyncIterator[None]:
        """Holds the room for a mail of so many bytes, in turn. Raises Full."""
        if size <= LARGE_BYTES:
            yield
            return
        await self._enter(size)
        try:
            yield
        finally:
            self._held -= size
            self._freed.set()

    async def _enter(self, size: int) -> None:
        try:
            async with asyncio.timeout(self._wait), self._turn:
                # One that is larger than all the room is let in alone, or it never would be.
                while self._held and self._held + size > self._room_bytes:
                    self._freed.clear()
                    await self._freed.wait()
                self._held += size
        except TimeoutError:
            raise Full("too many large mails are in memory") from None

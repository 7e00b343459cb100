"""Files are handed out a few at a time, so that their bytes never fill the memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shared.errors import DomainError, Transient, Unavailable

AT_ONCE: Final = 16
"""Each holds one picture or one chunk, sealed and open: about 2 MiB."""
TURN_SECONDS: Final = 5.0
"""So long somebody waits for a turn."""
PIECE_SECONDS: Final = 30.0
"""Who does not take a piece in so long is cut off: the next one waits for the turn."""
PIECE_BYTES: Final = 64 * 1024
"""As much as the server lets wait for a slow line; a larger piece would all lie in memory."""

Bytes = AsyncIterator[bytes]


class Turns:
    """How many files one process hands out at the same time."""

    def __init__(self, at_once: int = AT_ONCE, seconds: float = TURN_SECONDS) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._seconds = seconds

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A turn. Raises Unavailable when none comes up in time."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise Unavailable("Many files are being handed out. Ask again.") from None
        try:
            yield
        finally:
            self._free.release()


class TurnAnswer(Response):
    """Sends bytes of a known length while it holds a turn. What fails before the first of them is
    an answer of its own; after it the connection is cut, and the length shows it."""

    def __init__(
        self,
        turns: Turns,
        opened: Callable[[], Bytes],
        headers: Mapping[str, str],
        media_type: str,
        status: int = 200,
        piece_seconds: float = PIECE_SECONDS,
    ) -> None:
        """``opened`` begins to read; ``headers`` have the length."""
        super().__init__(None, status, dict(headers), media_type)
        self._turns = turns
        self._opened = opened
        self._piece_seconds = piece_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._turns.one():
            blocks = self._opened()
            block = await anext(blocks, b"")
            try:
                await self._send_all(send, block, blocks)
            except (TimeoutError, DomainError, Transient):
                # The answer is not whole, so the server closes the connection.
                return

    async def _send_all(self, send: Send, block: bytes, blocks: Bytes) -> None:
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        while block:
            for place in range(0, len(block), PIECE_BYTES):
                piece = block[place : place + PIECE_BYTES]
                async with asyncio.timeout(self._piece_seconds):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            block = await anext(blocks, b"")
        await send({"type": "http.response.body", "body": b"", "more_body": False})

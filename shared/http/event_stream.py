"""Server-sent events (HTML Living Standard, 9.2): an answer that goes on while there is news.

The framework's own stream keeps three tasks and four buffers for each client and waits for ever for
one that takes nothing. Here it is one task that sends and one that sees the client leave.
"""

import asyncio
from typing import Any, Protocol

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

SEND_SECONDS = 10.0
"""A client that takes nothing for so long is cut off; it comes back and asks for what it missed."""

ABORT = "crm.abort"
"""In the scope: ends the connection at once, with what it has not taken."""
BODILESS = "crm.bodiless"
"""In the scope: a HEAD, which is answered as a GET without its body."""


class Source(Protocol):
    """What is sent. ``next`` waits for it; None: it is over."""

    async def next(self) -> bytes | None: ...

    def close(self) -> None: ...


class EventStream(StreamingResponse):
    """Sends what ``source`` has, until it is over or the client is gone."""

    media_type = "text/event-stream"

    def __init__(self, source: Source, send_seconds: float = SEND_SECONDS) -> None:
        # Proxies that gather an answer before they pass it on are told to leave it.
        super().__init__(content=(), headers={"x-accel-buffering": "no"})
        self._source = source
        self._send_seconds = send_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        leaving = asyncio.create_task(self._until_gone(receive))
        try:
            await self._send_all(scope, send)
        except TimeoutError:
            scope.get(ABORT, leaving.cancel)()
            await asyncio.wait([leaving])
        finally:
            self._source.close()
            leaving.cancel()

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        self._source.close()

    async def _send_all(self, scope: Scope, send: Send) -> None:
        start: dict[str, Any] = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        await send(start)
        while not scope.get(BODILESS) and (news := await self._source.next()) is not None:
            async with asyncio.timeout(self._send_seconds):
                await send({"type": "http.response.body", "body": news, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

"""HTTP servers of tests, which end at once."""

import asyncio
import socket
from contextlib import suppress

import uvicorn


class EndsAtOnce(uvicorn.Server):
    """uvicorn's end takes three tenths of a second, with nothing to wait for: it looks ten times a
    second whether it shall end, then waits, then looks again. The answers under way are waited for
    here as there."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()

    async def main_loop(self) -> None:
        # As often as the date in the answers changes.
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), 1.0)

    async def end(self, serving: "asyncio.Task[None]") -> None:
        """``serving``: the task in which it runs."""
        self.should_exit = True
        self._ending.set()
        await serving

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.connections or self.server_state.tasks:
            await asyncio.sleep(0.002)
        await self.lifespan.shutdown()

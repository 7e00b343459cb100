"""A broker process of ours: the part that the two kinds share, and what the stack asks of all."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Literal, Protocol

from deploy.local.ports import LOOPBACK, is_listening, listens
from deploy.local.process import Child, OnLine, ProcessFailed

Kind = Literal["embedded", "apache", "url"]


class Broker(Protocol):
    """What the stack asks of a broker. `bootstrap` is `host:port`, fixed from the first start."""

    kind: Kind
    idempotence: bool
    loses_log: bool

    @property
    def bootstrap(self) -> str: ...
    @property
    def pid(self) -> int | None: ...
    @property
    def alive(self) -> bool: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def kill(self) -> None: ...
    async def restart(self) -> None: ...


class OwnBroker:
    """A broker process of ours: the part that the two kinds share."""

    kind: Kind
    idempotence: bool
    loses_log: bool
    stop_seconds = 10.0
    start_seconds = 60.0

    def __init__(self, home: Path, on_line: OnLine | None = None) -> None:
        self.home = home
        self._on_line = on_line
        self._port: int | None = None
        self._child: Child | None = None

    @property
    def bootstrap(self) -> str:
        """host:port for clients; ProcessFailed before the first start."""
        if self._port is None:
            raise ProcessFailed("the broker is not started")
        return f"{LOOPBACK}:{self._port}"

    @property
    def pid(self) -> int | None:
        """Process id of the broker."""
        return self._child.pid if self._child else None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._child is not None and self._child.alive

    async def start(self) -> None:
        """Starts it, the second time on the same port; ready for clients when it returns."""
        if self._child is None:
            self._child = await self._prepare()
        await self._child.start()
        await self._until_ready(self._child)

    async def stop(self) -> None:
        """SIGTERM, bounded, then SIGKILL."""
        if self._child:
            await self._child.stop(self.stop_seconds)

    async def kill(self) -> None:
        """SIGKILL."""
        if self._child:
            await self._child.kill()

    async def restart(self) -> None:
        """Stops and starts it on the same port."""
        await self.stop()
        await self.start()

    async def _prepare(self) -> Child:
        raise NotImplementedError

    async def _answers(self) -> bool:
        """Whether it serves clients now."""
        if self._child is None or self._port is None:
            return False
        return await asyncio.to_thread(is_listening, self._port) and listens(
            self._child.pid, self._port
        )

    async def _until_ready(self, child: Child) -> None:
        deadline = time.monotonic() + self.start_seconds
        while not await self._answers():
            if not child.alive or time.monotonic() > deadline:
                await child.kill()
                raise ProcessFailed(
                    f"the {self.kind} broker did not come up; its last lines:\n{child.last_lines()}"
                )
            await asyncio.sleep(0.1)

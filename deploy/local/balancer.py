"""What stands before the replicas of a service: a load balancer that asks who is ready.

Callers know one address. A connection goes to the next replica that is ready; connections to a
replica that is ready no longer are cut, so that their callers may try again. While no replica is
ready all are refused, as by a cluster whose service has no endpoint.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from deploy.local.ports import LOOPBACK, http_status

UNREADY_AFTER = 2
"""Probes in a row without a 200: one alone may be late on a busy machine."""

CONNECT_SECONDS = 1.0
CHUNK_BYTES = 65536

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Balancer:
    """The replicas of one service behind one address for each of its doors."""

    def __init__(self, http: Mapping[str, int], every: float = 1.0) -> None:
        """``http``: the port of each replica's HTTP door, by the replica's name; each is asked
        ``every`` so many seconds, and has twice as long to answer."""
        self._http = http
        self._every = every
        self._failures = dict.fromkeys(http, UNREADY_AFTER)
        self._joined: dict[str, set[asyncio.StreamWriter]] = {name: set() for name in http}
        self._turns = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []

    async def __aenter__(self) -> Self:
        for name in self._http:
            self._keep(asyncio.create_task(self._watch(name)))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in self._servers:
            server.close()
        # A connection that was taken a moment ago has not named its task yet.
        await asyncio.sleep(0)
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)

    @property
    def ready(self) -> list[str]:
        """The replicas that get connections."""
        return [name for name, failed in self._failures.items() if failed < UNREADY_AFTER]

    async def all_ready(self) -> None:
        """Returns when it has heard from all that they are ready; before, callers are refused."""
        while len(self.ready) < len(self._http):  # noqa: ASYNC110 (its own tasks count)
            await asyncio.sleep(self._every / 20)

    async def open(self, port: int, behind: Mapping[str, int]) -> None:
        """Listen on ``port``; ``behind``: each replica's own port of that door."""

        def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._keep(asyncio.create_task(self._serve(behind, (reader, writer))))

        self._servers.append(await asyncio.start_server(serve, LOOPBACK, port))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self, name: str) -> None:
        while True:
            self.count(name, await http_status(self._http[name], "/health/ready", 2 * self._every))
            await asyncio.sleep(self._every)

    def count(self, name: str, status: int | None) -> None:
        """What a replica has said of itself; None: nothing."""
        self._failures[name] = 0 if status == 200 else self._failures[name] + 1
        if self._failures[name] == UNREADY_AFTER:
            for writer in self._joined[name]:
                writer.transport.abort()

    def _in_turn(self) -> Iterator[str]:
        """The ready replicas, each connection beginning with the next one."""
        ready = self.ready
        first = next(self._turns)
        for place in range(len(ready)):
            yield ready[(first + place) % len(ready)]

    async def _serve(self, behind: Mapping[str, int], caller: Connection) -> None:
        try:
            for name in self._in_turn():
                with suppress(OSError):
                    async with asyncio.timeout(CONNECT_SECONDS):
                        replica = await asyncio.open_connection(LOOPBACK, behind[name])
                    await self._join(name, caller, replica)
                    return
        finally:
            caller[1].close()

    async def _join(self, name: str, caller: Connection, replica: Connection) -> None:
        """Both ways until one side ends; what it has sent before still arrives."""
        self._joined[name].add(replica[1])
        ways = [
            asyncio.create_task(_copy(caller[0], replica[1])),
            asyncio.create_task(_copy(replica[0], caller[1])),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._joined[name].discard(replica[1])
            # Before anything is waited for: whoever is cancelled here waits for nothing more.
            replica[1].close()
            for way in ways:
                way.cancel()
            await asyncio.wait(ways)


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(CHUNK_BYTES):
            sink.write(chunk)
            await sink.drain()

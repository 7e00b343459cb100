"""A file that comes in, by any door: sealed chunk by chunk, and each chunk laid down while the
others still come.

It ends with its last byte, and only then is it known which chunk is the last, which is sealed with
it. So one chunk is always held back.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias
from uuid import UUID

from services.intake.media.sealing import CHUNK_BYTES, SealingFile

LANES = 2
"""Chunks that are sealed and written at once. Requests without files wait for a connection of the
same pool, and this leaves them most of it."""
HELD_BYTES = 24 * 1024 * 1024
"""Most bytes of files in memory. Beyond it a chunk is laid down as small as it is, so that a
thousand slow lines at once need no more memory than this."""

READ_ON_BYTES = 6 * 1024 * 1024
"""While so many of them wait for the database, no more is read: a sender is faster than it, and
waits in his own buffers."""

LayDown: TypeAlias = Callable[[UUID, int, bytes], Awaitable[None]]
"""Commits the sealed chunk of this file and this number. Raises Transient."""


class Digest(Protocol):
    """As hashlib's and hmac's."""

    def update(self, data: bytes | memoryview, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Laid:
    """A file that lies in the spool, all of it. size: bytes of the file."""

    chunks: int
    size: int
    wrapped_key: bytes = field(repr=False)
    key_id: bytes


class Room:
    """What the files of one event loop share. held: bytes that came and are not committed yet."""

    def __init__(
        self,
        held_bytes: int = HELD_BYTES,
        lanes: int = LANES,
        read_on_bytes: int = READ_ON_BYTES,
    ) -> None:
        self.held_bytes = held_bytes
        self.held = 0
        self._read_on_bytes = read_on_bytes
        self._lanes = asyncio.Semaphore(lanes)
        self._writing = 0
        self._moved = asyncio.Event()

    @property
    def is_short(self) -> bool:
        return self.held > self.held_bytes

    async def opening(self) -> None:
        """Returns when more may be read. What nobody writes, as its line is slow, is not waited
        for."""
        while self._writing and self.held > self._read_on_bytes:
            self._moved.clear()
            await self._moved.wait()

    @asynccontextmanager
    async def lane(self) -> AsyncIterator[None]:
        """One of those that write."""
        self._writing += 1
        try:
            async with self._lanes:
                yield
        finally:
            self._writing -= 1
            self._moved.set()


class IncomingFile:
    """One file. Whoever makes it closes it. size: bytes so far."""

    def __init__(
        self, sealing: SealingFile, lay_down: LayDown, room: Room, digest: Digest | None = None
    ) -> None:
        """``digest``: is told all bytes, in their order."""
        self.ref = sealing.ref
        self.size = 0
        self._sealing = sealing
        self._lay_down = lay_down
        self._room = room
        self._digest = digest
        self._buffer = bytearray()
        self._chunks = 0

    def close(self) -> None:
        """Gives back what it holds; a file that was not ended is swept some day."""
        self._room.held -= len(self._buffer)
        self._buffer.clear()

    async def write(self, data: bytes) -> None:
        """Raises what laying down raises."""
        self.take(data)
        await self.settle()

    def take(self, data: bytes | memoryview) -> None:
        """Goes on with these bytes. The caller lets go of them before it awaits ``settle``: what
        waits to be laid down is in memory once then, and not in each frame that passed it on."""
        self._buffer += data
        if self._digest is not None:
            self._digest.update(data)
        self.size += len(data)
        self._room.held += len(data)

    async def settle(self) -> None:
        """Lays down what is due. Raises what laying down raises."""
        while len(self._buffer) > CHUNK_BYTES:
            await self._commit(CHUNK_BYTES, last=False)
        if self._room.is_short and self._buffer:
            await self._commit(len(self._buffer), last=False)

    async def end(self) -> Laid:
        """All of it is committed. Raises what laying down raises."""
        await self._commit(len(self._buffer), last=True)
        return Laid(self._chunks, self.size, self._sealing.wrapped_key, self._sealing.key_id)

    async def _commit(self, length: int, *, last: bool) -> None:
        # Sealed in the lane: what waits for one is in memory once, and is counted.
        async with self._room.lane():
            number, self._chunks = self._chunks, self._chunks + 1
            with memoryview(self._buffer) as whole, whole[:length] as chunk:
                sealed = self._sealing.seal(number, chunk, last=last)
            del self._buffer[:length]
            try:
                await self._lay_down(self.ref, number, sealed)
            finally:
                self._room.held -= length

"""The spool: what comes in is sealed for media and committed in chunks, before it is filed.

Nothing of a file lies open on a disk, and no more of it in memory than its present chunk. A file
that no report is filed with was never acknowledged; media sweeps its chunks after a day.
"""

import asyncio
import hashlib
from contextlib import closing

from services.intake import store
from services.intake.channels.attachments import Upload
from services.intake.media.sealing import CHUNK_BYTES, FileSealer
from shared.ids import NewId
from shared.visibility import SYSTEM
from shared.work import Works

LANES = 2
"""Chunks that are written at once. Reports without files wait for a connection of the same pool,
and this leaves them most of it."""
HELD_BYTES = 24 * 1024 * 1024
"""Most bytes of chunks that are still filled. Beyond it a chunk is committed as small as it is, so
that a thousand slow lines at once need no more memory than this."""


class Spool:
    """Where files are laid down, for one event loop. held: bytes in memory now."""

    def __init__(
        self, works: Works, sealer: FileSealer, new_id: NewId, held_bytes: int = HELD_BYTES
    ) -> None:
        self._works = works
        self._sealer = sealer
        self._new_id = new_id
        self._lanes = asyncio.Semaphore(LANES)
        self.held_bytes = held_bytes
        self.held = 0

    def file(self) -> "SpooledFile":
        """A new file; whoever takes it closes it."""
        return SpooledFile(self)

    async def whole(self, data: bytes) -> Upload:
        """A file that is in memory already."""
        with closing(self.file()) as file:
            for start in range(0, len(data), CHUNK_BYTES):
                await file.write(data[start : start + CHUNK_BYTES])
            return await file.end()


class SpooledFile:
    """One file that is coming in. ``size``: bytes so far."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._sealing = spool._sealer.file(spool._new_id())
        self._buffer = bytearray()
        self._digest = hashlib.sha256()
        self._chunks = 0
        self.size = 0

    def close(self) -> None:
        """Gives back what it holds; a file that was not ended is swept some day."""
        self._drop(len(self._buffer))

    async def write(self, data: bytes) -> None:
        """Raises Transient when a chunk cannot be written."""
        self._buffer += data
        self._digest.update(data)
        self.size += len(data)
        self._spool.held += len(data)
        while len(self._buffer) > CHUNK_BYTES:
            await self._commit(CHUNK_BYTES, last=False)
        if self._spool.held > self._spool.held_bytes and self._buffer:
            await self._commit(len(self._buffer), last=False)

    async def end(self) -> Upload:
        """The whole file is committed. Raises Transient as ``write`` does."""
        await self._commit(len(self._buffer), last=True)
        return Upload(
            ref=self._sealing.ref,
            chunks=self._chunks,
            size=self.size,
            wrapped_key=self._sealing.wrapped_key,
            digest=self._digest.digest(),
        )

    async def _commit(self, length: int, *, last: bool) -> None:
        spool, number = self._spool, self._chunks
        sealed = self._sealing.seal(number, bytes(self._buffer[:length]), last=last)
        self._chunks += 1
        self._drop(length)
        async with spool._lanes, spool._works.open(SYSTEM) as work:
            await store.add_chunk(work.connection, self._sealing.ref, number, sealed, work.now)

    def _drop(self, length: int) -> None:
        del self._buffer[:length]
        self._spool.held -= length

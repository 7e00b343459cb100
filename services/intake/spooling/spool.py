"""The spool as intake fills it: what comes in is sealed for media and committed before it is filed.

Nothing of a file lies open on a disk, and no more of it in memory than its present chunk. A file
that no report is filed with was never acknowledged; media sweeps its chunks after a day.
"""

import hashlib
from contextlib import closing
from uuid import UUID

from services.intake import store
from services.intake.channels.attachments import Upload
from services.intake.media.incoming import HELD_BYTES, IncomingFile, Room
from services.intake.media.sealing import CHUNK_BYTES, FileSealer
from shared.ids import NewId
from shared.visibility import SYSTEM
from shared.work import Works


class Spool:
    """Where files are laid down, for one event loop."""

    def __init__(
        self, works: Works, sealer: FileSealer, new_id: NewId, held_bytes: int = HELD_BYTES
    ) -> None:
        self._works = works
        self._sealer = sealer
        self._new_id = new_id
        self._room = Room(held_bytes)

    @property
    def held(self) -> int:
        """Bytes of files that are in memory now."""
        return self._room.held

    async def opening(self) -> None:
        """Returns when more of a body with files may be read."""
        await self._room.opening()

    def file(self) -> "SpooledFile":
        """A new file; whoever takes it closes it."""
        digest = hashlib.sha256()
        sealing = self._sealer.file(self._new_id())
        return SpooledFile(IncomingFile(sealing, self._lay_down, self._room, digest), digest)

    async def whole(self, data: bytes) -> Upload:
        """A file that is in memory already."""
        with closing(self.file()) as file:
            for start in range(0, len(data), CHUNK_BYTES):
                file.take(memoryview(data)[start : start + CHUNK_BYTES])
                await file.settle()
            return await file.end()

    async def _lay_down(self, ref: UUID, number: int, sealed: bytes) -> None:
        async with self._works.open(SYSTEM) as work:
            await store.add_chunk(work.connection, ref, number, sealed, work.now)


class SpooledFile:
    """One file that is coming in."""

    def __init__(self, file: IncomingFile, digest: "hashlib._Hash") -> None:
        self._file = file
        self._digest = digest

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._file.size

    def close(self) -> None:
        """Gives back what it holds; a file that was not ended is swept some day."""
        self._file.close()

    def take(self, data: bytes | memoryview) -> None:
        """Goes on with these bytes; ``settle`` comes next, when the caller has let go of them."""
        self._file.take(data)

    async def settle(self) -> None:
        """Raises Transient when a chunk cannot be written."""
        await self._file.settle()

    async def end(self) -> Upload:
        """The whole file is committed. Raises Transient as ``settle`` does."""
        laid = await self._file.end()
        return Upload(
            ref=self._file.ref,
            chunks=laid.chunks,
            size=laid.size,
            wrapped_key=laid.wrapped_key,
            digest=self._digest.digest(),
        )

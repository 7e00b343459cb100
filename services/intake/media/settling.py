"""Files that wait are taken one after another, made harmless, and their pictures laid in the store.

Nothing outside the database is asked while a transaction is open: one transaction leases the file,
the child and the store do their work, and one more writes what became of it. Killed in between, the
lease runs out and somebody else does it again; what lies in the store by then is an object that
nobody names, and is swept.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from services.intake.media import store
from services.intake.media.clearing.outcome import Cleared, Derivative, Outcome, Refused
from services.intake.media.domain import LEASE, File, FileState, removed, settled
from services.intake.media.objects.bucket import Bucket
from services.intake.media.objects.encryption import encrypted
from services.intake.media.sealing import FileOpener, FileSealer
from services.intake.media.store import Stored
from shared.errors import Reject, Transient
from shared.events.vocabulary import MediaFlag, MediaOrigin, MediaRefusal
from shared.retry import RetryPolicy
from shared.telemetry import describe, get_logger
from shared.visibility import SYSTEM
from shared.work import Work, Works

PAUSES = RetryPolicy(base=1.0, cap=60.0)
"""Between the tries of a file while the store is away."""


class Clearing(Protocol):
    async def clear(self, data: bytes, *, evidence: bool) -> Outcome:
        """What becomes of a file. Raises Transient when no child could be had."""


class Settling:
    """Settles files; one at a time, so that its children never take more than a core."""

    def __init__(
        self,
        works: Works,
        clearing: Clearing,
        bucket: Bucket,
        opener: FileOpener,
        sealer: FileSealer,
        new_name: Callable[[], str],
    ) -> None:
        """``new_name``: of an object, 128 random bits in hex."""
        self._works = works
        self._clearing = clearing
        self._bucket = bucket
        self._opener = opener
        self._sealer = sealer
        self._new_name = new_name
        self._log = get_logger("media")

    async def step(self) -> int:
        """Settles one file that waits; how many there were."""
        async with self._works.open(SYSTEM) as work:
            until = work.now + LEASE
            leased = await store.lease(work.connection, FileState.WAITING, work.now, until, limit=1)
            chunks = [await store.chunks_of(work.connection, each.ref) for each in leased]
        for file, sealed in zip(leased, chunks, strict=True):
            await self._settle_or_put_off(file, sealed)
        return len(leased)

    async def _settle_or_put_off(self, file: File, sealed: list[bytes]) -> None:
        try:
            outcome = await self._cleared(file, sealed)
            await self.settle(file, outcome)
        except Transient as error:
            self._log.warning("file_put_off", attempt=file.attempts, error=describe(error))
            pause = timedelta(seconds=PAUSES.delay(file.attempts, 0.5))
            async with self._works.open(SYSTEM) as work:
                await store.put_off(work.connection, file, FileState.WAITING, work.now + pause)

    async def _cleared(self, file: File, sealed: list[bytes]) -> Outcome:
        if file.key_id != self._opener.key_id:
            # No damage, but a wrong key of ours or of intake's: the bytes stay until it is right.
            self._log.error("file_sealed_for_another_key", complaint_id=str(file.complaint_id))
            raise Transient("a file is sealed for another key than media's")
        try:
            data = self._opener.file(file.ref, file.wrapped_key, sealed)
        except Reject as error:
            self._log.error(
                "file_unreadable", complaint_id=str(file.complaint_id), cause=error.cause
            )
            return Refused(MediaRefusal.DAMAGED)
        if not data:
            return Refused(MediaRefusal.EMPTY)
        evidence = file.origin is MediaOrigin.EVIDENCE
        return await self._clearing.clear(data, evidence=evidence)

    async def settle(self, file: File, outcome: Outcome, flags: tuple[MediaFlag, ...] = ()) -> bool:
        """Lays its pictures in the store and writes what became of it. False where somebody else
        has settled it, or its reporter was erased: then nothing of it is left."""
        stored: list[Stored] = []
        if isinstance(outcome, Cleared):
            key = await self._key(file)
            if key is not None:
                stored = [await self._lay(key, made) for made in outcome.derivatives]
        async with self._works.open(SYSTEM) as work:
            written = await self._write(work, file, outcome, stored, flags)
        if stored and not written:
            await self._bucket.delete([each.object_name for each in stored])
        return written

    async def _write(
        self,
        work: Work,
        file: File,
        outcome: Outcome,
        stored: list[Stored],
        flags: tuple[MediaFlag, ...],
    ) -> bool:
        if await store.drop_late(work.connection, file, work.now):
            work.record(removed(file, work.now), cause=file.ref)
            return False
        if not await store.settle(work.connection, file, outcome, stored, flags, work.now):
            return False
        work.record(settled(file, outcome, work.now, flags), cause=file.ref)
        return True

    async def _lay(self, key: bytes, made: Derivative) -> Stored:
        name = self._new_name()
        await self._bucket.put(name, encrypted(key, name, made.data))
        return Stored(made.size, name, made.width, made.height, len(made.data))

    async def _key(self, file: File) -> bytes | None:
        """The key of the complaint's objects, made when it is first needed; None after the
        reporter's erasure."""
        _, new = self._sealer.at_rest(file.complaint_id, file.origin.value)
        async with self._works.open(SYSTEM) as work:
            wrapped = await store.add_key(work.connection, file, new)
        if wrapped is None:
            return None
        try:
            return self._opener.at_rest(file.complaint_id, file.origin.value, wrapped)
        except Reject:
            self._log.error("complaint_key_unreadable", complaint_id=str(file.complaint_id))
            raise Transient("the key of a complaint's objects does not open") from None

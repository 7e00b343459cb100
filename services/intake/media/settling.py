"""Files that wait are taken one after another, made harmless, and their pictures laid in the store.

Nothing outside the database is asked while a transaction is open: one transaction leases the file,
the child and the store do their work, and one more writes what became of it. Killed in between, the
lease runs out and somebody else does it again; what lies in the store by then is an object that
nobody names, and is swept.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from services.intake.media import store
from services.intake.media.clearing.outcome import (
    Cleared,
    Derivative,
    Outcome,
    Refused,
    Unfinished,
)
from services.intake.media.domain import GIVES_WAY, LEASE, File, FileState, removed, settled
from services.intake.media.objects.bucket import Bucket
from services.intake.media.objects.encryption import encrypted
from services.intake.media.pace import Pace
from services.intake.media.proof.flags import flags_of
from services.intake.media.proof.proving import Known, Proving
from services.intake.media.sealing import UNKNOWN, FileOpener, FileSealer
from services.intake.media.store import Stored
from shared.errors import Reject, Transient
from shared.events.vocabulary import MediaOrigin, MediaRefusal
from shared.retry import RetryPolicy
from shared.telemetry import describe, get_logger
from shared.visibility import SYSTEM
from shared.work import Work, Works

PAUSES = RetryPolicy(base=1.0, cap=60.0)
"""Between the tries of a file while the store is away."""


class Clearing(Protocol):
    """`services.intake.media.clearing.clearing.Clearing`."""

    async def start(self) -> None:
        """Before the first file. Raises Transient when no child could be had."""

    async def clear(self, data: bytes, *, evidence: bool, gives_way: bool) -> Outcome:
        """What becomes of a file. ``gives_way``: it is opened while nobody else wants the
        processor. Raises Unfinished when it was not opened to its end, Transient when no child
        could be had."""


@dataclass(frozen=True, slots=True)
class Held:
    """A file that this process alone has for the time of its lease. sealed: its chunks.
    wrapped_key: of the objects of its complaint; empty where the file is sealed for another key."""

    file: File
    sealed: list[bytes] = field(repr=False)
    wrapped_key: bytes = field(repr=False)


class Awaited:
    """Who waits in this process for what becomes of a file."""

    def __init__(self) -> None:
        self.wake: Callable[[], None] = lambda: None
        """Called when somebody begins to wait: whoever settles files may rest."""
        self._waiting: defaultdict[UUID, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def expecting(self, ref: UUID) -> Iterator[asyncio.Event]:
        """It is set when the file was tried, whatever came of it."""
        event = asyncio.Event()
        self._waiting[ref].add(event)
        self.wake()
        try:
            yield event
        finally:
            self._waiting[ref].discard(event)
            if not self._waiting[ref]:
                del self._waiting[ref]

    def tell(self, ref: UUID) -> None:
        """The file was tried."""
        for event in self._waiting.get(ref, ()):
            event.set()


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
        proving: Proving,
        awaited: Awaited,
        pace: Pace,
        lease: timedelta = LEASE,
        gives_way: timedelta = GIVES_WAY,
    ) -> None:
        """``new_name``: of an object, 128 random bits in hex. ``awaited``: is told of each file.
        ``pace``: is told of each child by ``clearing``.
        ``lease``: for so long a file is this process's alone. ``gives_way``: for so long a
        reporter's picture is opened only while nobody else wants the processor."""
        self._works = works
        self._clearing = clearing
        self._bucket = bucket
        self._opener = opener
        self._sealer = sealer
        self._new_name = new_name
        self._proving = proving
        self._awaited = awaited
        self._pace = pace
        self._lease = lease
        self._gives_way = gives_way
        self._log = get_logger("media")
        self._started = False

    async def step(self) -> int:
        """Settles one file that waits; how many there were."""
        if not self._started:
            await self._clearing.start()
            self._started = True
        async with self._works.open(SYSTEM) as work:
            until = work.now + self._lease
            leased = await store.lease(work.connection, FileState.WAITING, work.now, until, limit=1)
            held = [await self._held(work, each) for each in leased]
        for each in held:
            gives_way = each.file.gives_way(work.now, self._gives_way)
            await self._settle_or_put_off(each, gives_way=gives_way)
            self._awaited.tell(each.file.ref)
            if gives_way:
                await self._pace.rest()
        return len(held)

    async def _held(self, work: Work, file: File) -> Held:
        """With the lease and not when the pictures are there: each commit more is one more way to
        the disk, for which receipts wait."""
        key = b""
        if self._is_ours(file):
            wrapped = self._sealer.at_rest(file.complaint_id, file.origin.value)
            key = await store.add_key(work.connection, file, wrapped, self._sealer.key_id)
        return Held(file, await store.chunks_of(work.connection, file.ref), key)

    def _is_ours(self, file: File) -> bool:
        """Whether it may have been sealed for a key of this process."""
        return file.key_id in (*self._opener.key_ids, UNKNOWN)

    async def _settle_or_put_off(self, held: Held, *, gives_way: bool) -> None:
        file = held.file
        try:
            outcome = await self._cleared(file, held.sealed, gives_way=gives_way)
            await self.settle(held, outcome)
        except Transient as error:
            self._log.warning("file_put_off", attempt=file.attempts, error=describe(error))
            pause = timedelta(seconds=PAUSES.delay(file.attempts, 0.5))
            async with self._works.open(SYSTEM) as work:
                await store.put_off(work.connection, file, FileState.WAITING, work.now + pause)
                if isinstance(error, Unfinished):
                    await store.count_unfinished(work.connection, file)

    async def _cleared(self, file: File, sealed: list[bytes], *, gives_way: bool) -> Outcome:
        if not self._is_ours(file):
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
        try:
            return await self._clearing.clear(data, evidence=evidence, gives_way=gives_way)
        except Unfinished:
            if not file.is_given_up_when_unfinished:
                raise
            self._log.error("file_never_opened", complaint_id=str(file.complaint_id))
            return Refused(MediaRefusal.HOSTILE)

    async def settle(self, held: Held, outcome: Outcome) -> bool:
        """Lays its pictures in the store and writes what became of it, and what a reviewer should
        look at. False where somebody else has settled it, or its reporter was erased: then nothing
        of it is left. Raises Transient while the store, intake or the database is away."""
        stored: list[Stored] = []
        known = Known()
        if isinstance(outcome, Cleared):
            known = await self._proving.known_of(held.file, outcome)
            stored = await self._lay(self._key(held), outcome.derivatives)
        async with self._works.open(SYSTEM) as work:
            written = await self._write(work, held.file, outcome, stored, known)
        if stored and not written:
            await self._bucket.delete([each.object_name for each in stored])
        return written

    async def _write(
        self, work: Work, file: File, outcome: Outcome, stored: list[Stored], known: Known
    ) -> bool:
        findings = await self._proving.find(work.connection, file, outcome, known)
        flags = flags_of(findings)
        if not await store.settle(work.connection, file, outcome, stored, flags, work.now):
            if await store.drop_late(work.connection, file, work.now):
                work.record(removed(file, work.now), cause=file.ref)
            return False
        await self._proving.keep(work.connection, file, outcome, known, findings)
        work.record(settled(file, outcome, work.now, flags), cause=file.ref)
        return True

    async def _lay(self, key: bytes, made: Sequence[Derivative]) -> list[Stored]:
        names = [self._new_name() for _ in made]
        await self._bucket.put(
            {name: encrypted(key, name, each.data) for name, each in zip(names, made, strict=True)}
        )
        return [
            Stored(each.size, name, each.width, each.height, len(each.data))
            for name, each in zip(names, made, strict=True)
        ]

    def _key(self, held: Held) -> bytes:
        file = held.file
        try:
            return self._opener.at_rest(file.complaint_id, file.origin.value, held.wrapped_key)
        except Reject:
            self._log.error("complaint_key_unreadable", complaint_id=str(file.complaint_id))
            raise Transient("the key of a complaint's objects does not open") from None

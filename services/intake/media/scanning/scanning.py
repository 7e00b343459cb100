"""Documents and videos that are kept are scanned one after another.

A scanner that is away or set wrong unlocks nothing: files stay as they are and are scanned when it
is right again.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

from services.intake.media import store
from services.intake.media.clearing.outcome import Refused
from services.intake.media.domain import File, found_clean, settled
from services.intake.media.scanning.clamd import SECONDS, Clamd, Verdict
from services.intake.media.sealing import FileOpener
from shared.errors import Reject, Transient
from shared.events.vocabulary import MediaRefusal
from shared.retry import RetryPolicy
from shared.telemetry import Metrics, get_logger
from shared.visibility import SYSTEM
from shared.work import Works

LEASE: Final = timedelta(seconds=SECONDS + 30)
PAUSES: Final = RetryPolicy(base=1.0, cap=60.0)
UNSCANNED_PAUSE: Final = timedelta(hours=6)
"""Whoever sets the scanner's limits higher has what was beyond them scanned within this time."""


class Scanning:
    """Scans files; one at a time, chunk by chunk."""

    def __init__(self, works: Works, clamd: Clamd, opener: FileOpener, metrics: Metrics) -> None:
        self._works = works
        self._clamd = clamd
        self._opener = opener
        self._metrics = metrics
        self._believed = False
        self._log = get_logger("media")

    async def step(self) -> int:
        """Scans one file that is locked; how many there were. Raises Transient while the scanner
        is away or set wrong."""
        await self._try_scanner()
        async with self._works.open(SYSTEM) as work:
            leased = await store.lease_unscanned(work.connection, work.now, work.now + LEASE)
        if leased is None:
            return 0
        try:
            verdict = await self._clamd.scan(self._blocks(leased))
        except Reject as error:
            self._log.error(
                "file_unreadable", complaint_id=str(leased.complaint_id), cause=error.cause
            )
            verdict = Verdict.UNSCANNED
        except Transient:
            await self._put_off(leased, timedelta(seconds=PAUSES.delay(leased.attempts, 0.5)))
            # It may be another one, or set otherwise, when it is back.
            self._believe(False)
            raise
        await self._conclude(leased, verdict)
        return 1

    async def _try_scanner(self) -> None:
        if self._believed:
            return
        try:
            trouble = await self._clamd.trouble()
        except Transient:
            self._believe(False)
            raise
        if trouble is not None:
            self._believe(False)
            self._log.error("scanner_set_wrong", detail=trouble)
            raise Transient(f"the scanner is set wrong: {trouble}")
        self._believe(True)

    def _believe(self, believed: bool) -> None:
        self._believed = believed
        self._metrics.scanner_away.set(not believed)

    async def _blocks(self, file: File) -> AsyncIterator[bytes]:
        """The file, opened chunk by chunk. Raises Reject(``unreadable``)."""
        opening = self._opener.opening(file.ref, file.wrapped_key)
        for number in range(file.chunks):
            async with self._works.read(SYSTEM) as connection:
                sealed = await store.chunk(connection, file.ref, number)
            if sealed is None:
                raise Reject("unreadable", "a chunk of a sealed file is gone")
            yield opening.chunk(number, sealed, last=number == file.chunks - 1)

    async def _conclude(self, file: File, verdict: Verdict) -> None:
        match verdict:
            case Verdict.CLEAN:
                await self._unlock(file)
            case Verdict.INFECTED:
                await self._refuse(file)
            case Verdict.UNSCANNED:
                self._log.warning("file_not_scanned", complaint_id=str(file.complaint_id))
                await self._put_off(file, UNSCANNED_PAUSE)

    async def _unlock(self, file: File) -> None:
        async with self._works.open(SYSTEM) as work:
            kind = await store.unlock(work.connection, file, work.now)
            if kind is not None:
                work.record(found_clean(file, kind, work.now), cause=file.ref)

    async def _refuse(self, file: File) -> None:
        async with self._works.open(SYSTEM) as work:
            if await store.refuse_infected(work.connection, file, work.now):
                refused = settled(file, Refused(MediaRefusal.INFECTED), work.now)
                work.record(refused, cause=file.ref)

    async def _put_off(self, file: File, pause: timedelta) -> None:
        async with self._works.open(SYSTEM) as work:
            await store.put_off_scan(work.connection, file, work.now + pause)


class ScannerOff:
    """Stands in the place of a scanner that nobody has named."""

    def __init__(self) -> None:
        self._said = False

    async def step(self) -> int:
        """Says once that nothing is scanned."""
        if not self._said:
            get_logger("media").warning(
                "scanner_off",
                detail="documents and videos stay locked until an officer opens them;"
                " CRM_MEDIA_CLAMD names a scanner",
            )
        self._said = True
        return 0

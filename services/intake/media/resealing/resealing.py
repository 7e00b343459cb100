"""The side task: a batch at a time, files first, then the keys of complaints' objects.

It rests on nothing but the rows: broken off anywhere, it goes on with what still names another key.
What no key opens is passed by and stays as it is: ``crm keys retire`` then refuses. Objects in the
store are not touched, for only their keys are wrapped.
"""

from uuid import UUID

from services.intake.media.resealing import store
from services.intake.media.resealing.store import SealedFile, SealedKey
from services.intake.media.sealing import UNKNOWN, FileOpener
from shared.errors import Reject
from shared.telemetry import get_logger
from shared.visibility import SYSTEM
from shared.work import Works

BATCH = 50
"""Rows of a transaction: 20 ms of wrapping."""
SECONDS = 10.0
FIRST = UUID(int=0)


class Resealing:
    """Of two replicas that do the same rows the second one changes nothing."""

    def __init__(self, works: Works, opener: FileOpener, batch: int = BATCH) -> None:
        self._works = works
        self._opener = opener
        self._batch = batch
        self._files: dict[bytes, UUID] = {}
        self._keys: dict[bytes | None, UUID] = {}
        self._log = get_logger("media")

    async def step(self) -> int:
        """Rows that were looked at; 0 when the last ones were."""
        first, *others = self._opener.key_ids
        for key_id in [*others, UNKNOWN] if others else []:
            if found := await self._some_files(key_id, first):
                return found
        for each in [*others, None] if others else []:
            if found := await self._some_keys(each, first):
                return found
        self._files.clear()
        self._keys.clear()
        return 0

    async def _some_files(self, key_id: bytes, first: bytes) -> int:
        after = self._files.get(key_id, FIRST)
        async with self._works.open(SYSTEM) as work:
            rows = await store.files_by(work.connection, key_id, after, self._batch)
            made = [(row, new) for row in rows if (new := self._file(row)) is not None]
            if made:
                await store.seal_files(work.connection, made, first)
        if rows:
            self._files[key_id] = rows[-1].ref
        return len(rows)

    async def _some_keys(self, key_id: bytes | None, first: bytes) -> int:
        after = self._keys.get(key_id, FIRST)
        async with self._works.open(SYSTEM) as work:
            rows = await store.keys_by(work.connection, key_id, after, self._batch)
            made = [new for row in rows if (new := self._key(row)) is not None]
            if made:
                await store.seal_keys(work.connection, made, first)
        if rows:
            self._keys[key_id] = rows[-1].complaint_id
        return len(rows)

    def _file(self, row: SealedFile) -> SealedFile | None:
        try:
            return SealedFile(
                row.ref,
                row.wrapped_key and self._opener.file_anew(row.wrapped_key),
                row.locator and self._opener.locator_anew(row.ref, row.locator),
            )
        except Reject:
            self._log.error("file_not_resealed", ref=str(row.ref))
            return None

    def _key(self, row: SealedKey) -> SealedKey | None:
        try:
            wrapped = self._opener.at_rest_anew(row.complaint_id, row.origin, row.wrapped)
        except Reject:
            self._log.error("complaint_key_unreadable", complaint_id=str(row.complaint_id))
            return None
        return SealedKey(row.complaint_id, row.origin, wrapped)

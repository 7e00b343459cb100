"""What older keys have sealed is sealed anew for the first one, a batch at a time.

It rests on nothing but the rows: broken off anywhere, it goes on with what still names another key.
A row that no key opens is passed by and stays as it is: ``crm keys retire`` then refuses.
"""

from uuid import UUID

from services.intake.vault import store
from services.intake.vault.sealing import Opener
from services.intake.vault.store import SealedValues
from shared.errors import Reject
from shared.telemetry import get_logger
from shared.visibility import SYSTEM
from shared.work import Works

BATCH = 100
"""Rows of a transaction: 40 ms of wrapping, for which claims of contacts wait."""
SECONDS = 10.0
FIRST = UUID(int=0)


class Resealing:
    """The side task. Of two replicas that do the same rows the second one changes nothing."""

    def __init__(self, works: Works, opener: Opener, batch: int = BATCH) -> None:
        self._works = works
        self._opener = opener
        self._batch = batch
        self._after: dict[bytes | None, UUID] = {}
        self._log = get_logger("vault")

    async def step(self) -> int:
        """Rows that were looked at; 0 when the last ones were."""
        first, *others = self._opener.key_ids
        for key_id in [*others, None] if others else []:
            if found := await self._some(key_id, first):
                return found
        self._after.clear()
        return 0

    async def _some(self, key_id: bytes | None, first: bytes) -> int:
        after = self._after.get(key_id, FIRST)
        async with self._works.open(SYSTEM) as work:
            rows = await store.sealed_by(work.connection, key_id, after, self._batch)
            if anew := self._anew(rows):
                await store.seal_anew(work.connection, anew, first)
        if rows:
            self._after[key_id] = rows[-1].ref
        return len(rows)

    def _anew(self, rows: list[SealedValues]) -> list[SealedValues]:
        batch, made = self._opener.batch(), []
        for row in rows:
            try:
                original = row.original and self._opener.sealed_anew(row.original, batch)
                sealed = self._opener.sealed_anew(row.sealed, batch)
                made.append(SealedValues(row.ref, sealed, original))
            except Reject:
                self._log.error("sealed_row_unreadable", ref=str(row.ref), cause="not_resealed")
        return made

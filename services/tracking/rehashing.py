"""Cases that are found under an older key are put under the first one, while there are several.

It rests on nothing but the rows: broken off anywhere, it goes on with what still names another key.
A case that intake does not know stays as it is: ``crm keys retire`` then refuses.
"""

from uuid import UUID

from services.tracking import store
from services.tracking.digests import DigestsClaim
from shared.shared_keys import SharedKeys
from shared.visibility import SYSTEM
from shared.work import Works

BATCH = 500
"""Cases that are looked at together: what intake answers in one call."""
SECONDS = 30.0
"""Between two looks at all cases: complaints by the older key come in for a while."""
FIRST = UUID(int=0)


class Rehashing:
    """The side task. Of two replicas that do the same rows the second one changes nothing."""

    def __init__(
        self, works: Works, keys: SharedKeys, claim: DigestsClaim, batch: int = BATCH
    ) -> None:
        self._works = works
        self._keys = keys
        self._claim = claim
        self._batch = batch
        self._after = FIRST

    async def step(self) -> int:
        """Cases that were looked at; 0 when the last ones were. Raises Transient."""
        if len(self._keys.keys) == 1:
            return 0
        async with self._works.read(SYSTEM) as connection:
            rows = await store.hashed(connection, self._after, self._batch)
        first = self._keys.first
        others = [
            row.complaint_id
            for row in rows
            if row.tracking_digest and self._keys.named(row.lookup_key_id) != first
        ]
        if others:
            await self._put(others)
        self._after = rows[-1].complaint_id if rows else FIRST
        return len(rows)

    async def _put(self, complaints: list[UUID]) -> None:
        found = await self._claim.of(complaints)
        if found:
            async with self._works.open(SYSTEM) as work:
                await store.hash_anew(work.connection, list(found.values()))

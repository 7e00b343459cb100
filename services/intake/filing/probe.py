"""Whether intake can file: asked of the database all the time, so that it is known before a citizen
finds out."""

from services.intake import store
from services.intake.filing.accept import Acceptance
from shared.clock import JAKARTA
from shared.errors import Transient
from shared.visibility import SYSTEM
from shared.work import Works

PROBE_SECONDS = 2.0
PATIENCE_SECONDS = 6.0
"""Longer than a peer that was stopped can keep the day's counter."""

STALLED_SECONDS = 10.0


class FilingProbe:
    """Takes what every filing takes. It needs no broker: neither does a filing."""

    def __init__(self, works: Works, acceptance: Acceptance) -> None:
        self._works = works
        self._acceptance = acceptance

    async def step(self) -> int:
        """Writes nothing but nought to the day's counter, whose row all replicas file through.

        Raises Transient while it cannot be had, or while requests wait and none is answered.
        """
        if self._acceptance.stalled_seconds > STALLED_SECONDS:
            raise Transient("no filing has come to an end for a while")
        async with self._works.open(SYSTEM) as work:
            today = work.now.astimezone(JAKARTA).date()
            await store.count_complaints(work.connection, {today: 0})
        return 0

"""The ticker: takes the cases of which a warning or a limit is due, and states what is due."""

from collections.abc import Sequence
from datetime import datetime

from services.sla.clocks import CaseClocks
from services.sla.domain import due
from services.sla.store import ClockStore
from shared import set_aside
from shared.applied_log import ids_by_complaint
from shared.decision import Decision
from shared.set_aside import CASES, of_complaint
from shared.telemetry import get_logger
from shared.visibility import SYSTEM
from shared.work import Work, Works


class StillDue(Exception):
    """Time has brought nothing about, and the case is due all the same."""


def _decided(case: CaseClocks, now: datetime) -> Decision[CaseClocks]:
    """Raises StillDue for clocks that stand in no order: the ticker would take them for ever."""
    decision = due(case, now)
    fires = decision.state.next_fire_at
    if fires is not None and fires <= now:
        raise StillDue
    return decision


class Ticker:
    """Several may run side by side: a case that one has locked is left out by the others."""

    def __init__(self, works: Works, store: ClockStore, batch: int = 500) -> None:
        """``batch``: cases per transaction, at most."""
        self._works = works
        self._store = store
        self._batch = batch
        self._log = get_logger("sla")

    async def step(self) -> int:
        """One transaction; returns how many cases it dealt with. A case that cannot be read,
        decided or saved is set aside, and none of the others waits for it."""
        async with self._works.open(SYSTEM) as work:
            cases = await self._store.take_due(work.connection, work.now, self._batch)
            decided = set_aside.decide_each(
                work.connection, CASES, cases, lambda case: _decided(case, work.now)
            )
            for decision in await self._saved(work, decided):
                work.record(*decision.events, cause=decision.state.heard)
        if work.recorded:
            self._log.info("fell_due", recorded=ids_by_complaint(work.recorded))
        return len(cases)

    async def _saved(
        self, work: Work, decided: Sequence[Decision[CaseClocks]]
    ) -> Sequence[Decision[CaseClocks]]:
        async def save(some: Sequence[Decision[CaseClocks]]) -> None:
            await self._store.save_many(work.connection, [decision.state for decision in some])

        return await set_aside.saved(
            work.connection, CASES, decided, save, lambda decision: of_complaint(decision.state)
        )

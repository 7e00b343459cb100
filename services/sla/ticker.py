"""The ticker: takes the cases of which a warning or a limit is due, and states what is due."""

from services.sla.domain import due
from services.sla.store import ClockStore
from shared.work import Works


class Ticker:
    """Several may run side by side: a case that one has locked is left out by the others."""

    def __init__(self, works: Works, store: ClockStore, batch: int = 500) -> None:
        """``batch``: cases per transaction, at most."""
        self._works = works
        self._store = store
        self._batch = batch

    async def step(self) -> int:
        """One transaction; returns how many cases it dealt with."""
        async with self._works.open() as work:
            cases = await self._store.take_due(work.connection, work.now, self._batch)
            after = []
            for case in cases:
                decision = due(case, work.now)
                work.record(*decision.events, cause=case.heard)
                after.append(decision.state)
            if after:
                await self._store.save_many(work.connection, after)
        return len(after)

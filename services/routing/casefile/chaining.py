"""Chains what an earlier release, or a bulk load, has written without a chain."""

from services.routing.casefile.store import chain_up, lock_unchained
from shared.visibility import SYSTEM
from shared.work import Works

AT_ONCE = 200


class Chaining:
    """A side task. Replicas may run it side by side: a case that one has locked is left out by the
    others. When nothing is left, a step is one look into an empty index."""

    def __init__(self, works: Works, at_once: int = AT_ONCE) -> None:
        """``at_once``: cases per transaction, at most."""
        self._works = works
        self._at_once = at_once

    async def step(self) -> int:
        """One transaction; returns how many cases it took."""
        async with self._works.open(SYSTEM) as work:
            cases = await lock_unchained(work.connection, self._at_once)
            if cases:
                await chain_up(work.connection, cases)
        return len(cases)

"""What a sender holds while it is at work: leases that are renewed, and that run out within seconds
when it is stopped, cut off or dead."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from services.notify.domain import Lease
from services.notify.sending.gateways import HeldBack
from services.notify.store import NotifyStore
from shared.clock import boottime
from shared.errors import Transient
from shared.telemetry import describe, get_logger
from shared.visibility import SYSTEM
from shared.work import Works


class Hold:
    """The leases of one step at a time."""

    def __init__(
        self,
        works: Works,
        store: NotifyStore,
        seconds: float,
        ticks: Callable[[], float] = boottime,
    ) -> None:
        """``seconds``: so long they last without being renewed. ``ticks``: seconds of a clock that
        is never set and never stands still."""
        self._works = works
        self._store = store
        self._seconds = seconds
        self._ticks = ticks
        self._until = float("-inf")
        self._log = get_logger("notify")

    @property
    def lost(self) -> bool:
        """Ask before each call: another sender may have the messages of one that was stopped."""
        return self._ticks() >= self._until

    async def take(self, limit: int) -> tuple[list[Lease], Mapping[str, HeldBack], datetime]:
        """At most ``limit`` deliveries that are due, the gateways that are held back, and when that
        was. Raises UnreadableState."""
        asked = self._ticks()
        async with self._works.open(SYSTEM) as work:
            until = work.now + timedelta(seconds=self._seconds)
            leases = await self._store.lease(work.connection, work.now, until, limit)
            held = await self._store.held_back(work.connection)
        self._until = asked + self._seconds
        return leases, held, work.now

    @asynccontextmanager
    async def kept(self, leases: Sequence[Lease], longest: float) -> AsyncIterator[None]:
        """Renews ``leases`` while the block is at work, ``longest`` seconds at most: a step that
        hangs must not keep its messages."""
        keeping = asyncio.create_task(self._keep(leases, self._ticks() + longest))
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])

    async def _keep(self, leases: Sequence[Lease], last: float) -> None:
        while self._ticks() < last:
            await asyncio.sleep(self._seconds / 3)
            try:
                await self.renew(leases)
            except Transient as error:
                self._log.warning("leases_not_renewed", error=describe(error), count=len(leases))

    async def renew(self, leases: Sequence[Lease]) -> None:
        """Those that still hold last ``seconds`` from now on. Raises Transient."""
        asked = self._ticks()
        if self.lost:
            return
        async with self._works.open(SYSTEM) as work:
            until = work.now + timedelta(seconds=self._seconds)
            await self._store.renew(work.connection, [each.delivery for each in leases], until)
        self._until = asked + self._seconds

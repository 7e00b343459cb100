"""The lease of the relay's shards: rows that expire, so that a holder who is gone holds nothing.

One statement every few seconds takes what is free and renews what is held; its answer also says
what time it is. A process that is stopped, cut off or
dead renews nothing, and another one takes its shards when the lease has run out. The lease saves
double work and no more: the order of a complaint's events does not depend on it (docs/decisions
says why), so nothing is wrong when two relays publish a row for a moment.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.clock import DatabaseClock
from shared.database import transient_database_errors
from shared.errors import Transient
from shared.health import Heart
from shared.telemetry import Metrics, get_logger

SHARDS = 4
"""Fixed: a row's shard is written when it is recorded."""

UNHEARD_SECONDS = 10.0
"""Rows that the broker did not acknowledge for so long may be luckier with another replica."""
STAND_BACK_SECONDS = 12.0
"""Who has given up takes only what nobody else wanted, until the others have had their turn."""
UNWANTED_SECONDS = 4.0
"""Free for so long: every replica that is alive has asked meanwhile and did not take it."""

_MAKE = text(
    "INSERT INTO relay_shards (shard) SELECT generate_series(0, :last) ON CONFLICT DO NOTHING"
)
_RENEW = text(
    "WITH free AS (SELECT shard FROM relay_shards"
    " WHERE holder = :me OR until < now() - CAST(:unwanted AS interval) FOR UPDATE SKIP LOCKED),"
    " held AS (UPDATE relay_shards AS s SET holder = :me,"
    " epoch = s.epoch + CAST(s.holder IS DISTINCT FROM :me AS int),"
    " until = now() + CAST(:lease AS interval)"
    " FROM free WHERE s.shard = free.shard RETURNING s.shard)"
    " SELECT ARRAY(SELECT shard FROM held ORDER BY shard) AS shards, clock_timestamp() AS now"
)
_GIVE_UP = text("UPDATE relay_shards SET holder = NULL, until = now() WHERE holder = :me")


class ShardLease:
    """What one process may publish now, as far as it knows."""

    def __init__(
        self,
        engine: AsyncEngine,
        source: str,
        holder: UUID,
        metrics: Metrics,
        seconds: float,
        clock: DatabaseClock,
        heart: Heart,
    ) -> None:
        """``holder``: a new id for each process. ``seconds``: a holder that vanished keeps its
        shards for so long; each process asks every third of it. ``clock`` is told the time by each
        answer, and its ticks count how long a lease lasts. ``heart`` beats with each answer."""
        self._engine = engine
        self._holder = holder
        self._metrics = metrics
        self._seconds = seconds
        self._clock = clock
        self._ticks = clock.ticks
        self._heart = heart
        self._shards: tuple[int, ...] = ()
        self._until = self._back_at = float("-inf")
        self._unheard_since: float | None = None
        self._made = False
        self._log = get_logger(source)

    @property
    def held(self) -> Sequence[int]:
        """Ask before each sending: a process that was stopped finds its lease run out here."""
        return self._shards if self._ticks() < self._until else ()

    def sending(self) -> None:
        """Rows go to the broker; from now on an acknowledgement is due."""
        if self._unheard_since is None:
            self._unheard_since = self._ticks()

    def acknowledged(self) -> None:
        self._unheard_since = None

    async def keep(self, on_taken: Callable[[], None]) -> None:
        """Ask again and again until cancelled. ``on_taken`` is called when there is more to
        publish than before."""
        while True:
            before = set(self.held)
            try:
                await self.renew()
            except Transient as error:
                self._metrics.retries.labels("lease").inc()
                self._log.warning("lease_not_renewed", error=str(error))
            if set(self.held) - before:
                on_taken()
            await asyncio.sleep(self._seconds / 3)

    async def renew(self) -> None:
        """Take what is free and keep what is held, or give it up when the broker is not heard.

        Raises Transient when the database is away; what is held stays held until it runs out.
        """
        now = self._ticks()
        if self._unheard_since is not None and now - self._unheard_since > UNHEARD_SECONDS:
            self._back_at = now + STAND_BACK_SECONDS
            await self.give_up()
            return
        row = await self._ask(standing_back=now < self._back_at)
        self._heart.beat()
        self._clock.told(row.now, now, self._ticks())
        # Counted from before the question: the database's own deadline is never earlier.
        self._until = now + self._seconds
        self._note(tuple(row.shards))

    async def give_up(self) -> None:
        """Another may have them at once. Raises Transient; then they run out by themselves."""
        self._unheard_since = None
        self._note(())
        await self._execute(_GIVE_UP, {"me": self._holder})

    async def _ask(self, *, standing_back: bool) -> Row[Any]:
        if not self._made:
            await self._execute(_MAKE, {"last": SHARDS - 1})
            self._made = True
        unwanted = timedelta(seconds=UNWANTED_SECONDS if standing_back else 0)
        lease = timedelta(seconds=self._seconds)
        [row] = await self._execute(
            _RENEW, {"me": self._holder, "unwanted": unwanted, "lease": lease}
        )
        return row

    async def _execute(self, statement: Any, values: dict[str, Any]) -> Sequence[Row[Any]]:
        """In a transaction of its own that lives on the server alone: a process that is stopped
        in the middle leaves no lock behind."""
        with transient_database_errors():
            async with self._engine.connect() as connection:
                connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
                result = await connection.execute(statement, values)
                return result.all() if result.returns_rows else ()

    def _note(self, shards: tuple[int, ...]) -> None:
        if shards != self._shards:
            self._log.info("relay_shards", count=len(shards))
        self._shards = shards
        self._metrics.shards_held.set(len(shards))

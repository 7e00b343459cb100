"""From what changes to messages that wait: read in the order of the commits, each change once."""

from datetime import datetime, timedelta

from services.routing.live import store as changes
from services.routing.live.change import Position
from services.routing.webhooks import store
from services.routing.webhooks.messages import messages_of, sight_of_unit
from shared.units import Units
from shared.visibility import SYSTEM
from shared.work import Work, Works

INTERVAL_SECONDS = 1.0
PLACE = "webhooks"
CHANGES_KEPT = timedelta(hours=24)
"""So long a listener who comes back is told what it missed."""
_SWEEP_EVERY = timedelta(minutes=1)
_BATCH = 500
_SWEPT_AT_ONCE = 20_000


class Writer:
    """``step`` writes the messages of what has changed since, and sweeps what is old."""

    def __init__(self, works: Works, units: Units) -> None:
        self._works = works
        self._units = units
        self._sweep_at: datetime | None = None

    async def step(self) -> int:
        """Changes that were read, where there may be more. Raises Transient."""
        async with self._works.open(SYSTEM) as work:
            # One process at a time: two would write the messages of a case out of their order.
            if not await store.may_write(work.connection):
                return 0
            until = await changes.committed(work.connection)
            read, more = await self._write(work, until)
            await self._sweep(work, read)
        return more

    async def _write(self, work: Work, until: Position) -> tuple[Position, int]:
        """Up to where no change is needed any longer, and how many there may be more."""
        connection = work.connection
        place = await changes.place_of(connection, PLACE)
        if place is None:
            return until, 0
        webhooks = await store.enabled(connection)
        if not webhooks:
            await changes.forget_place(connection, PLACE)
            return until, 0
        found = await changes.read_after(connection, place, until, _BATCH)
        sights = {each.unit_id: sight_of_unit(each.unit_id, self._units) for each in webhooks}
        messages = [
            message
            for change in found
            for webhook in webhooks
            for message in messages_of(change, webhook, sights[webhook.unit_id])
        ]
        if messages:
            await store.add(connection, messages, work.now, work.new_id)
        full = len(found) == _BATCH
        # Also where the place was ahead: a database that was put back counts its transactions anew.
        place = found[-1].position if full else until
        await changes.move(connection, PLACE, place)
        return place, len(found) if full else 0

    async def _sweep(self, work: Work, read: Position) -> None:
        if self._sweep_at is not None and work.now < self._sweep_at:
            return
        old = work.now - CHANGES_KEPT
        gone = await changes.sweep(work.connection, old, read, _SWEPT_AT_ONCE)
        await store.tidy(work.connection, work.now)
        if gone < _SWEPT_AT_ONCE:
            self._sweep_at = work.now + _SWEEP_EVERY

"""Whether news of a case are held up here, and since when: what its page must not keep quiet.

An event that could not be applied, and those that wait behind it, are news that the page lacks; so
is everything while the loop makes no progress.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.tracking.domain import CaseRecord, evolve
from shared import parked
from shared.clock import Clock
from shared.cloudevents import decode
from shared.errors import Reject
from shared.events.facts import Facts
from shared.events.intake import ComplaintReceived

SILENT_SECONDS = 60.0
"""A loop that was restarted, or waits for the broker for a moment, holds nothing up yet."""


class Delays:
    """Asks the quarantine and the loop of this service."""

    def __init__(self, clock: Clock, silent_seconds: Callable[[], float]) -> None:
        """``silent_seconds``: since the consume loop has last made progress."""
        self._clock = clock
        self._silent_seconds = silent_seconds

    async def since(
        self, connection: AsyncConnection, chain: Sequence[CaseRecord]
    ) -> datetime | None:
        """Since when news of a case, or of those it was merged into, are held up; None: of none."""
        ids = [view.complaint_id for view in chain]
        held_up = await parked.waiting_since(connection, ids)
        return min((at for at in (held_up, self._loop_stands()) if at), default=None)

    def _loop_stands(self) -> datetime | None:
        silent = self._silent_seconds()
        return self._clock() - timedelta(seconds=silent) if silent > SILENT_SECONDS else None


async def unapplied(connection: AsyncConnection, digests: Sequence[str]) -> tuple[CaseRecord, ...]:
    """The case of a code whose very first event waits here: as it was received, and no more.
    ``digests``: of the code, by each key.

    Its facts were not asked for yet. So one of which the stream is silent is shown as if it were
    about officials.
    """
    for digest in digests:
        if found := await _unapplied(connection, digest):
            return found
    return ()


async def _unapplied(connection: AsyncConnection, digest: str) -> tuple[CaseRecord, ...]:
    message = await parked.first_with(connection, digest.encode())
    try:
        envelope = decode(message) if message else None
    except Reject:
        return ()
    if envelope is None or not isinstance(envelope.event, ComplaintReceived):
        return ()
    if envelope.event.tracking_digest != digest:
        return ()
    return (evolve(None, envelope, {envelope.complaint_id: Facts(restricted=True)}),)

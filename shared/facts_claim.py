"""The facts of complaints of which the stream is silent, claimed from intake.

Once per batch, and only where the batch holds such a complaint.
"""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from shared.answers import Asked, claimed
from shared.events.event import Envelope
from shared.events.facts import ClaimedFacts, Facts, is_silent
from shared.events.intake import ComplaintReceived

CLAIM_PATH = "/internal/v1/facts/claim"


class _Claimed(Facts):
    complaint_id: UUID
    status: Literal["ok"]


class FactsClaim:
    """Asks intake anew for every batch; what a service must remember stands in its own cases."""

    def __init__(self, intake: Asked) -> None:
        self._intake = intake

    async def claim(self, envelopes: Sequence[Envelope]) -> ClaimedFacts:
        """The facts of the complaints received in ``envelopes`` of which the stream is silent.

        Raises Transient while intake is away: the batch waits, and nothing is decided without.
        """
        events = (envelope.event for envelope in envelopes)
        silent = [e for e in events if isinstance(e, ComplaintReceived) and is_silent(e)]
        return await self.of(list(dict.fromkeys(event.complaint_id for event in silent)))

    async def of(self, complaints: Sequence[UUID]) -> ClaimedFacts:
        """The facts of these complaints. Raises Transient while intake is away."""
        ids = [str(each) for each in complaints]
        items = await claimed(
            self._intake, "intake", CLAIM_PATH, "complaint_ids", ids, "facts", _Claimed
        )
        return {item.complaint_id: item for item in items}

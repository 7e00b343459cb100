"""The facts of complaints of which the stream is silent, claimed from intake.

Once per batch, and only where the batch holds such a complaint.
"""

from collections.abc import Sequence
from typing import Any, Literal, Protocol
from uuid import UUID

from shared.answers import items_of, read_items
from shared.events.event import Envelope
from shared.events.facts import ClaimedFacts, Facts, is_silent
from shared.events.intake import ComplaintReceived

CLAIM_PATH = "/internal/v1/facts/claim"
COMPLAINTS_AT_ONCE = 500


class Intake(Protocol):
    """A client that is signed for intake (`shared.outbound.ServiceClient`)."""

    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON. Raises Transient, or Refused for this very request."""


class _Claimed(Facts):
    complaint_id: UUID
    status: Literal["ok"]


class FactsClaim:
    """Asks intake anew for every batch; what a service must remember stands in its own cases."""

    def __init__(self, intake: Intake) -> None:
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
        found: dict[UUID, Facts] = {}
        for start in range(0, len(complaints), COMPLAINTS_AT_ONCE):
            asked = [str(each) for each in complaints[start : start + COMPLAINTS_AT_ONCE]]
            answer = await self._intake.post(CLAIM_PATH, {"complaint_ids": asked})
            items, _ = read_items(_Claimed, items_of(answer, "facts", "intake"))
            found.update((item.complaint_id, item) for item in items)
        return found

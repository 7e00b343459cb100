"""Holders that the stream does not tell, claimed from routing.

Once per batch, and only where the batch holds an event that does not name its holder.
"""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from shared.answers import Asked, claimed
from shared.events.event import Envelope
from shared.events.holders import ClaimedHolders, Holder, step_of, withholds_holder
from shared.events.routing import CaseEvent

CLAIM_PATH = "/internal/v1/holders/claim"


class _Claimed(Holder):
    complaint_id: UUID
    case_version: int
    status: Literal["ok"]


class HoldersClaim:
    """Asks routing anew for every batch: at a replay the answer is the same."""

    def __init__(self, routing: Asked) -> None:
        self._routing = routing

    async def claim(self, envelopes: Sequence[Envelope]) -> ClaimedHolders:
        """The holders after those events of ``envelopes`` that name none.

        Raises Transient while routing is away: the batch waits.
        """
        events = (envelope.event for envelope in envelopes)
        silent = [e for e in events if isinstance(e, CaseEvent) and withholds_holder(e)]
        steps = list(dict.fromkeys(step_of(event) for event in silent))
        cases = [
            {"complaint_id": str(complaint_id), "case_version": version}
            for complaint_id, version in steps
        ]
        items = await claimed(
            self._routing, "routing", CLAIM_PATH, "cases", cases, "holders", _Claimed
        )
        return {(item.complaint_id, item.case_version): item for item in items}

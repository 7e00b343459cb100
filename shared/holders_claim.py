"""Holders that the stream does not tell, claimed from routing.

Once per batch, and only where the batch holds an event that does not name its holder.
"""

from collections.abc import Sequence
from typing import Any, Literal, Protocol
from uuid import UUID

from shared.answers import items_of, read_items
from shared.events.event import Envelope
from shared.events.holders import ClaimedHolders, Holder, step_of, withholds_holder
from shared.events.routing import CaseEvent

CLAIM_PATH = "/internal/v1/holders/claim"
STEPS_AT_ONCE = 500


class Routing(Protocol):
    """A client that is signed for routing (`shared.outbound.ServiceClient`)."""

    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON. Raises Transient, or Refused for this very request."""


class _Claimed(Holder):
    complaint_id: UUID
    case_version: int
    status: Literal["ok"]


class HoldersClaim:
    """Asks routing anew for every batch: at a replay the answer is the same."""

    def __init__(self, routing: Routing) -> None:
        self._routing = routing

    async def claim(self, envelopes: Sequence[Envelope]) -> ClaimedHolders:
        """The holders after those events of ``envelopes`` that name none.

        Raises Transient while routing is away: the batch waits.
        """
        events = (envelope.event for envelope in envelopes)
        silent = [e for e in events if isinstance(e, CaseEvent) and withholds_holder(e)]
        steps = list(dict.fromkeys(step_of(event) for event in silent))
        found: dict[tuple[UUID, int], Holder] = {}
        for start in range(0, len(steps), STEPS_AT_ONCE):
            asked = [
                {"complaint_id": str(complaint_id), "case_version": version}
                for complaint_id, version in steps[start : start + STEPS_AT_ONCE]
            ]
            answer = await self._routing.post(CLAIM_PATH, {"cases": asked})
            items, _ = read_items(_Claimed, items_of(answer, "holders", "routing"))
            found.update(((item.complaint_id, item.case_version), item) for item in items)
        return found

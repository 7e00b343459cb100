"""Who judges a unit's plan or follow-up, claimed from routing, which alone knows the rule."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.sla.domain import JudgedUnit
from shared.answers import items_of, read_items

CLAIM_PATH = "/internal/v1/reviewers/claim"
CASES_AT_ONCE = 500


class Routing(Protocol):
    """A client that is signed for routing (`shared.outbound.ServiceClient`)."""

    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON. Raises Transient, or Refused for this very request."""


class _Claimed(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    complaint_id: UUID
    unit_id: str
    status: str
    reviewer: str | None = None


class Reviewers:
    """Asks routing anew for every batch and keeps nothing: the rule stays in one place."""

    def __init__(self, routing: Routing) -> None:
        self._routing = routing

    async def claim(self, judged: Sequence[JudgedUnit]) -> dict[JudgedUnit, str]:
        """The judge of each unit's work on a complaint.

        What routing does not know, or answers in words that are not in the contract, is missing:
        it costs its own event only. Raises Transient while routing is away.
        """
        found: dict[JudgedUnit, str] = {}
        for start in range(0, len(judged), CASES_AT_ONCE):
            cases = [
                {"complaint_id": str(complaint_id), "unit_id": unit_id}
                for complaint_id, unit_id in judged[start : start + CASES_AT_ONCE]
            ]
            found.update(_known(await self._routing.post(CLAIM_PATH, {"cases": cases})))
        return found


def _known(answer: Any) -> Iterator[tuple[JudgedUnit, str]]:
    # While another version of routing is rolled out, it may answer what is unknown here.
    claimed, _ = read_items(_Claimed, items_of(answer, "reviewers", "routing"))
    for each in claimed:
        if each.status == "ok" and each.reviewer is not None:
            yield (each.complaint_id, each.unit_id), each.reviewer

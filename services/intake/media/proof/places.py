"""Where a complaint is: intake knows it, and it is kept nowhere here."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from services.intake.media.proof.flags import Point
from shared.answers import items_of, read_items
from shared.errors import Transient

REFS_PATH = "/internal/v1/contents/refs"
CLAIM_PATH = "/internal/v1/contents/claim"
REFS_AT_ONCE = 500


class Intake(Protocol):
    """A client that is signed for intake (`shared.outbound.ServiceClient`)."""

    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON. Raises Transient, or Refused for this very request."""


class _Filed(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    refs: list[UUID]


class _Placed(BaseModel):
    """Of one content no more than its place."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    ref: UUID
    status: Literal["ok"]
    latitude: float
    longitude: float


class Places:
    """Asks intake anew for each picture."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def of(self, complaint_id: UUID) -> Point | None:
        """The first point that its reporter has named; None where there is none, or none any more.

        Raises Transient while intake is away, or when its answer cannot be read.
        """
        answer = await self._intake.post(REFS_PATH, {"complaint_id": str(complaint_id)})
        try:
            refs = _Filed.model_validate(answer).refs[:REFS_AT_ONCE]
        except ValidationError:
            raise Transient("intake's refs of a complaint cannot be read") from None
        return await self._first(refs) if refs else None

    async def _first(self, refs: Sequence[UUID]) -> Point | None:
        answer = await self._intake.post(CLAIM_PATH, {"refs": [str(ref) for ref in refs]})
        placed, _ = read_items(_Placed, items_of(answer, "contents", "intake"))
        found = {each.ref: each for each in placed}
        first = next((found[ref] for ref in refs if ref in found), None)
        return None if first is None else Point(first.latitude, first.longitude)

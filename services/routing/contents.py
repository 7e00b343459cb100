"""Texts and positions from intake's internal API, claimed by reference in batches."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from services.routing.placing.rules import Content
from shared.errors import Transient

CLAIM_PATH = "/internal/v1/contents/claim"
REFS_AT_ONCE = 500

ContentStatus = Literal["ok", "gone", "unknown"]


class Claimed(BaseModel):
    """One content (class C1). ``gone``: erased, a normal answer."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    ref: UUID
    status: ContentStatus
    text: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    address: str | None = None

    def content(self) -> Content:
        return Content(self.text or "", self.latitude, self.longitude, self.address)


class ClaimAnswer(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    contents: list[Claimed]


class Intake(Protocol):
    """A client that is signed for intake (`shared.outbound.ServiceClient`)."""

    async def post(self, path: str, body: Any) -> Any: ...


class Contents:
    """What citizens wrote. Nothing is kept: erasure at intake is erasure here."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def claim(self, refs: Sequence[UUID]) -> dict[UUID, Claimed]:
        """By ref. Raises Transient while intake is away or answers what it should not."""
        found: dict[UUID, Claimed] = {}
        for start in range(0, len(refs), REFS_AT_ONCE):
            batch = refs[start : start + REFS_AT_ONCE]
            answer = await self._intake.post(CLAIM_PATH, {"refs": [str(ref) for ref in batch]})
            found.update((item.ref, item) for item in _parse(answer))
        return found


def _parse(answer: Any) -> list[Claimed]:
    try:
        return ClaimAnswer.model_validate(answer).contents
    except ValidationError:
        # A version of intake that is being rolled out; parking a city's complaints would be worse.
        raise Transient("intake answered what the contract does not know") from None

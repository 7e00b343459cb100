"""Texts and positions from intake's internal API, claimed by reference in batches."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from services.routing.domain import Case
from services.routing.masking import mask
from services.routing.placing.rules import Content
from shared.answers import items_of, read_items
from shared.errors import Transient
from shared.telemetry import get_logger

CLAIM_PATH = "/internal/v1/contents/claim"
REFS_PATH = "/internal/v1/contents/refs"
REFS_AT_ONCE = 500

ContentStatus = Literal["ok", "gone", "unknown"]


class Claimed(BaseModel):
    """One content (class C1). ``gone``: erased, a normal answer. ``masked``: pieces that tell of
    persons were taken out here; intake has them."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    ref: UUID
    status: ContentStatus
    text: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    address: str | None = None
    masked: bool = False

    def content(self) -> Content:
        return Content(self.text or "", self.latitude, self.longitude, self.address)


class _Filed(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    refs: list[UUID]


class Intake(Protocol):
    """A client that is signed for intake (`shared.outbound.ServiceClient`)."""

    async def post(self, path: str, body: Any) -> Any: ...


class Contents:
    """What citizens wrote. A searchable copy of it is kept (`texts.store`) until the stream says
    that its reporter is erased; what is shown of a case is always asked for here."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._log = get_logger("routing")

    async def claim(self, refs: Sequence[UUID]) -> dict[UUID, Claimed]:
        """By ref; what intake said of a missing ref cannot be read.

        Raises Transient while intake is away, or when its answer is no list of contents.
        """
        found: dict[UUID, Claimed] = {}
        for start in range(0, len(refs), REFS_AT_ONCE):
            batch = refs[start : start + REFS_AT_ONCE]
            answer = await self._intake.post(CLAIM_PATH, {"refs": [str(ref) for ref in batch]})
            # No list at all: intake is being rolled out or is broken. That passes. To send every
            # complaint of the city to the triage desk meanwhile would be worse than to wait.
            items = items_of(answer, "contents", "intake")
            found.update((item.ref, item) for item in self._readable(items))
        return found

    async def of_case(self, case: Case) -> dict[UUID, Claimed]:
        """What whoever sees a case reads of it, by ref: of a confidential report masked. Nothing
        after an erasure. Raises Transient as `claim` does."""
        claimed = await self.whole_of_case(case)
        if not case.confidential:
            return claimed
        # A mail may bring a megabyte, and others wait for this loop.
        return await asyncio.to_thread(_masked, claimed)

    async def whole_of_case(self, case: Case) -> dict[UUID, Claimed]:
        """The same with all that was written: for who opens it with a reason, which is recorded
        before."""
        return {} if case.erased else await self.claim(case.content_refs)

    async def filed(self, complaint_id: UUID) -> frozenset[UUID]:
        """Refs of all that the reporter has written until now, also what no event has told yet.

        Raises Transient while intake is away, or when its answer cannot be read.
        """
        answer = await self._intake.post(REFS_PATH, {"complaint_id": str(complaint_id)})
        try:
            return frozenset(_Filed.model_validate(answer).refs)
        except ValidationError:
            raise Transient("intake's refs of a complaint cannot be read") from None

    def _readable(self, items: Sequence[Any]) -> list[Claimed]:
        """Each item for itself: one of a kind that this release does not know is left out.

        It costs its own complaint a detour over the triage desk (see `rules.route`). Waiting for a
        better answer would cost more: events are applied in their order, so that every other
        complaint would wait with it, for ever should the item stay as it is.
        """
        found, unreadable = read_items(Claimed, items)
        if unreadable:
            self._log.warning("contents_not_understood", count=unreadable)
        return found


def _masked(claimed: Mapping[UUID, Claimed]) -> dict[UUID, Claimed]:
    return {ref: _one_masked(each) for ref, each in claimed.items()}


def _one_masked(claimed: Claimed) -> Claimed:
    words, address = mask(claimed.text or ""), mask(claimed.address or "")
    if not (words.spans or address.spans):
        return claimed
    said = {"text": claimed.text and words.text, "address": claimed.address and address.text}
    return claimed.model_copy(update={**said, "masked": True})

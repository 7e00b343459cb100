"""The reporter's own words and place, claimed from intake for the holder of the code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.tracking.spoken import ERASED, UNAVAILABLE, Place, Said
from shared.answers import items_of, read_items
from shared.officer_words import readable

CLAIM_PATH = "/internal/v1/contents/claim"


class Intake(Protocol):
    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON; raises Transient or Reject."""


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    ref: UUID


class _Kept(_Content):
    status: Literal["ok"]
    text: Annotated[str, Field(repr=False)]
    latitude: Annotated[float | None, Field(repr=False)] = None
    longitude: Annotated[float | None, Field(repr=False)] = None
    address: Annotated[str | None, Field(repr=False)] = None


class _Erased(_Content):
    status: Literal["gone"]


@dataclass(frozen=True, slots=True)
class ReporterWords:
    intake: Intake

    async def claim(self, refs: Sequence[UUID]) -> Mapping[UUID, Said]:
        """One for each ref, at most 500. Raises Transient or Reject.

        A ref that intake does not know, or of which it says what cannot be read, is unavailable:
        the reporter has written something, and is not told that they have not.
        """
        answer = await self.intake.post(CLAIM_PATH, {"refs": [str(ref) for ref in refs]})
        contents = items_of(answer, "contents", "intake")
        kept, _ = read_items(_Kept, contents)
        erased, _ = read_items(_Erased, contents)
        said = dict.fromkeys(refs, UNAVAILABLE) | dict.fromkeys((e.ref for e in erased), ERASED)
        return said | {each.ref: Said("ok", readable(each.text), _place(each)) for each in kept}


def _place(content: _Kept) -> Place | None:
    address = readable(content.address or "") or None
    point = (content.latitude, content.longitude)
    return None if (address, *point) == (None, None, None) else Place(address, *point)

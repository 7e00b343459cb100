"""Officers' words to the holder of a code: asked of routing while a page is made, kept nowhere."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.tracking.disclosure import PublicCase
from shared.errors import Reject, Transient
from shared.telemetry import describe, get_logger

CLAIM_PATH = "/internal/v1/notes/claim"


class Routing(Protocol):
    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON; raises Transient or Reject."""


class _Note(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    ref: UUID
    status: Literal["ok", "private", "gone", "unknown"]
    text: Annotated[str | None, Field(repr=False)] = None


class _Notes(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    notes: tuple[_Note, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """What officers said. ``away``: there are words, and routing could not be asked for them."""

    question: str | None = field(default=None, repr=False)
    note: str | None = field(default=None, repr=False)
    away: bool = False


class OfficerWords:
    """Claims words with little patience: the rest of the page does not wait for them."""

    def __init__(self, routing: Routing, seconds: float) -> None:
        self._routing = routing
        self._seconds = seconds
        self._log = get_logger("tracking")

    async def about(self, case: PublicCase) -> Spoken:
        """The words of ``case``; raises nothing that routing can cause."""
        refs = [ref for ref in (case.question_ref, case.note_ref) if ref is not None]
        if not refs:
            return Spoken()
        try:
            async with asyncio.timeout(self._seconds):
                said = await self._claim(refs)
        except (Transient, Reject, TimeoutError) as error:
            self._log.warning("words_not_to_be_had", error=describe(error))
            return Spoken(away=True)
        return Spoken(_said(said, case.question_ref), _said(said, case.note_ref))

    async def _claim(self, refs: Sequence[UUID]) -> dict[UUID, str]:
        answer = await self._routing.post(CLAIM_PATH, {"refs": [str(ref) for ref in refs]})
        try:
            notes = _Notes.model_validate(answer).notes
        except ValidationError:
            raise Transient("routing answered what the contract does not know") from None
        return {note.ref: note.text for note in notes if note.text}


def _said(said: dict[UUID, str], ref: UUID | None) -> str | None:
    return said.get(ref) if ref is not None else None

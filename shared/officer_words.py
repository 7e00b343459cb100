"""Officers' words to reporters, claimed from routing by reference and kept nowhere."""

import unicodedata
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors import Transient

CLAIM_PATH = "/internal/v1/notes/claim"


class Routing(Protocol):
    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON; raises Transient or Reject."""


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _Note(_Answer):
    ref: UUID
    status: Literal["ok", "private", "gone", "unknown"]
    text: Annotated[str | None, Field(repr=False)] = None


class _Notes(_Answer):
    notes: tuple[_Note, ...]


async def claim_officer_words(routing: Routing, refs: Sequence[UUID]) -> dict[UUID, str]:
    """The words that may be told, by ref; at most 500 refs. Raises Transient or Reject.

    What routing does not hand out is missing. Class C1: for the reporter alone.
    """
    answer = await routing.post(CLAIM_PATH, {"refs": [str(ref) for ref in refs]})
    try:
        notes = _Notes.model_validate(answer).notes
    except ValidationError:
        raise Transient("routing answered what the contract does not know") from None
    return {note.ref: readable(note.text) for note in notes if note.text is not None}


def readable(words: str) -> str:
    """The words as lines of text: without control characters, which nothing should show."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = (c for c in lines if c == "\n" or unicodedata.category(c) != "Cc")
    return "".join(kept).strip()

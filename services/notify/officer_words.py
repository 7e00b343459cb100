"""What officers wrote to reporters: asked of routing for one round, kept nowhere."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.notify.store import Lease
from shared.errors import Transient

CLAIM_PATH = "/internal/v1/notes/claim"


class Routing(Protocol):
    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON; raises Transient or Reject."""


class Note(BaseModel):
    """Routing's answer about one note; no repr shows its words."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    ref: UUID
    status: Literal["ok", "private", "gone", "unknown"]
    text: Annotated[str | None, Field(repr=False)] = None


class Notes(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    notes: tuple[Note, ...]


def wanted(leases: Sequence[Lease]) -> list[UUID]:
    """Refs of the words that the messages carry, each once; an erased reporter gets none."""
    refs = (lease.delivery.words_ref for lease in leases if not lease.case.erased)
    return sorted({ref for ref in refs if ref is not None})


async def claim(routing: Routing, refs: Sequence[UUID]) -> Mapping[UUID, str]:
    """The words that may be told, by ref. Raises Transient or Reject.

    What routing does not hand out is missing: the message then goes without it.
    """
    answer = await routing.post(CLAIM_PATH, {"refs": [str(ref) for ref in refs]})
    try:
        notes = Notes.model_validate(answer).notes
    except ValidationError:
        raise Transient("routing answered what the contract does not know") from None
    return {note.ref: readable(note.text) for note in notes if note.text is not None}


def readable(words: str) -> str:
    """The words as lines of text: without control characters, which no message should carry."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = (c for c in lines if c == "\n" or unicodedata.category(c) != "Cc")
    return "".join(kept).strip()


def apart_without_words(leases: Sequence[Lease]) -> tuple[list[Lease], list[Lease]]:
    """Who can be told though routing is away, and who must wait; ``leases`` by their ``seq``.

    What carries words waits, and so does what comes after it about the same complaint: a reporter
    reads the question before the news that follows it.
    """
    now: list[Lease] = []
    later: list[Lease] = []
    waiting: set[UUID] = set()
    for lease in leases:
        if lease.delivery.words_ref is not None and not lease.case.erased:
            waiting.add(lease.case.complaint_id)
        (later if lease.case.complaint_id in waiting else now).append(lease)
    return now, later

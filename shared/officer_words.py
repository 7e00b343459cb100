"""Officers' words to reporters, claimed from routing by reference and kept nowhere."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.answers import items_of, read_items

CLAIM_PATH = "/internal/v1/notes/claim"


class Routing(Protocol):
    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON; raises Transient or Reject."""


@dataclass(frozen=True, slots=True)
class ClaimedWords:
    """What routing answered about the refs it was asked for.

    said: the words that may be told, by ref; class C1, for the reporter alone.
    not_understood: refs about which routing said nothing that we can read. There may be words, so
    nobody is told that there are none. A ref in neither has no words that may be told.
    """

    said: Mapping[UUID, str] = field(default_factory=dict, repr=False)
    not_understood: frozenset[UUID] = frozenset()


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _Told(_Answer):
    ref: UUID
    status: Literal["ok"]
    text: Annotated[str, Field(repr=False)]


class _Withheld(_Answer):
    ref: UUID
    status: Literal["private", "gone", "unknown"]


async def claim_officer_words(routing: Routing, refs: Sequence[UUID]) -> ClaimedWords:
    """The words that ``refs`` stand for; at most 500 refs. Raises Transient or Reject."""
    answer = await routing.post(CLAIM_PATH, {"refs": [str(ref) for ref in refs]})
    notes = items_of(answer, "notes", "routing")
    told, _ = read_items(_Told, notes)
    withheld, _ = read_items(_Withheld, notes)
    said = {note.ref: readable(note.text) for note in told}
    return ClaimedWords(
        said=said,
        not_understood=frozenset(refs) - said.keys() - {note.ref for note in withheld},
    )


def readable(words: str) -> str:
    """The words as lines of text, without control characters, which terminals would obey."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = (c for c in lines if c == "\n" or unicodedata.category(c) != "Cc")
    return "".join(kept).strip()

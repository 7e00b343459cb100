"""The steps of a case as its history has them, and the chain over them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.case_chain import actor_reference, content_digest, link, moment


@dataclass(frozen=True, slots=True)
class Recorded:
    """One row of a case's history, with its place in the chain. ``words``, ``evidence`` and
    ``words_salt`` are gone when the note is."""

    complaint_id: UUID
    version: int
    event: str
    at: datetime
    state: str
    unit_id: str
    actor: str | None = field(repr=False)
    actor_unit: str | None
    note_id: UUID | None
    facts: Mapping[str, Any] | None
    withheld: Mapping[str, Any] | None
    salt: bytes | None = field(repr=False)
    actor_ref: bytes | None
    words_digest: bytes | None
    hash: bytes | None
    words: str | None = field(default=None, repr=False)
    evidence: Sequence[Mapping[str, Any]] | None = None
    words_salt: bytes | None = field(default=None, repr=False)

    @property
    def content(self) -> dict[str, Any]:
        """JSON values by the names of `shared.case_chain.CONTENT`."""
        return content_of(
            complaint_id=self.complaint_id, version=self.version, event=self.event, at=self.at,
            state=self.state, unit_id=self.unit_id, actor_unit=self.actor_unit,
            note_id=self.note_id, facts=self.facts, withheld=self.withheld,
        )  # fmt: skip

    @property
    def actor_reference(self) -> str | None:
        """As the row says who acted; as it was chained where that is erased."""
        if self.actor is not None and self.salt is not None:
            return actor_reference(self.salt, self.actor)
        return self.actor_ref.hex() if self.actor_ref is not None else None


def content_of(**columns: Any) -> dict[str, Any]:
    """A row's own columns as JSON values."""
    note = columns["note_id"]
    return {
        **columns,
        "complaint_id": str(columns["complaint_id"]),
        "at": moment(columns["at"]),
        "note_id": str(note) if note is not None else None,
    }


def links_of(steps: Sequence[Recorded]) -> list[tuple[Recorded, str]]:
    """The steps of one case without a hash, each with the one that it gets. ``steps``: all of them,
    oldest first."""
    links: list[tuple[Recorded, str]] = []
    previous: str | None = None
    for step in steps:
        if step.hash is None:
            previous = _hash_of(step, previous)
            links.append((step, previous))
        else:
            previous = step.hash.hex()
    return links


def _hash_of(step: Recorded, previous: str | None) -> str:
    words = step.words_digest.hex() if step.words_digest is not None else None
    return link(previous, content_digest(step.content), step.actor_reference, words)

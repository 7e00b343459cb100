"""The chain over a case's steps: each step's hash rests on the one before. Pure.

    content = SHA-256(canonical JSON of what the step says)
    actor   = SHA-256(the case's salt, the officer's subject)       null where no officer acted
    words   = SHA-256(the note's salt, canonical JSON of the note)  null where there are none
    hash    = SHA-256(canonical JSON of {actor, content, previous, words})

Who acted and what was written enter by a salted digest. So a case's file need not tell an officer's
name, and a note can be erased with its salt: the chain holds, and nobody can guess the words.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from shared.canonical_json import canonical

CONTENT = (
    "complaint_id", "version", "event", "at", "state", "unit_id", "actor_unit", "note_id", "facts",
    "withheld",
)  # fmt: skip
"""What a step says, by the names of the columns of routing's history and of the case file."""


def moment(at: datetime) -> str:
    """An instant as the chain writes it: UTC, microseconds."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def content_digest(step: Mapping[str, Any]) -> str:
    """In hex. ``step``: JSON values by the names of `CONTENT`, more are left out.

    Raises KeyError for a name that is missing, ValueError for a value that is no JSON.
    """
    return _digest({name: step[name] for name in CONTENT})


def actor_reference(salt: bytes, subject: str) -> str:
    """Stands for an officer in the steps of one case, the same in each, and in no other's."""
    return sha256(salt + subject.encode()).hexdigest()


def words_digest(salt: bytes, words: str, evidence: Sequence[Any]) -> str:
    return sha256(salt + note_text(words, evidence)).hexdigest()


def note_text(words: str, evidence: Sequence[Any]) -> bytes:
    """What of an officer's note is hashed behind its salt."""
    return canonical({"evidence": evidence, "words": words})


def link(previous: str | None, content: str, actor: str | None, words: str | None) -> str:
    """The hash of a step. All are hashes in hex; ``previous``: of the step before."""
    return _digest({"actor": actor, "content": content, "previous": previous, "words": words})


def _digest(value: Any) -> str:
    return sha256(canonical(value)).hexdigest()

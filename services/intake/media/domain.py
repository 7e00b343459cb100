"""What media says of a file, when it has settled. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.intake.media.clearing.outcome import Cleared, Kept, Outcome, Refused
from shared.events.event import Event
from shared.events.intake import ReporterErased
from shared.events.media import MediaCleared, MediaRefused, MediaRemoved
from shared.events.vocabulary import MediaFlag, MediaKind, MediaOrigin

HEARS: frozenset[type[Event]] = frozenset({ReporterErased})
EMITS: frozenset[type[Event]] = frozenset({MediaCleared, MediaRefused, MediaRemoved})

LEASE = timedelta(seconds=120)
"""Longer than two children may take and a store may be silent, together."""

GIVES_WAY = timedelta(minutes=5)
"""So long a reporter's picture is opened only while nobody else wants the processor: a receipt goes
before. Then it takes its turn, however many receipts there are. The first of the two that bound it;
the other is ``GIVING_WAY_SECONDS`` of ``clearing/protocol``."""

MOST_UNFINISHED = 8
"""So often a file may be not opened to its end, which takes three minutes: a machine without time
or memory is better by then, or it is the file."""


class FileState(StrEnum):
    FETCHING = "fetching"
    WAITING = "waiting"
    CLEARED = "cleared"
    KEPT = "kept"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class File:
    """A file that was acknowledged. attempts: of the lease by which it is held; an outcome counts
    for this lease alone. key_id: of the key pair for which ``wrapped_key`` is. unfinished: how
    often it was not opened to its end. since: when it was acknowledged."""

    ref: UUID
    complaint_id: UUID
    content_ref: UUID | None
    origin: MediaOrigin
    number: int
    since: datetime
    chunks: int
    wrapped_key: bytes = field(repr=False)
    key_id: bytes = field(default=b"", repr=False)
    attempts: int = 0
    unfinished: int = 0

    def gives_way(self, now: datetime, longest: timedelta) -> bool:
        """Whether it is opened only while nobody else wants the processor, for ``longest`` since it
        was acknowledged. An officer waits for evidence, and what was not opened to its end may have
        had too little of it."""
        waited = now - self.since
        return self.origin is MediaOrigin.REPORTER and not self.unfinished and waited < longest

    @property
    def is_given_up_when_unfinished(self) -> bool:
        """Whether one more such end is the last."""
        return self.unfinished + 1 >= MOST_UNFINISHED


def settled_as(outcome: Outcome) -> FileState:
    match outcome:
        case Cleared():
            return FileState.CLEARED
        case Kept():
            return FileState.KEPT
        case Refused():
            return FileState.REFUSED


def settled(
    file: File, outcome: Outcome, at: datetime, flags: Sequence[MediaFlag] = ()
) -> MediaCleared | MediaRefused:
    """What is said of it. ``flags``: of evidence alone."""
    about = {
        "complaint_id": file.complaint_id,
        "at": at,
        "ref": file.ref,
        "origin": file.origin,
        "number": file.number,
        "content_ref": file.content_ref,
    }
    if isinstance(outcome, Refused):
        return MediaRefused(**about, reason=outcome.reason)
    return MediaCleared(
        **about, kind=outcome.kind, locked=isinstance(outcome, Kept), flags=tuple(flags)
    )


def found_clean(file: File, kind: MediaKind, at: datetime) -> MediaCleared:
    """A scanner found nothing in a document or video: it is locked no more."""
    return MediaCleared(
        complaint_id=file.complaint_id,
        at=at,
        ref=file.ref,
        origin=file.origin,
        number=file.number,
        content_ref=file.content_ref,
        kind=kind,
    )


def removed(file: File, at: datetime) -> MediaRemoved:
    """Its reporter was erased."""
    return MediaRemoved(
        complaint_id=file.complaint_id,
        at=at,
        ref=file.ref,
        origin=file.origin,
        number=file.number,
        content_ref=file.content_ref,
    )

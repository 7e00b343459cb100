"""What routing knows of a case's files, as the stream tells it. Pure.

Two emitters tell of one file: intake that it came, media what became of it. Between two emitters
there is no order, so that a file's state only ever moves forward.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.routing.domain import CaseMedia, MediaState
from shared.events.event import Event
from shared.events.intake import MediaReceived
from shared.events.media import MediaCleared, MediaRefused, MediaRemoved
from shared.events.vocabulary import MediaFlag, MediaKind, MediaOrigin, MediaRefusal

TELL_OF_FILES = (MediaReceived, MediaCleared, MediaRefused, MediaRemoved)


ORDER: Sequence[frozenset[MediaState]] = (
    frozenset({MediaState.RECEIVED}),
    frozenset({MediaState.CLEARED, MediaState.LOCKED, MediaState.REFUSED}),
    frozenset({MediaState.REMOVED}),
)
"""A state follows another one of its own step or of an earlier one."""


def step_of(state: MediaState) -> int:
    """The place of a state in `ORDER`."""
    return next(place for place, states in enumerate(ORDER) if state in states)


def told(event: Event) -> list[CaseMedia]:
    """The files that an event tells of, each as the event says."""
    if isinstance(event, MediaReceived):
        return [_received(event, ref, number) for number, ref in enumerate(event.refs, 1)]
    if isinstance(event, MediaCleared):
        state = MediaState.LOCKED if event.locked else MediaState.CLEARED
        return [_settled(event, state, kind=event.kind, flags=event.flags)]
    if isinstance(event, MediaRefused):
        return [_settled(event, MediaState.REFUSED, reason=event.reason)]
    return [_settled(event, MediaState.REMOVED)] if isinstance(event, MediaRemoved) else []


def latest(said: Iterable[CaseMedia]) -> list[CaseMedia]:
    """Each file once, as far as it has come: a batch may tell of one file several times."""
    found: dict[UUID, CaseMedia] = {}
    for each in said:
        before = found.get(each.ref)
        if before is None or step_of(each.state) >= step_of(before.state):
            found[each.ref] = each
    return list(found.values())


def _received(event: MediaReceived, ref: UUID, number: int) -> CaseMedia:
    return CaseMedia(
        ref, event.complaint_id, MediaOrigin.REPORTER, number, event.content_ref,
        MediaState.RECEIVED, event.at,
    )  # fmt: skip


def _settled(
    event: MediaCleared | MediaRefused | MediaRemoved,
    state: MediaState,
    kind: MediaKind | None = None,
    reason: MediaRefusal | None = None,
    flags: tuple[MediaFlag, ...] = (),
) -> CaseMedia:
    return CaseMedia(
        event.ref, event.complaint_id, event.origin, event.number, event.content_ref, state,
        event.at, kind, reason, flags,
    )  # fmt: skip

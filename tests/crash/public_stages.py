"""Which events a reporter is told of: the rules of notify, said a second time on purpose."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import itemgetter
from uuid import UUID

from shared.events.event import Envelope
from shared.events.intake import ComplaintReceived
from shared.events.routing import (
    CaseCompleted,
    CaseMerged,
    CaseRejected,
    CaseReopened,
    CaseRouted,
    CaseWithdrawn,
    CitizenQuestioned,
    WorkStarted,
)
from shared.events.sla import DeadlineExtended
from shared.events.vocabulary import Clock

ALWAYS = (
    ComplaintReceived, CitizenQuestioned, CaseCompleted, CaseRejected, CaseReopened, CaseMerged,
    CaseWithdrawn,
)  # fmt: skip


def told_of(stream: Sequence[Envelope]) -> Iterator[Envelope]:
    """The events of ``stream`` (any order) that call for a message. The start of the work is told
    once, and once more after each reopening."""
    lives: dict[UUID, list[tuple[int, Envelope]]] = defaultdict(list)
    for envelope in stream:
        event = envelope.event
        if isinstance(event, WorkStarted | CaseReopened):
            lives[envelope.complaint_id].append((event.case_version, envelope))
        if isinstance(event, ALWAYS) or _by_people(envelope) or _later_date(envelope):
            yield envelope
    for life in lives.values():
        yield from _first_starts([envelope for _, envelope in sorted(life, key=itemgetter(0))])


def _first_starts(life: Sequence[Envelope]) -> Iterator[Envelope]:
    told = False
    for envelope in life:
        started = isinstance(envelope.event, WorkStarted)
        if started and not told:
            yield envelope
        told = started


def _by_people(envelope: Envelope) -> bool:
    return isinstance(envelope.event, CaseRouted) and envelope.event.routed_by == "triage"


def _later_date(envelope: Envelope) -> bool:
    event = envelope.event
    return (
        isinstance(event, DeadlineExtended)
        and event.cause == "extension"
        and event.clock is Clock.FOLLOW_UP
    )

"""Which events a reporter is told of: the rules of notify, said a second time on purpose."""

from collections.abc import Iterator, Sequence

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
    """The events of ``stream`` (any order) that call for a message. Of cases that are never
    reopened: the start of the work is told once."""
    first: dict[object, Envelope] = {}
    for envelope in stream:
        event = envelope.event
        if isinstance(event, WorkStarted):
            known = first.setdefault(envelope.complaint_id, envelope)
            assert isinstance(known.event, WorkStarted)
            if event.case_version < known.event.case_version:
                first[envelope.complaint_id] = envelope
        elif isinstance(event, ALWAYS) or _by_people(envelope) or _later_date(envelope):
            yield envelope
    yield from first.values()


def _by_people(envelope: Envelope) -> bool:
    return isinstance(envelope.event, CaseRouted) and envelope.event.routed_by == "triage"


def _later_date(envelope: Envelope) -> bool:
    event = envelope.event
    return (
        isinstance(event, DeadlineExtended)
        and event.cause == "extension"
        and event.clock is Clock.FOLLOW_UP
    )

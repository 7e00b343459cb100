"""The view of a case, folded from every event about it: pure.

The events of one emitter arrive in their order, but an event of one emitter may overtake that of
another. So each field is written by the events of one emitter only (the groups below). What two
emitters know of, such as the category, is kept in two fields. The view is then the same in
whatever order the emitters are heard.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from shared.decision import Decision
from shared.events.catalogue import CATALOGUE
from shared.events.event import Envelope, Event
from shared.events.facts import NO_FACTS, ClaimedFacts, Facts, facts_of
from shared.events.holders import watchers_after
from shared.events.intake import (
    ComplaintReceived,
    ComplaintSupplemented,
    ComplaintWithdrawn,
    MediaReceived,
    ReporterErased,
)
from shared.events.media import MediaCleared, MediaEvent, MediaRefused, MediaRemoved
from shared.events.notify import (
    NotificationEvent,
    NotificationFailed,
    NotificationSent,
    NotificationSuppressed,
)
from shared.events.routing import (
    CaseAccepted,
    CaseCompleted,
    CaseCoordinated,
    CaseDelegated,
    CaseEvent,
    CaseMerged,
    CaseRejected,
    CaseReopened,
    CaseReturned,
    CaseRouted,
    CaseSplit,
    CaseTriaged,
    CaseWithdrawn,
    CitizenAnswered,
    CitizenQuestioned,
    ExtensionApproved,
    ExtensionRefused,
    ExtensionRequested,
    FollowUpRefused,
    FollowUpSubmitted,
    PlanApproved,
    PlanReturned,
    PlanSubmitted,
    Standing,
    VerificationOrdered,
    WorkStarted,
)
from shared.events.sla import (
    DeadlineExtended,
    DeadlineMissed,
    DeadlineRetracted,
    DeadlinesSet,
    DeadlineWarned,
    EvaluationOpened,
    EvaluationWaived,
    QuestionExpired,
)
from shared.events.standing import standing_of
from shared.events.vocabulary import (
    CaseState,
    Channel,
    Clock,
    MediaKind,
    MediaOrigin,
    MediaRefusal,
    NotificationTemplate,
    RejectionReason,
)

HEARS: frozenset[type[Event]] = frozenset(CATALOGUE)
EMITS: frozenset[type[Event]] = frozenset()

KEPT_AT_MOST = 50
"""Supplements, acts, lapsed questions and files that a case keeps, the latest of each, so that its
row stays small however often somebody writes."""

SupplementKind = Literal["answer", "note", "edit"]
NoticeOutcome = Literal["sent", "failed", "suppressed"]
ExtensionStatus = Literal["requested", "approved", "refused"]
EvaluationStatus = Literal["opened", "waived"]
FileOutcome = Literal["shown", "locked", "refused", "removed"]


@dataclass(frozen=True, slots=True)
class Stage:
    """A step the public sees. ``event``: what began it; unit None: not yet with any."""

    state: CaseState
    event: str
    at: datetime
    unit_id: str | None = None
    unit_name: str | None = None


@dataclass(frozen=True, slots=True)
class Supplement:
    """A later message of the reporter's. ``ref``: its words and place, which are intake's."""

    ref: UUID
    kind: SupplementKind
    at: datetime


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that came with a message of the reporter's. ``number``: its place there, from 1."""

    ref: UUID
    at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class SettledFile:
    """What became of a file of the reporter's.

    shown: a picture that can be seen. locked: a document or a video, which officers alone open.
    refused: not kept, for ``reason``. removed: it was there and is no more.
    """

    ref: UUID
    outcome: FileOutcome
    kind: MediaKind | None = None
    reason: MediaRefusal | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """What the reporter was asked or told, or answered. ``event``: the catalogue's name of it.

    ref: the question, its answer, or the officer's words. reason: of a rejection or a reopening.
    until: the later date of an extension. evidence_count: pieces behind a completed follow-up.
    """

    event: str
    at: datetime
    ref: UUID | None = None
    reason: str | None = None
    until: datetime | None = None
    evidence_count: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to the reporter and what became of it."""

    template: NotificationTemplate
    channel: Channel
    at: datetime
    outcome: NoticeOutcome


class CaseRecord(NamedTuple):
    """All that tracking knows of a complaint; class C0 only, instants in UTC.

    A tuple, because each event makes a new one: it is copied in half the time of a dataclass.
    """

    complaint_id: UUID

    # intake; None until ComplaintReceived is here
    report_number: str | None = None
    tracking_digest: str | None = None
    lookup_key_id: str | None = None
    """Of the key that the digest is made by; None of before keys had ids."""
    channel: Channel | None = None
    citizen_category: str | None = None
    declared_kelurahan: str | None = None
    about_unit: str | None = None
    confidential: bool = False
    restricted: bool = False
    received_at: datetime | None = None
    supplemented_at: datetime | None = None
    withdrawal_asked_at: datetime | None = None
    erased: bool = False
    content_ref: UUID | None = None
    """The complaint's words and place, which are intake's. A release before kept no reference."""
    supplements: tuple[Supplement, ...] = ()
    files: tuple[SentFile, ...] = ()
    entered_by_unit: str | None = None
    """The unit at whose desk the complaint was entered."""

    # routing
    state: CaseState = CaseState.RECEIVED
    unit_id: str | None = None
    unit_name: str | None = None
    decided_category: str | None = None
    found_kelurahan: str | None = None
    area_name: str | None = None
    accepted: bool = False
    """The present holder has checked that the case is its own."""
    watchers: tuple[str, ...] = ()
    """Units that have passed the case on."""
    planned_until: datetime | None = None
    question_open: bool = False
    question_ref: UUID | None = None
    """The open question's words, which are routing's."""
    note_ref: UUID | None = None
    """The words of the answer that stands: of the rejection, or of the completed follow-up."""
    extension: ExtensionStatus | None = None
    evidence_count: int = 0
    evidence_refs: tuple[UUID, ...] = ()
    """The files among the evidence of the last follow-up, which are media's."""
    rejection: RejectionReason | None = None
    reopened: int = 0
    merged_into: UUID | None = None
    closed_at: datetime | None = None
    acts: tuple[Act, ...] = ()

    # sla; the due date is that of the follow-up clock, which is the citizen's
    due_at: datetime | None = None
    original_due_at: datetime | None = None
    due_extended: bool = False
    """An extension that was approved has moved the due date; a pause alone has not."""
    warned_step: int = 0
    missed: tuple[Clock, ...] = ()
    lapsed_questions: tuple[UUID, ...] = ()
    """Questions whose time to answer is over."""
    question_pauses: bool = True
    """The due date moves on while the last question waits for its answer."""
    evaluation: EvaluationStatus | None = None

    # notify
    notices: tuple[Notice, ...] = ()

    # media
    settled_files: tuple[SettledFile, ...] = ()

    # intake's stage first, then routing's in their order
    stages: tuple[Stage, ...] = ()

    updated_at: datetime | None = None
    """Latest instant any event names."""

    @property
    def category(self) -> str | None:
        """The category decided on, else the citizen's."""
        return self.decided_category or self.citizen_category

    @property
    def open_question(self) -> UUID | None:
        """The open question. Where a release before kept no reference to it, the complaint's own id
        stands for it, so that it can be answered all the same."""
        return (self.question_ref or self.complaint_id) if self.question_open else None


Changes = dict[str, Any]


def evolve(
    view: CaseRecord | None, envelope: Envelope, facts: ClaimedFacts = NO_FACTS
) -> CaseRecord:
    """The view after one more event; None stands for a complaint nothing is known of yet.

    ``facts``: of confidential complaints, as intake has told; raises Reject where they are missing.
    """
    event = envelope.event
    before = view or CaseRecord(event.complaint_id)
    changes = _CHANGES[type(event)](before, event)
    if isinstance(event, ComplaintReceived):
        changes |= _filed(facts_of(event, facts))
    if isinstance(event, CaseEvent):
        changes = _standing(before, event) | changes
    latest = max(before.updated_at or event.at, event.at)
    return before._replace(updated_at=latest, **changes)


def decide(
    view: CaseRecord | None, envelope: Envelope, facts: ClaimedFacts = NO_FACTS
) -> Decision[CaseRecord | None]:
    """``evolve`` in the shape the consume loop folds with; tracking emits no events."""
    return Decision(evolve(view, envelope, facts))


# --- intake ------------------------------------------------------------------------------


def _received(view: CaseRecord, event: ComplaintReceived) -> Changes:
    first = Stage(CaseState.RECEIVED, type(event).__name__, event.at)
    return {
        "report_number": event.report_number,
        "tracking_digest": event.tracking_digest,
        "lookup_key_id": event.lookup_key_id,
        "channel": event.channel,
        "confidential": event.confidential,
        "received_at": event.at,
        "content_ref": event.content_ref,
        "stages": (first, *view.stages),
    }


def _supplemented(view: CaseRecord, event: ComplaintSupplemented) -> Changes:
    added = Supplement(event.content_ref, event.kind, event.at)
    kept = (*view.supplements, added)[-KEPT_AT_MOST:]
    return {"supplemented_at": event.at, "supplements": kept}


def _sent_files(view: CaseRecord, event: MediaReceived) -> Changes:
    sent = (SentFile(ref, event.at, number) for number, ref in enumerate(event.refs, start=1))
    return {"files": (*view.files, *sent)[-KEPT_AT_MOST:]}


def _filed(facts: Facts) -> Changes:
    return {
        "citizen_category": facts.category,
        "declared_kelurahan": facts.kelurahan_code,
        "about_unit": facts.about_unit,
        "restricted": facts.restricted,
        "entered_by_unit": facts.entered_by_unit,
    }


# --- routing -----------------------------------------------------------------------------


def _standing(view: CaseRecord, event: CaseEvent) -> Changes:
    """What every event of a case says: where it stands, who holds it and what is open."""
    after = standing_of(event, _open_until_now(view))
    return {
        "state": event.state,
        "unit_id": event.unit_id,
        "unit_name": event.unit_name,
        "stages": _stages(view, event),
        "accepted": after.accepted,
        "planned_until": view.planned_until if after.planned else None,
        "extension": _extension_after(view, after),
        "question_open": after.question_ref is not None,
        "question_ref": after.question_ref,
        "watchers": watchers_after(view.watchers, event, event.unit_id, view.unit_id),
        "merged_into": after.head_complaint_id,
        "closed_at": after.closed_at,
    }


def _open_until_now(view: CaseRecord) -> Standing:
    return Standing(
        accepted=view.accepted,
        planned=view.planned_until is not None,
        asks_for_time=view.extension == "requested",
        question_ref=view.open_question,
        head_complaint_id=view.merged_into,
        closed_at=view.closed_at,
    )


def _extension_after(view: CaseRecord, after: Standing) -> ExtensionStatus | None:
    """A request that nobody has answered may be over; what was decided stays."""
    if after.asks_for_time:
        return "requested"
    return None if view.extension == "requested" else view.extension


def _stages(view: CaseRecord, event: CaseEvent) -> tuple[Stage, ...]:
    last = view.stages[-1] if view.stages else None
    if (
        last is not None
        and (last.state, last.unit_id) == (event.state, event.unit_id)
        and (not isinstance(event, CaseReopened) or event.state is CaseState.MERGED)
    ):
        return view.stages
    stage = Stage(event.state, type(event).__name__, event.at, event.unit_id, event.unit_name)
    return (*view.stages, stage)


def _routed(view: CaseRecord, event: CaseRouted | CaseTriaged) -> Changes:
    return {
        "decided_category": event.category,
        "found_kelurahan": event.kelurahan_code,
        "area_name": event.area_name,
    }


def _acted(view: CaseRecord, event: CaseEvent, **fields: Any) -> Changes:
    """One act more."""
    act = Act(type(event).__name__, event.at, **fields)
    return {"acts": (*view.acts, act)[-KEPT_AT_MOST:]}


def _questioned(view: CaseRecord, event: CitizenQuestioned) -> Changes:
    return _acted(view, event, ref=event.question_ref)


def _answered(view: CaseRecord, event: CitizenAnswered) -> Changes:
    return _acted(view, event, ref=event.content_ref)


def _extension(status: ExtensionStatus) -> Callable[[CaseRecord, Any], Changes]:
    def fold(view: CaseRecord, event: Any) -> Changes:
        # The refusal names no date.
        until = getattr(event, "complete_by", None)
        return {"extension": status} | _acted(view, event, until=until)

    return fold


def _followed_up(view: CaseRecord, event: FollowUpSubmitted) -> Changes:
    refs = event.media_refs[:KEPT_AT_MOST]
    return {"evidence_count": event.evidence_count, "evidence_refs": refs}


def _completed(view: CaseRecord, event: CaseCompleted) -> Changes:
    ref, evidence = event.follow_up_ref, view.evidence_count
    return {"note_ref": ref} | _acted(view, event, ref=ref, evidence_count=evidence)


def _rejected(view: CaseRecord, event: CaseRejected) -> Changes:
    answer = {"rejection": event.reason, "note_ref": event.note_ref}
    return answer | _acted(view, event, ref=event.note_ref, reason=event.reason.value)


def _split(view: CaseRecord, event: CaseSplit) -> Changes:
    # The answer that the case had was its head's. On its own again it has none.
    return {"rejection": None, "note_ref": None}


def _reopened(view: CaseRecord, event: CaseReopened) -> Changes:
    return _acted(view, event, reason=event.reason.value) | {
        "reopened": view.reopened + 1,
        "evidence_count": 0,
        "evidence_refs": (),
        "rejection": None,
        "note_ref": None,
        "extension": None,
    }


# --- sla ---------------------------------------------------------------------------------


def _deadlines_set(view: CaseRecord, event: DeadlinesSet) -> Changes:
    clocks = {deadline.clock: deadline for deadline in event.deadlines}
    changes: Changes = {}
    if event.paused is not None:
        changes["question_pauses"] = Clock.FOLLOW_UP in event.paused
    elif Clock.ANSWER in clocks:
        changes["question_pauses"] = True
    if (due := clocks.get(Clock.FOLLOW_UP)) is not None:
        changes |= {
            "due_at": due.due_at,
            "original_due_at": due.original_due_at,
            "due_extended": view.due_extended and due.due_at != due.original_due_at,
            "warned_step": due.warned,
        }
    evaluation = clocks.get(Clock.EVALUATION)
    if evaluation is not None and evaluation.missed is False:
        changes["evaluation"] = None
    return changes


def _extended(view: CaseRecord, event: DeadlineExtended) -> Changes:
    if event.clock != Clock.FOLLOW_UP:
        return {}
    return {
        "due_at": event.due_at,
        "original_due_at": event.original_due_at,
        "due_extended": view.due_extended or event.cause == "extension",
        "warned_step": event.warned,
    }


def _warned(view: CaseRecord, event: DeadlineWarned) -> Changes:
    return {"warned_step": event.step} if event.clock == Clock.FOLLOW_UP else {}


def _missed(view: CaseRecord, event: DeadlineMissed) -> Changes:
    return {"missed": tuple(dict.fromkeys((*view.missed, event.clock)))}


def _retracted(view: CaseRecord, event: DeadlineRetracted) -> Changes:
    if event.clock == Clock.EVALUATION:
        return {"evaluation": None}
    return {"missed": tuple(clock for clock in view.missed if clock != event.clock)}


def _lapsed(view: CaseRecord, event: QuestionExpired) -> Changes:
    """The question stays open: the citizen may still answer it."""
    lapsed = dict.fromkeys((*view.lapsed_questions, event.question_ref))
    return {"lapsed_questions": tuple(lapsed)[-KEPT_AT_MOST:]}


# --- notify ------------------------------------------------------------------------------


def _told(outcome: NoticeOutcome) -> Callable[[CaseRecord, NotificationEvent], Changes]:
    def fold(view: CaseRecord, event: NotificationEvent) -> Changes:
        return {
            "notices": (*view.notices, Notice(event.template, event.channel, event.at, outcome))
        }

    return fold


# --- media -------------------------------------------------------------------------------


def _settled(view: CaseRecord, event: MediaEvent, **said: Any) -> Changes:
    """What became of a file; its last event counts. Evidence is named by the follow-up."""
    if event.origin is not MediaOrigin.REPORTER:
        return {}
    others = (each for each in view.settled_files if each.ref != event.ref)
    settled = SettledFile(event.ref, **said)
    return {"settled_files": (*others, settled)[-KEPT_AT_MOST:]}


def _cleared(view: CaseRecord, event: MediaCleared) -> Changes:
    return _settled(view, event, outcome="locked" if event.locked else "shown", kind=event.kind)


def _refused(view: CaseRecord, event: MediaRefused) -> Changes:
    return _settled(view, event, outcome="refused", reason=event.reason)


def _removed(view: CaseRecord, event: MediaRemoved) -> Changes:
    return _settled(view, event, outcome="removed")


def _fixed(**changes: Any) -> Callable[[CaseRecord, Event], Changes]:
    def fold(view: CaseRecord, event: Event) -> Changes:
        return changes

    return fold


_STANDING_ALONE = _fixed()
"""The event changes nothing but what every event of a case says."""

_CHANGES: Mapping[type[Event], Callable[[CaseRecord, Any], Changes]] = {
    ComplaintReceived: _received,
    ComplaintSupplemented: _supplemented,
    ComplaintWithdrawn: lambda view, event: {"withdrawal_asked_at": event.at},
    ReporterErased: _fixed(erased=True),
    MediaReceived: _sent_files,
    MediaCleared: _cleared,
    MediaRefused: _refused,
    MediaRemoved: _removed,
    CaseRouted: _routed,
    CaseTriaged: _routed,
    CaseAccepted: _STANDING_ALONE,
    CaseCoordinated: _STANDING_ALONE,
    CaseDelegated: _STANDING_ALONE,
    CaseReturned: _STANDING_ALONE,
    PlanSubmitted: lambda view, event: {"planned_until": event.complete_by},
    PlanApproved: _STANDING_ALONE,
    PlanReturned: _STANDING_ALONE,
    WorkStarted: _STANDING_ALONE,
    CitizenQuestioned: _questioned,
    CitizenAnswered: _answered,
    ExtensionRequested: _extension("requested"),
    ExtensionApproved: _extension("approved"),
    ExtensionRefused: _extension("refused"),
    FollowUpSubmitted: _followed_up,
    VerificationOrdered: _STANDING_ALONE,
    FollowUpRefused: _STANDING_ALONE,
    CaseCompleted: _completed,
    CaseRejected: _rejected,
    CaseReopened: _reopened,
    CaseMerged: _STANDING_ALONE,
    CaseSplit: _split,
    CaseWithdrawn: _STANDING_ALONE,
    DeadlinesSet: _deadlines_set,
    DeadlineWarned: _warned,
    DeadlineMissed: _missed,
    DeadlineRetracted: _retracted,
    DeadlineExtended: _extended,
    QuestionExpired: _lapsed,
    EvaluationOpened: _fixed(evaluation="opened"),
    EvaluationWaived: _fixed(evaluation="waived"),
    NotificationSent: _told("sent"),
    NotificationFailed: _told("failed"),
    NotificationSuppressed: _told("suppressed"),
}

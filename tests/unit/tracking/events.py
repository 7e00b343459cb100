"""One event of each kind, as tracking hears them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from shared.events.event import Event
from shared.events.intake import (
    ComplaintSupplemented,
    ComplaintWithdrawn,
    MediaReceived,
    ReporterErased,
)
from shared.events.media import MediaCleared, MediaRefused, MediaRemoved
from shared.events.notify import NotificationFailed, NotificationSent, NotificationSuppressed
from shared.events.routing import (
    CaseAccepted,
    CaseCompleted,
    CaseCoordinated,
    CaseDelegated,
    CaseMerged,
    CaseRejected,
    CaseReopened,
    CaseReturned,
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
    VerificationOrdered,
    WorkStarted,
)
from shared.events.sla import (
    Deadline,
    DeadlineExtended,
    DeadlineMissed,
    DeadlineRetracted,
    DeadlinesSet,
    DeadlineWarned,
    EvaluationOpened,
    EvaluationWaived,
    HoldingShare,
    QuestionExpired,
)
from shared.events.vocabulary import (
    CaseState,
    Channel,
    Clock,
    NotificationTemplate,
    RejectionReason,
    ReopenReason,
    TriageReason,
)
from tests.builders import a_case_event, a_complaint, a_complaint_id, a_routing, at

REF = UUID(int=9 << 100)
ANSWER = UUID(int=5 << 100)
HEAD = a_complaint_id(77)
S = CaseState
SUDIN = {"unit_id": "sudin-bina-marga-31.74", "unit_name": "Sudin Bina Marga Jakarta Selatan"}
DINAS = {"unit_id": "dinas-bina-marga", "unit_name": "Dinas Bina Marga"}


def told(kind: type[Any], template: str = "confirmation", **fields: Any) -> Event:
    defaults: dict[str, Any] = {
        "complaint_id": a_complaint_id(),
        "at": at(hours=1),
        "delivery_id": REF,
        "template": NotificationTemplate(template),
        "channel": Channel.JAKI,
    }
    event: Event = kind(**{**defaults, **fields})
    return event


def of_intake(kind: type[Any], /, **fields: Any) -> Any:
    return kind(**{"complaint_id": a_complaint_id(), "at": at(hours=2), **fields})


def of_sla(kind: type[Any], **fields: Any) -> Any:
    defaults = {"complaint_id": a_complaint_id(), "at": at(hours=1)}
    return kind(**{**defaults, **fields})


def of_extension(kind: type[Any], **fields: Any) -> Any:
    """The first extension asked for (``number`` is the extension's, not the complaint's)."""
    standing = a_case_event(CaseAccepted, state=S.IN_PROGRESS).model_dump()
    return kind(**{**standing, "number": 1, **fields})


def a_deadline(clock: Clock, due_at: datetime) -> Deadline:
    return Deadline(
        clock=clock, due_at=due_at, original_due_at=due_at, policy_id="ordinary", policy_version=1
    )


def deadlines(due_at: datetime, **fields: Any) -> DeadlinesSet:
    clocks = (a_deadline(Clock.FIRST_ACTION, at(hours=6)), a_deadline(Clock.FOLLOW_UP, due_at))
    event: DeadlinesSet = of_sla(DeadlinesSet, deadlines=clocks, **fields)
    return event


RECEIVED = a_complaint(tracking_digest="a" * 64)
ROUTED = a_routing(category="jalan")
TRIAGED = a_case_event(
    CaseTriaged, unit_id="triage", unit_name="Meja Triase", reason=TriageReason.NO_PLACE,
    category=None, kelurahan_code=None, area_name=None,
)  # fmt: skip
ACCEPTED = a_case_event(CaseAccepted)
COORDINATED = a_case_event(
    CaseCoordinated, state=S.COORDINATED, from_unit_id="31.74.01.1001", at=at(3), **DINAS
)
DELEGATED = a_case_event(
    CaseDelegated, state=S.DELEGATED, from_unit_id="dinas-bina-marga", at=at(5), **SUDIN
)
RETURNED = a_case_event(CaseReturned, from_unit_id="dinas-bina-marga", note_ref=REF, at=at(6))
PLANNED = a_case_event(
    PlanSubmitted, state=S.PLANNED, plan_ref=REF, complete_by=at(days=4), at=at(7)
)
PLAN_APPROVED = a_case_event(PlanApproved, state=S.IN_PROGRESS, plan_ref=REF, at=at(8))
PLAN_RETURNED = a_case_event(PlanReturned, plan_ref=REF, note_ref=REF, at=at(8))
STARTED = a_case_event(WorkStarted, state=S.IN_PROGRESS, at=at(9))
QUESTIONED = a_case_event(CitizenQuestioned, state=S.IN_PROGRESS, question_ref=REF, at=at(10))
ANSWERED = a_case_event(CitizenAnswered, state=S.IN_PROGRESS, content_ref=ANSWER, at=at(11))
EXTENSION_REQUESTED = of_extension(ExtensionRequested, complete_by=at(days=12), note_ref=REF)
EXTENSION_APPROVED = of_extension(ExtensionApproved, complete_by=at(days=12))
EXTENSION_REFUSED = of_extension(ExtensionRefused, note_ref=REF)
FILED = a_case_event(
    FollowUpSubmitted, state=S.AWAITING_VALIDATION, follow_up_ref=REF, evidence_count=2,
    media_refs=(UUID(int=8),), at=at(20),
)  # fmt: skip
VERIFYING = a_case_event(VerificationOrdered, state=S.VERIFYING, at=at(21))
REFUSED = a_case_event(FollowUpRefused, state=S.FOLLOW_UP_REFUSED, note_ref=REF, at=at(22))
COMPLETED = a_case_event(CaseCompleted, state=S.COMPLETED, follow_up_ref=REF, at=at(40))
REJECTED = a_case_event(
    CaseRejected, state=S.REJECTED, reason=RejectionReason.NOT_CITY_COMPETENCE, at=at(4)
)
REOPENED = a_case_event(CaseReopened, reason=ReopenReason.CITIZEN_OBJECTION, at=at(days=5))
MERGED = a_case_event(CaseMerged, state=S.MERGED, head_complaint_id=HEAD, at=at(4))
RELAYED = COMPLETED.model_copy(update={"state": S.MERGED})
"""The answer to the head, as it is stated for a case that was merged into it."""
SPLIT = a_case_event(CaseSplit, head_complaint_id=HEAD, at=at(5))
WITHDRAWN = a_case_event(CaseWithdrawn, state=S.WITHDRAWN, source="citizen", at=at(5))
DUE = deadlines(at(days=7))
WARNED = of_sla(
    DeadlineWarned, clock=Clock.FOLLOW_UP, due_at=at(days=7), unit_id=None, step=1, at=at(days=5)
)
EXPIRED = of_sla(QuestionExpired, due_at=at(days=12), question_ref=REF, at=at(days=12))
MISSED = of_sla(
    DeadlineMissed, clock=Clock.FOLLOW_UP, due_at=at(days=7), unit_id=None, at=at(days=7)
)
RETRACTED = of_sla(
    DeadlineRetracted, clock=Clock.FOLLOW_UP, due_at=at(days=7), closed_at=at(days=6), at=at(days=8)
)
EXTENDED = of_sla(
    DeadlineExtended, clock=Clock.FOLLOW_UP, due_at=at(days=12), original_due_at=at(days=7),
    cause="extension",
)  # fmt: skip
PAUSED = EXTENDED.model_copy(update={"due_at": at(days=14), "cause": "pause"})
EVALUATED = of_sla(
    EvaluationOpened, due_at=at(days=30), at=at(days=30),
    shares=(HoldingShare(unit_id="dinas-bina-marga", held_seconds=10, share=1.0),),
)  # fmt: skip
WAIVED = of_sla(EvaluationWaived, note_ref=REF, at=at(days=31))
SENT = told(NotificationSent)
FAILED = told(NotificationFailed, "routed", reason="exhausted")
SUPPRESSED = told(NotificationSuppressed, "in_progress", reason="muted")
SUPPLEMENTED = of_intake(ComplaintSupplemented, content_ref=REF, kind="note")
WITHDRAWAL = of_intake(ComplaintWithdrawn, source="citizen")
ERASED = of_intake(ReporterErased, reporter_ref=REF)
FILES = of_intake(MediaReceived, content_ref=REF, refs=(REF,))
CLEARED = of_intake(MediaCleared, ref=REF, origin="reporter", kind="picture")
UNCLEARED = of_intake(MediaRefused, ref=REF, origin="reporter", reason="damaged")
REMOVED = of_intake(MediaRemoved, ref=REF, origin="reporter")

ONE_OF_EACH: tuple[Event, ...] = (
    RECEIVED, SUPPLEMENTED, WITHDRAWAL, ERASED, FILES, CLEARED, UNCLEARED, REMOVED,
    ROUTED, TRIAGED, ACCEPTED, COORDINATED, DELEGATED,
    RETURNED, PLANNED, PLAN_APPROVED, PLAN_RETURNED, STARTED, QUESTIONED, ANSWERED,
    EXTENSION_REQUESTED, EXTENSION_APPROVED, EXTENSION_REFUSED, FILED, VERIFYING, REFUSED,
    COMPLETED, REJECTED, REOPENED, MERGED, SPLIT, WITHDRAWN, DUE, WARNED, MISSED, RETRACTED,
    EXTENDED, EXPIRED, EVALUATED, WAIVED, SENT, FAILED, SUPPRESSED,
)  # fmt: skip

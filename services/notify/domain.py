"""Whom to tell what. Pure.

``decide`` turns an event of the stream into a delivery, by the table ``POLICY``. What becomes of
the delivery when it is sent is decided in ``sending/outcomes.py``. A delivery's id is derived from
the event and the template: an event that is heard twice makes one delivery.

An erasure marks the case alone. The sender asks for no contact of an erased case, and records its
waiting deliveries as failed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, TypeAlias
from uuid import UUID

from shared.decision import Decision
from shared.events.event import Envelope, Event
from shared.events.facts import NO_FACTS, ClaimedFacts, Facts, facts_of
from shared.events.holders import withholds_holder
from shared.events.intake import ComplaintReceived, ReporterErased
from shared.events.media import MediaRefused
from shared.events.notify import NotificationFailed, NotificationSent, NotificationSuppressed
from shared.events.routing import (
    CaseCompleted,
    CaseMerged,
    CaseRejected,
    CaseReopened,
    CaseRouted,
    CaseTriaged,
    CaseWithdrawn,
    CitizenQuestioned,
    WorkStarted,
)
from shared.events.sla import DeadlineExtended
from shared.events.vocabulary import (
    Channel,
    Clock,
    MediaOrigin,
    MediaRefusal,
    NotificationTemplate,
    RejectionReason,
)

Derive: TypeAlias = Callable[[UUID, str], UUID]
"""``(event id, template) -> delivery id``; the same inputs give the same id."""

SuppressionReason: TypeAlias = Literal["no_reply_path", "automatic_mail", "muted", "superseded"]


class DeliveryStatus(StrEnum):
    WAITING = "waiting"
    LEASED = "leased"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one reporter.

    cause: id of the event that called for the message. unit_name, due_at, rejection, refusal: what
    the wording needs of that event, all public (C0). words_ref: which officer's words it carries;
    routing keeps the words themselves. next_attempt_at: for a leased row the end of the lease.
    reason: a machine word that says why it waits, failed or was suppressed. gateway: which gateway
    it waits for.
    """

    id: UUID
    complaint_id: UUID
    template: NotificationTemplate
    channel: Channel
    status: DeliveryStatus
    cause: UUID
    created_at: datetime
    next_attempt_at: datetime
    attempt: int = 0
    unit_name: str | None = None
    due_at: datetime | None = None
    rejection: RejectionReason | None = None
    traceparent: str | None = None
    reason: str | None = None
    words_ref: UUID | None = None
    gateway: str | None = None
    refusal: MediaRefusal | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What notify knows of a complaint.

    confidential: *rahasia*, or about officials: nothing about it is said in public.
    told: the templates that are used once and have been used; reopening the case empties it.
    about_unit, restricted: who may see it among officers.
    file_refused_at: when the last message about a refused file was decided.
    new: deliveries decided since the case was loaded.
    """

    complaint_id: UUID
    channel: Channel
    report_number: str
    reporter_ref: UUID
    language: Literal["id", "en"]
    reachable: bool
    confidential: bool
    muted: bool = False
    erased: bool = False
    told: frozenset[NotificationTemplate] = frozenset()
    about_unit: str | None = None
    restricted: bool = False
    file_refused_at: datetime | None = None
    new: tuple[Delivery, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Lease:
    """A delivery that one sender has taken, with the case it is about.

    seq: its place in the order of the case. later: the templates of what has been decided about the
    case since.
    """

    delivery: Delivery
    case: Case
    seq: int
    later: frozenset[NotificationTemplate] = frozenset()


# --- which event calls for which message -------------------------------------------------


def _always(_: Any) -> bool:
    return True


def _placed_by_people(event: CaseRouted) -> bool:
    """Whether the triage desk has placed the case.

    Rules place a case within seconds of the confirmation, and a second message so soon would tell
    the citizen nothing new.
    """
    return event.routed_by == "triage"


def _is_emergency(event: CaseTriaged) -> bool:
    return event.emergency


def _citizens_date_moved(event: DeadlineExtended) -> bool:
    return event.cause == "extension" and event.clock is Clock.FOLLOW_UP


def _came_with_the_report(event: MediaRefused) -> bool:
    """An officer is told of a file of evidence where it was handed over."""
    return event.origin is MediaOrigin.REPORTER


ONE_MESSAGE = timedelta(minutes=15)
"""Of files that are refused within this time the first alone is told. Five pictures of one report
would be five messages; the tracking page says of each what became of it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which message an event calls for. ``once``: not again until the case is reopened."""

    template: NotificationTemplate
    once: bool = False
    applies: Callable[[Any], bool] = _always


POLICY: Mapping[type[Event], Rule] = {
    ComplaintReceived: Rule(NotificationTemplate.CONFIRMATION),
    CaseRouted: Rule(NotificationTemplate.ROUTED, once=True, applies=_placed_by_people),
    CaseTriaged: Rule(NotificationTemplate.EMERGENCY, applies=_is_emergency),
    # Work starts again after a follow-up was refused; the citizen has been told that it started.
    WorkStarted: Rule(NotificationTemplate.IN_PROGRESS, once=True),
    CitizenQuestioned: Rule(NotificationTemplate.QUESTION),
    DeadlineExtended: Rule(NotificationTemplate.EXTENDED, applies=_citizens_date_moved),
    CaseCompleted: Rule(NotificationTemplate.COMPLETED),
    CaseRejected: Rule(NotificationTemplate.REJECTED),
    CaseReopened: Rule(NotificationTemplate.REOPENED),
    CaseMerged: Rule(NotificationTemplate.MERGED),
    CaseWithdrawn: Rule(NotificationTemplate.WITHDRAWN),
    MediaRefused: Rule(NotificationTemplate.FILE_REFUSED, applies=_came_with_the_report),
}

_DANGER_WHERE_PLACED = Rule(NotificationTemplate.EMERGENCY)
"""A case that the rules have placed themselves is told of for this alone."""

_INTERIM = frozenset(
    {
        NotificationTemplate.ROUTED,
        NotificationTemplate.IN_PROGRESS,
        NotificationTemplate.EXTENDED,
    }
)
_OVER = _INTERIM | {NotificationTemplate.QUESTION, NotificationTemplate.FILE_REFUSED}

SUPERSEDES: Mapping[NotificationTemplate, frozenset[NotificationTemplate]] = {
    NotificationTemplate.CONFIRMATION: frozenset(),
    NotificationTemplate.ROUTED: frozenset(),
    NotificationTemplate.IN_PROGRESS: frozenset(),
    NotificationTemplate.QUESTION: frozenset(),
    # The reporter would plan by a date that has moved again.
    NotificationTemplate.EXTENDED: frozenset({NotificationTemplate.EXTENDED}),
    # Routing waits for no answer once it has closed a case, so the question is over as well; nor
    # does a new photo help any more.
    NotificationTemplate.COMPLETED: _OVER,
    NotificationTemplate.REJECTED: _OVER,
    NotificationTemplate.WITHDRAWN: _OVER,
    # A reopening is understood by those alone who have read what was reopened.
    NotificationTemplate.REOPENED: frozenset(),
    # A case that is split off again goes on where it stood, and nothing of it is told twice.
    NotificationTemplate.MERGED: frozenset(),
    NotificationTemplate.FILE_REFUSED: frozenset(),
    NotificationTemplate.EMERGENCY: frozenset(),
}
"""Which earlier messages, still unsent, a later one about the same case makes pointless.

What is not named is always sent: the receipt with its code, a question of a case that is open, what
a case has come to with the right to object, and the answers to what a reporter has done (reopened,
withdrawn, merged).
"""

HEARS: frozenset[type[Event]] = frozenset(POLICY) | {ReporterErased}
EMITS: frozenset[type[Event]] = frozenset(
    {NotificationSent, NotificationFailed, NotificationSuppressed}
)


def decide(
    case: Case | None,
    envelope: Envelope,
    now: datetime,
    derive: Derive,
    facts: ClaimedFacts = NO_FACTS,
) -> Decision[Case | None]:
    """The case after an event, with the delivery that the event calls for.

    An event about a complaint that notify does not know changes nothing. ``facts``: of confidential
    complaints, as intake has told; raises Reject where they are missing.
    """
    event = envelope.event
    if isinstance(event, ComplaintReceived):
        if case is not None:
            return Decision(case)
        opened = _open(event, facts_of(event, facts))
        return _tell(opened, envelope, POLICY[ComplaintReceived], now, derive)
    if case is None:
        return Decision(None)
    if isinstance(event, ReporterErased):
        return Decision(replace(case, erased=True))
    rule = _rule_of(event)
    if rule is None or not rule.applies(event) or (rule.once and rule.template in case.told):
        return Decision(case)
    if isinstance(event, MediaRefused):
        if case.file_refused_at is not None and now - case.file_refused_at < ONE_MESSAGE:
            return Decision(case)
        case = replace(case, file_refused_at=now)
    if isinstance(event, CaseReopened):
        case = replace(case, told=frozenset())
    return _tell(case, envelope, rule, now, derive)


def is_pointless(lease: Lease) -> bool:
    """Whether a later message about the case says all that this one would. An erased reporter's
    message is not sent for another reason."""
    if lease.case.erased:
        return False
    return any(lease.delivery.template in SUPERSEDES[later] for later in lease.later)


def _open(event: ComplaintReceived, facts: Facts) -> Case:
    return Case(
        complaint_id=event.complaint_id,
        channel=event.channel,
        report_number=event.report_number,
        reporter_ref=event.reporter_ref,
        language=event.language,
        reachable=event.reachable,
        confidential=event.confidential,
        about_unit=facts.about_unit,
        restricted=facts.restricted,
    )


def _rule_of(event: Event) -> Rule | None:
    if isinstance(event, CaseRouted) and event.emergency:
        return _DANGER_WHERE_PLACED
    return POLICY.get(type(event))


def _tell(
    case: Case, envelope: Envelope, rule: Rule, now: datetime, derive: Derive
) -> Decision[Case | None]:
    """Adds a delivery: a waiting one, or a suppressed one with its reason."""
    why = _silence(case)
    delivery = _delivery(case, envelope, rule.template, now, derive)
    if why is not None:
        delivery = replace(delivery, status=DeliveryStatus.SUPPRESSED, reason=why)
    after = replace(
        case,
        told=case.told | {rule.template} if rule.once else case.told,
        new=(*case.new, delivery),
    )
    return Decision(after, () if why is None else (suppressed(delivery, why, now),))


def _silence(case: Case) -> SuppressionReason | None:
    if case.muted:
        return "muted"
    if case.erased:
        return "no_reply_path"
    if case.reachable:
        return None
    # Every mail has a sender. When intake kept no way back, the mail came from a machine.
    return "automatic_mail" if case.channel is Channel.EMAIL else "no_reply_path"


def _delivery(
    case: Case,
    envelope: Envelope,
    template: NotificationTemplate,
    now: datetime,
    derive: Derive,
) -> Delivery:
    event = envelope.event
    return Delivery(
        id=derive(envelope.id, template),
        complaint_id=case.complaint_id,
        template=template,
        channel=case.channel,
        status=DeliveryStatus.WAITING,
        cause=envelope.id,
        created_at=now,
        next_attempt_at=now,
        unit_name=None if withholds_holder(event) else getattr(event, "unit_name", None),
        due_at=event.due_at if isinstance(event, DeadlineExtended) else None,
        rejection=event.reason if isinstance(event, CaseRejected) else None,
        refusal=event.reason if isinstance(event, MediaRefused) else None,
        traceparent=envelope.traceparent,
        words_ref=_words_ref(event),
    )


def _words_ref(event: Event) -> UUID | None:
    """The ref of what the officer wrote to the reporter, where the event has one."""
    match event:
        case CitizenQuestioned(question_ref=ref):
            return ref
        case CaseRejected(note_ref=note):
            return note
        case CaseCompleted(follow_up_ref=ref):
            return ref
    return None


def suppressed(
    delivery: Delivery, reason: SuppressionReason, now: datetime
) -> NotificationSuppressed:
    return NotificationSuppressed(**about(delivery, now), reason=reason)


def about(delivery: Delivery, now: datetime) -> dict[str, Any]:
    """The fields that every event about a delivery has."""
    return {
        "complaint_id": delivery.complaint_id,
        "at": now,
        "delivery_id": delivery.id,
        "template": delivery.template,
        "channel": delivery.channel,
    }

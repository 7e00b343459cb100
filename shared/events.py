"""The catalogue: every event of the stream ``crm.complaints.v1``, and how it is written down.

An event is a frozen value in the past tense that states one whole decision. It is keyed by the
complaint it is about; all its fields are of privacy class C0 (``Open[...]``). Inside a version
only additive change is allowed: a reader ignores fields it does not know.

On the wire an event is a CloudEvents 1.0 message in Kafka binary mode: attributes as ``ce_*``
headers (with the extensions ``causationid`` and ``traceparent``), the event's JSON as the value,
the complaint id as the key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import Reject
from shared.privacy import Open

TYPE_PREFIX = "id.go.jakarta.crm."
CONTENT_TYPE = b"application/json"

Emitter = Literal["intake", "routing", "sla", "notify"]


class Channel(StrEnum):
    """The official channels of July 2021; the registry of facts about them is intake's."""

    JAKI = "jaki"
    QLUE = "qlue"
    TWITTER = "twitter"
    FACEBOOK = "facebook"
    EMAIL = "email"
    BALAI_WARGA = "balai_warga"
    LAPOR_1708 = "lapor_1708"
    SMS = "sms"
    KELURAHAN = "kelurahan"
    KECAMATAN = "kecamatan"
    WALIKOTA = "walikota"
    PENDOPO = "pendopo"
    INSPEKTORAT = "inspektorat"
    GUBERNUR = "gubernur"


class CaseState(StrEnum):
    """Stages of a case (domain.md, section D)."""

    RECEIVED = "received"
    COORDINATED = "coordinated"
    DELEGATED = "delegated"
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    AWAITING_VALIDATION = "awaiting_validation"
    VERIFYING = "verifying"
    FOLLOW_UP_REFUSED = "follow_up_refused"
    COMPLETED = "completed"
    REJECTED = "rejected"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


CLOSED_STATES = frozenset(
    {CaseState.COMPLETED, CaseState.REJECTED, CaseState.MERGED, CaseState.WITHDRAWN}
)

CASE_STATE_LABELS: Mapping[CaseState, str] = {
    CaseState.RECEIVED: "Menunggu",
    CaseState.COORDINATED: "Koordinasi",
    CaseState.DELEGATED: "Disposisi",
    CaseState.PLANNED: "Rencana Tindak Lanjut",
    CaseState.IN_PROGRESS: "Proses",
    CaseState.AWAITING_VALIDATION: "Menunggu Validasi",
    CaseState.VERIFYING: "Verifikasi",
    CaseState.FOLLOW_UP_REFUSED: "TL Ditolak",
    CaseState.COMPLETED: "Selesai",
    CaseState.REJECTED: "Ditolak",
    CaseState.MERGED: "Digabung",
    CaseState.WITHDRAWN: "Dicabut",
}
"""What people are shown (Indonesian)."""


class UnitKind(StrEnum):
    """What a unit is, as far as rules depend on it."""

    KELURAHAN = "kelurahan"
    KECAMATAN = "kecamatan"
    REGION = "region"
    DINAS = "dinas"
    SUKU_DINAS = "suku_dinas"
    BADAN = "badan"
    OTHER = "other"
    TRIAGE = "triage"


class TriageReason(StrEnum):
    NO_PLACE = "no_place"
    NO_CATEGORY = "no_category"
    NO_RULE = "no_rule"
    LOW_CONFIDENCE = "low_confidence"
    HUMAN_FIRST = "human_first"
    """The channel's messages are read by a person before a case exists (Governor's accounts)."""


class RejectionReason(StrEnum):
    OFF_TOPIC = "off_topic"
    NOT_CITY_COMPETENCE = "not_city_competence"
    INCOMPLETE = "incomplete"
    ABUSIVE = "abusive"
    EMERGENCY = "emergency"


class ReopenReason(StrEnum):
    CITIZEN_OBJECTION = "citizen_objection"
    NEW_FACTS = "new_facts"
    SUSPECTED_FRAUD = "suspected_fraud"
    APPEAL = "appeal"


class Clock(StrEnum):
    FIRST_ACTION = "first_action"
    FOLLOW_UP = "follow_up"
    PLAN_CHECK = "plan_check"
    VALIDATION = "validation"
    EVALUATION = "evaluation"
    ANSWER = "answer"
    """The citizen's time to answer a question; its end is nobody's fault."""


class Event(BaseModel):
    """Base of all events. ``at``: the instant of the decision, UTC."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="iso8601")

    emitter: ClassVar[Emitter]
    version: ClassVar[int] = 1
    final: ClassVar[bool] = False
    """A final event needs no hearer."""

    complaint_id: Open[UUID]
    at: Open[datetime]


# --- intake ------------------------------------------------------------------------------


class IntakeEvent(Event):
    emitter: ClassVar[Emitter] = "intake"


class ComplaintReceived(IntakeEvent):
    """A complaint was accepted on a channel. ``at`` is the instant of receipt (the SLA's zero)."""

    report_number: Open[str]
    tracking_digest: Open[str]
    """Keyed hash (hex, 64) of the tracking code; the code itself is never on the bus."""
    channel: Open[Channel]
    content_ref: Open[UUID]
    """Text and position, to be claimed from intake's internal API."""
    reporter_ref: Open[UUID]
    """The sealed reporter in the vault; present also when the reporter left no contact."""
    reachable: Open[bool]
    """Whether a reply path exists on the channel of origin."""
    language: Open[Literal["id", "en"]] = "id"
    category: Open[str | None] = None
    """The citizen's category, a slug of routing's category table; never an officer's."""
    geotagged: Open[bool] = False
    kelurahan_code: Open[str | None] = None
    """Declared area (Kemendagri code) where the channel knows it; a point is in the content."""
    entered_by_unit: Open[str | None] = None
    """The office whose desk entered it."""
    about_unit: Open[str | None] = None
    """The unit that is complained of: it never gets the case."""
    anonymous: Open[bool] = False
    """*anonim*: the handling unit does not learn who reported."""
    confidential: Open[bool] = False
    """*rahasia*: the report itself is not public."""
    restricted: Open[bool] = False
    """Concerns officials (Inspektorat's desk): visible to the holding unit alone."""
    reported_at: Open[datetime | None] = None
    """When the citizen says it was reported (device or paper); the SLA runs from ``at``."""
    quoted_reports: Open[tuple[str, ...]] = ()
    """Report numbers found in the text."""


class ComplaintSupplemented(IntakeEvent):
    """The reporter added something: an answer, a note, an edit."""

    content_ref: Open[UUID]
    kind: Open[Literal["answer", "note", "edit"]]


class ComplaintWithdrawn(IntakeEvent):
    """The reporter took it back, or the platform says that the post was deleted."""

    source: Open[Literal["citizen", "platform"]]


class ReporterErased(IntakeEvent):
    """Sealed identity and text are gone; refs answer 410 from now on."""

    reporter_ref: Open[UUID]


# --- routing -----------------------------------------------------------------------------


class CaseEvent(Event):
    """Base of what happened to a case. State, holder and version are those *after* it."""

    emitter: ClassVar[Emitter] = "routing"

    state: Open[CaseState]
    unit_id: Open[str]
    unit_name: Open[str]
    """Public name of the holding unit."""
    unit_kind: Open[UnitKind]
    unit_parent_id: Open[str | None] = None
    """The unit above the holding one, which hears of its misses; None at the top of the tree."""
    case_version: Open[int]


class CaseRouted(CaseEvent):
    """A unit was found, by rule or by the triage desk."""

    category: Open[str]
    """The category the decision was made on; may differ from the citizen's."""
    kelurahan_code: Open[str | None]
    area_name: Open[str | None]
    """Public name of the kelurahan, as in ``Tebet Timur``."""
    approximate_area: Open[bool]
    rule_id: Open[str]
    rule_version: Open[int]
    confidence: Open[float]
    runners_up: Open[tuple[str, ...]] = ()
    routed_by: Open[Literal["rule", "triage"]] = "rule"


class CaseTriaged(CaseEvent):
    """No unit fits: the triage desk must look."""

    reason: Open[TriageReason]
    category: Open[str | None]
    kelurahan_code: Open[str | None]
    area_name: Open[str | None]
    runners_up: Open[tuple[str, ...]] = ()


class CaseAccepted(CaseEvent):
    """The holding unit has checked that the case is its own."""


class CaseCoordinated(CaseEvent):
    """Passed by one unit to another that is responsible."""

    from_unit_id: Open[str]
    note_ref: Open[UUID | None] = None


class CaseDelegated(CaseEvent):
    """A Dinas hands the case to its own Suku Dinas or UP."""

    from_unit_id: Open[str]
    note_ref: Open[UUID | None] = None


class CaseReturned(CaseEvent):
    """The receiving unit gave the case back; ``unit_id`` is who holds it now."""

    from_unit_id: Open[str]
    note_ref: Open[UUID]


class PlanSubmitted(CaseEvent):
    """The holding unit says what it will do, and by when."""

    plan_ref: Open[UUID]
    complete_by: Open[datetime]


class PlanApproved(CaseEvent):
    """Biro Pemerintahan accepted the plan; the work begins."""

    plan_ref: Open[UUID]


class PlanReturned(CaseEvent):
    """Biro Pemerintahan gave the plan back with a reason."""

    plan_ref: Open[UUID]
    note_ref: Open[UUID]


class WorkStarted(CaseEvent):
    """The holding unit works on it in the field."""


class CitizenQuestioned(CaseEvent):
    """The unit asked the reporter; the follow-up clock pauses until the answer, or until the
    time for it is over."""

    question_ref: Open[UUID]


class CitizenAnswered(CaseEvent):
    """The reporter answered; the follow-up clock goes on."""

    content_ref: Open[UUID]


class ExtensionRequested(CaseEvent):
    """EWS: the unit asks for a later completion date."""

    complete_by: Open[datetime]
    note_ref: Open[UUID]
    number: Open[int]


class ExtensionApproved(CaseEvent):
    """Biro Pemerintahan granted the later date."""

    complete_by: Open[datetime]
    number: Open[int]


class ExtensionRefused(CaseEvent):
    """Biro Pemerintahan kept the date as it was."""

    note_ref: Open[UUID]
    number: Open[int]


class FollowUpSubmitted(CaseEvent):
    """The unit says what was done, with its evidence."""

    follow_up_ref: Open[UUID]
    evidence_count: Open[int]


class VerificationOrdered(CaseEvent):
    """Biro Pemerintahan checks on site before it decides."""


class FollowUpRefused(CaseEvent):
    """Biro Pemerintahan did not accept the follow-up; the unit repeats the work."""

    note_ref: Open[UUID]


class CaseCompleted(CaseEvent):
    """Biro Pemerintahan accepted the follow-up."""

    follow_up_ref: Open[UUID]


class CaseRejected(CaseEvent):
    """The case is closed without work, for a reason the reporter is told."""

    reason: Open[RejectionReason]
    note_ref: Open[UUID | None] = None


class CaseReopened(CaseEvent):
    """A closed case is open again, in the hands of ``unit_id``."""

    reason: Open[ReopenReason]
    note_ref: Open[UUID | None] = None


class CaseMerged(CaseEvent):
    """The case follows another; it keeps its code, reporter and reply path."""

    head_complaint_id: Open[UUID]


class CaseSplit(CaseEvent):
    """A merged case goes its own way again."""

    head_complaint_id: Open[UUID]


class CaseWithdrawn(CaseEvent):
    """The case is closed because its complaint was withdrawn."""

    source: Open[Literal["citizen", "platform"]]


# --- sla ---------------------------------------------------------------------------------


class SlaEvent(Event):
    emitter: ClassVar[Emitter] = "sla"


class Deadline(BaseModel):
    """One clock of a case. ``original_due_at`` stays what it was when an extension moves it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    clock: Open[Clock]
    due_at: Open[datetime]
    original_due_at: Open[datetime]
    unit_id: Open[str | None] = None
    policy_id: Open[str]
    policy_version: Open[int]


class DeadlinesSet(SlaEvent):
    """All clocks that one decision set."""

    deadlines: Open[tuple[Deadline, ...]]


class DeadlineWarned(SlaEvent):
    """A limit comes near."""

    clock: Open[Clock]
    due_at: Open[datetime]
    unit_id: Open[str | None]
    step: Open[int]
    """1 for the first warning before the limit, 2 for the next."""


class DeadlineMissed(SlaEvent):
    """A limit has passed. Of the clock ``answer``: the reporter did not answer, and no unit
    missed anything."""

    clock: Open[Clock]
    due_at: Open[datetime]
    unit_id: Open[str | None]
    escalate_to: Open[str | None] = None
    """Who hears of it: the unit above, or whom the policy names; None at the top of the tree."""
    question_ref: Open[UUID | None] = None
    """Of the clock ``answer``: the question that stays unanswered."""


class DeadlineRetracted(SlaEvent):
    """A miss that a late message undoes: what the clock waited for had happened in time.

    ``closed_at``: when it had happened (a close, a first action, an answered question).
    """

    clock: Open[Clock]
    due_at: Open[datetime]
    closed_at: Open[datetime]


class DeadlineExtended(SlaEvent):
    """A due date was moved: by an extension, or by the time a question was open."""

    clock: Open[Clock]
    due_at: Open[datetime]
    original_due_at: Open[datetime]
    cause: Open[Literal["extension", "pause"]]


class HoldingShare(BaseModel):
    """A unit's part of the time a case was open; the shares of a case add up to 1."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    unit_id: Open[str]
    held_seconds: Open[int]
    share: Open[float]


class EvaluationOpened(SlaEvent):
    """A month unfinished: a consequence recorded against the units that held it."""

    due_at: Open[datetime]
    shares: Open[tuple[HoldingShare, ...]]


class EvaluationWaived(SlaEvent):
    """Biro Pemerintahan lets an evaluation go, with a reason."""

    note_ref: Open[UUID]


# --- notify ------------------------------------------------------------------------------


class NotificationTemplate(StrEnum):
    """The public stages a reporter is told of."""

    CONFIRMATION = "confirmation"
    ROUTED = "routed"
    IN_PROGRESS = "in_progress"
    QUESTION = "question"
    EXTENDED = "extended"
    COMPLETED = "completed"
    REJECTED = "rejected"
    REOPENED = "reopened"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class NotificationEvent(Event):
    emitter: ClassVar[Emitter] = "notify"

    delivery_id: Open[UUID]
    template: Open[NotificationTemplate]
    channel: Open[Channel]


class NotificationSent(NotificationEvent):
    """The provider has taken the message."""


class NotificationFailed(NotificationEvent):
    """The message was given up."""

    reason: Open[Literal["refused", "exhausted", "erased"]]


class NotificationSuppressed(NotificationEvent):
    """The message was not sent, on purpose."""

    reason: Open[Literal["no_reply_path", "automatic_mail", "muted"]]


# --- the catalogue -----------------------------------------------------------------------

CATALOGUE: tuple[type[Event], ...] = (
    ComplaintReceived,
    ComplaintSupplemented,
    ComplaintWithdrawn,
    ReporterErased,
    CaseRouted,
    CaseTriaged,
    CaseAccepted,
    CaseCoordinated,
    CaseDelegated,
    CaseReturned,
    PlanSubmitted,
    PlanApproved,
    PlanReturned,
    WorkStarted,
    CitizenQuestioned,
    CitizenAnswered,
    ExtensionRequested,
    ExtensionApproved,
    ExtensionRefused,
    FollowUpSubmitted,
    VerificationOrdered,
    FollowUpRefused,
    CaseCompleted,
    CaseRejected,
    CaseReopened,
    CaseMerged,
    CaseSplit,
    CaseWithdrawn,
    DeadlinesSet,
    DeadlineWarned,
    DeadlineMissed,
    DeadlineRetracted,
    DeadlineExtended,
    EvaluationOpened,
    EvaluationWaived,
    NotificationSent,
    NotificationFailed,
    NotificationSuppressed,
)


def type_of(event: type[Event]) -> str:
    """``ComplaintReceived -> id.go.jakarta.crm.ComplaintReceived.v1`` (CloudEvents ``type``)."""
    return f"{TYPE_PREFIX}{event.__name__}.v{event.version}"


BY_TYPE: Mapping[str, type[Event]] = {type_of(event): event for event in CATALOGUE}

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Decision(Generic[S]):
    """What a pure ``decide`` says: the state after it and the facts that came of it."""

    state: S
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event with what the bus must know of it.

    ``causation_id``: id of the event or command that caused it; a rebuild of the bus keeps
    cause before effect by it.
    """

    id: UUID
    source: str
    event: Event
    causation_id: UUID | None = None
    traceparent: str | None = None

    @property
    def complaint_id(self) -> UUID:
        return self.event.complaint_id

    @property
    def type(self) -> str:
        return type_of(type(self.event))


Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Message:
    """An event as the bus carries it: key, headers, value."""

    key: bytes
    headers: Headers
    value: bytes = field(repr=False)


def attributes(
    event_id: UUID,
    source: str,
    event_type: str,
    subject: UUID,
    at: datetime,
    causation_id: UUID | None,
    traceparent: str | None,
) -> Headers:
    """CloudEvents attributes as Kafka headers (Kafka protocol binding 1.0.2, section 3.2)."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(event_id).encode()),
        ("ce_source", f"/services/{source}".encode()),
        ("ce_type", event_type.encode()),
        ("ce_subject", str(subject).encode()),
        ("ce_time", at.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()),
        ("content-type", CONTENT_TYPE),
    ]
    if causation_id is not None:
        headers.append(("ce_causationid", str(causation_id).encode()))
    if traceparent is not None:
        headers.append(("ce_traceparent", traceparent.encode()))
    return headers


def encode_body(event: Event) -> bytes:
    """The event's JSON (UTF-8)."""
    return event.__pydantic_serializer__.to_json(event)


def encode(envelope: Envelope) -> Message:
    """The envelope as a Kafka message."""
    event = envelope.event
    return Message(
        key=str(event.complaint_id).encode(),
        headers=attributes(
            envelope.id,
            envelope.source,
            envelope.type,
            event.complaint_id,
            event.at,
            envelope.causation_id,
            envelope.traceparent,
        ),
        value=encode_body(event),
    )


def header(headers: Headers, name: str) -> str | None:
    """A header's text, None when it is missing; raises Reject when it is not UTF-8."""
    for key, value in headers:
        # Kafka knows headers without a value (None), whatever the client's types say.
        if key == name and value is not None:
            try:
                return value.decode()
            except UnicodeDecodeError:
                raise Reject("bad_header", f"header {name} is not UTF-8") from None
    return None


def _required(headers: Headers, name: str) -> str:
    value = header(headers, name)
    if not value:
        raise Reject("bad_header", f"header {name} is missing")
    return value


def _uuid(text: str, name: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Reject("bad_header", f"header {name} is not a UUID") from None


def decode(message: Message) -> Envelope:
    """A Kafka message as an envelope.

    Raises Reject (``bad_header``, ``unknown_type``, ``bad_body``, ``wrong_subject``) without
    quoting the body.
    """
    headers = message.headers
    event_type = _required(headers, "ce_type")
    model = BY_TYPE.get(event_type)
    if model is None:
        raise Reject("unknown_type", "the catalogue has no such type and version")
    causation = header(headers, "ce_causationid")
    event = decode_body(model, message.value)
    if message.key != str(event.complaint_id).encode():
        raise Reject("wrong_subject", "key and complaint_id differ")
    return Envelope(
        id=_uuid(_required(headers, "ce_id"), "ce_id"),
        source=_required(headers, "ce_source").removeprefix("/services/"),
        event=event,
        causation_id=_uuid(causation, "ce_causationid") if causation else None,
        traceparent=header(headers, "ce_traceparent"),
    )


def decode_body(model: type[Event], body: bytes) -> Event:
    """JSON as an event; raises Reject(``bad_body``) that names fields, never values."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise Reject("bad_body", _fields(error.errors(include_input=False))) from None


def _fields(errors: Sequence[Any]) -> str:
    return ", ".join(
        f"{'.'.join(str(part) for part in item['loc']) or 'body'}: {item['type']}"
        for item in errors[:5]
    )

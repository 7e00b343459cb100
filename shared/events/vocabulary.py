"""The words of the events: channels, states, kinds, reasons.

What people are shown instead of them is in `shared.web.labels`.
"""

from enum import StrEnum


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
    """A person reads the channel's messages before any unit gets them (Governor's accounts)."""


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
    FILE_REFUSED = "file_refused"
    """A file that came with the report is not kept; the report stands."""
    EMERGENCY = "emergency"
    """The words tell of danger now: 112 helps, and at once."""


class MediaKind(StrEnum):
    PICTURE = "picture"
    DOCUMENT = "document"
    VIDEO = "video"


class MediaOrigin(StrEnum):
    """Who handed a file over: the reporter, or an officer to show what was done."""

    REPORTER = "reporter"
    EVIDENCE = "evidence"


class MediaRefusal(StrEnum):
    """Why a file is not kept."""

    TYPE = "type"
    """Neither a picture of a kind that is taken, nor PDF, nor video; told by its content."""
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    DAMAGED = "damaged"
    HOSTILE = "hostile"
    """It took more memory or time than any honest picture."""
    INFECTED = "infected"
    NOT_FETCHED = "not_fetched"
    """The platform that holds it did not hand it over in time."""


class MediaFlag(StrEnum):
    """What makes a picture of evidence worth a second look. None of them proves anything."""

    REUSED = "reused"
    REPORTERS_PICTURE = "reporters_picture"
    TOO_EARLY = "too_early"
    FAR = "far"
    NO_CAMERA = "no_camera"
    EDITED = "edited"
    GENERATED = "generated"
    SCREENSHOT = "screenshot"
    THUMBNAIL = "thumbnail"

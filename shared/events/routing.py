"""What routing says: who has the case, and what was done."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.event import Emitter, Event
from shared.events.vocabulary import (
    CaseState,
    MediaFlag,
    RejectionReason,
    ReopenReason,
    TriageReason,
    UnitKind,
)
from shared.privacy import Open


class Standing(BaseModel):
    """What is open in a case after an event, whatever the event is about. What is not stated here
    as open is over: no reader need know which event ends what (`shared.events.standing`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    accepted: Open[bool] = False
    """The holder has checked that the case is its own."""
    planned: Open[bool] = False
    """A plan of the holder's is filed, and was neither returned nor left behind with its unit. In
    the state ``planned`` it waits for its judgement."""
    asks_for_time: Open[bool] = False
    """A later date is asked for and not yet answered."""
    question_ref: Open[UUID | None] = None
    """The question that waits for the reporter's answer."""
    head_complaint_id: Open[UUID | None] = None
    """The case that this one is merged into."""
    closed_at: Open[datetime | None] = None


class AcceptedFlag(BaseModel):
    """Something found in a picture of evidence, which a person has looked at and accepted."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    media_ref: Open[UUID]
    flag: Open[MediaFlag]


class CaseEvent(Event):
    """Base of what happened to a case. State, holder and version are those *after* it.

    Of a case about officials a holder that lets guess whom it is about is not told: the events name
    ``withheld`` instead (`shared.events.holders`).
    """

    emitter: ClassVar[Emitter] = "routing"

    state: Open[CaseState]
    unit_id: Open[str]
    unit_name: Open[str]
    """Public name of the holding unit."""
    unit_kind: Open[UnitKind]
    unit_parent_id: Open[str | None] = None
    """The unit above the holding one, which hears of its misses; None at the top of the tree."""
    case_version: Open[int]
    standing: Open[Standing | None] = None
    """None: an earlier release did not state it; read it by `shared.events.standing`."""


class CaseRouted(CaseEvent):
    """A unit was found, by rule or by the triage desk.

    Of a case about officials neither category nor place is told. The place is not told either where
    triage has placed a confidential report from a desk: the two look alike.
    """

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
    emergency: Open[bool] = False
    """The reporter's words tell of danger now, which 112 answers: said once, by the rules."""


class CaseTriaged(CaseEvent):
    """No unit fits: the triage desk must look.

    Of a case about officials neither reason, category nor place is told: it reads like a
    confidential report from a desk that came without a category, and of those no place is told.
    """

    reason: Open[TriageReason]
    category: Open[str | None]
    kelurahan_code: Open[str | None]
    area_name: Open[str | None]
    runners_up: Open[tuple[str, ...]] = ()
    emergency: Open[bool] = False
    """As of `CaseRouted`."""
    rule_version: Open[int | None] = None
    """None: an earlier release did not state it."""


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
    """The unit says what was done, with its evidence.

    ``media_refs``: the files among the evidence, in the order in which the unit named them.
    """

    follow_up_ref: Open[UUID]
    evidence_count: Open[int]
    media_refs: Open[tuple[UUID, ...]] = ()
    """Pictures of what was done; they count among the evidence."""


class VerificationOrdered(CaseEvent):
    """Biro Pemerintahan checks on site before it decides."""


class FollowUpRefused(CaseEvent):
    """Biro Pemerintahan did not accept the follow-up; the unit repeats the work."""

    note_ref: Open[UUID]


class CaseCompleted(CaseEvent):
    """Biro Pemerintahan accepted the follow-up."""

    follow_up_ref: Open[UUID]
    accepted_flags: Open[tuple[AcceptedFlag, ...]] = ()
    """What was found in its pictures and accepted all the same, each by name."""


class CaseRejected(CaseEvent):
    """The case is closed without work, for a reason the reporter is told."""

    reason: Open[RejectionReason]
    note_ref: Open[UUID | None] = None


class CaseReopened(CaseEvent):
    """A closed case is open again, in the hands of ``unit_id``.

    ``suspected_fraud`` is told as ``new_facts``: it is the unit before that is suspected.
    """

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


ENTRIES = (CaseRouted, CaseTriaged, CaseReopened, CaseSplit)
"""A unit gets the case for the first time, or again: its first action is awaited."""
TOUCHES = (
    CaseAccepted, CaseCoordinated, CaseDelegated, CaseReturned, PlanSubmitted, WorkStarted,
    CitizenQuestioned, ExtensionRequested, FollowUpSubmitted,
)  # fmt: skip
"""Acts of the holding unit: each of them is a first action."""

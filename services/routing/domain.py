"""The case, and how the events of the stream change it. Pure.

This module holds the values of the service, makes its events, and decides (`decide`) about the
events that the service hears. Officers' commands are decided in the package `case`: `commands`
says what officers can ask for, `transitions` is the state machine, and `handover`, `fieldwork` and
`closing` say what each command changes.

A merged case stays merged when its head is completed or rejected. Its own reporter must hear of
the answer, so the same event is recorded for the merged case too, with the state ``merged``. When
the head is reopened that answer holds no longer, and the merged case's reporter hears of it in the
same way. When the head is withdrawn, the merged case is open again (`answer_child`).

What a reporter writes is `unread` until an officer has looked at it, whether it changes the state
or not: an objection to a closed case would otherwise be seen by nobody.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum, auto
from operator import attrgetter, is_
from typing import Any, Literal, TypeVar
from uuid import UUID

from shared.decision import Decision
from shared.errors import Reject
from shared.events.event import Event
from shared.events.facts import Facts
from shared.events.intake import (
    ComplaintReceived,
    ComplaintSupplemented,
    ComplaintWithdrawn,
    MediaReceived,
    ReporterErased,
)
from shared.events.media import MediaCleared, MediaRefused, MediaRemoved
from shared.events.routing import (
    ENTRIES,
    TOUCHES,
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
from shared.events.sla import DeadlineExtended, DeadlinesSet, QuestionExpired
from shared.events.vocabulary import (
    CLOSED_STATES,
    CaseState,
    Channel,
    Clock,
    MediaFlag,
    MediaKind,
    MediaOrigin,
    MediaRefusal,
    TriageReason,
)
from shared.units import Duty, Units

HEARS: frozenset[type[Event]] = frozenset(
    {
        ComplaintReceived, ComplaintSupplemented, ComplaintWithdrawn, ReporterErased, DeadlinesSet,
        DeadlineExtended, QuestionExpired, MediaReceived, MediaCleared, MediaRefused, MediaRemoved,
    }
)  # fmt: skip
EMITS: frozenset[type[Event]] = frozenset(
    {
        CaseRouted, CaseTriaged, CaseAccepted, CaseCoordinated, CaseDelegated, CaseReturned,
        PlanSubmitted, PlanApproved, PlanReturned, WorkStarted, CitizenQuestioned,
        CitizenAnswered, ExtensionRequested, ExtensionApproved, ExtensionRefused,
        FollowUpSubmitted, VerificationOrdered, FollowUpRefused, CaseCompleted, CaseRejected,
        CaseReopened, CaseMerged, CaseSplit, CaseWithdrawn,
    }
)  # fmt: skip

LIMITS = frozenset({Clock.FOLLOW_UP, Clock.FIRST_ACTION, Clock.PLAN_CHECK, Clock.VALIDATION})
"""Clocks of those who must act on a case: the holder, and the judge of its work."""

MAX_VERSION = 2**31 - 1
"""The highest version of a case that its column holds."""

ABOUT_SERVICE = "keluhan-pelayanan"
"""The category of a complaint about officials that names none."""

# --- values ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SubCategory:
    """A finer name beneath a category. A rule that is None is its category's."""

    slug: str
    name: str
    aliases: tuple[str, ...] = ()
    unit: str | None = None
    handled_by_kelurahan: bool | None = None
    geotagged_to_kelurahan: bool | None = None
    allows_extension: bool | None = None
    plan_required: bool | None = None
    photo_required: bool | None = None
    needs_place: bool | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """What a complaint is about. ``unit``: the first unit, None where it depends on the case.
    ``photo_required``: work on it is proved by a picture; ``photo_from``: of cases that were
    received from this instant on, None for all. ``needs_place``: the place decides which office
    acts; False for what lies at no place, as a card, an allowance or an app, which the unit itself
    takes where no place is known. ``about_persons``: that there is such a
    complaint at a place tells of the people there."""

    slug: str
    name: str
    unit: str | None
    aliases: tuple[str, ...] = ()
    handled_by_kelurahan: bool = False
    geotagged_to_kelurahan: bool = False
    """A report with a point goes first to the kelurahan that it lies in, as JAKI's reports do; any
    other to the unit."""
    allows_extension: bool = False
    plan_required: bool = False
    photo_required: bool = False
    photo_from: datetime | None = None
    needs_place: bool = True
    about_persons: bool = False
    subs: tuple[SubCategory, ...] = ()

    def narrowed(self, sub: str | None) -> "Category":
        """The category with the rules of its sub-category of that slug, where they differ."""
        finer = next((each for each in self.subs if each.slug == sub), None)
        if finer is None:
            return self
        own = {name: rule for name in _OWN_RULES if (rule := getattr(finer, name)) is not None}
        return replace(self, **own)

    def needs_photo(self, received_at: datetime) -> bool:
        """Whether a result of a case that was received then must name a picture. A case that was
        in work before the rule came is not caught by it."""
        begins = self.photo_from
        return self.photo_required and (begins is None or received_at >= begins)


_OWN_RULES = (
    "unit", "handled_by_kelurahan", "geotagged_to_kelurahan", "allows_extension", "plan_required",
    "photo_required", "needs_place",
)  # fmt: skip
"""What a sub-category may have otherwise than its category."""


@dataclass(frozen=True, slots=True)
class Routed:
    """The rules have found a unit."""

    unit_id: str
    category: str
    rule_id: str
    rule_version: int
    confidence: float
    kelurahan_code: str | None = None
    area_name: str | None = None
    approximate_area: bool = False
    runners_up: tuple[str, ...] = ()
    """Slugs of the other categories that came into question."""
    about_official: bool = False
    """The words complain of officials, though the reporter named no unit: as restricted as if."""
    emergency: bool = False
    """The words tell of danger now."""


@dataclass(frozen=True, slots=True)
class Triaged:
    """The rules have found no unit, and why."""

    reason: TriageReason
    category: str | None = None
    kelurahan_code: str | None = None
    area_name: str | None = None
    runners_up: tuple[str, ...] = ()
    emergency: bool = False
    rule_version: int | None = None


Role = Literal["unit_officer", "triage_officer", "biro", "desk_officer", "admin", "auditor"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The officer who gives a command: opaque id, role, office."""

    subject: str
    role: Role
    unit: str


@dataclass(frozen=True, slots=True)
class Case:
    """A case. ``version`` grows by one with each event about it."""

    complaint_id: UUID
    version: int
    state: CaseState
    unit_id: str
    report_number: str
    channel: Channel
    received_at: datetime
    content_refs: tuple[UUID, ...]
    """The complaint and its supplements, oldest first; the text itself is intake's."""
    former_state: CaseState | None = None
    """The state before the last command."""
    citizen_category: str | None = None
    category: str | None = None
    """The officer's (or the rules') category; the citizen's is kept apart."""
    kelurahan_code: str | None = None
    area_name: str | None = None
    about_unit: str | None = None
    confidential: bool = False
    restricted: bool = False
    from_desk: bool = False
    """An officer has entered it."""
    erased: bool = False
    accepted: bool = False
    sender: str | None = None
    """The unit that passed the case on, and gets it back when it is returned."""
    watchers: tuple[str, ...] = ()
    """Units that have passed the case on; they see what becomes of it."""
    plan_ref: UUID | None = None
    plan_author: str | None = None
    plan_from: CaseState | None = None
    plan_approved: bool = False
    question_ref: UUID | None = None
    """The question that waits for the citizen's answer."""
    question_expired: bool = False
    """The time for the answer is over; it is still taken when it comes."""
    questions: int = 0
    extensions: int = 0
    extension_author: str | None = None
    """Set while a request for a later date waits for its answer."""
    extension_until: datetime | None = None
    follow_up_ref: UUID | None = None
    follow_up_author: str | None = None
    evidence: tuple[UUID, ...] = ()
    """Pictures that the follow-up names."""
    closed_at: datetime | None = None
    head_id: UUID | None = None
    approximate_area: bool = False
    """The place was guessed from its surroundings."""
    unread: tuple[UUID, ...] = ()
    """What the reporter wrote since an officer has looked last, oldest first."""
    unread_since: datetime | None = None
    untouched: bool = False
    """Its unit has done nothing with it yet: the limit of the first action runs."""
    limits: Mapping[Clock, datetime] = field(default_factory=dict)
    """Limits as sla has told them last, of those who must act on the case; `case.limits` says which
    of them run."""
    original_due_at: datetime | None = None
    """The limit of the follow-up before it was extended or paused."""
    question_pauses: bool = False
    """The follow-up's limit stands while the question is open."""
    emergency: bool = False
    """The reporter's first words tell of danger now."""
    rules_version: int | None = None
    """By which rules it was decided when it came."""

    @property
    def due_at(self) -> datetime | None:
        """Until when the reporter was promised a follow-up; None as long as sla has not told."""
        return self.limits.get(Clock.FOLLOW_UP)

    @property
    def discreet(self) -> bool:
        """It is about officials: the stream tells nobody that they are complained of."""
        return self.restricted or self.about_unit is not None


class MediaState(StrEnum):
    """What became of a file."""

    RECEIVED = auto()
    """It waits to be made harmless."""
    CLEARED = auto()
    """It can be shown."""
    LOCKED = auto()
    """A document or a video, sealed as it came until an officer opens it with a reason."""
    REFUSED = auto()
    REMOVED = auto()


@dataclass(frozen=True, slots=True)
class CaseMedia:
    """A file of a case (class C0). ``number``: its place among the files of its message, 1 for the
    first. ``content_ref``: the words it came with; None for evidence. ``at``: since when it is in
    ``state``."""

    ref: UUID
    complaint_id: UUID
    origin: MediaOrigin
    number: int
    content_ref: UUID | None
    state: MediaState
    at: datetime
    kind: MediaKind | None = None
    reason: MediaRefusal | None = None
    flags: tuple[MediaFlag, ...] = ()


_OF_LIMITS = {"limits", "original_due_at", "question_pauses"}
_besides_limits = attrgetter(*(each.name for each in fields(Case) if each.name not in _OF_LIMITS))


def only_limits_moved(before: Case | None, after: Case) -> bool:
    """Whether ``after`` is ``before`` with other limits, or with none. Values that are alike and
    not the same count as others: `replace` keeps what it does not change."""
    return before is not None and all(map(is_, _besides_limits(before), _besides_limits(after)))


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision may know besides the case.

    ``note_id``: id under which the command's text is stored. ``facts``: what a received complaint
    says beside its words. ``head``: the case to merge into. ``has_children``: whether cases were
    merged into this one. ``filed``: refs of all that the reporter has written until now, for a
    decision on silence. ``rules_version``: of the rules that decide about a received complaint.
    ``media``: what is known of the files that the command or the follow-up names. ``drawn``: the
    case is among those that are checked on site.
    """

    now: datetime
    units: Units
    categories: Mapping[str, Category]
    actor: Actor | None = None
    note_id: UUID | None = None
    routing: Routed | Triaged | None = None
    facts: Facts | None = None
    head: Case | None = None
    has_children: bool = False
    filed: frozenset[UUID] = frozenset()
    rules_version: int | None = None
    media: Mapping[UUID, CaseMedia] = field(default_factory=dict)
    drawn: bool = False


# --- decisions ---------------------------------------------------------------------------

F = TypeVar("F", bound=CaseEvent)


def state_fact(kind: type[F], case: Case, context: Context, **fields: Any) -> F:
    """The event `kind` about `case` as it is now."""
    unit = context.units.find(case.unit_id)
    if unit is None:
        raise Reject("unknown_unit", f"unit {case.unit_id} is not in the unit tree")
    return kind(
        complaint_id=case.complaint_id,
        at=context.now,
        state=case.state,
        unit_id=unit.id,
        unit_name=unit.name,
        unit_kind=unit.kind,
        unit_parent_id=unit.parent,
        case_version=case.version,
        standing=standing(case),
        **fields,
    )


def standing(case: Case) -> Standing:
    """What is open in the case. Every event states it, so that whoever keeps a view of the case
    need not know what each event ends."""
    return Standing(
        accepted=case.accepted,
        planned=case.plan_ref is not None,
        asks_for_time=case.extension_until is not None,
        question_ref=case.question_ref,
        head_complaint_id=case.head_id,
        closed_at=case.closed_at,
    )


def closed(case: Case, at: datetime) -> Case:
    """The case is closed since ``at``. It waits for no answer of the citizen, and for no judgement
    of a later date."""
    return replace(
        case, closed_at=at, question_ref=None, question_expired=False, extension_author=None,
        extension_until=None,
    )  # fmt: skip


def first_action(case: Case, event: Event) -> Case:
    """The case after ``event``, which may be its unit's first action or call for one."""
    if isinstance(event, ENTRIES):
        return replace(case, untouched=True)
    return replace(case, untouched=False) if isinstance(event, TOUCHES) else case


def routed_fact(
    case: Case, found: Routed, context: Context, by: Literal["rule", "triage"]
) -> CaseRouted:
    return state_fact(
        CaseRouted, case, context,
        category=found.category, kelurahan_code=found.kelurahan_code, area_name=found.area_name,
        approximate_area=found.approximate_area, rule_id=found.rule_id,
        rule_version=found.rule_version, confidence=found.confidence,
        runners_up=found.runners_up, routed_by=by, emergency=found.emergency,
    )  # fmt: skip


def _receive(event: ComplaintReceived, context: Context) -> Decision[Case | None]:
    found, facts = context.routing, context.facts
    if found is None or facts is None:
        raise ValueError("a received complaint needs its facts and the outcome of the rules")
    case = Case(
        complaint_id=event.complaint_id,
        version=1,
        state=CaseState.RECEIVED,
        unit_id=found.unit_id
        if isinstance(found, Routed)
        else context.units.of_duty(Duty.TRIAGE).id,
        report_number=event.report_number,
        channel=event.channel,
        received_at=event.at,
        content_refs=(event.content_ref,),
        citizen_category=facts.category,
        category=found.category,
        kelurahan_code=found.kelurahan_code,
        area_name=found.area_name,
        about_unit=facts.about_unit,
        confidential=event.confidential,
        restricted=facts.restricted or (isinstance(found, Routed) and found.about_official),
        from_desk=facts.entered_by_unit is not None,
        approximate_area=isinstance(found, Routed) and found.approximate_area,
        untouched=True,
        emergency=found.emergency,
        rules_version=context.rules_version,
    )
    if isinstance(found, Routed):
        return Decision(case, (routed_fact(case, found, context, "rule"),))
    triaged = state_fact(
        CaseTriaged, case, context,
        reason=found.reason, category=found.category, kelurahan_code=found.kelurahan_code,
        area_name=found.area_name, runners_up=found.runners_up, emergency=found.emergency,
        rule_version=found.rule_version,
    )  # fmt: skip
    return Decision(case, (triaged,))


def _supplement(
    case: Case, event: ComplaintSupplemented, context: Context
) -> Decision[Case | None]:
    heard = replace(case, content_refs=(*case.content_refs, event.content_ref))
    if not event.automatic:
        heard = _unread(heard, event)
    waiting = case.question_ref is not None and case.state not in CLOSED_STATES
    # A reply by mail or post does not say that it is the answer. So whatever comes while a
    # question is open counts as its answer. Otherwise the clock would wait for it for ever. What a
    # machine answers is no answer: an absence notice must not end a question.
    if event.kind == "edit" or event.automatic or not waiting:
        return Decision(heard)
    after = replace(heard, question_ref=None, question_expired=False, version=case.version + 1)
    return Decision(
        after, (state_fact(CitizenAnswered, after, context, content_ref=event.content_ref),)
    )


def _unread(case: Case, event: ComplaintSupplemented) -> Case:
    since = case.unread_since or event.at
    return replace(case, unread=(*case.unread, event.content_ref), unread_since=since)


def look(case: Case, refs: Collection[UUID]) -> Case:
    """The case after an officer has looked at the words ``refs``. Others may have come meanwhile:
    they stay unread."""
    left = tuple(ref for ref in case.unread if ref not in refs)
    return replace(case, unread=left, unread_since=case.unread_since if left else None)


def _expire_question(case: Case, event: QuestionExpired) -> Decision[Case | None]:
    """The time for an answer is over; the end of an earlier question's time changes nothing."""
    if event.question_ref != case.question_ref:
        return Decision(case)
    return Decision(replace(case, question_expired=True))


def _set_limits(case: Case, event: DeadlinesSet) -> Decision[Case | None]:
    told = {each.clock: each for each in event.deadlines if each.clock in LIMITS}
    # An earlier release did not state what a question pauses: it paused the follow-up.
    asked = any(each.clock is Clock.ANSWER for each in event.deadlines)
    pauses = case.question_pauses or asked
    if event.paused is not None:
        pauses = Clock.FOLLOW_UP in event.paused
    follow_up = told.get(Clock.FOLLOW_UP)
    original = follow_up.original_due_at if follow_up else case.original_due_at
    limits = {**case.limits, **{clock: each.due_at for clock, each in told.items()}}
    if (limits, original, pauses) == (case.limits, case.original_due_at, case.question_pauses):
        return Decision(case)
    return Decision(replace(case, limits=limits, original_due_at=original, question_pauses=pauses))


def _move_limit(case: Case, event: DeadlineExtended) -> Decision[Case | None]:
    if event.clock not in LIMITS:
        return Decision(case)
    follows_up = event.clock is Clock.FOLLOW_UP
    return Decision(
        replace(
            case,
            limits={**case.limits, event.clock: event.due_at},
            original_due_at=event.original_due_at if follows_up else case.original_due_at,
        )
    )


def _withdraw(case: Case, event: ComplaintWithdrawn, context: Context) -> Decision[Case | None]:
    """The reporter may withdraw a merged complaint too. A case that was answered stays as it is."""
    if case.state in CLOSED_STATES - {CaseState.MERGED}:
        return Decision(case)
    ended = closed(case, context.now)
    after = replace(ended, state=CaseState.WITHDRAWN, version=case.version + 1, head_id=None)
    return Decision(after, (state_fact(CaseWithdrawn, after, context, source=event.source),))


def decide(case: Case | None, event: Event, context: Context) -> Decision[Case | None]:
    """The case after an event of the stream. Commands go to `case.transitions.act`."""
    if isinstance(event, ComplaintReceived):
        return _receive(event, context) if case is None else Decision(case)
    if case is None:
        return Decision(None)
    if isinstance(event, ComplaintSupplemented):
        return _supplement(case, event, context)
    if isinstance(event, ComplaintWithdrawn):
        return _withdraw(case, event, context)
    if isinstance(event, QuestionExpired):
        return _expire_question(case, event)
    if isinstance(event, DeadlinesSet):
        return _set_limits(case, event)
    if isinstance(event, DeadlineExtended):
        return _move_limit(case, event)
    if isinstance(event, ReporterErased):
        return Decision(replace(case, erased=True))
    return Decision(case)


def split_off(child: Case, context: Context) -> tuple[Case, CaseSplit]:
    """A merged case is on its own again. ``child`` has the state and version after that already."""
    after = replace(child, head_id=None, closed_at=None, untouched=True)
    return after, state_fact(CaseSplit, after, context, head_complaint_id=child.head_id)


def answer_child(child: Case, head_event: Event, context: Context) -> Decision[Case]:
    """What becomes of a merged case when its head is completed, rejected, reopened or withdrawn."""
    if child.state is not CaseState.MERGED or child.head_id != head_event.complaint_id:
        return Decision(child)
    after = replace(child, version=child.version + 1)
    answer: CaseEvent
    if isinstance(head_event, CaseCompleted):
        ref = head_event.follow_up_ref
        answer = state_fact(CaseCompleted, after, context, follow_up_ref=ref)
    elif isinstance(head_event, CaseRejected):
        reason, note = head_event.reason, head_event.note_ref
        answer = state_fact(CaseRejected, after, context, reason=reason, note_ref=note)
    elif isinstance(head_event, CaseReopened):
        answer = state_fact(CaseReopened, after, context, reason=head_event.reason)
    elif isinstance(head_event, CaseWithdrawn):
        after, answer = split_off(replace(after, state=CaseState.RECEIVED), context)
    else:
        return Decision(child)
    return Decision(after, (answer,))

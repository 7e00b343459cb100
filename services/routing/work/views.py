"""What officers are shown: models of the answers, and how cases become them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.case.closing import objection_until
from services.routing.case.stage import next_due_at
from services.routing.case.transitions import Openings, allowed
from services.routing.contents import Claimed, ContentStatus
from services.routing.domain import Actor, Case
from services.routing.explaining.views import ExplanationView
from services.routing.media.views import MediaView
from services.routing.openings.views import OpenedView
from services.routing.store import Cursor, Step
from services.routing.team.store import InternalNote
from services.routing.work.offers import Offer
from services.routing.work.steps import STEP_LABELS
from services.routing.work.store import Listed, Place
from shared.errors import DomainError, NotFound
from shared.events.routing import CaseEvent, ExtensionRequested, FollowUpSubmitted, PlanSubmitted
from shared.events.vocabulary import CaseState, UnitKind
from shared.http.paging import Cursors, page_of
from shared.reviewing import FILED
from shared.set_aside import CASES, each
from shared.units import UnitTree
from shared.web.labels import CASE_STATE_LABELS

_FILED_BY: Mapping[CaseState, type[CaseEvent]] = {
    CaseState.PLANNED: PlanSubmitted,
    **dict.fromkeys(FILED, FollowUpSubmitted),
}
_FACTS = ("complete_by", "reason", "category", "area_name", "head_complaint_id", "number")


class UnitView(BaseModel):
    id: str
    name: str
    kind: UnitKind
    parent: str | None
    area: tuple[str, ...]


class CategoryView(BaseModel):
    slug: str
    name: str
    unit: str | None
    """First unit; ``kelurahan`` stands for the kelurahan of the place."""
    handled_by_kelurahan: bool
    allows_extension: bool
    plan_required: bool
    photo_required: bool
    """A follow-up must name a picture of what was done."""
    photo_from: date | None
    """Of cases that were received on this day of Jakarta or later; null: of all."""


class AssigneeView(BaseModel):
    """The officer of the holding unit who has the case in hand."""

    officer_id: UUID
    name: str | None
    """As his token says; null where it says none."""
    is_me: bool


class CaseView(BaseModel):
    """A case as officers see it. The reporter is in none of it."""

    complaint_id: UUID
    report_number: str
    version: int
    state: CaseState
    label: str
    """The state's Indonesian name."""
    unit_id: str
    unit_name: str
    category: str | None
    citizen_category: str | None
    kelurahan_code: str | None
    area_name: str | None
    channel: str
    received_at: datetime
    confidential: bool
    restricted: bool
    accepted: bool
    question_open: bool
    question_expired: bool
    """The time for the answer is over; the case may be rejected as incomplete."""
    extension_until: datetime | None
    """The later date that is asked for and not yet answered."""
    head_id: UUID | None
    approximate_area: bool
    """The place was guessed from its surroundings: ask before you send somebody there."""
    about_unit: str | None
    """The unit that is complained of; to its own officers there is no such case."""
    unread: tuple[UUID, ...]
    """What the reporter wrote since an officer has looked last: refs of ``contents``."""
    unread_since: datetime | None
    objection_until: datetime | None
    """Until then the reporter may object to the completion, or appeal the rejection."""
    due_at: datetime | None
    """Until when the reporter was promised a follow-up; null until the clocks are heard of."""
    original_due_at: datetime | None
    """The same before it was extended or paused."""
    next_due_at: datetime | None
    """The nearest limit that runs, be it the holder's or the judge's; lists are sorted by it. Null
    while the case is closed, or waits for the reporter."""
    excerpt: str | None = Field(repr=False)
    """The first words of the reporter (at most 140 characters); null when they are erased."""
    address: str | None = Field(repr=False)
    """The place as the reporter gave it."""
    from_desk: bool
    """An officer has entered it for the reporter."""
    emergency: bool
    """The reporter's words tell of danger now; he was pointed to 112."""
    assignee: AssigneeView | None
    """Who has it in hand; null for nobody, and for officers of other units."""
    allowed: tuple[str, ...]
    """What this officer may do now: last parts of the addresses of commands. Each is accepted when
    its content is right."""


class ContentView(BaseModel):
    """What the citizen wrote. ``gone``: erased on the reporter's wish. ``masked``: what tells of
    persons in a confidential report stands there as ``[nama]``, ``[nomor telepon]`` and the like;
    ``POST .../text/open`` shows it whole, with a reason."""

    ref: UUID
    status: ContentStatus
    text: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    address: str | None = None
    masked: bool = False


class StepView(BaseModel):
    """What happened to a case, with its own facts; a fact that the event has not is null."""

    version: int
    event: str
    label: str
    """The event in Indonesian."""
    at: datetime
    state: CaseState
    state_label: str
    unit_id: str
    """Who held the case after it."""
    unit_name: str
    actor_unit: str | None
    """Of the officer who did it; null where rules, the reporter or time did."""
    actor_unit_name: str | None
    officer: str | None
    """The name of that officer; null for officers of other units."""
    from_unit_id: str | None
    from_unit_name: str | None
    words: str | None
    evidence: list[dict[str, Any]]
    complete_by: datetime | None
    """The date that was planned, asked for or granted."""
    reason: str | None
    """Of a rejection, a reopening, or why no unit was found; the officer's own are in ``words``."""
    category: str | None
    area_name: str | None
    head_complaint_id: UUID | None
    number: int | None
    """How manieth request for a later date."""


class MergedCase(BaseModel):
    """A case that follows this one."""

    complaint_id: UUID
    report_number: str
    received_at: datetime
    unread: tuple[UUID, ...]


class NotAllowed(BaseModel):
    """A command that is refused now, whatever it says; the refusal says the same."""

    command: str
    """Last part of its address."""
    status: int
    """403 where you may not, 409 where the case does not allow it."""
    code: str | None
    """For programs; it stays the same when the sentences are worded anew."""
    detail: str
    detail_id: str | None
    """``detail`` in Indonesian."""


class WatchingUnit(BaseModel):
    """A unit that has passed the case on and goes on watching it."""

    unit_id: str
    unit_name: str | None


class NoteView(BaseModel):
    """What an officer wrote to others about the case; no reporter ever reads it."""

    note_id: UUID
    text: str | None
    """Null since the reporter's data was erased."""
    at: datetime
    unit_id: str
    unit_name: str | None
    officer: str | None
    """The name of the author; null for officers of other units."""
    is_mine: bool


class CaseDetail(CaseView):
    not_allowed: list[NotAllowed]
    """All commands that are not in ``allowed``, and why."""
    contents: list[ContentView]
    explanation: ExplanationView | None
    """Why the rules sent it where it went; null for cases that are older than explanations."""
    text_opened: list[OpenedView]
    """Who has read the whole of a masked text, and why; oldest first."""
    under_judgement: StepView | None
    """What the reviewer has to decide on now: a plan, a request for a later date, a follow-up."""
    merged: list[MergedCase]
    """Cases that were merged into this one, as far as you see them."""
    watchers: list[WatchingUnit]
    media: list[MediaView]
    """The reporter's files, message by message, then evidence of what was done."""
    notes: list[NoteView]
    """Internal notes, oldest first."""
    history: list[StepView]


class StepsSince(BaseModel):
    """What happened to a case since a version. ``version``: that the case has now."""

    version: int
    steps: list[StepView]


class Page(BaseModel):
    cases: list[CaseView]
    next_cursor: str | None
    """Pass it as ``cursor`` for the next page; null on the last one."""


class CaseList(Page):
    total: int
    """Of all pages together. Of closed cases so many at least: they are not counted to the end."""
    as_of: datetime
    """When it was so: cases and numbers are of one moment."""


class TabCounts(BaseModel):
    """How many cases stand in each tab, as far as the other parameters let them through."""

    new: int
    in_hand: int
    waiting: int
    judgement: int
    overdue: int
    """Of all the others those whose limit has passed."""


class Inbox(CaseList):
    counts: TabCounts


def view_of(offer: Offer, units: UnitTree) -> CaseView:
    case = offer.case
    unit = units.find(case.unit_id)
    if unit is None:
        raise NotFound("The unit of the case is not in the unit tree.")
    return CaseView(
        complaint_id=case.complaint_id,
        report_number=case.report_number,
        version=case.version,
        state=case.state,
        label=CASE_STATE_LABELS[case.state],
        unit_id=unit.id,
        unit_name=unit.name,
        category=case.category,
        citizen_category=case.citizen_category,
        kelurahan_code=case.kelurahan_code,
        area_name=case.area_name,
        channel=case.channel,
        received_at=case.received_at,
        confidential=case.confidential,
        restricted=case.restricted,
        accepted=case.accepted,
        question_open=case.question_ref is not None,
        question_expired=case.question_expired,
        extension_until=case.extension_until,
        head_id=case.head_id,
        approximate_area=case.approximate_area,
        about_unit=case.about_unit,
        unread=case.unread,
        unread_since=case.unread_since,
        objection_until=objection_until(case),
        due_at=case.due_at,
        original_due_at=case.original_due_at,
        next_due_at=next_due_at(case),
        excerpt=offer.shown.excerpt,
        address=offer.shown.address,
        from_desk=case.from_desk,
        emergency=case.emergency,
        assignee=_assignee_view(offer),
        allowed=allowed(offer.openings),
    )


def _assignee_view(offer: Offer) -> AssigneeView | None:
    who, me = offer.assignee, offer.context.actor
    if who is None or me is None:
        return None
    return AssigneeView(officer_id=who.officer_id, name=who.name, is_me=who.subject == me.subject)


def watching_units(case: Case, units: UnitTree) -> list[WatchingUnit]:
    return [WatchingUnit(unit_id=unit, unit_name=_name(unit, units)) for unit in case.watchers]


def note_view(note: InternalNote, me: Actor, units: UnitTree) -> NoteView:
    return NoteView(
        note_id=note.note_id,
        text=note.text,
        at=note.at,
        unit_id=note.actor_unit,
        unit_name=_name(note.actor_unit, units),
        officer=note.name,
        is_mine=(note.actor, note.actor_unit) == (me.subject, me.unit),
    )


def not_allowed(found: Openings) -> list[NotAllowed]:
    return [refused(kind.verb, why) for kind, why in found.items() if why is not None]


def refused(verb: str, why: DomainError) -> NotAllowed:
    reason = why.reason
    return NotAllowed(
        command=verb, status=why.status, detail=why.detail,
        code=reason.code if reason else None, detail_id=reason.id if reason else None,
    )  # fmt: skip


def content_view(ref: UUID, claimed: Claimed | None, erased: bool) -> ContentView:
    if claimed is None:
        return ContentView(ref=ref, status="gone" if erased else "unknown")
    return ContentView(**claimed.model_dump())


def step_view(step: Step, units: UnitTree) -> StepView:
    state, facts = CaseState(step.state), step.facts
    from_unit = facts.get("from_unit_id")
    return StepView(
        version=step.version,
        event=step.event,
        label=STEP_LABELS[step.event],
        at=step.at,
        state=state,
        state_label=CASE_STATE_LABELS[state],
        unit_id=step.unit_id,
        unit_name=_name(step.unit_id, units) or step.unit_id,
        actor_unit=step.actor_unit,
        actor_unit_name=_name(step.actor_unit, units),
        officer=step.officer,
        from_unit_id=from_unit,
        from_unit_name=_name(from_unit, units),
        words=step.words,
        evidence=[dict(item) for item in step.evidence],
        **{name: facts.get(name) for name in _FACTS},
    )


def _name(unit_id: str | None, units: UnitTree) -> str | None:
    """None also for a unit that is in the tree no more."""
    unit = units.find(unit_id) if unit_id else None
    return unit.name if unit else None


def under_judgement(case: Case, history: Sequence[Step]) -> Step | None:
    """What the reviewer has to decide on now: the last that was filed of its kind."""
    wanted = _FILED_BY.get(case.state)
    if wanted is None and case.extension_until is not None:
        wanted = ExtensionRequested
    if wanted is None:
        return None
    return next((step for step in reversed(history) if step.event == wanted.__name__), None)


def merged_view(case: Case) -> MergedCase:
    return MergedCase(
        complaint_id=case.complaint_id,
        report_number=case.report_number,
        received_at=case.received_at,
        unread=case.unread,
    )


def list_of(
    connection: AsyncConnection,
    found: Listed,
    offers: Mapping[UUID, Offer],
    units: UnitTree,
    limit: int,
    cursors: Cursors[Place],
    now: datetime,
) -> CaseList:
    """``found``: up to ``limit + 1`` cases, so that the last page is known as the last. One that
    cannot be shown (its unit is not in the tree) is set aside by way of ``connection``."""
    shown, last = page_of(found.cases, limit)
    return CaseList(
        cases=each(
            connection, CASES, shown, lambda case: view_of(offers[case.complaint_id], units)
        ),
        next_cursor=cursors.write(found.places[last.complaint_id]) if last else None,
        total=found.total,
        as_of=now,
    )


def unread_page(
    connection: AsyncConnection,
    found: Sequence[Case],
    offers: Mapping[UUID, Offer],
    units: UnitTree,
    limit: int,
    cursors: Cursors[Cursor],
) -> Page:
    """The same for the list of unread words."""
    shown, last = page_of(found, limit)
    after = (last.unread_since, last.complaint_id) if last and last.unread_since else None
    return Page(
        cases=each(
            connection, CASES, shown, lambda case: view_of(offers[case.complaint_id], units)
        ),
        next_cursor=cursors.write(after) if after else None,
    )

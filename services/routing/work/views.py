"""What officers are shown: models of the answers, and how cases become them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.routing.case.transitions import allowed_next
from services.routing.contents import Claimed, ContentStatus
from services.routing.domain import Actor, Case
from services.routing.store import Cursor, Step
from shared.errors import NotFound
from shared.events.vocabulary import CaseState, UnitKind
from shared.http.paging import Cursors, page_of
from shared.units import UnitTree
from shared.web.labels import CASE_STATE_LABELS


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
    allowed: tuple[str, ...]
    """What this officer may do next: last parts of the addresses of commands."""


class ContentView(BaseModel):
    """What the citizen wrote. ``gone``: erased on the reporter's wish."""

    ref: UUID
    status: ContentStatus
    text: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    address: str | None = None


class StepView(BaseModel):
    version: int
    event: str
    at: datetime
    state: CaseState
    unit_id: str
    actor_unit: str | None
    words: str | None
    evidence: list[dict[str, Any]]


class CaseDetail(CaseView):
    contents: list[ContentView]
    history: list[StepView]


class Page(BaseModel):
    cases: list[CaseView]
    next_cursor: str | None
    """Pass it as ``cursor`` for the next page; null on the last one."""


def view_of(case: Case, actor: Actor, units: UnitTree) -> CaseView:
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
        allowed=allowed_next(case, actor, units),
    )


def content_view(ref: UUID, claimed: Claimed | None, erased: bool) -> ContentView:
    if claimed is None:
        return ContentView(ref=ref, status="gone" if erased else "unknown")
    return ContentView(**claimed.model_dump())


def step_view(step: Step) -> StepView:
    return StepView(
        version=step.version,
        event=step.event,
        at=step.at,
        state=CaseState(step.state),
        unit_id=step.unit_id,
        actor_unit=step.actor_unit,
        words=step.words,
        evidence=[dict(item) for item in step.evidence],
    )


def inbox_page(
    found: Sequence[Case], actor: Actor, units: UnitTree, limit: int, cursors: Cursors[Cursor]
) -> Page:
    """``found``: up to ``limit + 1`` cases, so that the last page is known as the last."""
    shown, last = page_of(found, limit)
    return Page(
        cases=[view_of(case, actor, units) for case in shown],
        next_cursor=cursors.write((last.received_at, last.complaint_id)) if last else None,
    )

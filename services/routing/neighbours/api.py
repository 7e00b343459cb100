"""Addresses for neighbours: of a case, for who sees it, and of what is told at a counter."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Body, Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.routing.case.commands import Slug, UnitId
from services.routing.domain import Case
from services.routing.neighbours import store as neighbours
from services.routing.neighbours.likeness import (
    AT_MOST,
    Likeness,
    Point,
    Reason,
    Sketch,
    blurred,
    is_shown,
    likeness,
    rounded_m,
    trigrams,
)
from services.routing.neighbours.store import Candidate
from services.routing.placing.atlas import Atlas
from services.routing.placing.rules import Tables
from services.routing.store import CaseStore
from services.routing.work.acts import WORKERS, actor_of, there
from services.routing.work.lists import READERS
from shared.auth import Operator, OperatorTokens, Role
from shared.clock import Clock
from shared.errors import Malformed
from shared.events.vocabulary import CaseState, UnitKind
from shared.http.operation import Router
from shared.visibility import Clearance, Sight, sight_of
from shared.web.labels import CASE_STATE_LABELS
from shared.work import Works

AT_COUNTERS = (Role.DESK_OFFICER, *WORKERS)
TEXT_AT_MOST = 5_000
EXCERPT = 140


class Neighbour(BaseModel):
    """A case that may be about the same. Whether the same person reported it is told nobody."""

    complaint_id: UUID
    report_number: str
    state: CaseState
    label: str
    """The state's Indonesian name."""
    unit_id: str
    unit_name: str
    category: str | None
    area_name: str | None
    received_at: datetime
    excerpt: str | None
    """The first words of the reporter; null when they are erased."""
    distance_m: int | None
    """Metres; null where one of the two has no point."""
    score: float
    """0 to 1."""
    reasons: tuple[Reason, ...]
    """On what grounds it is near."""


class Neighbours(BaseModel):
    cases: list[Neighbour]
    """The likest first, at most 20."""


class Lookalike(BaseModel):
    """A case that may be about the same, as anybody at a counter may read it."""

    report_number: str
    state: CaseState
    label: str
    """The state's Indonesian name."""
    category: str | None
    category_name: str | None
    distance_m: int | None
    """Metres, to the next 50; null where one of the two has no point."""


class Lookalikes(BaseModel):
    cases: list[Lookalike]
    """The likest first, at most 20."""


class Told(BaseModel):
    """What is known at the counter until now. ``text`` only tells which category is meant: it is
    compared with no words of others."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    text: Annotated[str | None, Field(max_length=TEXT_AT_MOST)] = None
    category: Slug | None = None
    latitude: Annotated[float | None, Field(ge=-90, le=90, strict=True)] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180, strict=True)] = None
    kelurahan: UnitId | None = None

    @model_validator(mode="after")
    def _whole_point(self) -> "Told":
        if (self.latitude is None) is not (self.longitude is None):
            raise ValueError("send latitude and longitude together")
        return self

    @property
    def point(self) -> Point | None:
        if self.latitude is None or self.longitude is None:
            return None
        return Point(self.latitude, self.longitude)


@dataclass(frozen=True, slots=True)
class _Near:
    candidate: Candidate
    likeness: Likeness


def create_router(
    works: Works, store: CaseStore, atlas: Atlas, operators: OperatorTokens, clock: Clock
) -> Router:
    router = Router(prefix="/v1", tags=["cases"])

    @router.get("/cases/{complaint_id}/neighbours")
    async def list_neighbours(
        complaint_id: UUID, operator: Annotated[Operator, Depends(operators.require(*READERS))]
    ) -> Neighbours:
        """Cases that may be about the same matter: near in place and time, of the same kind, in the
        same words. A suggestion: nothing is merged by it."""
        sight = sight_of(actor_of(operator), atlas.units)
        async with works.read(sight) as connection:
            case = there(await store.find(connection, complaint_id, sight))
            words, point = await neighbours.said_of(connection, complaint_id)
            asked = _sketch(case, words, point)
            found = await neighbours.candidates(connection, asked, sight, own=complaint_id)
        near = _nearest(asked, found, atlas.tables(clock()))
        return Neighbours(cases=[_neighbour(each, atlas) for each in near])

    @router.post("/neighbours")
    async def find_lookalikes(
        operator: Annotated[Operator, Depends(operators.require(*AT_COUNTERS))],
        told: Annotated[Told, Body(default_factory=Told)],
    ) -> Lookalikes:
        """What was reported already of what somebody tells at a counter, to ask while the form is
        filled. The citizen may see the screen: so no words, no exact place, and nothing that is
        confidential or about persons."""
        tables = atlas.tables(clock())
        asked = _sketch_of(told, atlas, tables, clock())
        sight = Sight(atlas.units.lineage(operator.unit), clearance=Clearance.UNRESTRICTED)
        of_persons = [c.slug for c in tables.categories.categories.values() if c.about_persons]
        async with works.read(sight) as connection:
            found = await neighbours.public_candidates(connection, asked, sight, of_persons)
        near = _nearest(asked, [_without_edges(each) for each in found], tables)
        return Lookalikes(cases=[_lookalike(each, tables) for each in near])

    return router


def _sketch(case: Case, words: str, point: Point | None) -> Sketch:
    said = trigrams(words) if words else None
    return Sketch(case.received_at, point, case.kelurahan_code, case.category, said)


def _sketch_of(told: Told, atlas: Atlas, tables: Tables, now: datetime) -> Sketch:
    """Raises Malformed for a kelurahan or category that there is not."""
    category = told.category
    if category is not None and category not in tables.categories.categories:
        raise Malformed("Send the slug of a category of /v1/categories.", field="category")
    if category is None and told.text:
        category = next(iter(tables.categories.named_in(told.text)), None)
    return Sketch(now, told.point, _kelurahan(told, atlas), category)


def _kelurahan(told: Told, atlas: Atlas) -> str | None:
    if told.kelurahan is not None:
        unit = atlas.units.find(told.kelurahan)
        if unit is None or unit.kind is not UnitKind.KELURAHAN:
            raise Malformed("Send the code of a kelurahan of /v1/units.", field="kelurahan")
        return unit.id
    located = atlas.locator.locate(*told.point) if told.point else None
    return located.code if located else None


def _without_edges(candidate: Candidate) -> Candidate:
    """As it may be compared at a counter: not by its words, and from the middle of its square."""
    sketch = candidate.sketch
    hazy = Sketch(sketch.received_at, blurred(sketch.point), sketch.kelurahan, sketch.category)
    return replace(candidate, sketch=hazy, words=None)


def _nearest(asked: Sketch, found: Sequence[Candidate], tables: Tables) -> list[_Near]:
    known = tables.categories.categories
    near = [_Near(each, likeness(asked, each.sketch, known)) for each in found]
    shown = [each for each in near if is_shown(each.likeness)]
    shown.sort(key=lambda each: (-each.likeness.score, each.candidate.report_number))
    return shown[:AT_MOST]


def _neighbour(near: _Near, atlas: Atlas) -> Neighbour:
    case, found = near.candidate, near.likeness
    unit = atlas.units.find(case.unit_id)
    return Neighbour(
        complaint_id=case.complaint_id,
        report_number=case.report_number,
        state=CaseState(case.state),
        label=CASE_STATE_LABELS[CaseState(case.state)],
        unit_id=case.unit_id,
        unit_name=unit.name if unit else case.unit_id,
        category=case.sketch.category,
        area_name=case.area_name,
        received_at=case.sketch.received_at,
        excerpt=case.words[:EXCERPT] if case.words else None,
        distance_m=found.distance_m,
        score=found.score,
        reasons=found.reasons,
    )


def _lookalike(near: _Near, tables: Tables) -> Lookalike:
    case = near.candidate
    category = tables.categories.categories.get(case.sketch.category or "")
    return Lookalike(
        report_number=case.report_number,
        state=CaseState(case.state),
        label=CASE_STATE_LABELS[CaseState(case.state)],
        category=case.sketch.category,
        category_name=category.name if category else None,
        distance_m=rounded_m(near.likeness.distance_m),
    )

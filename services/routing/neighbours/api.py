"""Addresses for neighbours: of a case, for who sees it, and of what is told at a counter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Body, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.routing.case.closing import head_barred
from services.routing.case.commands import MergeCase, Slug, UnitId
from services.routing.domain import Case
from services.routing.neighbours import store as neighbours
from services.routing.neighbours.likeness import (
    AT_MOST,
    Likeness,
    Point,
    Reason,
    Sketch,
    blurred,
    is_asked_about,
    is_shown,
    likeness,
    rounded_m,
    trigrams,
)
from services.routing.neighbours.store import Candidate
from services.routing.placing.atlas import Atlas
from services.routing.placing.rules import Tables
from services.routing.store import Step
from services.routing.work.acts import WORKERS, actor_of, there
from services.routing.work.lists import READERS
from services.routing.work.views import NotAllowed, StepView, refused, step_view
from shared.auth import Operator, OperatorTokens, Role
from shared.clock import Clock
from shared.errors import Malformed
from shared.events.routing import FollowUpSubmitted
from shared.events.vocabulary import CaseState, UnitKind
from shared.http.operation import Router
from shared.units import UnitTree
from shared.visibility import Clearance, Sight, sight_of
from shared.web.labels import CASE_STATE_LABELS
from shared.work import Works

AT_COUNTERS = (Role.DESK_OFFICER, *WORKERS)
TEXT_AT_MOST = 5_000
EXCERPT, TEXT_SHOWN = 140, 600
"""Characters of a reporter's words: in a list, and beside the case."""


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
    address: str | None = Field(repr=False)
    """The place as the reporter gave it."""
    restricted: bool
    text: str | None = Field(repr=False)
    """What the reporter wrote, at most 600 characters, to be read beside the case; null when it is
    erased, and of a restricted case, which must be opened to be read."""
    last_step: StepView | None
    """What was done last; null of a restricted case. Officers are not named."""
    follow_up: StepView | None
    """The last follow-up that was filed; null where there is none, and of a restricted case."""
    merge_refused: NotAllowed | None
    """Why the case cannot be merged into this one; null: nothing of this one stands against it."""
    distance_m: int | None
    """Metres; null where one of the two has no point."""
    score: float
    """0 to 1."""
    reasons: tuple[Reason, ...]
    """On what grounds it is near."""


class Neighbours(BaseModel):
    cases: list[Neighbour]
    """The likest first, at most 20."""
    joined: list[Neighbour]
    """Those that are merged with the case already: its head first, then those that follow the same
    head, or this case; at most 20."""


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


def create_router(works: Works, atlas: Atlas, operators: OperatorTokens, clock: Clock) -> Router:
    router = Router(prefix="/v1", tags=["cases"])

    @router.get("/cases/{complaint_id}/neighbours")
    async def list_neighbours(
        complaint_id: UUID,
        operator: Annotated[Operator, Depends(operators.require(*READERS))],
        nearest: Annotated[int, Query(ge=1, le=AT_MOST)] = AT_MOST,
    ) -> Neighbours:
        """Cases that may be about the same matter: near in place and time, of the same kind, in the
        same words. A suggestion: nothing is merged by it. ``nearest``: so many of them; those that
        are merged already are all told."""
        sight = sight_of(actor_of(operator), atlas.units)
        async with works.read(sight) as connection:
            own, said = await neighbours.find_with_said(connection, complaint_id, sight)
            case = there(own)
            asked = _sketch(case, said.words, said.point)
            found = await neighbours.candidates(connection, asked, sight, own=complaint_id)
            merges = said.leads or case.head_id is not None
            joined = await neighbours.joined(connection, case, sight, AT_MOST) if merges else []
            already = {each.complaint_id for each in joined}
            tables = atlas.tables(clock())
            unjoined = [c for c in found if c.complaint_id not in already]
            alike = _nearest(asked, unjoined, tables, lambda _, likeness: is_shown(likeness))
            near = alike[:nearest]
            merged = [_near(asked, each, tables) for each in joined]
            steps = await neighbours.last_steps(
                connection, [each.candidate.complaint_id for each in (*near, *merged)]
            )

        def shown(each: _Near) -> Neighbour:
            return _neighbour(case, each, steps[each.candidate.complaint_id], atlas.units)

        return Neighbours(cases=[*map(shown, near)], joined=[*map(shown, merged)])

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
        hazy = [_without_edges(each) for each in found]
        near = _nearest(asked, hazy, tables, partial(is_asked_about, asked))
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


def _nearest(
    asked: Sketch,
    found: Sequence[Candidate],
    tables: Tables,
    shows: Callable[[Sketch, Likeness], bool],
) -> list[_Near]:
    near = [_near(asked, each, tables) for each in found]
    shown = [each for each in near if shows(each.candidate.sketch, each.likeness)]
    shown.sort(key=lambda each: (-each.likeness.score, each.candidate.report_number))
    return shown[:AT_MOST]


def _near(asked: Sketch, candidate: Candidate, tables: Tables) -> _Near:
    return _Near(candidate, likeness(asked, candidate.sketch, tables.categories.categories))


def _neighbour(case: Case, near: _Near, steps: Sequence[Step], units: UnitTree) -> Neighbour:
    """``steps``: of the neighbour, as `neighbours.last_steps` gives them."""
    other, found = near.candidate, near.likeness
    unit = units.find(other.unit_id)
    words, barred = other.words, head_barred(case, other)
    # To read a restricted case is recorded where it is opened; here it is only named.
    read = [] if other.restricted else [step_view(step, units) for step in steps]
    return Neighbour(
        complaint_id=other.complaint_id,
        report_number=other.report_number,
        state=CaseState(other.state),
        label=CASE_STATE_LABELS[CaseState(other.state)],
        unit_id=other.unit_id,
        unit_name=unit.name if unit else other.unit_id,
        category=other.sketch.category,
        area_name=other.area_name,
        received_at=other.sketch.received_at,
        excerpt=words[:EXCERPT] if words else None,
        address=other.address,
        restricted=other.restricted,
        text=words[:TEXT_SHOWN] if words and not other.restricted else None,
        last_step=read[-1] if read else None,
        follow_up=next((each for each in read if each.event == FollowUpSubmitted.__name__), None),
        merge_refused=refused(MergeCase.verb, barred) if barred else None,
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

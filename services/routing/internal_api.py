"""What other services ask of routing: officers' words to a reporter, who judges a case, who holds
one where the stream does not tell, which cases an officer sees, and which are in an officer's
hands."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field

from services.routing.case.commands import UnitId
from services.routing.case.disclosure import Standing, standing
from services.routing.domain import MAX_VERSION, Case
from services.routing.store import CaseStore, WrittenNote
from shared.auth import Role, ServiceTokens
from shared.events.holders import CaseStep
from shared.events.vocabulary import CLOSED_STATES, UnitKind
from shared.http.operation import Router
from shared.reviewing import reviewer_of
from shared.set_aside import States
from shared.units import Unit, Units
from shared.visibility import SYSTEM, sight_of
from shared.work import Works

MAX_REFS = 500
MAX_CASES = 500
"""What the column holds."""

Status: TypeAlias = Standing | Literal["unknown"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class NotesClaim(_Model):
    refs: Annotated[list[UUID], Field(max_length=MAX_REFS)]


class ClaimedNote(_Model):
    """An officer's words (class C1): for their addressee, to be kept nowhere.

    ``private``: not addressed to the reporter, or not yet. ``gone``: the reporter is erased.
    """

    ref: UUID
    status: Status
    complaint_id: UUID | None = None
    text: str | None = Field(default=None, repr=False)


class ClaimedNotes(_Model):
    notes: list[ClaimedNote]


class JudgedCase(_Model):
    """``unit_id``: the unit whose work is judged. The event that tells of the work names it; the
    case may have another holder by now."""

    complaint_id: UUID
    unit_id: UnitId


class ReviewersClaim(_Model):
    cases: Annotated[list[JudgedCase], Field(max_length=MAX_CASES)]


class ClaimedReviewer(_Model):
    """``reviewer``: the unit that judges; null where the case is ``unknown``."""

    complaint_id: UUID
    unit_id: str
    status: Literal["ok", "unknown"]
    reviewer: str | None = None


class ClaimedReviewers(_Model):
    reviewers: list[ClaimedReviewer]


class CaseAt(_Model):
    """``case_version``: of the event that does not name the holder."""

    complaint_id: UUID
    case_version: Annotated[int, Field(strict=True, ge=1, le=MAX_VERSION)]


class HoldersClaim(_Model):
    cases: Annotated[list[CaseAt], Field(max_length=MAX_CASES)]


class ClaimedHolder(_Model):
    """The unit that held the case after that event, as events name it; null where it is
    ``unknown``."""

    complaint_id: UUID
    case_version: int
    status: Literal["ok", "unknown"]
    unit_id: str | None = None
    unit_name: str | None = None
    unit_kind: UnitKind | None = None
    unit_parent_id: str | None = None


class ClaimedHolders(_Model):
    holders: list[ClaimedHolder]


class SightsClaim(_Model):
    """Which of the cases an officer of this role and unit sees. The service that asks has verified
    the officer's token."""

    role: Role
    unit: UnitId
    complaint_ids: Annotated[list[UUID], Field(max_length=MAX_CASES)]


class ClaimedSights(_Model):
    """Those that are seen, in the order asked; of all others it is not told whether they are
    there."""

    seen: list[UUID]


class HandsClaim(_Model):
    """Whether an officer of this role and unit may show work on a case. The service that asks has
    verified the officer's token."""

    role: Role
    unit: UnitId
    complaint_id: UUID


class ClaimedHands(_Model):
    """``ok``: the officer's unit holds the case, which is open. ``unknown``: it holds no open case
    of this id; of cases of others it is not told whether they are there.

    ``since``: when the unit first held it; null where it holds none.
    """

    complaint_id: UUID
    status: Literal["ok", "unknown"]
    since: datetime | None = None


def create_router(works: Works, store: CaseStore, units: Units, callers: ServiceTokens) -> Router:
    """Words for notify and tracking, reviewers for sla, holders for both of them, sights for
    notify, hands for media."""
    router = Router(prefix="/internal/v1", tags=["internal"])
    _add_notes(router, works, store, callers)
    _add_reviewers(router, works, store, units, callers)
    _add_holders(router, works, store, units, callers)
    _add_sights(router, works, store, units, callers)
    _add_hands(router, works, store, units, callers)
    return router


def _add_notes(router: Router, works: Works, store: CaseStore, callers: ServiceTokens) -> None:
    reader = Depends(callers.require("notify", "tracking"))

    @router.post("/notes/claim", summary="Officers' words to a reporter, by reference")
    async def claim_notes(claim: NotesClaim, _: str = reader) -> ClaimedNotes:
        """One note per ref, in the order of the refs."""
        async with works.read(SYSTEM) as connection:
            found = await store.claim_notes(connection, claim.refs)
        return ClaimedNotes(notes=[_claimed(ref, found.get(ref)) for ref in claim.refs])


def _add_reviewers(
    router: Router, works: Works, store: CaseStore, units: Units, callers: ServiceTokens
) -> None:
    reader = Depends(callers.require("sla"))

    @router.post("/reviewers/claim", summary="The units that judge the work of other units")
    async def claim_reviewers(claim: ReviewersClaim, _: str = reader) -> ClaimedReviewers:
        """One reviewer per case, in the order asked. No event names it: who must not judge tells
        whom the complaint is about."""
        async with works.read(SYSTEM) as connection:
            found = await store.find_many(connection, [each.complaint_id for each in claim.cases])
        return ClaimedReviewers(reviewers=[_reviewer(each, found, units) for each in claim.cases])


def _add_holders(
    router: Router, works: Works, store: CaseStore, units: Units, callers: ServiceTokens
) -> None:
    reader = Depends(callers.require("sla", "tracking"))

    @router.post("/holders/claim", summary="Who holds a case where the stream does not tell")
    async def claim_holders(claim: HoldersClaim, _: str = reader) -> ClaimedHolders:
        """One holder per case and version, in the order asked."""
        steps = [(each.complaint_id, each.case_version) for each in claim.cases]
        async with works.read(SYSTEM) as connection:
            found = await store.holders_at(connection, steps)
        return ClaimedHolders(
            holders=[_holder(each, units.find(found.get(each, ""))) for each in steps]
        )


def _add_sights(
    router: Router, works: Works, store: CaseStore, units: Units, callers: ServiceTokens
) -> None:
    reader = Depends(callers.require("notify"))

    @router.post("/sights/claim", summary="Which cases an officer sees")
    async def claim_sights(claim: SightsClaim, _: str = reader) -> ClaimedSights:
        """For a service that keeps something of cases and does not know who holds them."""
        # Whose desk entered a case is known in tracking, and not here.
        sight = replace(sight_of(claim, units), enters_for=None)
        async with works.read(sight) as connection:
            seen = await store.seen_among(connection, claim.complaint_ids, sight)
        return ClaimedSights(seen=[each for each in claim.complaint_ids if each in seen])


def _add_hands(
    router: Router, works: Works, store: CaseStore, units: Units, callers: ServiceTokens
) -> None:
    reader = Depends(callers.require("media"))

    @router.post("/hands/claim", summary="Whether a case is in an officer's hands")
    async def claim_hands(claim: HandsClaim, _: str = reader) -> ClaimedHands:
        """As it is now: who has handed the case on shows no work on it any more."""
        sight = replace(sight_of(claim, units), enters_for=None)
        key = claim.complaint_id
        async with works.read(sight) as connection:
            seen = await store.seen_among(connection, [key], sight)
            case = (await store.find_many(connection, list(seen))).readable(key)
            if case is None or case.unit_id != claim.unit or case.state in CLOSED_STATES:
                return ClaimedHands(complaint_id=key, status="unknown")
            since = await store.held_since(connection, key, claim.unit)
        return ClaimedHands(complaint_id=key, status="ok", since=since)


def _holder(step: CaseStep, unit: Unit | None) -> ClaimedHolder:
    complaint_id, version = step
    if unit is None:
        return ClaimedHolder(complaint_id=complaint_id, case_version=version, status="unknown")
    return ClaimedHolder(
        complaint_id=complaint_id,
        case_version=version,
        status="ok",
        unit_id=unit.id,
        unit_name=unit.name,
        unit_kind=unit.kind,
        unit_parent_id=unit.parent,
    )


def _reviewer(asked: JudgedCase, cases: States[Case], units: Units) -> ClaimedReviewer:
    named = {"complaint_id": asked.complaint_id, "unit_id": asked.unit_id}
    case = cases.readable(asked.complaint_id)
    if case is None:
        return ClaimedReviewer(**named, status="unknown")
    reviewer = reviewer_of(asked.unit_id, case.about_unit, units)
    return ClaimedReviewer(**named, status="ok", reviewer=reviewer)


def _claimed(ref: UUID, note: WrittenNote | None) -> ClaimedNote:
    if note is None:
        return ClaimedNote(ref=ref, status="unknown")
    status = standing(note.verb, note.named_by, note.erased)
    if status == "private":
        return ClaimedNote(ref=ref, status=status)
    words = note.words if status == "ok" else None
    return ClaimedNote(ref=ref, status=status, complaint_id=note.complaint_id, text=words)

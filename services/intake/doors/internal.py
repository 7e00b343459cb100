"""What other services and the city's administrators ask of intake."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from services.intake import store
from services.intake.domain import ComplaintState, Erase, decide
from services.intake.filing.answers import Answers
from shared.auth import Operator, OperatorTokens, Role, ServiceTokens
from shared.errors import Gone, NotFound
from shared.ids import NewId
from shared.work import Works

MAX_REFS = 500

Status: TypeAlias = Literal["ok", "gone", "unknown"]
Kind: TypeAlias = Literal["complaint", "answer", "note", "edit"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ContentsClaim(_Model):
    refs: Annotated[list[UUID], Field(max_length=MAX_REFS)]


class ClaimedContent(_Model):
    """Words and place of one message (class C1): for the caller's work, not to be passed on.

    ``gone``: erased, a normal answer. ``latitude``, ``longitude``: WGS84 degrees.
    """

    ref: UUID
    status: Status
    complaint_id: UUID | None = None
    text: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    address: str | None = None
    kind: Kind | None = None


class ClaimedContents(_Model):
    contents: list[ClaimedContent]


class FactsClaim(_Model):
    complaint_ids: Annotated[list[UUID], Field(max_length=MAX_REFS)]


class ClaimedFacts(_Model):
    """What the stream is not told of a complaint, for the caller's decisions and not to be passed
    on. Where it is told all, everything here is null or false.

    about_unit: the unit that is complained of, which never gets the case. restricted: it concerns
    officials; the holding unit alone may see it.
    """

    complaint_id: UUID
    status: Literal["ok", "unknown"]
    about_unit: str | None = None
    restricted: bool = False
    category: str | None = None
    geotagged: bool = False
    kelurahan_code: str | None = None
    entered_by_unit: str | None = None


class AllClaimedFacts(_Model):
    facts: list[ClaimedFacts]


class Answer(_Model):
    """A citizen's answer. ``question_ref``: the ref of CitizenQuestioned; ``text``: class C1."""

    complaint_id: UUID
    question_ref: UUID
    text: Annotated[str, Field(repr=False)]


class Answered(_Model):
    complaint_id: UUID


class Erasure(_Model):
    """``note``: on what ground; kept with the officer's id. Name nobody in it."""

    complaint_id: UUID
    note: Annotated[str, Field(min_length=1, max_length=1000)]


class Erased(_Model):
    complaint_id: UUID


def create_router(
    works: Works,
    new_id: NewId,
    operators: OperatorTokens,
    callers: ServiceTokens,
    answers: Answers,
) -> APIRouter:
    """Contents for routing, facts for all who hear of complaints, answers from tracking, erasures
    for administrators."""
    router = APIRouter(prefix="/internal/v1", tags=["internal"])
    routing = Depends(callers.require("routing"))
    hearers = Depends(callers.require("routing", "sla", "notify", "tracking"))
    tracking = Depends(callers.require("tracking"))
    admin = Depends(operators.require(Role.ADMIN))

    @router.post("/contents/claim", summary="Words and places, by reference")
    async def claim_contents(claim: ContentsClaim, _: str = routing) -> ClaimedContents:
        """One content per ref, in the order of the refs."""
        async with works.read() as connection:
            found = await store.claim_contents(connection, claim.refs)
        return ClaimedContents(contents=[_claimed(ref, found.get(ref)) for ref in claim.refs])

    @router.post("/facts/claim", summary="What the stream is not told, by complaint")
    async def claim_facts(claim: FactsClaim, _: str = hearers) -> AllClaimedFacts:
        """One item per complaint, in the order asked. An erasure takes nothing of them away."""
        async with works.read() as connection:
            found = await store.claim_facts(connection, claim.complaint_ids)
        return AllClaimedFacts(facts=[_facts(each, found) for each in claim.complaint_ids])

    @router.post("/answers", summary="A citizen's answer to an officer's question")
    async def take_answer(answer: Answer, request: Request, _: str = tracking) -> Answered:
        """A question has one answer: the same again is answered alike, another one with 409."""
        await answers.take(request, answer.complaint_id, answer.question_ref, answer.text)
        return Answered(complaint_id=answer.complaint_id)

    @router.post("/erasures", summary="Erase a reporter and their words")
    async def erase(erasure: Erasure, operator: Operator = admin) -> Erased:
        """Words and place go at once, the sealed reporter as soon as the vault hears of it."""
        await erase_reporter(works, new_id(), erasure, operator.subject)
        return Erased(complaint_id=erasure.complaint_id)

    return router


def _facts(complaint_id: UUID, found: Mapping[UUID, Mapping[str, object]]) -> ClaimedFacts:
    if complaint_id not in found:
        return ClaimedFacts(complaint_id=complaint_id, status="unknown")
    return ClaimedFacts.model_validate({**found[complaint_id], "status": "ok"})


def _claimed(ref: UUID, content: store.StoredContent | None) -> ClaimedContent:
    if content is None:
        return ClaimedContent(ref=ref, status="unknown")
    if content.erased_at is not None or content.text is None:
        return ClaimedContent(ref=ref, status="gone", complaint_id=content.complaint_id)
    return ClaimedContent.model_validate(
        {
            "ref": ref,
            "status": "ok",
            "complaint_id": content.complaint_id,
            "text": content.text,
            "latitude": content.latitude,
            "longitude": content.longitude,
            "address": content.address,
            "kind": content.kind,
        }
    )


async def erase_reporter(works: Works, command_id: UUID, erasure: Erasure, by: str) -> None:
    """Raises NotFound for an unknown complaint, Gone for one that is erased already."""
    async with works.open() as work:
        found = await store.load_many(work.connection, [erasure.complaint_id])
        complaint = found.get(erasure.complaint_id)
        if complaint is None:
            raise NotFound("There is no such complaint.", field="complaint_id")
        if complaint.state is ComplaintState.ERASED:
            raise Gone("The reporter is erased already.", field="complaint_id")
        decision = decide(complaint, Erase(at=work.now))
        if decision.state is not None:
            await store.save_many(work.connection, [decision.state])
        await store.erase_contents(work.connection, erasure.complaint_id, work.now)
        await store.add_erasure(work.connection, erasure.complaint_id, by, erasure.note, work.now)
        work.record(*decision.events, cause=command_id)

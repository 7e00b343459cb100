"""What other services ask of intake."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from services.intake import store
from services.intake.codes import Codes
from services.intake.filing.answers import Answers
from services.intake.words.cleaning import MAX_TEXT
from shared.auth import ServiceTokens
from shared.errors import Conflict, Gone, NotFound
from shared.http.operation import Router
from shared.http.refusals import refuses
from shared.set_aside import CONTENTS, Name, each
from shared.visibility import SYSTEM
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


class RefsClaim(_Model):
    complaint_id: UUID


class ClaimedRefs(_Model):
    """All that was filed of a complaint, oldest first; empty for an unknown one. An erasure leaves
    the refs."""

    complaint_id: UUID
    refs: list[UUID]


class DigestsClaim(_Model):
    complaint_ids: Annotated[list[UUID], Field(max_length=MAX_REFS)]


class ClaimedDigest(_Model):
    """Under what a complaint's tracking code is found. ``tracking_digest``, ``lookup_key_id``: as
    in ComplaintReceived, by the key that writes now; null for an unknown complaint."""

    complaint_id: UUID
    status: Literal["ok", "unknown"]
    tracking_digest: str | None = None
    lookup_key_id: str | None = None


class ClaimedDigests(_Model):
    digests: list[ClaimedDigest]


class Answer(_Model):
    """A citizen's answer. ``question_ref``: the ref of CitizenQuestioned; ``text``: class C1."""

    complaint_id: UUID
    question_ref: UUID
    text: Annotated[str, Field(repr=False, json_schema_extra={"maxLength": MAX_TEXT})]


class Answered(_Model):
    complaint_id: UUID


def create_router(works: Works, callers: ServiceTokens, answers: Answers, codes: Codes) -> Router:
    """Contents for routing, tracking and media, which wants their places; facts for all hearers,
    digests of codes for tracking, and answers from it."""
    router = Router(prefix="/internal/v1", tags=["internal"])
    reader = Depends(callers.require("routing", "tracking", "media"))
    filing = Depends(callers.require("routing", "media"))
    hearers = Depends(callers.require("routing", "sla", "notify", "tracking", "vault"))
    tracking = Depends(callers.require("tracking"))

    @router.post("/contents/claim", summary="Words and places, by reference")
    async def claim_contents(claim: ContentsClaim, _: str = reader) -> ClaimedContents:
        """One content per ref, in the order of the refs."""
        async with works.read(SYSTEM) as connection:
            stored = await store.claim_contents(connection, claim.refs)
            claimed = each(connection, CONTENTS, stored.values(), _claimed, _name)
        found = {content.ref: content for content in claimed}
        unknown = (ClaimedContent(ref=ref, status="unknown") for ref in claim.refs)
        return ClaimedContents(contents=[found.get(content.ref, content) for content in unknown])

    @router.post("/facts/claim", summary="What the stream is not told, by complaint")
    async def claim_facts(claim: FactsClaim, _: str = hearers) -> AllClaimedFacts:
        """One item per complaint, in the order asked. An erasure takes nothing of them away."""
        async with works.read(SYSTEM) as connection:
            found = await store.claim_facts(connection, claim.complaint_ids)
        return AllClaimedFacts(facts=[_facts(each, found) for each in claim.complaint_ids])

    @router.post("/contents/refs", summary="What was filed of a complaint until now")
    async def claim_refs(claim: RefsClaim, _: str = filing) -> ClaimedRefs:
        """The stream tells the same a moment later; who decides on silence asks here."""
        async with works.read(SYSTEM) as connection:
            refs = await store.refs_of(connection, claim.complaint_id)
        return ClaimedRefs(complaint_id=claim.complaint_id, refs=refs)

    @router.post("/tracking-digests/claim", summary="Under what tracking codes are found now")
    async def claim_digests(claim: DigestsClaim, _: str = tracking) -> ClaimedDigests:
        """One item per complaint, in the order asked. An erasure takes nothing of them away."""
        async with works.read(SYSTEM) as connection:
            found = await store.code_keys_of(connection, claim.complaint_ids)
        return ClaimedDigests(digests=[_digest(each, found, codes) for each in claim.complaint_ids])

    @router.post("/answers", summary="A citizen's answer to an officer's question")
    @refuses(NotFound, Conflict, Gone)
    async def take_answer(answer: Answer, request: Request, _: str = tracking) -> Answered:
        """A question has one answer: the same again is answered alike, another one with 409."""
        await answers.take(request, answer.complaint_id, answer.question_ref, answer.text)
        return Answered(complaint_id=answer.complaint_id)

    return router


def _facts(complaint_id: UUID, found: Mapping[UUID, Mapping[str, object]]) -> ClaimedFacts:
    if complaint_id not in found:
        return ClaimedFacts(complaint_id=complaint_id, status="unknown")
    return ClaimedFacts.model_validate({**found[complaint_id], "status": "ok"})


def _digest(
    complaint_id: UUID, code_keys: Mapping[UUID, str | None], codes: Codes
) -> ClaimedDigest:
    if complaint_id not in code_keys:
        return ClaimedDigest(complaint_id=complaint_id, status="unknown")
    digest = codes.tracking_digest(codes.tracking_code(complaint_id, code_keys[complaint_id]))
    return ClaimedDigest(
        complaint_id=complaint_id,
        status="ok",
        tracking_digest=digest.text,
        lookup_key_id=digest.key_id,
    )


def _name(content: store.StoredContent) -> Name:
    return content.ref, content.complaint_id


def _claimed(content: store.StoredContent) -> ClaimedContent:
    if content.erased_at is not None or content.text is None:
        return ClaimedContent(ref=content.ref, status="gone", complaint_id=content.complaint_id)
    return ClaimedContent.model_validate(
        {
            "ref": content.ref,
            "status": "ok",
            "complaint_id": content.complaint_id,
            "text": content.text,
            "latitude": content.latitude,
            "longitude": content.longitude,
            "address": content.address,
            "kind": content.kind,
        }
    )

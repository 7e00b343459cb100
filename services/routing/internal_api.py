"""What other services ask of routing: the words that officers addressed to a reporter."""

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from services.routing.case.disclosure import Standing, standing
from services.routing.store import CaseStore, WrittenNote
from shared.auth import ServiceTokens
from shared.work import Works

MAX_REFS = 500

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


def create_router(works: Works, store: CaseStore, callers: ServiceTokens) -> APIRouter:
    """Words for notify and tracking."""
    router = APIRouter(prefix="/internal/v1", tags=["internal"])
    reader = Depends(callers.require("notify", "tracking"))

    @router.post("/notes/claim", summary="Officers' words to a reporter, by reference")
    async def claim_notes(claim: NotesClaim, _: str = reader) -> ClaimedNotes:
        """One note per ref, in the order of the refs."""
        async with works.read() as connection:
            found = await store.claim_notes(connection, claim.refs)
        return ClaimedNotes(notes=[_claimed(ref, found.get(ref)) for ref in claim.refs])

    return router


def _claimed(ref: UUID, note: WrittenNote | None) -> ClaimedNote:
    if note is None:
        return ClaimedNote(ref=ref, status="unknown")
    status = standing(note.verb, note.named_by, note.erased)
    if status == "private":
        return ClaimedNote(ref=ref, status=status)
    words = note.words if status == "ok" else None
    return ClaimedNote(ref=ref, status=status, complaint_id=note.complaint_id, text=words)

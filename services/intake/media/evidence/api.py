"""The door for officers' evidence."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.intake.media.domain import FileState
from services.intake.media.evidence.receiving import UNDER_WAY, Receiving
from services.intake.media.evidence.store import Standing
from shared import media
from shared.auth import Operator, OperatorTokens, Role
from shared.errors import Conflict, Malformed, NotFound, Underway
from shared.events.vocabulary import MediaFlag, MediaKind, MediaRefusal
from shared.http.idempotency import IdempotencyKey
from shared.http.operation import Router
from shared.http.refusals import refuses

MOST_BYTES = 25 * 1024 * 1024
"""Of the largest kind, a video; pictures and documents may have less, which their content tells."""

TAKEN = (
    "application/octet-stream", "image/jpeg", "image/png", "image/webp", "image/gif", "image/heic",
    "image/heif", "image/avif", "image/tiff", "image/bmp", "application/pdf", "video/mp4",
    "video/quicktime", "video/3gpp", "video/webm",
)  # fmt: skip
"""What a caller may say of a file. What it is, its content tells."""

WORKERS = (Role.UNIT_OFFICER, Role.TRIAGE_OFFICER, Role.BIRO)

State = Literal["waiting", "cleared", "locked", "refused"]
STATES: dict[FileState, State] = {
    FileState.WAITING: "waiting",
    FileState.FETCHING: "waiting",
    FileState.CLEARED: "cleared",
    FileState.KEPT: "locked",
    FileState.REFUSED: "refused",
}


class EvidenceTaken(BaseModel):
    """A file of evidence. ``media_ref``: by it commands name the file once it is cleared. Of one
    that waits neither ``kind`` nor ``flags`` is known yet; ask again with the same key, or read the
    case."""

    media_ref: UUID
    state: Annotated[State, Field(examples=["cleared"])]
    kind: MediaKind | None
    flags: list[MediaFlag]
    """What a reviewer will look at twice."""
    reason: Annotated[MediaRefusal | None, Field(examples=["damaged"])]
    """Why it was refused."""


def create_router(receiving: Receiving, operators: OperatorTokens) -> Router:
    router = Router(prefix="/v1", tags=["media"])
    worker = Depends(operators.require(*WORKERS))
    # One type stands for all: generators of clients know how to send this one.
    body = {"schema": {"type": "string", "format": "binary"}, "example": "bytes of a photograph"}

    @router.post(
        "/evidence/{complaint_id}",
        summary="Hand over a file that shows the work",
        status_code=201,
        response_model=EvidenceTaken,
        responses={202: {"model": EvidenceTaken, "description": "It waits to be cleared."}},
        max_body_size=MOST_BYTES,
        openapi_extra={"requestBody": {"required": True, "content": {TAKEN[0]: body}}},
    )
    @refuses(NotFound, Malformed, Conflict, Underway)
    async def hand_over_evidence(
        complaint_id: UUID, request: Request, key: IdempotencyKey, operator: Operator = worker
    ) -> Response:
        """A picture, a PDF or a video of at most 25 MB, as the body; its own media type may be said
        as well. Your unit must hold the case.

        A case has so many files of evidence, of so many bytes together, as the city has set (60 and
        300 MB unless it says otherwise). Beyond that: 409, `evidence_files_used_up` or
        `evidence_bytes_used_up`. A refused file does not count.

        201 when it is settled; 202 when that takes longer than ten seconds. Send the same again
        under the same Idempotency-Key, and no second file is made.
        """
        media.require_media(request.headers.get("content-type", ""), *TAKEN)
        found = await receiving.take(operator, complaint_id, key, request.stream())
        status = 202 if found.state in UNDER_WAY else 201
        shown = _taken(found).model_dump_json()
        return Response(shown, status, media_type="application/json")

    return router


def _taken(found: Standing) -> EvidenceTaken:
    return EvidenceTaken(
        media_ref=found.ref,
        state=STATES[found.state],
        kind=found.kind,
        flags=list(found.flags),
        reason=found.reason,
    )

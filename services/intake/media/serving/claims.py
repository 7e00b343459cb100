"""Services ask for links, in bulk: they know who may see a file, media does not."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field

from services.intake.media.domain import FileState
from services.intake.media.serving import store
from services.intake.media.serving.signing import VIEWER, LinkSigner, LinkSize, expiry
from services.intake.media.serving.store import Standing
from shared.auth import ServiceTokens
from shared.clock import Clock
from shared.events.vocabulary import MediaFlag, MediaKind, MediaOrigin, MediaRefusal
from shared.http.operation import Router
from shared.visibility import SYSTEM
from shared.work import Works

MAX_REFS = 200
OPENS_LOCKED = "routing"
"""The one caller that is given links to what is locked: it asks an officer for the reason, and
records it."""

TakenNear: TypeAlias = Literal["yes", "no", "unknown"]


class LinkStatus(StrEnum):
    """ok: it can be shown. waiting: it is not cleared yet. kept: a document or video that nobody
    has found clean, locked. refused: ``reason`` says why. gone: erased. unknown: no such file."""

    OK = "ok"
    WAITING = "waiting"
    KEPT = "kept"
    REFUSED = "refused"
    GONE = "gone"
    UNKNOWN = "unknown"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class LinksClaim(_Model):
    """``viewer``: an opaque word of the caller's for the person who will see them. It stands in
    the links: no name, and nothing from which one could be told."""

    viewer: Annotated[str, Field(pattern=VIEWER, examples=["019300aa"])]
    refs: Annotated[list[UUID], Field(max_length=MAX_REFS)]


class ClaimedFlag(_Model):
    """What makes evidence worth a second look, and the complaint whose picture it resembles."""

    flag: MediaFlag
    other_complaint_id: UUID | None = None


class ClaimedMedia(_Model):
    """``number``: its place in its message, 1 for the first. ``links``: absolute addresses, by
    size; a document or video has ``original`` alone. They end at ``expires_at``."""

    ref: UUID
    status: LinkStatus
    kind: MediaKind | None = None
    origin: MediaOrigin | None = None
    number: int | None = None
    reason: MediaRefusal | None = None
    links: dict[LinkSize, str] = {}
    expires_at: datetime | None = None
    taken_near: TakenNear = "unknown"
    flags: list[ClaimedFlag] = []


class ClaimedLinks(_Model):
    media: list[ClaimedMedia]


def status_of(standing: Standing) -> LinkStatus:
    match standing.state:
        case FileState.FETCHING | FileState.WAITING:
            return LinkStatus.WAITING
        case FileState.CLEARED:
            return LinkStatus.OK
        case FileState.KEPT:
            return LinkStatus.OK if standing.scanned else LinkStatus.KEPT
        case FileState.REFUSED:
            return LinkStatus.REFUSED


def sizes_for(caller: str, standing: Standing) -> list[LinkSize]:
    """What the caller is given links to: a picture's sizes; a document or video as it came, and
    while it is locked only to who may open it."""
    if standing.state is not FileState.KEPT:
        return sorted(standing.sizes)
    return [LinkSize.ORIGINAL] if standing.scanned or caller == OPENS_LOCKED else []


class LinkDesk:
    """Tells how files stand, and signs links to those that can be seen."""

    def __init__(self, works: Works, signer: LinkSigner, clock: Clock) -> None:
        self._works = works
        self._signer = signer
        self._clock = clock

    async def claim(self, caller: str, claim: LinksClaim) -> list[ClaimedMedia]:
        """One answer per ref, in order."""
        async with self._works.read(SYSTEM) as connection:
            found = await store.standings(connection, claim.refs)
            missing = set(claim.refs) - found.keys()
            gone = await store.removed_among(connection, missing) if missing else set()
        return list(self._answers(caller, claim, found, gone))

    def _answers(
        self, caller: str, claim: LinksClaim, found: dict[UUID, Standing], gone: set[UUID]
    ) -> Iterable[ClaimedMedia]:
        expires_at = expiry(self._clock())
        for ref in claim.refs:
            standing = found.get(ref)
            if standing is None:
                status = LinkStatus.GONE if ref in gone else LinkStatus.UNKNOWN
                yield ClaimedMedia(ref=ref, status=status)
                continue
            sizes = sizes_for(caller, standing)
            yield ClaimedMedia(
                ref=ref,
                status=status_of(standing),
                kind=standing.kind,
                origin=standing.origin,
                number=standing.number,
                reason=standing.reason,
                links=dict(self._signer.addresses(ref, sizes, claim.viewer, expires_at)),
                expires_at=expires_at if sizes else None,
                taken_near=standing.taken_near.value,
                flags=[
                    ClaimedFlag(flag=each.flag, other_complaint_id=each.other)
                    for each in standing.findings
                ],
            )


def create_router(desk: LinkDesk, callers: ServiceTokens) -> Router:
    """``POST /internal/v1/links/claim``, for routing and tracking."""
    router = Router(prefix="/internal/v1/links", tags=["internal"])
    asking = Depends(callers.require("routing", "tracking"))

    @router.post("/claim", summary="Links to files, for one viewer")
    async def claim_links(claim: LinksClaim, caller: str = asking) -> ClaimedLinks:
        """Each link shows one size of one file for five minutes, to whoever has it: the caller
        has asked before whether its viewer may see the file."""
        if not claim.refs:
            return ClaimedLinks(media=[])
        return ClaimedLinks(media=await desk.claim(caller, claim))

    return router

"""Links under which officers see files, claimed from media's internal API."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.routing.domain import Actor
from shared.answers import items_of, read_items
from shared.errors import Transient
from shared.events.vocabulary import MediaFlag
from shared.outbound import Refused
from shared.telemetry import describe, get_logger

CLAIM_PATH = "/internal/v1/links/claim"
REFS_AT_ONCE = 200
PAGE_SECONDS = 0.8
"""How long the page of a case waits for media: it is shown without links rather than late."""

LinkStatus = Literal["ok", "waiting", "kept", "refused", "gone", "unknown"]
TakenNear = Literal["yes", "no", "unknown"]
"""Whether a picture was taken near the place of the case, as its own data says."""


class FoundFlag(BaseModel):
    """Why a picture of evidence is worth a second look, and the case it is seen in as well."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    flag: MediaFlag
    other_complaint_id: UUID | None = None


class Linked(BaseModel):
    """One file as media has it. ``links``: by size; whoever has one sees the file for minutes."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    ref: UUID
    status: LinkStatus
    links: dict[str, str] = {}
    expires_at: datetime | None = None
    taken_near: TakenNear = "unknown"
    flags: tuple[FoundFlag, ...] = ()


class Media(Protocol):
    """A client that is signed for media (`shared.outbound.ServiceClient`)."""

    async def post(self, path: str, body: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Links:
    """``hasty``: gives up after `PAGE_SECONDS`. ``patient``: for whoever has asked for one file."""

    hasty: Media
    patient: Media
    _log: Any = field(default_factory=lambda: get_logger("routing"), repr=False)

    async def for_page(self, refs: Sequence[UUID], actor: Actor) -> dict[UUID, Linked]:
        """By ref, in one call; nothing while media is away or silent."""
        if not refs:
            return {}
        try:
            return await self._claim(self.hasty, refs[:REFS_AT_ONCE], actor)
        except (Transient, Refused) as error:
            self._log.warning("media_without_links", count=len(refs), error=describe(error))
            return {}

    async def for_one(self, ref: UUID, actor: Actor) -> Linked | None:
        """None: media does not know it. Raises Transient while media is away."""
        return (await self._claim(self.patient, [ref], actor)).get(ref)

    async def _claim(self, media: Media, refs: Sequence[UUID], actor: Actor) -> dict[UUID, Linked]:
        said = {"viewer": viewer_of(actor), "refs": [str(ref) for ref in refs]}
        items = items_of(await media.post(CLAIM_PATH, said), "media", "media")
        found, unreadable = read_items(Linked, items)
        if unreadable:
            self._log.warning("links_not_understood", count=unreadable)
        return {each.ref: each for each in found}


def viewer_of(actor: Actor) -> str:
    """Stands for the officer in a link: it must not name the person to whoever sees the address."""
    return sha256(f"{actor.subject}\n{actor.unit}".encode()).hexdigest()[:32]

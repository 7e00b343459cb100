"""Pictures to the holder of a code: media gives links that end in minutes, kept nowhere."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.tracking.disclosure import OwnFile, PublicCase
from shared.answers import items_of, read_items
from shared.errors import Reject, Transient
from shared.events.vocabulary import MediaKind, MediaOrigin, MediaRefusal
from shared.telemetry import describe, get_logger

CLAIM_PATH = "/internal/v1/links/claim"
VIEWER: Final = "code"
"""Who looks, as media binds it into a link: whoever holds the code."""


class Links(BaseModel):
    """One picture in three sizes; addresses that open it for whoever has them, for minutes."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    small: Annotated[str, Field(repr=False)]
    medium: Annotated[str, Field(repr=False)]
    large: Annotated[str, Field(repr=False)]


@dataclass(frozen=True, slots=True)
class Picture:
    """A file as it can be had at this moment.

    state: besides those of an ``OwnFile`` unavailable: whether it can be shown cannot be said now.
    links and their end, ``expires_at``, are None for all but *shown*.
    """

    state: Literal["checking", "shown", "locked", "refused", "removed", "unavailable"]
    kind: MediaKind | None = None
    reason: MediaRefusal | None = None
    links: Links | None = field(default=None, repr=False)
    expires_at: datetime | None = None


UNAVAILABLE: Final = Picture("unavailable")


@dataclass(frozen=True, slots=True)
class Pictures:
    """What media says of the files of a case: ``own`` and ``evidence`` by ref.

    away: media says nothing now, or nothing of some of them; ask again in a moment.
    """

    own: Mapping[UUID, Picture] = field(default_factory=dict, repr=False)
    evidence: Mapping[UUID, Picture] = field(default_factory=dict, repr=False)

    @property
    def away(self) -> bool:
        return UNAVAILABLE in (*self.own.values(), *self.evidence.values())

    def of(self, file: OwnFile) -> Picture:
        """The file as media has it; as the events told, where media was not asked for it."""
        told = Picture(file.state, file.kind, file.reason)
        if file.ref is None:
            return told
        found = self.own.get(file.ref, told)
        # Media may know less than nothing of a file that intake has just taken in.
        return told if found is UNAVAILABLE and file.state == "checking" else found


class Media(Protocol):
    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON; raises Transient or Reject."""


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    ref: UUID
    origin: MediaOrigin | None


class _Seen(_Answer):
    origin: MediaOrigin
    status: Literal["ok"]
    kind: Literal[MediaKind.PICTURE]
    links: Links
    expires_at: datetime


class _Kept(_Answer):
    status: Literal["kept", "ok"]
    kind: Literal[MediaKind.DOCUMENT, MediaKind.VIDEO]


class _Waiting(_Answer):
    status: Literal["waiting"]


class _Refused(_Answer):
    status: Literal["refused"]
    reason: MediaRefusal


class _Gone(_Answer):
    status: Literal["gone"]
    origin: MediaOrigin | None = None
    """Of an erased file media may not know any more whose it was."""


@dataclass(frozen=True, slots=True)
class PictureLinks:
    media: Media

    async def claim(
        self, refs: Sequence[UUID]
    ) -> Mapping[UUID, tuple[MediaOrigin | None, Picture]]:
        """By ref, at most 200, without those of which media says nothing that we can read. Raises
        Transient or Reject."""
        body = {"viewer": VIEWER, "refs": [str(ref) for ref in refs]}
        items = items_of(await self.media.post(CLAIM_PATH, body), "media", "media")
        found: dict[UUID, tuple[MediaOrigin | None, Picture]] = {}
        for model in (_Seen, _Kept, _Waiting, _Refused, _Gone):
            read, _ = read_items(model, items)
            found |= {each.ref: (each.origin, _picture(each)) for each in read}
        return found


def _picture(answer: _Answer) -> Picture:
    match answer:
        case _Seen():
            return Picture("shown", answer.kind, None, answer.links, answer.expires_at)
        case _Kept():
            return Picture("locked", answer.kind)
        case _Refused():
            return Picture("refused", reason=answer.reason)
        case _Gone():
            return Picture("removed")
    return Picture("checking")


class PictureClaimant(Protocol):
    async def claim(
        self, refs: Sequence[UUID]
    ) -> Mapping[UUID, tuple[MediaOrigin | None, Picture]]:
        """What can be said of each of ``refs``. Raises Transient or Reject."""


class Gallery:
    """Claims links with little patience: the page is shown without pictures rather than late."""

    def __init__(self, source: PictureClaimant, seconds: float) -> None:
        self._source = source
        self._seconds = seconds
        self._log = get_logger("tracking")

    async def about(self, case: PublicCase) -> Pictures:
        """The pictures of ``case``; raises nothing that media can cause."""
        own, evidence = case.shown_files, case.evidence_refs
        if not own and not evidence:
            return Pictures()
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._source.claim((*own, *evidence))
        except (Transient, Reject, TimeoutError) as error:
            self._log.warning("pictures_not_to_be_had", error=describe(error))
            found = {}
        return Pictures(
            _of_origin(MediaOrigin.REPORTER, own, found),
            _of_origin(MediaOrigin.EVIDENCE, evidence, found),
        )


def _of_origin(
    origin: MediaOrigin,
    refs: Sequence[UUID],
    found: Mapping[UUID, tuple[MediaOrigin | None, Picture]],
) -> Mapping[UUID, Picture]:
    """A follow-up that names the reporter's own picture does not show it as evidence."""
    said = {ref: found.get(ref, (origin, UNAVAILABLE)) for ref in refs}
    return {ref: picture for ref, (whose, picture) in said.items() if whose in (None, origin)}

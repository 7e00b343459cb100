"""What officers are shown of a case's files, and how it is put together."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.routing.domain import Case, CaseMedia, MediaState
from services.routing.media.links import FoundFlag, Linked, TakenNear
from services.routing.media.locks import Lock, is_shown, lock_of
from services.routing.openings.store import MediaOpening
from services.routing.openings.views import OpenedView, opened_view
from shared.events.vocabulary import MediaFlag, MediaKind, MediaOrigin, MediaRefusal
from shared.units import UnitTree

_EXAMPLE = "https://media.crm.jakarta.go.id/v1/media/019300aa/original?signature=c2ln"


class LinksView(BaseModel):
    """Addresses that need no token, for five minutes. A picture has three sizes; a document or a
    video is there as it came (``original``)."""

    small: str | None = Field(default=None, repr=False)
    medium: str | None = Field(default=None, repr=False)
    large: str | None = Field(default=None, repr=False)
    original: Annotated[str | None, Field(examples=[_EXAMPLE])] = Field(default=None, repr=False)
    expires_at: datetime | None = None


class FlagView(BaseModel):
    """What makes a picture of evidence worth a second look; it proves nothing."""

    flag: MediaFlag
    other_report_number: str | None
    """The case in which the same picture was found, where you see it."""


class MediaView(BaseModel):
    """A file of a case: the reporter's, or evidence of what was done."""

    ref: UUID
    kind: MediaKind | None
    """Null until media has looked at it."""
    origin: MediaOrigin
    content_ref: UUID | None
    """The words that it came with; null for evidence."""
    number: int
    """Its place among the files of one message, from 1."""
    state: MediaState
    reason: MediaRefusal | None
    """Why it was refused."""
    lock: Lock | None
    """Why it is not shown: ``POST .../media/{media_ref}/open`` opens it, with a reason."""
    links: LinksView | None
    """Null for what is locked or not there to be shown, and while media cannot be asked."""
    taken_near: TakenNear
    """Whether it was taken near the place of the case, as its own data says."""
    flags: list[FlagView]
    opened: list[OpenedView]
    """Oldest first."""


def media_view(
    file: CaseMedia,
    case: Case,
    linked: Linked | None,
    numbers: Mapping[UUID, str],
    opened: Sequence[MediaOpening],
    units: UnitTree,
    *,
    shown: bool | None = None,
) -> MediaView:
    """``numbers``: of reports that the officer sees. ``opened``: of this file. ``shown``: whether
    its links are; as the case has it unless given."""
    shows = is_shown(file, case) if shown is None else shown
    return MediaView(
        ref=file.ref,
        kind=file.kind,
        origin=file.origin,
        content_ref=file.content_ref,
        number=file.number,
        state=file.state,
        reason=file.reason,
        lock=lock_of(file, case),
        links=_links(linked) if linked is not None and shows else None,
        taken_near=linked.taken_near if linked else "unknown",
        flags=[_flag(each, numbers) for each in found_flags(file, linked)],
        opened=[opened_view(each, units) for each in opened if each.ref == file.ref],
    )


def found_flags(file: CaseMedia, linked: Linked | None) -> Sequence[FoundFlag]:
    """As media says now, with the other case; while it is away as the stream has told."""
    return linked.flags if linked else tuple(FoundFlag(flag=flag) for flag in file.flags)


def _flag(found: FoundFlag, numbers: Mapping[UUID, str]) -> FlagView:
    other = found.other_complaint_id
    return FlagView(flag=found.flag, other_report_number=numbers.get(other) if other else None)


def _links(linked: Linked) -> LinksView | None:
    sizes = {size: url for size, url in linked.links.items() if size in LinksView.model_fields}
    return LinksView(**sizes, expires_at=linked.expires_at) if sizes else None

"""What media says: of each file that came with a complaint, what became of it.

A file is known by its ``ref`` alone. Its bytes, its name and where it was taken are never here.
"""

from typing import ClassVar
from uuid import UUID

from shared.events.event import Emitter, Event
from shared.events.vocabulary import MediaFlag, MediaKind, MediaOrigin, MediaRefusal
from shared.privacy import Open


class MediaEvent(Event):
    """Base of what became of one file.

    ``number``: its place among the files of its message, 1 for the first. ``content_ref``: the
    words it came with; None for evidence, which an officer hands over before the words.
    """

    emitter: ClassVar[Emitter] = "media"

    ref: Open[UUID]
    origin: Open[MediaOrigin]
    number: Open[int] = 1
    content_ref: Open[UUID | None] = None


class MediaCleared(MediaEvent):
    """It can be shown: a picture was made anew from its pixels. A document or a video is
    ``locked`` until a scanner finds it clean or an officer opens it with a reason."""

    kind: Open[MediaKind]
    locked: Open[bool] = False
    flags: Open[tuple[MediaFlag, ...]] = ()
    """What a reviewer should look at, of evidence alone."""


class MediaRefused(MediaEvent):
    """It is given up, and its bytes are gone."""

    reason: Open[MediaRefusal]


class MediaRemoved(MediaEvent):
    """It was there and is no more: its reporter was erased."""

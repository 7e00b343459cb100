"""What becomes of a file: a picture made anew, a file that stays locked, or a refusal."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from shared.errors import Transient
from shared.events.vocabulary import MediaKind, MediaRefusal


class Size(StrEnum):
    """``large``: at most 2048 pixels on its longer side; ``medium`` half of that, ``small`` an
    eighth."""

    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class Derivative:
    """A JPEG made from the pixels alone. width, height: pixels."""

    size: Size
    width: int
    height: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the original said of itself, read before it is dropped; None where it said nothing.

    taken_at: of the camera's clock, aware; ``has_offset`` is false where it named no zone and WIB
    is assumed. latitude, longitude: WGS84 degrees; error_metres: as the camera estimates it.
    camera: it names make or model. software: the last program that wrote it. source_type: IPTC's
    digitalSourceType. generator: a program that makes pictures, as it names itself.
    manifest: a C2PA manifest is in it, which nobody has checked. thumbnail_differs: the small
    picture inside shows something else. Of a reporter's picture the place alone is read. Texts have
    at most 80 characters.
    """

    format: str
    width: int
    height: int
    taken_at: datetime | None = None
    has_offset: bool = False
    latitude: float | None = field(default=None, repr=False)
    longitude: float | None = field(default=None, repr=False)
    error_metres: float | None = None
    camera: bool = False
    software: str | None = None
    source_type: str | None = None
    generator: str | None = None
    manifest: bool = False
    thumbnail_differs: bool | None = None


class Asked(NamedTuple):
    """A part of a picture that is asked for. hash: 64 bits, unsigned. weakest: of each band, the
    places of the bits nearest to the median."""

    hash: int
    weakest: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """By what the same picture is found again; ``clearing.fingerprint`` makes and compares it.

    digest: SHA-256 of the decoded pixels. hashes: 64 bits, unsigned, of the whole and of eleven
    parts of it. asked: the whole, mirrored, without its top, without its bottom. grey: 40 rows of
    40 bytes of the whole, out of which every part is cut.
    """

    digest: bytes = field(repr=False)
    hashes: tuple[int, ...] = field(repr=False)
    asked: tuple[Asked, ...] = field(repr=False)
    grey: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cleared:
    """A picture, made anew. fingerprint: None where it shows nothing that could be compared."""

    derivatives: tuple[Derivative, ...]
    facts: Facts
    fingerprint: Fingerprint | None = None
    kind: MediaKind = MediaKind.PICTURE


@dataclass(frozen=True, slots=True)
class Kept:
    """A document or a video: it stays sealed and locked. media_type: told by its content."""

    kind: MediaKind
    media_type: str


@dataclass(frozen=True, slots=True)
class Refused:
    reason: MediaRefusal


Outcome: TypeAlias = Cleared | Kept | Refused


class Unfinished(Transient):
    """A file was not opened to its end, by its own doing or for want of time or memory on the
    machine: one such end does not tell which."""

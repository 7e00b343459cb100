"""What a file is, by its first bytes and never by its name. Pure.

The list is short on purpose: every format here is a decoder that a stranger can attack. A picture
that is something else as well (a page, an archive behind its end) is re-encoded, and the rest
falls away. What is not listed is refused: SVG, HTML, EPS, PSD, JPEG 2000, JXL, camera raw, FITS,
archives.
"""

import struct
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from shared.events.vocabulary import MediaKind


class MediaType(StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    GIF = "image/gif"
    HEIF = "image/heif"
    AVIF = "image/avif"
    TIFF = "image/tiff"
    BMP = "image/bmp"
    PDF = "application/pdf"
    MP4 = "video/mp4"
    QUICKTIME = "video/quicktime"
    MOBILE = "video/3gpp"
    WEBM = "video/webm"

    @property
    def kind(self) -> MediaKind:
        if self is MediaType.PDF:
            return MediaKind.DOCUMENT
        return MediaKind.VIDEO if self.startswith("video/") else MediaKind.PICTURE


MEGABYTE = 1_000_000
LARGEST = MappingProxyType({
    MediaKind.PICTURE: 20 * MEGABYTE,
    MediaKind.DOCUMENT: 10 * MEGABYTE,
    MediaKind.VIDEO: 25 * MEGABYTE,
})  # fmt: skip
"""Bytes a file of a kind may have."""

MEGAPIXEL = 1_000_000
MOST_PIXELS = MappingProxyType({
    MediaType.JPEG: 120 * MEGAPIXEL,
    MediaType.WEBP: 24 * MEGAPIXEL,
    MediaType.AVIF: 24 * MEGAPIXEL,
})  # fmt: skip
"""Pixels a picture may claim; 48 million of WebP or AVIF do not fit into the child's memory, and
those of a JPEG are decoded at a fraction of their size."""

MOST_PIXELS_OF_OTHERS = 50 * MEGAPIXEL
MOST_PIXELS_WITH_ALPHA = 24 * MEGAPIXEL

_STARTS = (
    (b"\xff\xd8\xff", MediaType.JPEG),
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"GIF87a", MediaType.GIF),
    (b"GIF89a", MediaType.GIF),
    (b"BM", MediaType.BMP),
    (b"%PDF-", MediaType.PDF),
)
_HEIF = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"))
_AVIF = frozenset((b"avif", b"avis"))
_ANY_PICTURE = frozenset((b"mif1", b"msf1", b"mif2", b"MiHE", b"miaf"))
"""Brands that name no codec: another brand of the same file does."""
_MP4 = frozenset((
    *(b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9"),
    *(b"mp41", b"mp42", b"avc1", b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"mmp4", b"dash", b"f4v "),
))  # fmt: skip
_QUICKTIME_ATOMS = frozenset((b"moov", b"mdat", b"wide"))


def media_type(data: bytes) -> MediaType | None:
    """The type of a whole file; None when it is none that is taken."""
    for start, found in _STARTS:
        if data.startswith(start):
            return found
    if data[:4] == b"RIFF":
        return MediaType.WEBP if data[8:12] == b"WEBP" and data[12:15] == b"VP8" else None
    if data[:4] in (b"II*\0", b"MM\0*"):
        return None if _is_camera_raw(data) else MediaType.TIFF
    if data[:4] == b"\x1aE\xdf\xa3":
        return MediaType.WEBM if b"webm" in data[4:64] else None
    return _of_boxes(data)


def _of_boxes(data: bytes) -> MediaType | None:
    """The type of an ISO base media file, by the brands of its first box."""
    if data[4:8] in _QUICKTIME_ATOMS:
        return MediaType.QUICKTIME
    if data[4:8] != b"ftyp":
        return None
    length = min(int.from_bytes(data[:4], "big"), 256)
    brands = [data[at : at + 4] for at in (8, *range(16, length - 3, 4))]
    if brands[0] in _ANY_PICTURE:
        brands = [each for each in brands if each in _HEIF | _AVIF]
    return _of_brand(brands[0]) if brands else None


def _of_brand(brand: bytes) -> MediaType | None:
    if brand in _HEIF:
        return MediaType.HEIF
    if brand in _AVIF:
        return MediaType.AVIF
    if brand == b"qt  ":
        return MediaType.QUICKTIME
    if brand[:3] in (b"3gp", b"3g2"):
        return MediaType.MOBILE
    return MediaType.MP4 if brand in _MP4 else None


_SUB_FILE, _SUB_DIRECTORIES, _PHOTOMETRIC, _DNG_VERSION = 0x00FE, 0x014A, 0x0106, 0xC612
_OF_A_SENSOR = (32803, 34892)
"""Photometric interpretations: colour filter array, and linear raw."""


def _is_camera_raw(data: bytes) -> bool:
    """Whether a TIFF is a camera's raw file. A decoder of TIFF would show its small preview."""
    if data[8:10] == b"CR":
        return True
    tags = first_tags(data)
    preview = bool(tags.get(_SUB_FILE, 0) & 1) and _SUB_DIRECTORIES in tags
    return preview or _DNG_VERSION in tags or tags.get(_PHOTOMETRIC) in _OF_A_SENSOR


def first_tags(tiff: bytes) -> dict[int, int]:
    """Tags of a TIFF's first directory with the first of their values, as far as it is read."""
    order = "<" if tiff[:2] == b"II" else ">"
    found: dict[int, int] = {}
    if len(tiff) < 8:
        return found
    start = int(struct.unpack_from(order + "I", tiff, 4)[0])
    if start + 2 > len(tiff):
        return found
    count = struct.unpack_from(order + "H", tiff, start)[0]
    for at in range(start + 2, min(start + 2 + 12 * min(count, 256), len(tiff) - 11), 12):
        tag, of = struct.unpack_from(order + "HH", tiff, at)
        found[tag] = struct.unpack_from(order + ("H" if of == 3 else "I"), tiff, at + 8)[0]
    return found


class Canvas(NamedTuple):
    width: int
    height: int


def claimed_canvas(data: bytes) -> Canvas | None:
    """What a WebP says of its size in its head: its decoder takes the memory before it is asked."""
    chunk = data[12:16]
    if chunk == b"VP8X" and len(data) >= 30:
        sides = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return Canvas(*sides)
    if chunk == b"VP8L" and len(data) >= 25:
        bits = int.from_bytes(data[21:25], "little")
        return Canvas((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if chunk == b"VP8 " and len(data) >= 30:
        sides = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (26, 28))
        return Canvas(*sides)
    return None


def most_pixels(of: MediaType, *, alpha: bool) -> int:
    """How many pixels a picture of a type may have."""
    most = MOST_PIXELS.get(of, MOST_PIXELS_OF_OTHERS)
    return min(most, MOST_PIXELS_WITH_ALPHA) if alpha else most

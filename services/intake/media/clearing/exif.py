"""Exif, as far as it is asked for: tags of four directories. Pure; never raises, whatever it reads.

Source: CIPA DC-008 (Exif 3.0), TIFF 6.0. Lengths and places in it are a stranger's, so each is
held against the bytes there are, and no directory leads to more than the four.
"""

import re
import struct
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from types import MappingProxyType

from shared.clock import JAKARTA

Value = str | bytes | tuple[float | None, ...]
Directory = dict[int, Value]

_SIZES = MappingProxyType({1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8})
_WHOLE = MappingProxyType({3: "H", 4: "I", 8: "h", 9: "i"})
_RATIONAL = MappingProxyType({5: "I", 10: "i"})
_LOCAL_TIME = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)", re.ASCII)
_MOST_ENTRIES = 512
_MOST_VALUES = 64
_MOST_BYTES = 4096

ORIENTATION, MAKE, MODEL, SOFTWARE = 0x0112, 0x010F, 0x0110, 0x0131
_EXIF_AT, _GPS_AT = 0x8769, 0x8825
_THUMBNAIL_AT, _THUMBNAIL_BYTES = 0x0201, 0x0202
TAKEN, DIGITIZED, OFFSET_TAKEN, OFFSET_DIGITIZED = 0x9003, 0x9004, 0x9011, 0x9012
_LATITUDE_OF, _LATITUDE, _LONGITUDE_OF, _LONGITUDE, _ERROR = 1, 2, 3, 4, 0x1F


@dataclass(frozen=True, slots=True)
class Exif:
    """first: directory 0 with make and software; taking: of the camera; gps: of the place."""

    first: Directory = field(default_factory=dict)
    taking: Directory = field(default_factory=dict)
    gps: Directory = field(default_factory=dict)
    thumbnail: bytes = b""


def read_exif(block: bytes) -> Exif:
    """Of a TIFF structure, with or without ``Exif`` before it. What cannot be read is left out."""
    block = block.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:
        return Exif()
    reader = _Reader(block, order)
    first, second_at = reader.directory(reader.number(4, "I"))
    taking, _ = reader.directory(_place(first, _EXIF_AT))
    gps, _ = reader.directory(_place(first, _GPS_AT))
    second, _ = reader.directory(second_at)
    at, length = _place(second, _THUMBNAIL_AT), _place(second, _THUMBNAIL_BYTES)
    return Exif(first, taking, gps, block[at : at + length] if at else b"")


def _place(directory: Directory, tag: int) -> int:
    number = _first_number(directory.get(tag))
    return int(number) if number else 0


def _first_number(value: Value | None) -> float | None:
    return value[0] if isinstance(value, tuple) and value else None


class _Reader:
    def __init__(self, block: bytes, order: str) -> None:
        self._block = block
        self._order = order

    def number(self, at: int, code: str) -> int:
        """0 where the block ends before it."""
        if at < 0 or at + struct.calcsize(code) > len(self._block):
            return 0
        return int(struct.unpack_from(self._order + code, self._block, at)[0])

    def directory(self, at: int) -> tuple[Directory, int]:
        """Its values, and where the next one is; empty and 0 when there is none at that place."""
        if not 8 <= at < len(self._block):
            return {}, 0
        count = self.number(at, "H")
        found: Directory = {}
        for entry in range(at + 2, at + 2 + 12 * min(count, _MOST_ENTRIES), 12):
            value = self._value(entry)
            if value is not None:
                found.setdefault(self.number(entry, "H"), value)
        return found, self.number(at + 2 + 12 * count, "I")

    def _value(self, entry: int) -> Value | None:
        kind, count = self.number(entry + 2, "H"), self.number(entry + 4, "I")
        size = _SIZES.get(kind, 0) * count
        if not 0 < size <= _MOST_BYTES:
            return None
        at = entry + 8 if size <= 4 else self.number(entry + 8, "I")
        raw = self._block[at : at + size]
        if len(raw) < size:
            return None
        if kind == 2:
            return printable(raw)
        return raw if kind in (1, 6, 7) else self._numbers(kind, min(count, _MOST_VALUES), at)

    def _numbers(self, kind: int, count: int, at: int) -> tuple[float | None, ...]:
        size = _SIZES[kind]
        if kind in _WHOLE:
            return tuple(self.number(at + each * size, _WHOLE[kind]) for each in range(count))
        return tuple(self._rational(at + each * size, _RATIONAL[kind]) for each in range(count))

    def _rational(self, at: int, code: str) -> float | None:
        above, below = self.number(at, code), self.number(at + 4, code)
        return above / below if below else None


def printable(raw: bytes) -> str:
    """Text up to the first zero byte, without what cannot be printed."""
    text = raw.split(b"\0", 1)[0].decode("utf-8", "replace")
    return "".join(each for each in text if each.isprintable() and each != "\ufffd").strip()


# --- what is asked of it -----------------------------------------------------------------


def text_of(directory: Directory, tag: int) -> str:
    value = directory.get(tag)
    return value if isinstance(value, str) else ""


def has_make_or_model(exif: Exif) -> bool:
    return bool(text_of(exif.first, MAKE) or text_of(exif.first, MODEL))


def taken_at(exif: Exif) -> tuple[datetime | None, bool]:
    """When it was taken, and whether the camera named its zone; Jakarta's is assumed otherwise.

    The time of the last change (tag DateTime) is none of these: every editor writes it.
    """
    for tag, offset_tag in ((TAKEN, OFFSET_TAKEN), (DIGITIZED, OFFSET_DIGITIZED)):
        local = _local_time(text_of(exif.taking, tag))
        if local is not None:
            zone = _zone(text_of(exif.taking, offset_tag))
            return local.replace(tzinfo=zone or JAKARTA), zone is not None
    return None, False


def _local_time(text: str) -> datetime | None:
    written = _LOCAL_TIME.match(text)
    if written is None:
        return None
    year, month, day, hour, minute, second = map(int, written.groups())
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone is added
    except ValueError:
        return None


def _zone(text: str) -> timezone | None:
    sign = {"+": 1, "-": -1}.get(text[:1])
    hours, minutes = text[1:3], text[4:6]
    if sign is None or text[3:4] != ":" or not (hours + minutes).isascii():
        return None
    if not (len(text) == 6 and hours.isdigit() and minutes.isdigit()):
        return None
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(sign * ahead) if ahead <= timedelta(hours=14) else None


def position(exif: Exif) -> tuple[float, float] | None:
    """Latitude and longitude in degrees. None when absent, impossible, or 0 and 0: phones that
    may not tell their place write that."""
    latitude = _degrees(exif.gps, _LATITUDE, _LATITUDE_OF, "S")
    longitude = _degrees(exif.gps, _LONGITUDE, _LONGITUDE_OF, "W")
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _degrees(gps: Directory, tag: int, reference: int, negative: str) -> float | None:
    parts = gps.get(tag)
    if not isinstance(parts, tuple) or not 1 <= len(parts) <= 3:
        return None
    known = [each for each in parts if each is not None]
    if len(known) < len(parts):
        return None
    degrees = sum(each / scale for each, scale in zip(known, (1.0, 60.0, 3600.0), strict=False))
    return -degrees if text_of(gps, reference).upper() == negative else degrees


def error_metres(exif: Exif) -> float | None:
    """How far the place may be off, as the camera says."""
    error = _first_number(exif.gps.get(_ERROR))
    return error if error is not None and 0 <= error < 1_000_000 else None

"""Exif blocks written by hand, byte by byte: what cameras, phones and editors leave in a file."""

import struct
from collections.abc import Mapping
from types import MappingProxyType

Entry = tuple[int, bytes, int]
"""Type, value, and count of an entry."""

ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 2, 3, 4, 5, 7


def text(value: str) -> Entry:
    raw = value.encode() + b"\0"
    return ASCII, raw, len(raw)


def opaque(raw: bytes) -> Entry:
    return UNDEFINED, raw, len(raw)


class Writer:
    """A TIFF structure in one byte order."""

    def __init__(self, order: str = "<") -> None:
        self.order = order

    def short(self, value: int) -> Entry:
        return SHORT, struct.pack(self.order + "H", value), 1

    def long(self, value: int) -> Entry:
        return LONG, struct.pack(self.order + "I", value), 1

    def ratios(self, *pairs: tuple[int, int]) -> Entry:
        raw = b"".join(struct.pack(self.order + "II", *pair) for pair in pairs)
        return RATIONAL, raw, len(pairs)

    def directory(self, entries: Mapping[int, Entry], at: int, after: int) -> bytes:
        """Entries at a place of the block, their longer values behind them."""
        head = struct.pack(self.order + "H", len(entries))
        values = b""
        free = at + 2 + 12 * len(entries) + 4
        for tag, (kind, raw, count) in sorted(entries.items()):
            head += struct.pack(self.order + "HHI", tag, kind, count)
            if len(raw) <= 4:
                head += raw.ljust(4, b"\0")
            else:
                head += struct.pack(self.order + "I", free + len(values))
                values += raw + b"\0" * (len(raw) % 2)
        return head + struct.pack(self.order + "I", after) + values

    def block(
        self,
        first: Mapping[int, Entry] = MappingProxyType({}),
        taking: Mapping[int, Entry] = MappingProxyType({}),
        gps: Mapping[int, Entry] = MappingProxyType({}),
        thumbnail: bytes = b"",
    ) -> bytes:
        """All four directories, without ``Exif`` before them."""
        at_taking, at_gps, at_second, at_thumbnail = 2048, 16_384, 20_480, 20_600
        leads = {0x8769: self.long(at_taking), 0x8825: self.long(at_gps)}
        second = {0x0201: self.long(at_thumbnail), 0x0202: self.long(len(thumbnail))}
        mark = b"II*\0" if self.order == "<" else b"MM\0*"
        parts = (
            (0, mark + struct.pack(self.order + "I", 8)),
            (8, self.directory({**first, **leads}, 8, at_second if thumbnail else 0)),
            (at_taking, self.directory(taking, at_taking, 0)),
            (at_gps, self.directory(gps, at_gps, 0)),
            (at_second, self.directory(second, at_second, 0)),
            (at_thumbnail, thumbnail),
        )
        whole = b""
        for at, part in parts:
            assert len(whole) <= at
            whole = whole.ljust(at, b"\0") + part
        return whole


def jakarta(order: str = "<", canary: str = "", thumbnail: bytes = b"", turned: int = 1) -> bytes:
    """A photo of a phone, taken at Monas on 24 March 2026 at 08:14:05 WIB, 4.7 m at most off."""
    write = Writer(order)
    first = {
        0x010E: text(f"keterangan {canary}"),
        0x010F: text(f"samsung {canary}"),
        0x0110: text(f"SM-A725F {canary}"),
        0x0112: write.short(turned),
        0x0131: text(f"A725FXXU4 {canary}"),
        0x013B: text(f"pemotret {canary}"),
        0x8298: text(f"hak {canary}"),
    }
    taking = {
        0x829A: write.ratios((1, 100)),
        0x9003: text("2026:03:24 08:14:05"),
        0x9011: text("+07:00"),
        0x927C: opaque(b"MakerNote\0" + canary.encode() * 9),
        0x9286: opaque(b"ASCII\0\0\0" + canary.encode()),
        0xA420: text(f"unik {canary}"),
        0xA431: text(f"seri {canary}"),
    }
    gps = {
        1: text("S"),
        2: write.ratios((6, 1), (10, 1), (3150, 100)),
        3: text("E"),
        4: write.ratios((106, 1), (49, 1), (372, 10)),
        0x1B: opaque(b"ASCII\0\0\0" + canary.encode()),
        0x1F: write.ratios((47, 10)),
    }
    return write.block(first, taking, gps, thumbnail)

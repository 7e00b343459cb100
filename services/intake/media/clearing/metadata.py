"""Where a picture carries what is no picture: Exif, XMP, IPTC, texts. Pure; never raises.

JPEG segments, PNG and WebP chunks are walked here; a TIFF is Exif itself. The codec hands over
Exif and XMP of HEIF and AVIF, whose boxes lead everywhere.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from services.intake.media.clearing.media_type import MediaType

_MOST_PARTS = 2_000
_MOST_TEXT = 256 * 1024
"""Bytes that a compressed text may become: 1 MB of one can become a gigabyte."""
_EXIF, _XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
_IPTC = b"Photoshop 3.0\0"
_END_OF_HEAD = (0xDA, 0xD9)
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD8))


@dataclass(frozen=True, slots=True)
class Metadata:
    """texts: keyword and text of PNG; comments of JPEG and others have an empty keyword."""

    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""
    texts: tuple[tuple[bytes, bytes], ...] = ()


def read_metadata(data: bytes, of: MediaType) -> Metadata:
    """What stands in a file of that type, before anybody decodes it."""
    if of is MediaType.TIFF:
        return Metadata(exif=data)
    if of is MediaType.JPEG:
        return _of_segments(list(_segments(data)))
    if of is MediaType.PNG:
        return _of_chunks(list(_chunks(data, 8, "big")))
    if of is MediaType.WEBP:
        return _of_riff(dict(_chunks(data, 12, "little")))
    return Metadata()


# --- JPEG --------------------------------------------------------------------------------


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Mark and body of each segment before the scan."""
    at = 2
    for _ in range(_MOST_PARTS):
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        mark = data[at + 1] if at + 1 < len(data) and data[at] == 0xFF else 0xD9
        if mark in _END_OF_HEAD:
            return
        if mark in _WITHOUT_LENGTH:
            at += 2
            continue
        length = max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
        yield mark, data[at + 4 : at + 2 + length]
        at += 2 + length


def _of_segments(segments: list[tuple[int, bytes]]) -> Metadata:
    return Metadata(
        exif=_first(segments, 0xE1, _EXIF),
        xmp=_first(segments, 0xE1, _XMP),
        iptc=_first(segments, 0xED, _IPTC),
        texts=tuple((b"", body) for mark, body in segments if mark == 0xFE),
    )


def _first(segments: list[tuple[int, bytes]], wanted: int, start: bytes) -> bytes:
    found = (body for mark, body in segments if mark == wanted and body.startswith(start))
    return next(found, b"").removeprefix(start)


# --- PNG and WebP ------------------------------------------------------------------------


def _chunks(data: bytes, at: int, order: str) -> Iterator[tuple[bytes, bytes]]:
    """Name and body; PNG has the length first and a checksum, RIFF a name first and even sizes."""
    for _ in range(_MOST_PARTS):
        head = data[at : at + 8]
        if len(head) < 8:
            return
        if order == "big":
            length, name = int.from_bytes(head[:4], "big"), head[4:]
            after = 4
        else:
            length, name = int.from_bytes(head[4:], "little"), head[:4]
            after = length % 2
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + after


def _of_chunks(chunks: list[tuple[bytes, bytes]]) -> Metadata:
    texts = [_text_of(name, body) for name, body in chunks if name in _TEXTS]
    xmp = next((text for keyword, text in texts if keyword == b"XML:com.adobe.xmp"), b"")
    exif = next((body for name, body in chunks if name == b"eXIf"), b"")
    return Metadata(exif=exif, xmp=xmp, texts=tuple(texts))


_TEXTS = (b"tEXt", b"zTXt", b"iTXt")


def _text_of(name: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Keyword and text of a chunk (PNG 3rd edition, 11.3.3)."""
    keyword, _, rest = body.partition(b"\0")
    if name == b"tEXt":
        return keyword, rest[:_MOST_TEXT]
    if name == b"zTXt":
        return keyword, inflated(rest[1:])
    compressed, after = rest[:1] == b"\x01", rest[2:]
    text = after.split(b"\0", 2)[-1]
    return keyword, inflated(text) if compressed else text[:_MOST_TEXT]


def inflated(body: bytes) -> bytes:
    """The start of a compressed text; empty when it is none."""
    try:
        return zlib.decompressobj().decompress(body, _MOST_TEXT)
    except zlib.error:
        return b""


def _of_riff(chunks: dict[bytes, bytes]) -> Metadata:
    return Metadata(exif=chunks.get(b"EXIF", b""), xmp=chunks.get(b"XMP ", b""))

"""What a file is, its bytes say; its name is never asked."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.intake.media.clearing.media_type import (
    MediaType,
    claimed_canvas,
    first_tags,
    media_type,
)
from shared.events.vocabulary import MediaKind


def boxes(*brands: bytes) -> bytes:
    body = brands[0] + b"\0\0\0\0" + b"".join(brands[1:])
    return (len(body) + 8).to_bytes(4, "big") + b"ftyp" + body + b"\0\0\0\x08mdat"


def saved(codec: str, **options: object) -> bytes:
    written = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(written, codec, **options)
    return written.getvalue()


TAKEN = (
    (saved("JPEG"), MediaType.JPEG),
    (saved("PNG"), MediaType.PNG),
    (saved("WEBP"), MediaType.WEBP),
    (saved("WEBP", lossless=True), MediaType.WEBP),
    (saved("GIF"), MediaType.GIF),
    (saved("BMP"), MediaType.BMP),
    (saved("TIFF"), MediaType.TIFF),
    (saved("TIFF", compression="tiff_lzw"), MediaType.TIFF),
    (saved("AVIF"), MediaType.AVIF),
    (boxes(b"heic", b"mif1"), MediaType.HEIF),
    (boxes(b"mif1", b"miaf", b"heic"), MediaType.HEIF),
    (boxes(b"mif1", b"miaf", b"avif"), MediaType.AVIF),
    (boxes(b"avis", b"avif"), MediaType.AVIF),
    (b"%PDF-1.7\n%", MediaType.PDF),
    (boxes(b"isom", b"avc1"), MediaType.MP4),
    (boxes(b"qt  "), MediaType.QUICKTIME),
    (b"\0\0\0\x08wide\0\0\0\0mdat", MediaType.QUICKTIME),
    (boxes(b"3gp5", b"isom"), MediaType.MOBILE),
    (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\x82\x84webm", MediaType.WEBM),
)

DNG = b"II*\0\x08\0\0\0\x01\0\x12\xc6\x01\0\x04\0\0\0\x01\x04\0\0\0\0\0\0"
PREVIEW = (
    *(b"MM\0*\0\0\0\x08\0\x02", b"\0\xfe\0\x04\0\0\0\x01\0\0\0\x01"),
    *(b"\x01\x4a\0\x04\0\0\0\x01\0\0\0\x40", b"\0\0\0\0"),
)
REFUSED = {
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
    "svg after xml": b"<?xml version='1.0'?><svg/>",
    "page": b"<!doctype html><script>alert(1)</script>",
    "page before a picture": b"<html>" + saved("JPEG"),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0",
    "eps of dos": b"\xc5\xd0\xd3\xc6\x20\0\0\0",
    "psd": b"8BPS\0\x01",
    "jpeg 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + boxes(b"jp2 "),
    "jpeg 2000 stream": b"\xff\x4f\xff\x51",
    "jxl stream": b"\xff\x0a\xfa",
    "jxl": b"\0\0\0\x0cJXL \r\n\x87\n",
    "raw of canon": b"II*\0\x10\0\0\0CR\x02\0" + bytes(40),
    "raw of canon, newer": boxes(b"crx ", b"isom"),
    "raw of adobe": DNG,
    "raw with a preview first": b"".join(PREVIEW),
    "raw of fuji": b"FUJIFILMCCD-RAW 0201",
    "raw of panasonic": b"IIU\0\x18\0\0\0",
    "fits": b"SIMPLE  =                    T",
    "zip": b"PK\x03\x04",
    "gzip": b"\x1f\x8b\x08",
    "rar": b"Rar!\x1a\x07",
    "seven": b"7z\xbc\xaf\x27\x1c",
    "program": b"MZ\x90\0",
    "elf": b"\x7fELF",
    "matroska": b"\x1aE\xdf\xa3\x93B\x82\x88matroska",
    "sound": boxes(b"M4A ", b"isom"),
    "wave": b"RIFF\x24\0\0\0WAVEfmt ",
    "film of riff": b"RIFF\x24\0\0\0AVI LIST",
    "icon": b"\0\0\x01\0\x01\0",
    "big tiff": b"II+\0\x08\0\0\0",
    "pdf after something": b"\n\n%PDF-1.7",
    "brands without a codec": boxes(b"mif1", b"miaf"),
    "words": b"halo, ini foto",
    "one byte": b"\xff",
}


@pytest.mark.parametrize(("data", "expected"), TAKEN, ids=lambda value: str(value)[:24])
def test_what_is_taken_is_known_by_its_first_bytes(data: bytes, expected: MediaType) -> None:
    assert media_type(data) is expected


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_listed_is_nothing(name: str) -> None:
    assert media_type(REFUSED[name]) is None


def test_a_pdf_is_a_document_and_a_film_a_video() -> None:
    kinds = [each.kind for each in (MediaType.PDF, MediaType.WEBM, MediaType.HEIF)]
    assert kinds == [MediaKind.DOCUMENT, MediaKind.VIDEO, MediaKind.PICTURE]


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif\0\0II*\0"}])
def test_a_webp_says_its_size_in_its_head(options: dict[str, object]) -> None:
    assert claimed_canvas(saved("WEBP", **options)) == (40, 30)


STARTS = st.sampled_from(
    [data[:40] for data, _ in TAKEN] + [each[:40] for each in REFUSED.values()]
)


@given(STARTS, st.binary(max_size=300), st.integers(0, 40))
def test_no_bytes_make_it_fail(start: bytes, rest: bytes, kept: int) -> None:
    data = start[:kept] + rest
    found = media_type(data)
    assert found is None or found in MediaType
    canvas = claimed_canvas(data)
    assert canvas is None or min(canvas) >= 0
    assert len(first_tags(data)) <= 256

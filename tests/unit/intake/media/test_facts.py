"""What an original says of itself is found where the formats keep it."""

import zlib
from datetime import datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import PngImagePlugin

from services.intake.media.clearing.facts import place_alone, read_facts
from services.intake.media.clearing.media_type import MediaType
from services.intake.media.clearing.metadata import inflated, read_metadata
from services.intake.media.clearing.outcome import Facts
from shared.clock import JAKARTA
from tests.exif_blocks import Writer, jakarta, text
from tests.streets import street

SHOWN = Facts("image/jpeg", 800, 600)
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description xmp:CreatorTool="Adobe Photoshop 27.1" '
    f'Iptc4xmpExt:DigitalSourceType="{SOURCE}%s"/></x:xmpmeta>'
)
GENERATED = (XMP % "trainedAlgorithmicMedia").encode()


def saved(codec: str, **options: object) -> bytes:
    written = BytesIO()
    street(2).reduce(8).save(written, codec, **options)
    return written.getvalue()


def facts(data: bytes, of: MediaType) -> Facts:
    return read_facts(data, read_metadata(data, of), SHOWN)


def png(**texts: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    for keyword, value in texts.items():
        info.add_text(keyword, value)
    return saved("PNG", pnginfo=info)


def with_compressed_xmp() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", GENERATED.decode(), zip=True)
    return saved("PNG", pnginfo=info)


WITH_EXIF = {
    MediaType.JPEG: saved("JPEG", exif=b"Exif\0\0" + jakarta()),
    MediaType.PNG: saved("PNG", exif=jakarta()),
    MediaType.WEBP: saved("WEBP", exif=jakarta()),
}


@pytest.mark.parametrize("of", WITH_EXIF)
def test_exif_is_found_in_each_format(of: MediaType) -> None:
    found = facts(WITH_EXIF[of], of)
    assert found.taken_at == datetime(2026, 3, 24, 8, 14, 5, tzinfo=JAKARTA)
    assert found.latitude == pytest.approx(-6.175417, abs=1e-5)
    assert (found.camera, found.software) == (True, "A725FXXU4")


def test_of_a_reporters_picture_the_place_alone_is_read() -> None:
    found = place_alone(read_metadata(WITH_EXIF[MediaType.JPEG], MediaType.JPEG), SHOWN)
    assert found.latitude is not None
    assert found.error_metres == pytest.approx(4.7)
    assert (found.taken_at, found.software, found.camera) == (None, None, False)


def test_a_tiff_is_exif_itself() -> None:
    data = Writer().block(first={0x0131: text("Scanner 3")})
    assert facts(data, MediaType.TIFF).software == "Scanner 3"


WITH_XMP = {
    MediaType.JPEG: saved("JPEG", xmp=GENERATED),
    MediaType.WEBP: saved("WEBP", xmp=GENERATED),
    MediaType.PNG: with_compressed_xmp(),
    MediaType.TIFF: Writer().block(first={0x02BC: (1, GENERATED, len(GENERATED))}),
}


@pytest.mark.parametrize("of", WITH_XMP)
def test_what_says_that_a_machine_drew_it_is_found(of: MediaType) -> None:
    assert facts(WITH_XMP[of], of).source_type == "trainedAlgorithmicMedia"


def test_the_tool_of_xmp_is_named_when_exif_names_none() -> None:
    assert facts(WITH_XMP[MediaType.JPEG], MediaType.JPEG).software == "Adobe Photoshop 27.1"


def test_of_two_source_types_the_machines_goes_first() -> None:
    both = XMP % "digitalCapture" + XMP % "compositeWithTrainedAlgorithmicMedia"
    found = facts(saved("JPEG", xmp=both.encode()), MediaType.JPEG)
    assert found.source_type == "compositeWithTrainedAlgorithmicMedia"


def test_a_camera_says_that_it_took_it() -> None:
    found = facts(saved("JPEG", xmp=(XMP % "digitalCapture").encode()), MediaType.JPEG)
    assert (found.source_type, found.generator) == ("digitalCapture", None)


@pytest.mark.parametrize("keyword", ["parameters", "prompt", "workflow"])
def test_the_words_that_a_picture_was_drawn_from_are_a_generator(keyword: str) -> None:
    assert facts(png(**{keyword: "jalan rusak, photo, 8k"}), MediaType.PNG).generator == keyword


def test_a_generator_that_signs_is_named() -> None:
    exif = Writer().block(first={0x0131: text("Midjourney v8")})
    found = facts(saved("JPEG", exif=b"Exif\0\0" + exif), MediaType.JPEG)
    assert found.generator == "Midjourney"


def test_a_comment_and_iptc_name_programs_too() -> None:
    iptc = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0\0\0\0\x12" + b"\x1c\x02\x41\0\x0bSnapseed 4.\0\0"
    segment = b"\xff\xed" + (len(iptc) + 2).to_bytes(2, "big") + iptc
    plain = saved("JPEG", comment=b"made by Stable Diffusion")
    found = facts(plain[:2] + segment + plain[2:], MediaType.JPEG)
    assert (found.software, found.generator) == ("Snapseed 4.", "Stable Diffusion")


def test_a_manifest_is_seen_and_not_believed() -> None:
    box = b"\0\0\0\x40jumb\0\0\0\x20jumdc2pa\0\x11\0\x10" + bytes(40) + b"OpenAI"
    plain = saved("JPEG")
    segment = b"\xff\xeb" + (len(box) + 10).to_bytes(2, "big") + b"JP\0\x01\0\0\0\x01" + box
    found = facts(plain[:2] + segment + plain[2:], MediaType.JPEG)
    assert (found.manifest, found.generator) == (True, "OpenAI")
    assert not facts(plain, MediaType.JPEG).manifest


def test_a_bare_picture_says_nothing() -> None:
    assert facts(saved("JPEG"), MediaType.JPEG) == SHOWN


def test_a_text_that_swells_is_read_in_part() -> None:
    assert len(inflated(zlib.compress(bytes(50_000_000)))) == 256 * 1024


READ = (MediaType.JPEG, MediaType.PNG, MediaType.WEBP, MediaType.TIFF)
STARTS = [each[:60] for each in (*WITH_EXIF.values(), *WITH_XMP.values())]


@given(st.sampled_from(READ), st.sampled_from(STARTS), st.binary(max_size=400), st.integers(0, 60))
def test_no_bytes_make_it_fail(of: MediaType, start: bytes, rest: bytes, kept: int) -> None:
    found = facts(start[:kept] + rest, of)
    assert all(
        each is None or (each.isprintable() and len(each) <= 80)
        for each in (found.software, found.generator, found.source_type)
    )


@given(st.sampled_from(READ), st.lists(st.tuples(st.integers(0, 3000), st.binary(max_size=6))))
def test_no_change_of_a_picture_makes_it_fail(
    of: MediaType, changes: list[tuple[int, bytes]]
) -> None:
    changed = bytearray(WITH_XMP[of])
    for place, raw in changes:
        changed[place : place + len(raw)] = raw
    facts(bytes(changed), of)

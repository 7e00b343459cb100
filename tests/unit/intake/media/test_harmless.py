"""What a child hands back is a bare JPEG of the size it names, or nobody takes it."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.intake.media.clearing.harmless import is_bare_jpeg
from tests.streets import street


def jpeg(**options: object) -> bytes:
    written = BytesIO()
    street(1).reduce(8).save(written, "JPEG", **{"quality": 80, **options})
    return written.getvalue()


BARE = jpeg()
SIDES = street(1).reduce(8).size


def segment(mark: int, body: bytes) -> bytes:
    return bytes((0xFF, mark)) + (len(body) + 2).to_bytes(2, "big") + body


def with_segment(mark: int, body: bytes) -> bytes:
    return BARE[:20] + segment(mark, body) + BARE[20:]


def test_what_is_encoded_here_is_bare() -> None:
    assert is_bare_jpeg(BARE, *SIDES)


@pytest.mark.parametrize("mark", [0xE0, 0xE1, 0xE2, 0xEB, 0xED, 0xEE, 0xEF, 0xFE, 0xDD, 0xC2, 0x01])
def test_no_other_segment_is_let_through(mark: int) -> None:
    assert not is_bare_jpeg(with_segment(mark, HEAD + b"\0\0"), *SIDES)


HEAD = b"JFIF\0\x01\x01\0\0\x01\0\x01"
THINGS = {
    "behind its end": BARE + b"PK\x03\x04",
    "one byte behind its end": BARE + b"\0",
    "cut off": BARE[:-2],
    "another picture behind it": BARE + BARE,
    "a comment within the scan": BARE[:-2] + segment(0xFE, b"canary") + b"\xff\xd9",
    "a restart": BARE[:-2] + b"\xff\xd0\0\xff\xd9",
    "exif": jpeg(exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"),
    "comment": jpeg(comment=b"canary"),
    "profile": jpeg(icc_profile=bytes(128)),
    "progressive": jpeg(progressive=True),
    "a thumbnail in its head": BARE.replace(HEAD + b"\0\0", HEAD + b"\x08\x08"),
    "a table longer than it says": BARE[:20] + segment(0xDB, bytes(66)) + BARE[20:],
    "a code table with more": BARE[:20] + segment(0xC4, bytes(17) + b"canary") + BARE[20:],
    "nothing": b"",
    "a page": b"<html>",
}  # fmt: skip


@pytest.mark.parametrize("name", THINGS)
def test_nothing_else_is_let_through(name: str) -> None:
    assert THINGS[name] != BARE
    assert not is_bare_jpeg(THINGS[name], *SIDES)


def test_another_size_than_the_named_is_not_believed() -> None:
    assert not is_bare_jpeg(BARE, SIDES[0] + 1, SIDES[1])


@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    assert not is_bare_jpeg(data, 8, 8)
    assert not is_bare_jpeg(BARE[:20] + data, *SIDES)


@given(st.integers(0, len(BARE) - 1), st.integers(1, 255))
def test_a_changed_byte_adds_no_segment(at: int, change: int) -> None:
    """A child may change what it likes within the tables and the scan; there it shows as colour."""
    changed = bytearray(BARE)
    changed[at] ^= change
    if is_bare_jpeg(bytes(changed), *SIDES):
        opened = Image.open(BytesIO(bytes(changed)))
        assert set(opened.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}

"""What a child says is believed only where an honest child could have said it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.media.clearing.fingerprint import fingerprint
from services.intake.media.clearing.outcome import Cleared, Derivative, Facts, Refused, Size
from services.intake.media.clearing.wire import Unbelievable, pack, unpack
from shared.events.vocabulary import MediaRefusal
from tests.exif_blocks import jakarta
from tests.streets import street


def derivative(size: Size, share: int) -> Derivative:
    shown, written = street(1).reduce(share), BytesIO()
    shown.save(written, "JPEG", quality=80)
    return Derivative(size, shown.width, shown.height, written.getvalue())


FACTS = Facts(
    width=4000, height=3000, format="image/heif",
    taken_at=datetime(2026, 3, 1, 7, 30, tzinfo=UTC), has_offset=True,
    latitude=-6.2, longitude=106.8, error_metres=4.5, camera=True,
    software="A70", source_type="digitalCapture", generator=None, manifest=True,
    thumbnail_differs=False,
)  # fmt: skip
SIZES = (derivative(Size.LARGE, 1), derivative(Size.MEDIUM, 2), derivative(Size.SMALL, 8))
CLEARED = Cleared(SIZES, FACTS, fingerprint(street(1)))
ANSWER = pack(CLEARED)


def with_head(change: Callable[[dict[str, Any]], object]) -> bytes:
    length = int.from_bytes(ANSWER[:4], "big")
    head = json.loads(ANSWER[4 : 4 + length])
    change(head)
    written = json.dumps(head).encode()
    return len(written).to_bytes(4, "big") + written + ANSWER[4 + length :]


def test_what_is_packed_is_unpacked() -> None:
    assert unpack(ANSWER) == CLEARED
    assert unpack(with_head(lambda head: None)) == CLEARED
    bare = Cleared(SIZES, Facts("image/png", 1, 1), None)
    assert unpack(pack(bare)) == bare


@pytest.mark.parametrize("reason", MediaRefusal)
def test_a_refusal_says_its_reason(reason: MediaRefusal) -> None:
    assert unpack(pack(Refused(reason))) == Refused(reason)


LIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another width": lambda head: head["sizes"][0].__setitem__(1, 801),
    "too large": lambda head: head["sizes"][0].__setitem__(1, 4096),
    "a size too few": lambda head: head["sizes"].pop(),
    "the wrong order": lambda head: head["sizes"].reverse(),
    "less of a picture": lambda head: head["sizes"][2].__setitem__(3, 10),
    "a negative length": lambda head: head["sizes"][0].__setitem__(3, -1),
    "a true number": lambda head: head["sizes"][0].__setitem__(3, True),
    "a fact more": lambda head: head["facts"].__setitem__("owner", "canary"),
    "a fact less": lambda head: head["facts"].pop("camera"),
    "a long word": lambda head: head["facts"].__setitem__("software", "x" * 81),
    "a line break": lambda head: head["facts"].__setitem__("generator", "a\nb"),
    "a list for a word": lambda head: head["facts"].__setitem__("software", ["x"]),
    "a place that is none": lambda head: head["facts"].__setitem__("latitude", float("nan")),
    "a place at no end": lambda head: head["facts"].__setitem__("latitude", float("inf")),
    "a time without zone": lambda head: head["facts"].__setitem__("taken_at", "2026-03-01T10:00"),
    "no time": lambda head: head["facts"].__setitem__("taken_at", "canary"),
    "neither yes nor no": lambda head: head["facts"].__setitem__("camera", 1),
    "a thumbnail of 7": lambda head: head["facts"].__setitem__("thumbnail_differs", 7),
    "no format": lambda head: head["facts"].__setitem__("format", None),
    "a short digest": lambda head: head["fingerprint"].__setitem__("digest", "00"),
    "a long grey": lambda head: head["fingerprint"].__setitem__("grey", "00" * 1601),
    "bits beyond 64": lambda head: head["fingerprint"]["hashes"].__setitem__(0, 1 << 64),
    "a window less": lambda head: head["fingerprint"]["hashes"].pop(),
    "a bit that is none": lambda head: head["fingerprint"]["asked"][0][1][0].__setitem__(0, 64),
    "a list for all": lambda head: head.__setitem__("sizes", {}),
    "nothing for all": lambda head: head.__setitem__("facts", None),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_not_believed(lie: str) -> None:
    with pytest.raises(Unbelievable):
        unpack(with_head(LIES[lie]))


def test_a_reason_that_nobody_knows_is_not_believed() -> None:
    head = b'{"refused": "canary"}'
    with pytest.raises(Unbelievable):
        unpack(len(head).to_bytes(4, "big") + head)


def test_a_picture_that_says_more_than_pixels_is_not_believed() -> None:
    """So a child would carry out what it was to leave behind."""
    spoken = BytesIO()
    street(1).save(spoken, "JPEG", quality=80, exif=jakarta())
    large = replace(SIZES[0], data=spoken.getvalue())
    with pytest.raises(Unbelievable):
        unpack(pack(replace(CLEARED, derivatives=(large, *SIZES[1:]))))


def test_what_stands_behind_the_last_picture_is_not_believed() -> None:
    with pytest.raises(Unbelievable):
        unpack(ANSWER + b"\0")


@given(st.binary(max_size=300), st.integers(0, 5000))
def test_no_bytes_are_believed_or_make_it_fail(data: bytes, at: int) -> None:
    for answer in (data, len(data).to_bytes(4, "big") + data, ANSWER[:at] + data):
        with pytest.raises(Unbelievable):
            unpack(answer)

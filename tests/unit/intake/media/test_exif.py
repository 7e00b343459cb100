"""What a camera wrote is read, whatever else stands there; a stranger's bytes make nothing fail."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.media.clearing import exif
from services.intake.media.clearing.exif import Exif, read_exif
from shared.clock import JAKARTA
from tests.exif_blocks import Entry, Writer, jakarta, text

MONAS = (-6.175417, 106.827)
WRITE = Writer()


def taking(**tags: str) -> Exif:
    places = {"taken": 0x9003, "zone": 0x9011, "digitized": 0x9004, "zone_digitized": 0x9012}
    return read_exif(WRITE.block(taking={places[name]: text(tags[name]) for name in tags}))


def at(latitude: Entry, longitude: Entry, south: str = "S", east: str = "E") -> Exif:
    return read_exif(
        WRITE.block(gps={1: text(south), 2: latitude, 3: text(east), 4: longitude})
    )  # fmt: skip


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("start", [b"", b"Exif\0\0"])
def test_a_phones_photo_says_all_of_it(order: str, start: bytes) -> None:
    read = read_exif(start + jakarta(order, thumbnail=b"\xff\xd8\xffsmall"))
    assert exif.taken_at(read) == (datetime(2026, 3, 24, 8, 14, 5, tzinfo=JAKARTA), True)
    assert exif.position(read) == pytest.approx(MONAS, abs=1e-5)
    assert exif.error_metres(read) == pytest.approx(4.7)
    assert exif.has_make_or_model(read)
    assert read.thumbnail == b"\xff\xd8\xffsmall"


def test_a_time_without_a_zone_is_jakartas_and_says_so() -> None:
    when, has_offset = exif.taken_at(taking(taken="2026:03:24 08:14:05"))
    assert (when, has_offset) == (datetime(2026, 3, 24, 8, 14, 5, tzinfo=JAKARTA), False)


def test_a_zone_belongs_to_its_own_time() -> None:
    """The zone of another field would move the shutter by hours."""
    read = taking(taken="2026:03:24 08:14:05", zone_digitized="+00:00")
    assert exif.taken_at(read)[1] is False
    scanned = taking(digitized="2026:03:24 08:14:05", zone_digitized="-03:30")
    zone = timezone(-timedelta(hours=3, minutes=30))
    assert exif.taken_at(scanned) == (datetime(2026, 3, 24, 8, 14, 5, tzinfo=zone), True)


NO_TIMES = (
    *("0000:00:00 00:00:00", "2026:13:01 00:00:00", "    :  :     :  :  ", "kemarin", ""),
    "٢٠٢٦:03:24 08:14:05",
)


@pytest.mark.parametrize("written", NO_TIMES)
def test_a_time_that_is_none_is_unknown(written: str) -> None:
    assert exif.taken_at(taking(taken=written)) == (None, False)


@pytest.mark.parametrize("zone", ["", "+7:00", "+0700", "+25:00", "WIB", "+٠٧:٠٠", "+07:00:00"])
def test_a_zone_that_is_none_is_not_guessed(zone: str) -> None:
    when, has_offset = exif.taken_at(taking(taken="2026:03:24 08:14:05", zone=zone))
    assert when is not None
    assert not has_offset


def test_a_place_of_zeros_is_unknown() -> None:
    """So phones write it that may not tell."""
    zero = WRITE.ratios((0, 1), (0, 1), (0, 1))
    assert exif.position(at(zero, zero)) is None


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        (((6, 0), (10, 1), (3, 1)), ((106, 1), (49, 1), (37, 1))),
        (((91, 1), (0, 1), (0, 1)), ((106, 1), (49, 1), (37, 1))),
        (((6, 1), (0, 1), (0, 1)), ((181, 1), (0, 1), (0, 1))),
    ],
)
def test_a_place_that_is_none_is_unknown(
    latitude: tuple[tuple[int, int], ...], longitude: tuple[tuple[int, int], ...]
) -> None:
    assert exif.position(at(WRITE.ratios(*latitude), WRITE.ratios(*longitude))) is None


def test_half_a_place_is_none() -> None:
    assert exif.position(read_exif(WRITE.block(gps={2: WRITE.ratios((6, 1))}))) is None
    assert exif.position(at(WRITE.short(6), text("106"))) is None


def test_words_are_read_up_to_their_end_without_what_cannot_be_shown() -> None:
    read = read_exif(WRITE.block(first={0x0131: text("Snap\x07\x1b[31mseed\0behind")}))
    assert exif.text_of(read.first, exif.SOFTWARE) == "Snap[31mseed"


def test_a_directory_that_leads_to_itself_is_read_once() -> None:
    block = WRITE.block(first={0x8825: WRITE.long(8), 0x0131: text("x")})
    looped = bytearray(block)
    looped[2048:2050] = b"\xff\xff"
    assert exif.text_of(read_exif(bytes(looped)).first, exif.SOFTWARE) == "x"


WHOLE = jakarta(thumbnail=b"\xff\xd8\xff" + bytes(40))


def asked(read: Exif) -> None:
    exif.taken_at(read)
    exif.position(read)
    exif.error_metres(read)
    exif.has_make_or_model(read)
    assert exif.text_of(read.first, exif.SOFTWARE).isprintable()


@given(
    st.binary(max_size=600), st.sampled_from([b"", b"II*\0", b"MM\0*", b"Exif\0\0MM\0*\0\0\0\x08"])
)
def test_no_bytes_make_it_fail(data: bytes, start: bytes) -> None:
    asked(read_exif(start + data))


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8))))
def test_no_change_of_a_photo_makes_it_fail(changes: list[tuple[int, bytes]]) -> None:
    changed = bytearray(WHOLE)
    for place, raw in changes:
        changed[place : place + len(raw)] = raw
    asked(read_exif(bytes(changed)))


@given(st.integers(0, len(WHOLE)))
def test_no_end_of_a_photo_makes_it_fail(length: int) -> None:
    asked(read_exif(WHOLE[:length]))

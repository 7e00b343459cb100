"""Kafka's log read by ourselves: what can be read is, and what cannot has its place and bytes."""

import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus import Partition, Record
from shared.kafka import CODECS
from shared.record_batches import Piece, Reading, read
from tests.log import Written, batch

PLACE = Partition("crm.complaints.v1", 3)
EVERYTHING = 1_000_000

headers = st.lists(st.tuples(st.text().map(str.encode), st.none() | st.binary()), max_size=3)
records = st.builds(Written, st.none() | st.binary(), st.none() | st.binary(), headers)
batches = st.lists(st.lists(records, min_size=1, max_size=4), min_size=1, max_size=4)


def reading(log: bytes, position: int = 0, high: int = 1000, limit: int = EVERYTHING) -> Reading:
    return read(Piece(PLACE, position, high, log), CODECS, limit)


def written_at(base: int, *values: bytes) -> bytes:
    return batch([Written(value=value) for value in values], base)


def as_read(records: Sequence[Record]) -> list[tuple[int, int, str | None]]:
    return [(each.offset, each.next_offset, each.unreadable) for each in records]


@given(batches, st.sampled_from([0, 1]))
def test_what_was_written_is_read(written: list[list[Written]], codec: int) -> None:
    log, base, expected = b"", 0, []
    for group in written:
        log += batch(group, base, codec=codec)
        base += len(group)
        expected += group
    found = reading(log)
    assert found.next_offset == base
    assert [
        (r.offset, r.key, r.value, list(r.headers), r.unreadable) for r in found.records
    ] == [
        (offset, w.key, w.value, [(name.decode(), content) for name, content in w.headers], None)
        for offset, w in enumerate(expected)
    ]  # fmt: skip


@given(st.integers(16, 200), st.integers(1, 255))
def test_a_damaged_batch_is_passed_whole_and_its_neighbours_are_read(at: int, by: int) -> None:
    """``at``: any byte of it after its length, its own count of records and last offset too."""
    middle = bytearray(written_at(2, *(b"x" * 30 for _ in range(5))))
    middle[at % (len(middle) - 16) + 16] ^= by
    found = reading(written_at(0, b"a", b"b") + middle + written_at(7, b"c"), high=8)
    assert [r.value for r in found.records if not r.unreadable] == [b"a", b"b", b"c"]
    [damaged] = [r for r in found.records if r.unreadable]
    assert (damaged.offset, damaged.value) == (2, bytes(middle))
    assert found.next_offset == 8


@given(st.binary(max_size=300), st.integers(0, 50))
def test_whatever_stands_in_the_log_is_read_or_named_and_nobody_stumbles(
    junk: bytes, position: int
) -> None:
    found = reading(junk, position, high=50)
    assert found.next_offset >= position
    assert all(position <= r.offset < r.next_offset for r in found.records)
    assert all(r.unreadable for r in found.records if r.value == junk)


@pytest.mark.parametrize("told", [0, 2, 900, 2**31 - 1])
def test_a_batch_that_tells_a_wrong_last_offset_takes_no_later_event_with_it(told: int) -> None:
    damaged = bytearray(written_at(0, b"a", b"b"))
    struct.pack_into(">i", damaged, 23, told)
    [first, later] = reading(bytes(damaged) + written_at(2, b"c"), high=3).records
    assert first.unreadable == "the checksum of its batch is wrong"
    assert first.next_offset <= 2
    assert (later.offset, later.value) == (2, b"c")


def test_at_the_end_of_the_log_a_damaged_batch_is_passed_up_to_that_end() -> None:
    damaged = bytearray(written_at(5, b"a", b"b"))
    struct.pack_into(">i", damaged, 23, 900)
    assert as_read(reading(bytes(damaged), 5, high=7).records) == [
        (5, 7, "the checksum of its batch is wrong")
    ]


def test_a_header_name_that_is_not_utf_8_costs_its_own_record_alone() -> None:
    odd = Written(b"k", b"{1}", [(b"ce_type", b"t"), (b"\xffname", b"v")])
    before, it, after = reading(batch([Written(), odd, Written()])).records
    assert (before.unreadable, after.unreadable) == (None, None)
    assert it.unreadable == "the name of a header is not UTF-8"
    assert (it.offset, it.next_offset, it.key, it.value) == (1, 2, b"k", b"{1}")
    assert list(it.headers) == [("ce_type", b"t"), ("\\xffname", b"v")]


@pytest.mark.parametrize(
    ("codec", "why"),
    [
        (1, "its batch cannot be decompressed: codec 1"),
        (2, "its batch cannot be decompressed: codec 2"),
        (3, "its batch cannot be decompressed: codec 3"),
        (4, "its batch cannot be decompressed: codec 4"),
        (7, "its batch cannot be decompressed: codec 7"),
        (0, "the structure of a record in its batch is damaged"),
    ],
)
def test_records_that_are_not_what_their_batch_says_are_passed_with_it(
    codec: int, why: str
) -> None:
    log = batch([Written()] * 3, codec=codec, body=b"not what it should be") + written_at(3, b"c")
    found = reading(log)
    assert as_read(found.records) == [(0, 3, why), (3, 4, None)]


def test_records_before_the_damaged_one_of_a_batch_are_read() -> None:
    whole = batch([Written(), Written()])[61:]
    log = batch([Written()] * 4, 10, body=whole + b"\xff" * 20)
    assert as_read(reading(log, 10).records) == [
        (10, 11, None),
        (11, 12, None),
        (12, 14, "the structure of a record in its batch is damaged"),
    ]


def test_another_format_of_the_log_is_named() -> None:
    log = bytearray(written_at(0, b"a", b"b"))
    log[16] = 3
    assert as_read(reading(bytes(log), high=2).records) == [
        (0, 2, "format 3 of Kafka's log is not known")
    ]


@pytest.mark.parametrize("length", [-1, 0, 48, -(2**31)])
def test_a_length_that_cannot_be_true_is_passed_offset_by_offset(length: int) -> None:
    log = bytearray(written_at(4, b"a"))
    struct.pack_into(">i", log, 8, length)
    found = reading(bytes(log), 4)
    assert as_read(found.records) == [(4, 5, "the length of its batch is damaged")]
    assert found.records[0].value == bytes(log)


def test_a_batch_that_was_cut_off_is_left_for_the_next_time() -> None:
    found = reading(written_at(0, b"a") + written_at(1, b"b")[:-1])
    assert (as_read(found.records), found.next_offset) == ([(0, 1, None)], 1)


def test_what_was_read_before_is_not_read_again() -> None:
    found = reading(written_at(0, b"a", b"b", b"c"), position=2)
    assert [(r.offset, r.value) for r in found.records] == [(2, b"c")]


def test_the_mark_of_a_transaction_is_no_event_and_is_passed() -> None:
    found = reading(batch([Written()], 8, control=True), 8)
    assert (found.records, found.next_offset) == ([], 9)


@pytest.mark.parametrize("log", [written_at(0, b"a", b"b"), batch([Written()], 0, codec=7)])
def test_a_batch_before_the_place_passes_nothing(log: bytes) -> None:
    found = reading(log, position=10)
    assert (found.records, found.next_offset) == ([], 10)


def test_a_limit_ends_in_the_middle_of_a_batch_and_the_next_piece_begins_there() -> None:
    found = reading(written_at(0, b"a", b"b", b"c"), limit=2)
    assert ([r.value for r in found.records], found.next_offset) == ([b"a", b"b"], 2)

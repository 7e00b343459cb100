"""Cursors: what was written is read again, and nothing else is."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from shared.errors import Malformed
from shared.http.paging import Cursors, page_of

KEYSET: TypeAdapter[tuple[datetime, UUID]] = TypeAdapter(tuple[datetime, UUID])
POSITION = (datetime(2026, 11, 3, 2, 0, 0, 123456, UTC), UUID(int=7))


def cursors(key: bytes = b"k" * 32, listing: str = "inbox") -> Cursors[tuple[datetime, UUID]]:
    return Cursors(key, listing, KEYSET)


@given(
    st.datetimes(timezones=st.just(UTC)),
    st.uuids(),
)
def test_a_position_is_read_as_it_was_written(at: datetime, key: UUID) -> None:
    assert cursors().read(cursors().write((at, key))) == (at, key)


def test_without_a_cursor_the_list_begins() -> None:
    assert cursors().read(None) is None


@pytest.mark.parametrize(
    "other", [cursors(b"x" * 32), cursors(listing="overdue")], ids=["another key", "another list"]
)
def test_a_cursor_of_elsewhere_is_refused(other: Cursors[tuple[datetime, UUID]]) -> None:
    with pytest.raises(Malformed, match="next_cursor") as refusal:
        cursors().read(other.write(POSITION))
    assert refusal.value.field == "cursor"


@given(st.data())
def test_a_cursor_of_which_one_character_is_changed_is_refused(data: st.DataObject) -> None:
    cursor = cursors().write(POSITION)
    place = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.sampled_from("ABab01-_=+/ ").filter(lambda c: c != cursor[place]))
    changed = cursor[:place] + other + cursor[place + 1 :]
    with pytest.raises(Malformed):
        cursors().read(changed)


@given(st.text(max_size=500))
def test_any_text_is_refused_or_is_ours(text: str) -> None:
    with pytest.raises(Malformed):
        cursors().read(text)


def test_a_position_of_another_shape_is_refused() -> None:
    numbers: TypeAdapter[tuple[int, int]] = TypeAdapter(tuple[int, int])
    older = Cursors(b"k" * 32, "inbox", numbers)
    with pytest.raises(Malformed):
        cursors().read(older.write((1, 2)))


@pytest.mark.parametrize(
    ("rows", "shown", "last"),
    [
        ([], [], None),
        ([1, 2], [1, 2], None),
        ([1, 2, 3], [1, 2, 3], None),
        ([1, 2, 3, 4], [1, 2, 3], 3),
    ],
    ids=["nothing", "not full", "just full", "one more than a page"],
)
def test_a_cursor_is_named_only_where_another_page_follows(
    rows: list[int], shown: list[int], last: int | None
) -> None:
    assert page_of(rows, 3) == (shown, last)


def test_positions_next_to_one_another_have_different_cursors() -> None:
    at, key = POSITION
    later = (at + timedelta(microseconds=1), key)
    assert cursors().write(POSITION) != cursors().write(later)

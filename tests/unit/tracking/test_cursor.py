"""Cursors come back as they went out, and nothing else is taken for one."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tracking.cursor import decode_cursor, encode_cursor
from services.tracking.store import Place
from shared.errors import Malformed

INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)


@given(INSTANTS, st.uuids())
def test_a_cursor_names_the_exact_place(at: datetime, key: object) -> None:
    place = Place(at, key)  # type: ignore[arg-type]
    assert decode_cursor(encode_cursor(place)) == place


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "é", "AAAA", "A" * 64, base64.urlsafe_b64encode(b"\x7f" + b"\xff" * 23).decode()],
)
def test_what_is_no_cursor_is_malformed(cursor: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_cursor(cursor)
    assert caught.value.field == "cursor"

"""An instant is what RFC 3339 says it is; all that only looks like one is none."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shared.clock import JAKARTA
from shared.instant import Instant, read_instant, read_platform_instant

ZONES = st.builds(
    timezone, st.integers(-1439, 1439).map(lambda minutes: timedelta(minutes=minutes))
)
WELL_INSIDE = (datetime(1, 1, 2), datetime(9999, 12, 30))  # noqa: DTZ001 (hypothesis adds zones)


class Asked(BaseModel):
    at: Instant
    until: Instant | None = None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-25T09:00:00+07:00", datetime(2026, 11, 25, 2, tzinfo=UTC)),
        ("2026-11-25T02:00:00Z", datetime(2026, 11, 25, 2, tzinfo=UTC)),
        ("2026-11-25t02:00:00z", datetime(2026, 11, 25, 2, tzinfo=UTC)),
        ("2026-11-25T02:00:00-00:00", datetime(2026, 11, 25, 2, tzinfo=UTC)),
        ("1985-04-12T23:20:50.52Z", datetime(1985, 4, 12, 23, 20, 50, 520000, tzinfo=UTC)),
        ("1996-12-19T16:39:57-08:00", datetime(1996, 12, 20, 0, 39, 57, tzinfo=UTC)),
        ("1990-12-31T23:59:60Z", datetime(1991, 1, 1, tzinfo=UTC)),
        ("1990-12-31T15:59:60-08:00", datetime(1991, 1, 1, tzinfo=UTC)),
        ("1937-01-01T12:00:27.87+00:20", datetime(1937, 1, 1, 11, 40, 27, 870000, tzinfo=UTC)),
        ("2026-11-25T02:00:00.123456789Z", datetime(2026, 11, 25, 2, 0, 0, 123456, tzinfo=UTC)),
        ("2024-02-29T00:00:00+23:59", datetime(2024, 2, 28, 0, 1, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_as_the_rfc_has_it(written: str, meant: datetime) -> None:
    assert read_instant(written) == meant
    assert Asked(at=written).at == meant


@given(st.datetimes(*WELL_INSIDE, timezones=ZONES))
def test_what_python_writes_is_read_as_it_was(stamp: datetime) -> None:
    assert read_instant(stamp.isoformat()) == stamp
    assert read_platform_instant(stamp.isoformat()) == stamp


NO_INSTANTS: list[Any] = [
    "", " ", "2026", "20261124", "1", "0", "-1", "1732406400", "1732406400000", "1e9", "2026.5",
    "2026-11-25", "2026-11", "2026-W48-3", "2026-329", "09:00", "09:00:00+07:00", "now", "today",
    "2026-11-25T09:00:00", "2026-11-25T09:00+07:00", "2026-11-25T09+07:00",
    "2026-11-25 09:00:00+07:00", "2026-11-25T09:00:00 07:00", "2026-11-25T09:00:00+0700",
    "2026-11-25T09:00:00+07", "2026-11-25T09:00:00WIB", "2026-11-25T09:00:00+07:00 ",
    " 2026-11-25T09:00:00Z", "2026-11-25T09:00:00Z\n", "20261125T090000Z",
    "2026-11-25T09:00:000Z", "2026-11-25T09:00:00.Z", "2026-11-25T09:00:00,5Z",
    "2026-11-31T09:00:00Z", "2026-13-01T09:00:00Z", "2025-02-29T09:00:00Z",
    "2026-11-25T24:00:00Z", "2026-11-25T09:60:00Z", "2026-11-25T09:00:61Z",
    "2026-11-25T09:00:60Z", "2026-11-25T09:00:00+24:00", "2026-11-25T09:00:00+07:60",
    "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
    "9999-12-31T23:59:60Z", "+12026-11-25T09:00:00Z", "２０２６-11-25T09:00:00Z",
    2026, 20261124, 0, 1.5, True, None, [], {}, ["2026-11-25T09:00:00Z"], b"2026-11-25T09:00:00Z",
    date(2026, 11, 25), datetime(2026, 11, 25),  # noqa: DTZ001 (that it is refused is the test)
]  # fmt: skip


@pytest.mark.parametrize("wrong", NO_INSTANTS, ids=repr)
def test_what_only_looks_like_an_instant_is_refused_and_not_said_again(wrong: Any) -> None:
    with pytest.raises(ValidationError) as refusal:
        Asked(at=wrong)
    [error] = refusal.value.errors(include_input=False)
    assert (error["type"], error["loc"]) == ("instant", ("at",))
    assert error["msg"] == "Write date, time and zone, as in 2026-11-25T09:00:00+07:00"


@given(st.text(max_size=40) | st.from_regex(r"[0-9TtZz:.+ -]{1,30}", fullmatch=True))
def test_any_text_is_an_instant_or_none(text: str) -> None:
    for read in (read_instant, read_platform_instant):
        try:
            stamp = read(text)
        except ValueError:
            continue
        assert stamp is None or stamp.astimezone(UTC).utcoffset() == timedelta(0)


def test_a_model_says_in_its_schema_that_it_wants_an_instant() -> None:
    fields = Asked.model_json_schema()["properties"]
    assert (fields["at"]["type"], fields["at"]["format"]) == ("string", "date-time")


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-11-25T09:00:00+07:00", 2),
        ("2026-11-25T09:00:00.000+0700", 2),
        ("2026-11-25 09:00:00", 2),
        ("2026-11-25T09:00", 2),
        ("2026-11-25t09:00:00z", 9),
    ],
)
def test_a_platform_may_write_a_time_in_its_own_way(written: str, hour: int) -> None:
    stamp = read_platform_instant(written, JAKARTA)
    assert stamp is not None
    assert stamp.astimezone(UTC) == datetime(2026, 11, 25, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        "", "2026", "20261124", "2026-11-25", "20261125T090000Z", "kemarin", 20261124, 1.5, True,
        None, [], {}, "2026-13-25T09:00:00Z", "0001-01-01T00:00:00+07:00",
    ],
    ids=repr,
)  # fmt: skip
def test_a_time_of_a_platform_that_cannot_be_read_is_none_and_refuses_nothing(wrong: Any) -> None:
    assert read_platform_instant(wrong, JAKARTA) is None
    assert read_platform_instant(wrong) is None


def test_a_platforms_time_without_a_zone_is_none_where_nobody_knows_the_zone() -> None:
    assert read_platform_instant("2026-11-25T09:00:00") is None

"""``Date``: written by the clock of the process, read only as it is written."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from shared.clock import DatabaseClock
from shared.health import Health
from shared.http.app import create_app
from shared.http.date import DateField, date_of
from shared.telemetry import Metrics
from shared.testing import FixedClock
from tests.unit.shared.http.door import a_router

AT = datetime(1994, 11, 6, 8, 49, 37, 999_999, tzinfo=UTC)
WRITTEN = "Sun, 06 Nov 1994 08:49:37 GMT"
"""The example of RFC 9110, 5.6.7."""


@pytest.mark.parametrize("word", ["not-found", "transient", "bug"])
async def test_answers_that_fail_are_dated_too(word: str) -> None:
    app = create_app("door", "Door", [a_router()], Health(), Metrics(), dated_by=lambda: AT)
    door = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=door, base_url="http://door") as http:
        answer = await http.get(f"/v1/fails/{word}")
        assert answer.status_code >= 400
        assert answer.headers.get_list("date") == [WRITTEN]


def test_a_date_is_the_second_that_has_begun_and_goes_on_with_the_clock() -> None:
    clock = FixedClock(AT)
    field = DateField(clock)
    assert field() == field() == ((b"date", WRITTEN.encode()),)
    clock.advance(timedelta(microseconds=1))
    assert field() == ((b"date", b"Sun, 06 Nov 1994 08:49:38 GMT"),)
    clock.advance(timedelta(hours=-3))
    assert field() == ((b"date", b"Sun, 06 Nov 1994 05:49:38 GMT"),)


def test_who_does_not_know_the_time_states_no_date() -> None:
    assert not DateField(DatabaseClock().known)()


def test_a_date_is_read_as_it_was_written() -> None:
    assert date_of(WRITTEN) == AT.replace(microsecond=0)


@pytest.mark.parametrize(
    "value",
    [
        None, "", "now", "0", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 +0700",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:38 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sat, 01 Jan 0001 00:00:00 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "\ud800",
    ],
)  # fmt: skip
def test_what_no_part_of_ours_writes_is_no_date(value: str | None) -> None:
    assert date_of(value) is None

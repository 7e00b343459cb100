"""How long a gateway is left alone that takes nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notify.sending.gateways import HeldBack, held_back
from services.notify.sending.outcomes import TryLater

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
REFUSAL = TryLater(ours=True, reason="http_403")


def pause_after(outage: timedelta, outcome: TryLater) -> timedelta:
    before = HeldBack("sms", "timeout", outcome.ours, NOW - outage, NOW)
    held = held_back("sms", before, outcome, NOW, cap=DAY)
    assert held.retry_at is not None
    return held.retry_at - NOW


@pytest.mark.parametrize(
    ("outage", "pause"),
    [
        (timedelta(0), timedelta(seconds=1)),
        (timedelta(seconds=15), timedelta(seconds=1.5)),
        (timedelta(minutes=1), timedelta(seconds=6)),
        (timedelta(hours=1), timedelta(minutes=1)),
    ],
)
def test_a_gateway_that_comes_back_is_tried_within_a_tenth_of_the_time_it_was_away(
    outage: timedelta, pause: timedelta
) -> None:
    assert pause_after(outage, TryLater(away=True, reason="timeout")) == pause


@pytest.mark.parametrize(
    ("outage", "pause"),
    [
        (timedelta(0), timedelta(seconds=5)),
        (timedelta(seconds=12), timedelta(seconds=6)),
        (timedelta(minutes=10), timedelta(minutes=5)),
        (DAY, timedelta(minutes=10)),
    ],
)
def test_a_gateway_that_refuses_us_is_asked_after_half_as_long_again(
    outage: timedelta, pause: timedelta
) -> None:
    assert pause_after(outage, REFUSAL) == pause


def test_a_key_that_stays_refused_is_shown_at_most_twenty_times_in_an_hour() -> None:
    asked, held = 0, held_back("sms", None, REFUSAL, NOW, cap=DAY)
    while held.retry_at is not None and held.retry_at < NOW + timedelta(hours=1):
        asked += 1
        held = held_back("sms", held, REFUSAL, held.retry_at, cap=DAY)
    assert 10 < asked <= 20

"""How long a gateway is left alone that takes nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notify.sending.gateways import HeldBack, held_back
from services.notify.sending.outcomes import TryLater

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


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


def test_a_gateway_that_refuses_us_is_asked_at_most_once_a_minute() -> None:
    refusal = TryLater(ours=True, reason="http_403")
    assert pause_after(timedelta(0), refusal) == timedelta(minutes=1)
    assert pause_after(DAY, refusal) == timedelta(minutes=10)

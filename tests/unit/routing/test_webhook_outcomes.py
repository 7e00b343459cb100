"""What an answer means for a message and for its receiver, by hand-written tables."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.routing.webhooks.messages import Webhook
from services.routing.webhooks.outcomes import (
    Answer,
    Delivery,
    Status,
    after_calls,
    conclude,
)
from tests.builders import T0

HOOK = Webhook(UUID(int=1), "31.74.01.1001", "https://sistem.example.org/", None, True, 1, T0)
OK, ERROR, REFUSED = Answer(204, "http_204"), Answer(500, "http_500"), Answer(400, "http_400")
SILENT = Answer(None, "no_answer")
DAYS = timedelta(days=3)
SECOND = timedelta(seconds=1)


def a_delivery(attempts: int = 0) -> Delivery:
    return Delivery(UUID(int=2), UUID(int=3), "{}", attempts, T0 + DAYS)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_success_delivers(status: int) -> None:
    done = conclude(a_delivery(), Answer(status, ""), T0, 0.5)
    assert (done.status, done.reason) == (Status.DELIVERED, None)


@pytest.mark.parametrize("status", [None, 100, 301, 302, 307, 400, 401, 404, 410, 429, 500, 503])
def test_everything_else_is_tried_again_for_three_days_and_then_has_failed(
    status: int | None,
) -> None:
    answer = Answer(status, "why")
    assert conclude(a_delivery(), answer, T0, 0.5).status is Status.WAITING
    just_before = conclude(a_delivery(40), answer, T0 + DAYS - SECOND, 0.5)
    assert (just_before.status, just_before.next_attempt_at) == (Status.WAITING, T0 + DAYS)
    over = conclude(a_delivery(41), answer, T0 + DAYS, 0.5)
    assert (over.status, over.reason) == (Status.FAILED, "why")


def test_the_pauses_double_up_to_four_hours() -> None:
    pauses = [
        (conclude(a_delivery(n), SILENT, T0, 0.999).next_attempt_at - T0).total_seconds()
        for n in (0, 1, 2, 30)
    ]
    assert [round(each) for each in pauses] == [5, 10, 20, 14393]


@pytest.mark.parametrize(
    ("said", "seconds"), [("120", 120), ("999999999", 86_400), ("bad", 5), (None, 5), ("0", 5)]
)
def test_a_busy_receiver_says_when_it_may_be_called_again(said: str | None, seconds: int) -> None:
    answer = Answer(503, "http_503", said)
    again = conclude(a_delivery(), answer, T0, 0.999).next_attempt_at
    assert round((again - T0).total_seconds()) == seconds
    held = after_calls(HOOK, [answer], T0, 0.999).held_until
    wanted = 0 if said == "0" else seconds
    assert held is not None
    assert round((held - T0).total_seconds()) == wanted


def test_a_receiver_that_is_away_is_left_alone_longer_and_longer() -> None:
    hook, pauses = HOOK, []
    for _ in range(10):
        hook = after_calls(hook, [SILENT, ERROR], T0, 0.999)
        assert hook.held_until is not None
        pauses.append(round((hook.held_until - T0).total_seconds()))
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    back = after_calls(hook, [OK], T0, 0.5)
    assert (back.failures, back.held_until) == (0, None)


def test_a_message_that_a_receiver_cannot_take_holds_nobody_up() -> None:
    for answers in ([REFUSED], [REFUSED, REFUSED], [REFUSED, ERROR], [OK, ERROR], []):
        assert after_calls(HOOK, answers, T0, 0.5).held_until is None


def test_a_receiver_that_is_gone_is_told_nothing_more() -> None:
    after = after_calls(HOOK, [OK, Answer(410, "http_410")], T0, 0.5)
    assert (after.enabled, after.disabled_because) == (False, "http_410")

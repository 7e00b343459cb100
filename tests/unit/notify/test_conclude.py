"""What a try comes to."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain import Delivery, DeliveryStatus
from services.notify.sending.outcomes import (
    Erased,
    NoReplyPath,
    Persistence,
    Refused,
    Result,
    Sent,
    TryLater,
    conclude,
)
from shared.decision import Decision
from shared.events.notify import NotificationFailed, NotificationSent, NotificationSuppressed
from tests.builders import T0
from tests.unit.notify.cases import a_delivery

PERSISTENCE = Persistence(attempts=5, cap=timedelta(hours=1), patience=timedelta(days=7))
PAUSE = timedelta(seconds=4)
REFUSES_US = TryLater(away=True, reason="auth_refused", ours=True)


def after(result: Result, **fields: int) -> Decision[Delivery]:
    return conclude(a_delivery(**fields), result, T0, PAUSE, PERSISTENCE)


def test_a_sent_message_is_a_fact() -> None:
    decision = after(Sent())
    assert decision.state.status is DeliveryStatus.SENT
    (event,) = decision.events
    assert isinstance(event, NotificationSent)
    assert event.delivery_id == a_delivery().id


@pytest.mark.parametrize(
    ("result", "reason", "detail"),
    [(Refused("http_404"), "refused", "http_404"), (Erased(), "erased", "erased")],
)
def test_a_no_is_final(result: Result, reason: str, detail: str) -> None:
    decision = after(result)
    (event,) = decision.events
    assert isinstance(event, NotificationFailed)
    assert (event.reason, decision.state.reason) == (reason, detail)
    assert decision.state.status is DeliveryStatus.FAILED


def test_a_provider_that_is_busy_is_asked_again_after_the_back_off() -> None:
    decision = after(TryLater())
    assert decision.events == ()
    assert decision.state.status is DeliveryStatus.WAITING
    assert decision.state.next_attempt_at == T0 + PAUSE
    half_a_second = timedelta(seconds=0.5)
    soon = conclude(a_delivery(), TryLater(), T0, half_a_second, PERSISTENCE)
    assert soon.state.next_attempt_at == T0 + half_a_second


def test_a_provider_that_asks_for_time_gets_it_up_to_the_cap() -> None:
    assert after(TryLater(after=60)).state.next_attempt_at == T0 + timedelta(seconds=60)
    assert after(TryLater(after=1)).state.next_attempt_at == T0 + PAUSE
    assert after(TryLater(after=999_999)).state.next_attempt_at == T0 + timedelta(hours=1)


def test_the_last_try_ends_it() -> None:
    assert after(TryLater(), attempt=4).state.status is DeliveryStatus.WAITING
    decision = after(TryLater(), attempt=5)
    (event,) = decision.events
    assert isinstance(event, NotificationFailed)
    assert (event.reason, decision.state.reason) == ("exhausted", "exhausted")


@pytest.mark.parametrize("attempt", [1, 5, 500])
def test_a_message_does_not_end_while_the_gateway_refuses_us(attempt: int) -> None:
    decision = after(REFUSES_US, attempt=attempt)
    assert decision.events == ()
    assert decision.state.status is DeliveryStatus.WAITING
    assert decision.state.reason == "auth_refused"


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (timedelta(0), timedelta(minutes=1)),
        (timedelta(minutes=5), timedelta(minutes=1)),
        (timedelta(hours=2), timedelta(minutes=12)),
        (timedelta(hours=10), timedelta(hours=1)),
        (timedelta(days=3), timedelta(hours=1)),
    ],
)
def test_the_longer_a_message_waits_for_an_operator_the_rarer_it_is_tried(
    age: timedelta, pause: timedelta
) -> None:
    delivery = a_delivery(created_at=T0 - age)
    state = conclude(delivery, REFUSES_US, T0, PAUSE, PERSISTENCE).state
    assert state.next_attempt_at == T0 + pause


def test_why_a_message_waits_is_kept_with_it() -> None:
    assert after(TryLater(reason="greylisted")).state.reason == "greylisted"


def test_a_reporter_without_a_way_back_is_not_a_failure() -> None:
    decision = after(NoReplyPath())
    (event,) = decision.events
    assert isinstance(event, NotificationSuppressed)
    assert decision.state.status is DeliveryStatus.SUPPRESSED
    assert (event.reason, decision.state.reason) == ("no_reply_path", "no_reply_path")


@given(
    st.sampled_from(
        [Sent(), Refused("x"), Erased(), NoReplyPath(), TryLater(), TryLater(30.0), REFUSES_US]
    ),
    st.integers(1, 9),
)
def test_a_delivery_is_open_or_has_exactly_one_fact(result: Result, attempt: int) -> None:
    decision = after(result, attempt=attempt)
    is_open = decision.state.status is DeliveryStatus.WAITING
    assert len(decision.events) == (0 if is_open else 1)
    assert not is_open or decision.state.next_attempt_at > T0

"""What each provider answers over HTTP, in its own words, and what it means for a message."""

import json
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.providers import meta, sms, x
from services.notify.providers.answers import Answers
from services.notify.providers.partners import PARTNER, TICKETS
from services.notify.sending.outcomes import Outcome, Refused, Sent, TryLater
from shared.retry import MOST_SECONDS, retry_after
from tests.builders import T0

EVERY = {"x": x.ANSWERS, "meta": meta.ANSWERS, "sms": sms.ANSWERS, "partner": PARTNER,
         "tickets": TICKETS}  # fmt: skip


def heard(answers: Answers, status: int, body: Any = None, **headers: str) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answers.outcome(status, headers, raw, T0)


def meaning(outcome: Outcome) -> str:
    """recipient, us (nothing goes), unclear (ours; others are tried), later, gone or sent."""
    match outcome:
        case Sent():
            return "sent"
        case Refused():
            return "recipient"
        case TryLater(until_resumed=True):
            return "gone"
        case TryLater(ours=False):
            return "later"
        case TryLater(away=away):
            return "us" if away else "unclear"


def graph(code: int, sub: int | None = None) -> dict[str, Any]:
    error = {"message": "kanari", "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    return {"error": error | ({} if sub is None else {"error_subcode": sub})}


def problem(kind: str, **more: str) -> dict[str, Any]:
    return {"title": "kanari", "detail": "kanari", "type": kind, **more}


def about_blank(detail: str) -> dict[str, Any]:
    return {"title": "Forbidden", "status": 403, "type": "about:blank", "detail": detail}


X_PROBLEM = "https://api.twitter.com/2/problems/"
FORBIDDEN = problem(X_PROBLEM + "client-forbidden", reason="client-not-enrolled")
FCM = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


def infobip(name: str) -> dict[str, Any]:
    status = {"groupId": 5, "groupName": "REJECTED", "id": 1, "name": name}
    return {"messages": [{"to": "62811", "status": status, "messageId": "m1"}]}


def fcm(status: str, code: str) -> dict[str, Any]:
    details = [{"@type": FCM, "errorCode": code}]
    return {"error": {"code": 404, "message": "kanari", "status": status, "details": details}}


@pytest.mark.parametrize(
    ("provider", "status", "body", "means"),
    [
        ("x", 403, FORBIDDEN, "us"),
        ("x", 403, problem(X_PROBLEM + "oauth1-permissions"), "us"),
        ("x", 429, problem(X_PROBLEM + "usage-capped"), "us"),
        ("x", 403, {"errors": [{"code": 326, "message": "locked"}]}, "us"),
        ("x", 403, {"errors": [{"code": 64, "message": "suspended"}]}, "us"),
        ("x", 403, about_blank("You do not have permission to DM one or more participants."),
         "recipient"),
        ("x", 403, {"errors": [{"code": 349, "message": "kanari"}]}, "recipient"),
        ("x", 404, problem(X_PROBLEM + "resource-not-found"), "recipient"),
        ("x", 403, about_blank("Reply to this conversation is not allowed because you have not "
         "been mentioned"), "recipient"),
        ("x", 403, about_blank("You are not allowed to create a Tweet with duplicate content."),
         "sent"),
        ("x", 403, about_blank("Forbidden"), "unclear"),
        ("x", 404, None, "unclear"),
        ("x", 400, problem(X_PROBLEM + "invalid-request"), "unclear"),
        ("meta", 400, graph(190), "us"),
        ("meta", 400, graph(190, 463), "us"),
        ("meta", 403, graph(4), "us"),
        ("meta", 400, graph(613), "us"),
        ("meta", 403, graph(10), "us"),
        ("meta", 403, graph(200), "us"),
        ("meta", 400, graph(368), "us"),
        ("meta", 400, graph(551), "recipient"),
        ("meta", 400, graph(10, 2018278), "recipient"),
        ("meta", 400, graph(100, 2018001), "recipient"),
        ("meta", 400, graph(10900), "recipient"),
        ("meta", 400, graph(100), "unclear"),
        ("meta", 400, graph(100, 33), "unclear"),
        ("meta", 400, graph(2), "later"),
        ("meta", 500, graph(190), "us"),
        ("sms", 401, {"code": 20003}, "us"),
        ("sms", 403, {"code": 20003}, "us"),
        ("sms", 404, {"code": 20404}, "us"),
        ("sms", 429, {"code": 20429}, "us"),
        ("sms", 400, {"code": 21606}, "us"),
        ("sms", 400, {"code": 21610}, "recipient"),
        ("sms", 400, {"code": "21211"}, "recipient"),
        ("sms", 400, {"code": 21614}, "recipient"),
        ("sms", 400, {"code": 21408}, "unclear"),
        ("sms", 400, {"code": 99999}, "unclear"),
        ("sms", 401, {"requestError": {"serviceException": {"messageId": "UNAUTHORIZED"}}}, "us"),
        ("sms", 200, infobip("REJECTED_NOT_ENOUGH_CREDITS"), "us"),
        ("sms", 200, infobip("REJECTED_DND"), "recipient"),
        ("sms", 200, infobip("REJECTED_OF_TOMORROW"), "unclear"),
        ("sms", 403, b"Authorization failed for sendsms", "us"),
        ("sms", 503, b"Temporal failure, try again later.", "later"),
        ("sms", 202, b"0: Accepted for delivery", "sent"),
        ("partner", 403, None, "us"),
        ("partner", 404, None, "us"),
        ("partner", 410, None, "gone"),
        ("partner", 422, {"code": "recipient_unknown"}, "recipient"),
        ("partner", 422, {"code": "other"}, "unclear"),
        ("partner", 400, None, "unclear"),
        ("partner", 404, fcm("NOT_FOUND", "UNREGISTERED"), "recipient"),
        ("partner", 403, fcm("PERMISSION_DENIED", "SENDER_ID_MISMATCH"), "us"),
        ("partner", 400, fcm("INVALID_ARGUMENT", "INVALID_ARGUMENT"), "unclear"),
        ("partner", 504, None, "later"),
        ("tickets", 404, None, "unclear"),
        ("tickets", 410, None, "gone"),
        ("tickets", 422, {"code": "recipient_unknown"}, "recipient"),
    ],
)  # fmt: skip
def test_who_is_meant_by_a_refusal(provider: str, status: int, body: Any, means: str) -> None:
    outcome = heard(EVERY[provider], status, body)
    assert meaning(outcome) == means
    assert "kanari" not in repr(outcome)


@pytest.mark.parametrize("answers", EVERY.values(), ids=EVERY)
def test_what_is_not_known_never_ends_a_delivery(answers: Answers) -> None:
    for status in [*range(100, 200), *range(300, 600)]:
        for body in (None, {"code": 1234567, "detail": "?"}, {"error": {"code": "?"}}):
            assert meaning(heard(answers, status, body)) not in ("recipient", "sent")


@given(
    st.sampled_from(sorted(EVERY)),
    st.integers(100, 599),
    st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["error", "code", "errors", "details", "messages", "status", "type"]
                    ),
                    inner,
                )
            ),
            max_leaves=8,
        ),
    ),
)
def test_a_body_of_any_shape_is_read(provider: str, status: int, body: Any) -> None:
    assert meaning(heard(EVERY[provider], status, body))


def test_a_body_that_is_nested_beyond_reading_is_no_reason_to_fall() -> None:
    assert meaning(heard(sms.ANSWERS, 400, b"[" * 60_000)) == "unclear"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("17", 17.0),
        ("0", 0.0),
        (" 17 ", 17.0),
        ("999999999", MOST_SECONDS),
        ("9" * 5000, MOST_SECONDS),
        ("0" * 5000 + "7", 7.0),
        ("Sun, 03 Nov 2024 02:00:30 GMT", 30.0),
        ("Sunday, 03-Nov-24 02:00:30 GMT", 30.0),
        ("Sun Nov  3 02:00:30 2024", 30.0),
        ("Sun, 03 Nov 2024 01:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MOST_SECONDS),
        ("-5", None),
        ("1.5", None),
        ("", None),
        ("nan", None),
        ("soon", None),
        ("١٧", None),
        ("Sun, 99 Nov 2024 02:00:30 GMT", None),
    ],
)
def test_retry_after_is_a_number_or_a_date_and_never_more_than_a_day(
    said: str, seconds: float | None
) -> None:
    assert T0.isoformat() == "2024-11-03T02:00:00+00:00"
    assert retry_after(said, T0) == seconds


@given(st.integers(-10_000, 86_400))
def test_a_date_means_the_time_until_then(seconds: int) -> None:
    moment = format_datetime(T0 + timedelta(seconds=seconds), usegmt=True)
    assert retry_after(moment, T0) == max(seconds, 0)


@given(st.text(max_size=40))
def test_no_retry_after_can_upset_us(said: str) -> None:
    wait = retry_after(said, T0)
    assert wait is None or 0 <= wait <= MOST_SECONDS


def test_a_gateway_that_asks_for_time_is_heard_whatever_it_answers() -> None:
    for status in (400, 403, 429, 503):
        outcome = heard(sms.ANSWERS, status, None, **{"retry-after": "60"})
        assert isinstance(outcome, TryLater)
        assert outcome.after == 60

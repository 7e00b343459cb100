"""What a complaint is to intake, and how the day's complaints are counted."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain import (
    CLOCK_TOLERANCE,
    MAX_QUOTED_REPORTS,
    Command,
    Complaint,
    ComplaintState,
    Erase,
    Receive,
    Supplement,
    Withdraw,
    believable,
    decide,
    sequences,
)
from shared.events.intake import (
    ComplaintReceived,
    ComplaintSupplemented,
    ComplaintWithdrawn,
    ReporterErased,
)
from shared.events.vocabulary import Channel

T0 = datetime(2024, 11, 3, 2, 0, tzinfo=UTC)
COMPLAINT, CONTENT, REPORTER = UUID(int=1), UUID(int=2), UUID(int=3)
WORDS = Supplement(UUID(int=4), "note", T0)


def a_receipt(**fields: Any) -> Receive:
    defaults: dict[str, Any] = {
        "complaint_id": COMPLAINT,
        "at": T0,
        "report_number": "JK2411030001",
        "tracking_digest": "0" * 64,
        "channel": Channel.JAKI,
        "content_ref": CONTENT,
        "reporter_ref": REPORTER,
        "reachable": True,
    }
    return Receive(**{**defaults, **fields})


def a_complaint(state: ComplaintState = ComplaintState.RECEIVED) -> Complaint:
    return Complaint(COMPLAINT, "JK2411030001", Channel.JAKI, REPORTER, state, T0)


def test_a_new_complaint_is_received_with_all_that_the_channel_said() -> None:
    decision = decide(None, a_receipt(category="sampah", anonymous=True, kelurahan_code=None))
    assert decision.state == a_complaint()
    [event] = decision.events
    assert isinstance(event, ComplaintReceived)
    assert (event.category, event.anonymous, event.at) == ("sampah", True, T0)


def test_a_complaint_that_is_known_is_not_received_again() -> None:
    known = a_complaint()
    decision = decide(known, a_receipt())
    assert decision.state is known
    assert decision.events == ()


@pytest.mark.parametrize(
    ("state", "command", "after", "event"),
    [
        ("received", WORDS, "received", ComplaintSupplemented),
        ("received", Withdraw("citizen", T0), "withdrawn", ComplaintWithdrawn),
        ("received", Erase(T0), "erased", ReporterErased),
        ("withdrawn", WORDS, "withdrawn", ComplaintSupplemented),
        ("withdrawn", Withdraw("platform", T0), "withdrawn", None),
        ("withdrawn", Erase(T0), "erased", ReporterErased),
        ("erased", WORDS, "erased", None),
        ("erased", Withdraw("citizen", T0), "erased", None),
        ("erased", Erase(T0), "erased", None),
    ],
)
def test_what_is_said_later_changes_a_complaint_once(
    state: str, command: Command, after: str, event: type | None
) -> None:
    decision = decide(a_complaint(ComplaintState(state)), command)
    assert decision.state is not None
    assert decision.state.state == after
    assert [type(each) for each in decision.events] == ([event] if event else [])


@pytest.mark.parametrize("command", [WORDS, Withdraw("citizen", T0), Erase(T0)])
def test_nothing_happens_to_a_complaint_that_does_not_exist(command: Command) -> None:
    decision = decide(None, command)
    assert (decision.state, decision.events) == (None, ())


def test_an_erasure_names_the_sealed_reporter() -> None:
    [event] = decide(a_complaint(), Erase(T0)).events
    assert isinstance(event, ReporterErased)
    assert event.reporter_ref == REPORTER


def test_a_text_full_of_report_numbers_quotes_some_of_them() -> None:
    quoted = tuple(f"JK241103{n:04d}" for n in range(100))
    [event] = decide(None, a_receipt(quoted_reports=quoted)).events
    assert isinstance(event, ComplaintReceived)
    assert event.quoted_reports == quoted[:MAX_QUOTED_REPORTS]


@given(st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400)))
def test_a_report_is_never_older_than_its_receipt_says(offset: timedelta) -> None:
    told = believable(T0 + offset, T0)
    if offset > CLOCK_TOLERANCE:
        assert told is None
    else:
        assert told == min(T0 + offset, T0)


def test_without_a_time_of_its_own_a_report_has_none() -> None:
    assert believable(None, T0) is None


DAYS = st.lists(st.sampled_from([date(2024, 11, day) for day in (1, 2, 3)]), max_size=40)


@given(DAYS, DAYS)
def test_each_days_numbers_follow_on_without_gap_or_double(
    earlier: list[date], new: list[date]
) -> None:
    last = {day: earlier.count(day) + new.count(day) for day in set(new)}
    numbers = sequences(new, last)
    for day in set(new):
        mine = [number for number, of in zip(numbers, new, strict=True) if of == day]
        first = earlier.count(day) + 1
        assert mine == list(range(first, first + len(mine)))

"""What a complaint is to intake, and how the day's complaints are counted."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.intake.domain import (
    Command,
    Complaint,
    ComplaintState,
    Erase,
    Receive,
    Supplement,
    Withdraw,
    Withheld,
    believable,
    decide,
    sequences,
    withheld,
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
        "code_key_id": "key-1",
        "tracking_digest": "0" * 64,
        "lookup_key_id": "key-2",
        "channel": Channel.JAKI,
        "content_ref": CONTENT,
        "reporter_ref": REPORTER,
        "reachable": True,
    }
    return Receive(**{**defaults, **fields})


def a_complaint(state: ComplaintState = ComplaintState.RECEIVED) -> Complaint:
    return Complaint(COMPLAINT, "JK2411030001", Channel.JAKI, REPORTER, state, T0)


SAID: dict[str, Any] = {
    "complaint_id": COMPLAINT,
    "at": T0,
    "report_number": "JK2411030001",
    "tracking_digest": "0" * 64,
    "lookup_key_id": "key-2",
    "channel": Channel.INSPEKTORAT,
    "content_ref": CONTENT,
    "reporter_ref": REPORTER,
    "reachable": False,
    "language": "en",
    "category": "sampah",
    "geotagged": True,
    "kelurahan_code": "31.74.01.1001",
    "entered_by_unit": "inspektorat",
    "about_unit": "31.74.01",
    "anonymous": True,
    "confidential": True,
    "restricted": True,
    "reported_at": T0 - timedelta(days=1),
    "quoted_reports": ("JK2411020007",),
}
OPEN: dict[str, Any] = {"about_unit": None, "restricted": False, "confidential": False}


SILENT: dict[str, Any] = {
    "category": None,
    "geotagged": False,
    "kelurahan_code": None,
    "entered_by_unit": None,
    "reported_at": None,
    "quoted_reports": (),
}
"""What the stream is told in place of what would tell whom a complaint is about."""


def test_a_new_complaint_is_received_with_all_that_the_channel_said() -> None:
    decision = decide(None, Receive(code_key_id="key-1", **{**SAID, **OPEN}))
    told = {name: value for name, value in SAID.items() if name not in OPEN}
    assert decision.events == (ComplaintReceived(**told, confidential=False),)
    assert decision.state == Complaint(
        COMPLAINT,
        "JK2411030001",
        Channel.INSPEKTORAT,
        REPORTER,
        ComplaintState.RECEIVED,
        T0,
        "key-1",
    )


def test_what_the_channel_did_not_say_is_not_made_up() -> None:
    [event] = decide(None, a_receipt()).events
    assert isinstance(event, ComplaintReceived)
    assert (event.language, event.geotagged, event.anonymous) == ("id", False, False)
    assert event.confidential is False
    assert (event.category, event.kelurahan_code, event.reported_at) == (None, None, None)
    assert (event.entered_by_unit, event.quoted_reports) == (None, ())


ABOUT_OFFICIALS = [
    {"about_unit": "31.74.01", "restricted": False, "confidential": False},
    {"about_unit": None, "restricted": True, "confidential": False},
    {"about_unit": "31.74.01", "restricted": True, "confidential": True},
]
RAHASIA = {"about_unit": None, "restricted": False, "confidential": True}


@pytest.mark.parametrize("given", [*ABOUT_OFFICIALS, RAHASIA])
def test_the_stream_is_told_the_same_of_every_confidential_complaint_from_a_desk(
    given: dict[str, Any],
) -> None:
    """Whatever the desk has entered: else one that is about officials would stand out."""
    command = Receive(code_key_id="key-1", **{**SAID, **given})
    [event] = decide(None, command).events
    told = {name: value for name, value in SAID.items() if name not in OPEN}
    assert event == ComplaintReceived(**{**told, **SILENT, "confidential": True})
    assert withheld(command) == Withheld(
        complaint_id=COMPLAINT, about_unit=given["about_unit"], restricted=given["restricted"],
        category="sampah", geotagged=True, kelurahan_code="31.74.01.1001",
        entered_by_unit="inspektorat",
    )  # fmt: skip


@pytest.mark.parametrize("given", ABOUT_OFFICIALS)
def test_one_about_officials_is_silent_also_without_a_desk(given: dict[str, Any]) -> None:
    [event] = decide(
        None, Receive(code_key_id="key-1", **{**SAID, **given, "entered_by_unit": None})
    ).events
    assert isinstance(event, ComplaintReceived)
    assert (event.confidential, event.category, event.kelurahan_code) == (True, None, None)


def test_a_confidential_complaint_of_a_citizens_own_is_told_as_it_was_made() -> None:
    command = Receive(code_key_id="key-1", **{**SAID, **RAHASIA, "entered_by_unit": None})
    [event] = decide(None, command).events
    assert isinstance(event, ComplaintReceived)
    assert (event.confidential, event.category) == (True, "sampah")
    assert withheld(command) is None


def test_an_event_of_an_earlier_release_that_tells_whom_it_is_about_is_read_as_a_silent_one() -> (
    None
):
    old: dict[str, Any] = {name: str(value) for name, value in SAID.items()}
    old |= {"geotagged": True, "reported_at": T0.isoformat(), "quoted_reports": ["JK2411020007"]}
    for told in ({"about_unit": "31.74.01"}, {"restricted": True}):
        body = json.dumps({**old, "about_unit": None, "restricted": False, **told})
        event = ComplaintReceived.model_validate_json(body)
        assert (event.confidential, event.category, event.kelurahan_code) == (True, None, None)
        assert "31.74.01" not in event.model_dump_json()


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


LATER = T0 + timedelta(days=3)


def test_an_erasure_names_the_sealed_reporter() -> None:
    assert decide(a_complaint(), Erase(LATER)).events == (
        ReporterErased(complaint_id=COMPLAINT, at=LATER, reporter_ref=REPORTER),
    )


def test_added_words_say_where_they_are_and_of_what_kind() -> None:
    assert decide(a_complaint(), Supplement(UUID(int=9), "edit", LATER)).events == (
        ComplaintSupplemented(
            complaint_id=COMPLAINT, at=LATER, content_ref=UUID(int=9), kind="edit"
        ),
    )


def test_a_withdrawal_says_who_took_it_back() -> None:
    assert decide(a_complaint(), Withdraw("platform", LATER)).events == (
        ComplaintWithdrawn(complaint_id=COMPLAINT, at=LATER, source="platform"),
    )


def test_what_is_said_later_changes_nothing_but_the_state() -> None:
    decision = decide(a_complaint(), Erase(LATER))
    assert decision.state == a_complaint(ComplaintState.ERASED)
    decision = decide(a_complaint(), Withdraw("citizen", LATER))
    assert decision.state == a_complaint(ComplaintState.WITHDRAWN)


def test_a_text_full_of_report_numbers_quotes_the_first_twenty() -> None:
    quoted = tuple(f"JK241103{n:04d}" for n in range(100))
    [event] = decide(None, a_receipt(quoted_reports=quoted)).events
    assert isinstance(event, ComplaintReceived)
    assert event.quoted_reports == quoted[:20]


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=400)))
def test_a_report_from_the_past_keeps_its_time(age: timedelta) -> None:
    assert believable(T0 - age, T0) == T0 - age


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(minutes=10)))
@example(timedelta(minutes=10))
def test_a_clock_that_is_ten_minutes_fast_at_most_means_now(fast: timedelta) -> None:
    assert believable(T0 + fast, T0) == T0


@given(
    st.timedeltas(min_value=timedelta(minutes=10, microseconds=1), max_value=timedelta(days=400))
)
def test_a_clock_that_is_faster_is_not_believed(fast: timedelta) -> None:
    assert believable(T0 + fast, T0) is None


def test_a_complaint_is_received_when_it_was_reported_as_far_as_that_is_believed() -> None:
    [event] = decide(None, a_receipt(reported_at=T0 + timedelta(hours=1))).events
    assert isinstance(event, ComplaintReceived)
    assert event.reported_at is None


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

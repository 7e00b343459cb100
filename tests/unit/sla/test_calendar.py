"""Which time counts: arithmetic of both calendars."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.calendar import ElapsedCalendar, WorkingDayCalendar
from services.sla.clocks import WorkingCalendar
from shared.clock import JAKARTA

LEBARAN = frozenset(date(2024, 4, day) for day in (8, 9, 10, 11, 12, 15))
WORKING = WorkingDayCalendar(LEBARAN)
CALENDARS: tuple[WorkingCalendar, ...] = (ElapsedCalendar(), WORKING)

instants = st.timedeltas(timedelta(), timedelta(days=90)).map(
    lambda span: datetime(2024, 3, 1, tzinfo=UTC) + span
)
spans = st.timedeltas(timedelta(), timedelta(days=20))
calendars = st.sampled_from(CALENDARS)


def wib(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2024, month, day, hour, tzinfo=JAKARTA)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (wib(3, 4, 10), 1, wib(3, 5, 10)),
        (wib(3, 8, 10), 1, wib(3, 11, 10)),
        (wib(3, 9, 10), 1, wib(3, 12)),
        (wib(4, 5, 10), 1, wib(4, 16, 10)),
        (wib(3, 4, 10), 7, wib(3, 13, 10)),
    ],
    ids=["weekday", "over-the-weekend", "from-a-saturday", "over-lebaran", "seven-working-days"],
)
def test_working_days_skip_weekends_and_holidays(start: datetime, days: int, end: datetime) -> None:
    assert WORKING.add(start, timedelta(days=days)) == end


def test_the_day_is_jakartas_and_not_greenwichs() -> None:
    friday_evening_in_greenwich = datetime(2024, 3, 8, 20, tzinfo=UTC)
    assert WORKING.between(friday_evening_in_greenwich, wib(3, 11)) == timedelta()


@settings(deadline=None)
@given(calendars, instants, spans)
def test_what_is_added_has_passed_and_not_an_instant_less(
    calendar: WorkingCalendar, start: datetime, span: timedelta
) -> None:
    end = calendar.add(start, span)
    assert calendar.between(start, end) == span
    if span:
        assert calendar.between(start, end - timedelta(microseconds=1)) < span


@settings(deadline=None)
@given(calendars, instants, spans, spans)
def test_spans_add_up(
    calendar: WorkingCalendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    assert calendar.add(calendar.add(start, first), second) == calendar.add(start, first + second)


@settings(deadline=None)
@given(calendars, instants, instants, instants)
def test_stretches_of_time_add_up(
    calendar: WorkingCalendar, a: datetime, b: datetime, c: datetime
) -> None:
    a, b, c = sorted((a, b, c))
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)
    assert calendar.between(c, a) == timedelta()


@settings(deadline=None)
@given(instants, spans)
def test_working_time_is_never_longer_than_elapsed_time(start: datetime, span: timedelta) -> None:
    assert WORKING.add(start, span) >= ElapsedCalendar().add(start, span)
    assert WORKING.between(start, start + span) <= span

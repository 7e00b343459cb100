"""Which time counts towards a limit: all of it, or that of working days."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from shared.clock import JAKARTA

DAY = timedelta(days=1)
FRIDAY = 4


class ElapsedCalendar:
    """Every second counts."""

    def add(self, start: datetime, span: timedelta) -> datetime:
        return start + span

    def between(self, start: datetime, end: datetime) -> timedelta:
        return max(end - start, timedelta())


class WorkingDayCalendar:
    """Monday to Friday of Jakarta count, all 24 hours of them, unless they are holidays.

    A limit of "7 days" then means seven working days (*hari kerja*).
    """

    def __init__(self, holidays: Iterable[date]) -> None:
        """``holidays``: public holidays and *cuti bersama*, by their Jakarta date."""
        self._holidays = frozenset(holidays)

    def counts(self, day: date) -> bool:
        return day.weekday() <= FRIDAY and day not in self._holidays

    def add(self, start: datetime, span: timedelta) -> datetime:
        """UTC. With no span left the start itself, also on a day that does not count."""
        instant = start.astimezone(JAKARTA)
        while span > timedelta():
            midnight = _next_midnight(instant)
            if self.counts(instant.date()):
                step = min(span, midnight - instant)
                span -= step
                instant += step
            else:
                instant = midnight
        return instant.astimezone(UTC)

    def between(self, start: datetime, end: datetime) -> timedelta:
        instant, last = start.astimezone(JAKARTA), end.astimezone(JAKARTA)
        counted = timedelta()
        while instant < last:
            until = min(_next_midnight(instant), last)
            if self.counts(instant.date()):
                counted += until - instant
            instant = until
        return counted


def _next_midnight(instant: datetime) -> datetime:
    return datetime.combine(instant.date() + DAY, time(), JAKARTA)

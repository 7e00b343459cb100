"""Time as an argument: whoever needs the present is given a ``Clock``."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

Clock = Callable[[], datetime]
"""Returns the present instant, aware, UTC."""

JAKARTA = timezone(timedelta(hours=7), "WIB")
"""Western Indonesia Time: UTC+7 all year, no daylight saving."""

# Counts on while the machine sleeps, which CLOCK_MONOTONIC does not. Not every system has it.
_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def system_clock() -> datetime:
    return datetime.now(UTC)


def boottime() -> float:
    """Seconds since the machine started. Nobody can set this clock, and it also counts while the
    process is stopped or the machine sleeps."""
    return time.clock_gettime(_BOOTTIME)


class DatabaseClock:
    """The database's time, between two of its answers counted on by a clock that nobody sets.

    All replicas read one clock by it, and no statement is spent on it: the answers come with what
    is asked anyway. A process whose own clock is wrong by hours fires nothing early and leaves
    nothing waiting.
    """

    def __init__(
        self, ticks: Callable[[], float] = boottime, until_told: Clock = system_clock
    ) -> None:
        """``until_told`` is read before the first answer: by requests that come before a process
        is ready, never inside a transaction."""
        self.ticks = ticks
        self._until_told = until_told
        self._zero: datetime | None = None

    def __call__(self) -> datetime:
        if self._zero is None:
            return self._until_told()
        return self._zero + timedelta(seconds=self.ticks())

    def known(self) -> datetime | None:
        """The present instant, None before the first answer: what is told to others is never the
        machine's time."""
        return None if self._zero is None else self()

    def told(self, now: datetime, asked: float, answered: float) -> None:
        """``now``: what the database said between the ticks ``asked`` and ``answered``.

        It is heard only as far as it says more than what is known already: otherwise the way there
        and back would make time jump a little at each answer. What it proves wrong is moved no
        further than to what it leaves possible, so that answers in doubt by a second do not throw
        time to and fro by half of one.
        """
        zero = now - timedelta(seconds=(asked + answered) / 2)
        doubt = timedelta(seconds=(answered - asked) / 2)
        if self._zero is None:
            self._zero = zero
        else:
            self._zero = min(max(self._zero, zero - doubt), zero + doubt)

    @property
    def own_error(self) -> float:
        """Seconds by which the process's own clock is ahead of the database's."""
        return (system_clock() - self()).total_seconds()

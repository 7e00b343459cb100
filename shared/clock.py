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

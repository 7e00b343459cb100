"""Time as an argument: whoever needs the present is given a ``Clock``."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

Clock = Callable[[], datetime]
"""Returns the present instant, aware, UTC."""

JAKARTA = timezone(timedelta(hours=7), "WIB")
"""Western Indonesia Time: UTC+7 all year, no daylight saving."""


def system_clock() -> datetime:
    return datetime.now(UTC)

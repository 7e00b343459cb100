"""Instants as callers write them: RFC 3339, section 5.6, and nothing that only looks like one.

A looser reading takes `2026`, `20261124` and `1` for seconds of the year 1970, and an instant
without a zone for one in whatever zone the reader has.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

HOW_TO_WRITE = "Write date, time and zone, as in 2026-11-25T09:00:00+07:00"
_RFC3339 = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](?P<minute>[0-9]{2}:[0-9]{2}):(?P<second>[0-9]{2})"
    r"(?:(?P<fraction>\.[0-9]{1,6})[0-9]*)?(?P<zone>[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_DAY_AND_HOUR = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:")


class BeyondCalendar(ValueError):
    """At either end of the calendar are hours that are no instants in UTC."""


def read_instant(text: str) -> datetime:
    """The instant, in the zone that was written; finer than a microsecond is cut off.

    Raises ValueError for all that RFC 3339 does not have, and BeyondCalendar. A leap second is
    the one that follows it.
    """
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise ValueError("no date-time of RFC 3339")
    leaps = found["second"] == "60"
    second = "59" if leaps else found["second"]
    stamp = datetime.fromisoformat(
        f"{found['day']}T{found['minute']}:{second}{found['fraction'] or ''}{found['zone'].upper()}"
    )
    try:
        utc = stamp.astimezone(UTC)
        if leaps and (utc.hour, utc.minute) != (23, 59):
            raise ValueError("a leap second is the last of a day")
        return stamp + timedelta(seconds=leaps)
    except OverflowError:
        raise BeyondCalendar("not in the calendar of UTC") from None


def read_platform_instant(value: object, zone: tzinfo | None = None) -> datetime | None:
    """When a platform says something was written; None where it says nothing that can be read.

    The platform cannot correct it, and the time only adorns the message. zone: of times that are
    written without one; without it they are not read.
    """
    if not isinstance(value, str) or not _DAY_AND_HOUR.match(value):
        return None
    try:
        stamp = datetime.fromisoformat(value.upper())
        stamp = stamp if stamp.tzinfo else stamp.replace(tzinfo=zone)
        return stamp if stamp.tzinfo and stamp.astimezone(UTC) else None
    except (ValueError, OverflowError):
        return None


def _strictly(value: object) -> datetime:
    """A string of RFC 3339; an aware datetime where our own code makes the model."""
    if isinstance(value, datetime) and value.utcoffset() is not None:
        return value
    try:
        return read_instant(value if isinstance(value, str) else "")
    except ValueError:
        raise PydanticCustomError("instant", HOW_TO_WRITE) from None


Instant = Annotated[datetime, BeforeValidator(_strictly)]
"""An instant of a caller who can correct it."""

"""``Date``: when an answer was made, by the clock of its process (RFC 9110, 6.6.1)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import formatdate, parsedate_to_datetime

Fields = Sequence[tuple[bytes, bytes]]
Known = Callable[[], datetime | None]
"""Returns the present instant, None while it is not known."""


class DateField:
    """The field for an answer that is made now.

    It is not left to uvicorn, whose date is the machine's and as old as its last tick: what a
    process that was stopped for a minute answers first would bear the time of a minute ago.
    """

    def __init__(self, now: Known) -> None:
        self._now = now
        self._second: int | None = None
        self._fields: Fields = ()

    def __call__(self) -> Fields:
        """Empty while the time is not known: a server without a clock states no date."""
        now = self._now()
        if now is None:
            return ()
        second = int(now.timestamp())
        if second != self._second:
            self._second = second
            self._fields = ((b"date", formatdate(second, usegmt=True).encode()),)
        return self._fields


def date_of(value: str | None) -> datetime | None:
    """The whole second that a ``Date`` names, UTC; None for what `DateField` would not write so."""
    try:
        found = parsedate_to_datetime(value or "")
        written = formatdate(found.timestamp(), usegmt=True)
    except (ValueError, OverflowError):
        return None
    return found if written == value else None

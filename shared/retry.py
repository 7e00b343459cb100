"""Retry as a decision: a policy says what to do, someone else does it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeAlias

from shared.errors import Reject, Transient

MOST_SECONDS = 86_400.0
"""The longest ``Retry-After`` that is believed; how long a message waits is capped further on."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after ``delay`` seconds."""

    delay: float


@dataclass(frozen=True, slots=True)
class Park:
    """Set the event aside; ``cause`` is a machine word, ``detail`` a sentence."""

    cause: str
    detail: str


Verdict: TypeAlias = Retry | Park


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential back-off with a cap.

    A ``Transient`` is tried for ever (an hour without a database must not park a city's
    complaints), a ``Reject`` never, a bug ``bug_attempts`` times.
    """

    base: float = 0.1
    cap: float = 10.0
    bug_attempts: int = 3

    def delay(self, attempt: int, jitter: float) -> float:
        """Seconds before try ``attempt + 1``; ``jitter`` in [0, 1) spreads the herd."""
        # Past 2**16 the cap holds anyway; without the bound a long outage overflows a float.
        exponential = self.base * float(2 ** min(attempt - 1, 16))
        return min(self.cap, exponential) * (0.5 + jitter / 2)

    def decide(self, attempt: int, error: Exception, jitter: float) -> Verdict:
        """What follows failure number ``attempt`` (from 1)."""
        match error:
            case Reject():
                return Park(error.cause, error.detail)
            case Transient():
                return Retry(self.delay(attempt, jitter))
            case _ if attempt < self.bug_attempts:
                return Retry(self.delay(attempt, jitter))
            case _:
                # The type alone: a bug's message may quote the data that upset it.
                return Park("bug", f"{type(error).__module__}.{type(error).__qualname__}")


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds of ``Retry-After`` (RFC 9110, 10.2.3): a number or a date, from 0 to a day.

    None for what is neither, where our own back-off decides.
    """
    said = (value or "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said.lstrip("0")[:7] or 0), MOST_SECONDS)
    try:
        moment = parsedate_to_datetime(said)
        wait = (_in_utc(moment) - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(wait, 0.0), MOST_SECONDS)


def _in_utc(moment: datetime) -> datetime:
    """An HTTP date says GMT; its oldest form (asctime) says nothing and means it."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment

"""Retry as a decision: a policy says what to do, someone else does it."""

from dataclasses import dataclass
from typing import TypeAlias

from shared.errors import Reject, Transient


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

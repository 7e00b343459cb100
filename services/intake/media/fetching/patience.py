"""When a picture that was not had is asked for again, and when it is given up. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TypeAlias

from services.intake.media.fetching.asking import Declined
from shared.errors import CrmError, Reject
from shared.events.vocabulary import MediaRefusal
from shared.retry import RetryPolicy

BACK_OFF = RetryPolicy(base=5.0, cap=3600.0)
"""5 seconds, doubled up to an hour: an address of Meta's may soon be worth nothing."""
PATIENCE = timedelta(days=3)
"""A platform may be away, and a credential of ours wrong over a weekend."""
_TOLD = MappingProxyType({"too_large": MediaRefusal.TOO_LARGE, "empty": MediaRefusal.EMPTY})
REFUSALS = 6
"""A source that has answered so often that it has no such picture has none."""


@dataclass(frozen=True, slots=True)
class AskAgain:
    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    reason: MediaRefusal


Next: TypeAlias = AskAgain | GiveUp


def after_failure(
    error: CrmError, attempts: int, wanted_since: datetime, now: datetime, jitter: float
) -> Next:
    """What follows failure number ``attempts`` (from 1)."""
    if isinstance(error, Reject):
        return GiveUp(_TOLD.get(error.cause, MediaRefusal.NOT_FETCHED))
    refused = isinstance(error, Declined) and attempts >= REFUSALS
    if refused or now - wanted_since >= PATIENCE:
        return GiveUp(MediaRefusal.NOT_FETCHED)
    return AskAgain(now + timedelta(seconds=BACK_OFF.delay(attempts, jitter)))

"""When a gateway is left alone, and for how long. Pure.

A gateway that takes nothing, or refuses us, is *held back*: its messages wait together and no try
of theirs is used up. When the pause is over a single message is tried; the others wait for what
becomes of it, and go when it is taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notify.sending.outcomes import TryLater

OURS_PAUSE, OURS_CAP = timedelta(seconds=5), timedelta(minutes=10)
AWAY_PAUSE, AWAY_CAP = timedelta(seconds=1), timedelta(minutes=1)
"""The shortest and the longest time between two tries of a gateway that refuses us, and of one that
is away."""
OURS_SHARE, AWAY_SHARE = 1 / 2, 1 / 10
"""Of the time that it has lasted so far. Who asks with a key that is refused asks seldom, or the
provider locks the account; but many a refusal is over in a few seconds (decision 0097)."""

SUSPICIOUS = 3
"""So many messages in a row are refused as no table knows, and it is the gateway that refuses."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A gateway that is left alone.

    retry_at: when it is tried again; None: not before an operator says so. ours: it refuses us.
    """

    name: str
    reason: str
    ours: bool
    since: datetime
    retry_at: datetime | None

    def rests(self, now: datetime) -> bool:
        return self.retry_at is None or self.retry_at > now


def held_back(
    name: str, before: HeldBack | None, outcome: TryLater, now: datetime, cap: timedelta
) -> HeldBack:
    """The gateway after an outcome that says that it takes nothing now.

    A gateway that asks for a longer pause gets it, up to ``cap``.
    """
    since = before.since if before else now
    asked = min(timedelta(seconds=outcome.after or 0.0), cap)
    pause = max(asked, _pause(now - since, outcome.ours))
    return HeldBack(
        name,
        outcome.reason or "unknown",
        outcome.ours,
        since,
        None if outcome.until_resumed else now + pause,
    )


def _pause(outage: timedelta, ours: bool) -> timedelta:
    """A share of what it has lasted: soon after a gateway is mended its messages go, and one that
    is away for a day costs few tries."""
    if ours:
        return min(max(OURS_PAUSE, outage * OURS_SHARE), OURS_CAP)
    return min(max(AWAY_PAUSE, outage * AWAY_SHARE), AWAY_CAP)


def resting(gateways: Mapping[str, HeldBack], now: datetime) -> dict[str, TryLater]:
    """What the gateways that are not to be tried now would answer."""
    return {
        name: TryLater(
            away=True,
            reason=gateway.reason,
            ours=gateway.ours,
            until_resumed=gateway.retry_at is None,
            tried=False,
        )
        for name, gateway in gateways.items()
        if gateway.rests(now)
    }

"""What a try to send comes to. Pure: answers of providers, and what a delivery becomes by them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from services.notify.domain import Delivery, DeliveryStatus, about, suppressed
from shared.decision import Decision
from shared.events.notify import NotificationFailed, NotificationSent

FailureReason: TypeAlias = Literal["refused", "exhausted", "erased"]


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken the message."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will never take it. ``reason``: a machine word, ``http_400``."""

    reason: str


@dataclass(frozen=True, slots=True)
class TryLater:
    """after: seconds the provider asked for. away: it did not answer at all."""

    after: float | None = None
    away: bool = False


@dataclass(frozen=True, slots=True)
class Erased:
    """The reporter's contact is gone for good."""


@dataclass(frozen=True, slots=True)
class NoReplyPath:
    """The reporter left nothing by which this message could go."""


Outcome: TypeAlias = Sent | Refused | TryLater
Result: TypeAlias = Outcome | Erased | NoReplyPath


@dataclass(frozen=True, slots=True)
class Persistence:
    """How long a delivery is tried: ``attempts`` at most, ``cap`` the longest pause."""

    attempts: int
    cap: timedelta


def conclude(
    delivery: Delivery, result: Result, now: datetime, pause: timedelta, persistence: Persistence
) -> Decision[Delivery]:
    """The delivery after a try, and the fact that came of it, if it is one.

    ``pause``: the back-off this attempt has earned; a provider that asks for longer gets it, up
    to the cap.
    """
    match result:
        case Sent():
            after = replace(delivery, status=DeliveryStatus.SENT)
            return Decision(after, (NotificationSent(**about(delivery, now)),))
        case Refused(reason):
            return _failed(delivery, "refused", reason, now)
        case Erased():
            return _failed(delivery, "erased", "erased", now)
        case NoReplyPath():
            after = replace(delivery, status=DeliveryStatus.SUPPRESSED, reason="no_reply_path")
            return Decision(after, (suppressed(delivery, "no_reply_path", now),))
        case TryLater() if delivery.attempt >= persistence.attempts:
            return _failed(delivery, "exhausted", "exhausted", now)
        case TryLater(asked):
            wait = max(pause, timedelta(seconds=min(asked or 0.0, persistence.cap.total_seconds())))
            return Decision(
                replace(delivery, status=DeliveryStatus.WAITING, next_attempt_at=now + wait)
            )


def _failed(
    delivery: Delivery, reason: FailureReason, detail: str, now: datetime
) -> Decision[Delivery]:
    after = replace(delivery, status=DeliveryStatus.FAILED, reason=detail)
    return Decision(after, (NotificationFailed(**about(delivery, now), reason=reason),))

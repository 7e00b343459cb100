"""What providers answer, and what becomes of a delivery after it. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from services.notify.domain import (
    Delivery,
    DeliveryStatus,
    SuppressionReason,
    about,
    suppressed,
)
from shared.decision import Decision
from shared.events.notify import NotificationFailed, NotificationSent

MENDING_PAUSE = timedelta(minutes=1)

FailureReason: TypeAlias = Literal["refused", "exhausted", "erased", "gateway"]


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken the message."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will never take it. ``reason`` is a machine word such as ``http_400``."""

    reason: str


@dataclass(frozen=True, slots=True)
class TryLater:
    """It may go another time.

    after: seconds that the provider asked us to wait. away: the provider takes no message now.
    reason: a machine word for logs and figures. ours: the provider refuses us and not the message,
    as our password or our settings are wrong. Such a try does not count: the message waits until
    an operator has mended it. until_resumed: the provider wants no calls, before an operator says
    otherwise. tried: whether it was asked at all; a try that was none does not count either.
    gateway: whose answer it is. until: when the provider is tried again.
    """

    after: float | None = None
    away: bool = False
    reason: str | None = None
    ours: bool = False
    until_resumed: bool = False
    tried: bool = True
    gateway: str | None = None
    until: datetime | None = None

    @property
    def counts(self) -> bool:
        """Whether the message has used up a try."""
        return self.tried and not self.ours


@dataclass(frozen=True, slots=True)
class Broken:
    """Our own code failed on this message. ``cause``: type and place of the error.

    It is tried again. When the tries are used up it is set aside and not given up: nobody has
    refused it, and it can go when the code is mended.
    """

    cause: str


@dataclass(frozen=True, slots=True)
class Erased:
    """The reporter has been erased."""


@dataclass(frozen=True, slots=True)
class NoReplyPath:
    """The reporter left nothing by which this message could go."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """A later message about the case has made this one pointless; nobody was asked to take it."""


Outcome: TypeAlias = Sent | Refused | TryLater
Result: TypeAlias = Outcome | Broken | Erased | NoReplyPath | Superseded


@dataclass(frozen=True, slots=True)
class Persistence:
    """How long a delivery is tried: at most ``attempts`` times, with pauses of at most ``cap``.

    patience: the age at which a delivery ends whose tries do not count.
    """

    attempts: int
    cap: timedelta
    patience: timedelta


def conclude(
    delivery: Delivery, result: Result, now: datetime, pause: timedelta, persistence: Persistence
) -> Decision[Delivery]:
    """The delivery after a try, and the event about it when the try was the last one.

    ``pause``: the back-off before the next try. A provider that asks for a longer pause gets it,
    up to ``persistence.cap``.
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
            return _suppressed(delivery, "no_reply_path", now)
        case Superseded():
            return _suppressed(delivery, "superseded", now)
        case Broken():
            return _waiting(delivery, TryLater(), now + pause)
        case TryLater():
            return _later(delivery, result, now, pause, persistence)


def _later(
    delivery: Delivery, result: TryLater, now: datetime, pause: timedelta, persistence: Persistence
) -> Decision[Delivery]:
    delivery = replace(delivery, gateway=result.gateway)
    end = delivery.created_at + persistence.patience
    if now >= end:
        reason: FailureReason = "gateway" if result.ours else "exhausted"
        return _failed(delivery, reason, result.reason or reason, now)
    if result.counts and delivery.attempt >= persistence.attempts:
        return _failed(delivery, "exhausted", "exhausted", now)
    again = end if result.until_resumed else _again(delivery, result, now, pause, persistence)
    return _waiting(delivery, result, min(again, end))


def _again(
    delivery: Delivery, result: TryLater, now: datetime, pause: timedelta, persistence: Persistence
) -> datetime:
    """When it is tried again: those that were not tried come before the one that was, for it may
    be this very message that the gateway does not take."""
    if not result.tried:
        return result.until or now + pause
    if result.ours:
        pause = _until_mended(delivery, now, persistence)
    asked = min(timedelta(seconds=result.after or 0.0), persistence.cap)
    return max(now + max(pause, asked), result.until or now)


def _until_mended(delivery: Delivery, now: datetime, persistence: Persistence) -> timedelta:
    """Tries that are not counted cannot make the pause grow, so the message's age does."""
    return min(max(MENDING_PAUSE, (now - delivery.created_at) / 10), persistence.cap)


def _waiting(delivery: Delivery, result: TryLater, until: datetime) -> Decision[Delivery]:
    return Decision(
        replace(
            delivery,
            status=DeliveryStatus.WAITING,
            next_attempt_at=until,
            reason=result.reason,
        )
    )


def _suppressed(delivery: Delivery, reason: SuppressionReason, now: datetime) -> Decision[Delivery]:
    after = replace(delivery, status=DeliveryStatus.SUPPRESSED, reason=reason)
    return Decision(after, (suppressed(delivery, reason, now),))


def _failed(
    delivery: Delivery, reason: FailureReason, detail: str, now: datetime
) -> Decision[Delivery]:
    after = replace(delivery, status=DeliveryStatus.FAILED, reason=detail)
    return Decision(after, (NotificationFailed(**about(delivery, now), reason=reason),))

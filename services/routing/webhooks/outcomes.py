"""What the answer of an agency's system means for a message and for those behind it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto
from uuid import UUID

from services.routing.webhooks.messages import Webhook
from shared.retry import RetryPolicy, retry_after

BACK_OFF = RetryPolicy(base=5.0, cap=4 * 3600.0)
"""Of one message: 5 seconds, doubled up to 4 hours."""
HOLD = RetryPolicy(base=5.0, cap=900.0)
"""Of a receiver that is away: nothing goes there; then one message tries."""
PATIENCE = timedelta(days=3)
"""After that a message has failed, until somebody replays it."""
_BUSY = (408, 425, 429)


class Status(StrEnum):
    WAITING = auto()
    DELIVERED = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message under way. ``attempts``: tries that are over. ``give_up_at``: no try after it."""

    delivery_id: UUID
    complaint_id: UUID
    body: str
    attempts: int
    give_up_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """``status``: None where there was no answer; ``reason``: why."""

    status: int | None
    reason: str
    retry_after: str | None = None

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_away(self) -> bool:
        """It is the receiver's trouble and not this message's."""
        return self.status is None or self.status >= 500 or self.status in _BUSY


@dataclass(frozen=True, slots=True)
class Concluded:
    """What becomes of a message. ``next_attempt_at``: while it waits."""

    delivery_id: UUID
    status: Status
    next_attempt_at: datetime
    reason: str | None


def conclude(delivery: Delivery, answer: Answer, now: datetime, jitter: float) -> Concluded:
    if answer.is_success:
        return Concluded(delivery.delivery_id, Status.DELIVERED, now, None)
    if now >= delivery.give_up_at:
        return Concluded(delivery.delivery_id, Status.FAILED, now, answer.reason)
    pause = timedelta(seconds=BACK_OFF.delay(delivery.attempts + 1, jitter))
    again = max(now + pause, _wished(answer, now) or now)
    # The last try is made when the time is over: a long pause takes none of it away.
    again = min(again, delivery.give_up_at)
    return Concluded(delivery.delivery_id, Status.WAITING, again, answer.reason)


def after_calls(
    webhook: Webhook, answers: Sequence[Answer], now: datetime, jitter: float
) -> Webhook:
    """The webhook as the answers of one round leave it."""
    if any(answer.status == 410 for answer in answers):
        return replace(webhook, enabled=False, disabled_because="http_410", held_until=None)
    if any(answer.is_success for answer in answers):
        webhook = replace(webhook, failures=0, held_until=None)
    wished = [wish for answer in answers if (wish := _wished(answer, now)) is not None]
    if wished:
        return replace(webhook, held_until=max(wished))
    if answers and all(answer.is_away for answer in answers):
        failures = webhook.failures + 1
        pause = timedelta(seconds=HOLD.delay(failures, jitter))
        return replace(webhook, failures=failures, held_until=now + pause)
    return webhook


def _wished(answer: Answer, now: datetime) -> datetime | None:
    """When a receiver that is away or busy asks to be called again."""
    seconds = retry_after(answer.retry_after, now) if answer.is_away else None
    return None if seconds is None else now + timedelta(seconds=seconds)


def answer_of(status: int, headers: Mapping[str, str]) -> Answer:
    """``headers`` by their names in lower case."""
    return Answer(status, f"http_{status}", headers.get("retry-after"))

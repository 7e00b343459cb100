"""What notify says: a reporter was told, or not, and why."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.events.event import Emitter, Event
from shared.events.vocabulary import Channel, NotificationTemplate
from shared.privacy import Open


class NotificationEvent(Event):
    emitter: ClassVar[Emitter] = "notify"

    delivery_id: Open[UUID]
    template: Open[NotificationTemplate]
    channel: Open[Channel]


class NotificationSent(NotificationEvent):
    """The provider has taken the message."""


class NotificationFailed(NotificationEvent):
    """The message was given up."""

    reason: Open[Literal["refused", "exhausted", "erased", "gateway"]]
    """``gateway``: it refused us, not the reporter, until the message was too old."""


class NotificationSuppressed(NotificationEvent):
    """The message was not sent, on purpose."""

    reason: Open[Literal["no_reply_path", "automatic_mail", "muted", "superseded"]]
    """``superseded``: a later message about the case says all that this one would have said."""

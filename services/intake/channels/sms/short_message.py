"""A short message from any gateway, as a complaint.

A sender that is no phone number (a shop's name, a short code) can complain but cannot be answered.
"""

from dataclasses import dataclass
from datetime import datetime

from services.intake.channels.reporter import ReplyPath, Reporter
from services.intake.channels.submission import Ignored, Inbound, Submission
from services.intake.words.cleaning import clean, shortened
from services.intake.words.phones import e164
from shared.events.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """sender: as the gateway writes it."""

    external_id: str
    sender: str
    text: str
    received_at: datetime | None = None
    name: str | None = None
    latitude: float | None = None
    longitude: float | None = None


def filed(sms: ShortMessage) -> Inbound:
    """A Submission; Ignored without words. The external id names its gateway."""
    if not clean(sms.text, "text"):
        return Ignored(reason="no_text")
    number = e164(sms.sender)
    return Submission(
        channel=Channel.SMS,
        external_id=sms.external_id,
        text=shortened(sms.text),
        latitude=sms.latitude,
        longitude=sms.longitude,
        reported_at=sms.received_at,
        reporter=Reporter(
            name=sms.name, phone=number, handle=None if number else sms.sender or None
        ),
        reply=(ReplyPath(kind="phone", address=number),) if number else (),
        auto_reply_allowed=number is not None,
    )

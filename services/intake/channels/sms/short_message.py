"""A short message from any gateway, as a complaint.

A sender that is no phone number (a shop's name, a short code, a user without a number) can
complain but cannot be answered.
"""

from dataclasses import dataclass
from datetime import datetime

from services.intake.channels.attachments import Locator
from services.intake.channels.lenient import Told, address, placed, point
from services.intake.channels.reporter import ReplyPath, Reporter
from services.intake.channels.submission import Submission, Supplement
from services.intake.words.cleaning import MAX_LINE, ornament
from services.intake.words.phones import sender_number
from shared.events.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """external_id: names its gateway. sender: as the gateway writes it. user_id: the platform's
    own, where it has one. handle: the name that the user chose there. under: id of the message
    that it answers. part, files: as in Submission."""

    external_id: str
    sender: str
    told: Told
    received_at: datetime | None = None
    name: str | None = None
    user_id: str | None = None
    handle: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    under: str | None = None
    part: bytes | None = None
    files: tuple[Locator, ...] = ()


def filed(sms: ShortMessage) -> Submission | Supplement:
    """The message as a complaint, or as a note to one."""
    number = sender_number(sms.sender)
    latitude, longitude = point(sms.latitude, sms.longitude)
    submission = Submission(
        channel=Channel.SMS,
        external_id=sms.external_id,
        text=sms.told.text,
        needs_words=sms.told.needs_words,
        latitude=latitude,
        longitude=longitude,
        reported_at=sms.received_at,
        reporter=Reporter(
            name=ornament(sms.name),
            phone=number,
            handle=ornament(sms.handle) or (None if number else ornament(sms.sender)),
            platform_user_id=address(sms.user_id, MAX_LINE),
        ),
        reply=(ReplyPath(kind="phone", address=number),) if number else (),
        auto_reply_allowed=number is not None,
        part=sms.part,
        files=sms.files,
    )
    return placed(submission, sms.under)

"""SMS through Infobip: JSON with several messages, opened by an API key."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import Field, SecretStr

from services.intake.channels.adapter import RawRequest, require_media
from services.intake.channels.door import JSON, SecurityScheme
from services.intake.channels.payload import (
    Payload,
    PlatformId,
    each_on_its_own,
    read_value,
    read_webhook,
)
from services.intake.channels.signatures import require_one_of
from services.intake.channels.sms.short_message import ShortMessage, filed
from services.intake.channels.submission import Ignored, Inbound
from shared.events.vocabulary import Channel

INFOBIP_KEY = SecurityScheme(
    "infobip_key", "header", "authorization", "`App` and the key of the account."
)


class _Message(Payload):
    message_id: PlatformId = Field(alias="messageId")
    sender: PlatformId = Field(alias="from")
    text: str = ""
    received_at: str | None = Field(default=None, alias="receivedAt")


class _Webhook(Payload):
    """Results are read one by one, so that a malformed one does not stop the others."""

    results: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class InfobipAdapter:
    """Infobip's MO_JSON_2, forwarded with ``Authorization: App <key>``."""

    api_key: SecretStr
    channel: Channel = Channel.SMS

    def authenticate(self, request: RawRequest) -> None:
        """The API key in Authorization."""
        expected = f"App {self.api_key.get_secret_value()}"
        require_one_of(request.header("authorization"), [expected], "authorization")

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """All messages of one call."""
        require_media(request, JSON)
        messages = read_webhook(_Webhook, request.body).results
        found = each_on_its_own(messages, _filed)
        return found or (Ignored(reason="not_a_new_message"),)


def _filed(value: object) -> Inbound:
    message = read_value(_Message, value, "results")
    return filed(
        ShortMessage(
            external_id=f"infobip:{message.message_id}",
            sender=_international(message.sender),
            text=message.text,
            received_at=_iso(message.received_at),
        )
    )


def _international(sender: str) -> str:
    """The number with a plus sign: Infobip writes the country code without it.

    Read as an Indonesian number, a number from Japan would be that of another person, who would
    be sent the tracking code.
    """
    return f"+{sender}" if sender.isascii() and sender.isdigit() and sender[0] != "0" else sender


def _iso(text: str | None) -> datetime | None:
    try:
        stamp = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return stamp if stamp.utcoffset() is not None else stamp.replace(tzinfo=UTC)

"""The SMS number on WhatsApp: Cloud API, with Meta's signature and challenge around it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field, SecretStr

from services.intake.channels.adapter import ChallengeAnswer, RawRequest
from services.intake.channels.meta.adapter import (
    answer_meta_challenge,
    require_meta_signature,
)
from services.intake.channels.payload import (
    Payload,
    PlatformId,
    each_on_its_own,
    read_value,
    read_webhook,
)
from services.intake.channels.sms.short_message import ShortMessage, filed
from services.intake.channels.submission import Ignored, Inbound
from shared.events.vocabulary import Channel

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _WhatsAppText(Payload):
    body: str = ""


class _WhatsAppMedia(Payload):
    caption: str = ""


class _WhatsAppLocation(Payload):
    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


class _WhatsAppMessage(Payload):
    id: PlatformId
    sender: PlatformId = Field(alias="from")
    timestamp: PlatformId | None = None
    text: _WhatsAppText = _WhatsAppText()
    image: _WhatsAppMedia = _WhatsAppMedia()
    video: _WhatsAppMedia = _WhatsAppMedia()
    document: _WhatsAppMedia = _WhatsAppMedia()
    location: _WhatsAppLocation | None = None

    @property
    def words(self) -> str:
        captions = (self.image.caption, self.video.caption, self.document.caption)
        place = (self.location.name, self.location.address) if self.location else ()
        return "\n".join(part for part in (self.text.body, *captions, *place) if part.strip())


class _WhatsAppProfile(Payload):
    name: str | None = None


class _WhatsAppContact(Payload):
    wa_id: PlatformId
    profile: _WhatsAppProfile = _WhatsAppProfile()


class _WhatsAppValue(Payload):
    messages: tuple[Any, ...] = ()
    contacts: tuple[Any, ...] = ()


class _WhatsAppChange(Payload):
    value: _WhatsAppValue = _WhatsAppValue()


class _WhatsAppEntry(Payload):
    changes: tuple[_WhatsAppChange, ...] = ()


class _Webhook(Payload):
    """Messages are read one by one, so that a malformed one does not stop the others."""

    entry: tuple[_WhatsAppEntry, ...]


@dataclass(frozen=True, slots=True)
class WhatsAppAdapter:
    """WhatsApp Cloud API: Meta's signature and challenge around messages of one number."""

    app_secret: SecretStr
    verify_token: SecretStr
    channel: Channel = Channel.SMS

    def authenticate(self, request: RawRequest) -> None:
        """Meta's signature over the raw body."""
        require_meta_signature(request, self.app_secret)

    def challenge(self, request: RawRequest) -> ChallengeAnswer:
        """The check that Meta makes when the webhook is registered."""
        return answer_meta_challenge(request, self.verify_token)

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """All messages of one call; delivery receipts are passed over."""
        webhook = read_webhook(_Webhook, request.body)
        found = each_on_its_own(_whatsapp_messages(webhook), _filed)
        return found or (Ignored(reason="receipt"),)


def _whatsapp_messages(webhook: _Webhook) -> Iterator[tuple[object, tuple[object, ...]]]:
    for change in (change for entry in webhook.entry for change in entry.changes):
        for message in change.value.messages:
            yield message, change.value.contacts


def _filed(item: tuple[object, tuple[object, ...]]) -> Inbound:
    message = read_value(_WhatsAppMessage, item[0], "messages")
    return filed(
        ShortMessage(
            external_id=f"whatsapp:{message.id}",
            sender=f"+{message.sender.lstrip('+')}",
            text=message.words,
            received_at=_seconds(message.timestamp),
            name=_name_of(message.sender, item[1]),
            latitude=message.location.latitude if message.location else None,
            longitude=message.location.longitude if message.location else None,
        )
    )


def _name_of(sender: str, contacts: tuple[object, ...]) -> str | None:
    for value in contacts:
        contact = read_value(_WhatsAppContact, value, "contacts")
        if contact.wa_id == sender:
            return contact.profile.name
    return None


def _seconds(text: str | None) -> datetime | None:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 11:
        return None
    return _EPOCH + timedelta(seconds=int(text))

"""The SMS number on WhatsApp: Cloud API, with Meta's signature and challenge around it.

A user with a username may come without a number: ``from`` and the contact's ``wa_id`` are missing
then, and ``from_user_id`` and ``user_id`` name the user.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from pydantic import Field, SecretStr, model_validator

from services.intake.channels.adapter import ChallengeAnswer, RawRequest
from services.intake.channels.lenient import (
    CameAlong,
    Lenient,
    Many,
    Words,
    epoch_instant,
    kept_at,
    message_id,
    part_of,
    told,
)
from services.intake.channels.meta.adapter import (
    answer_meta_challenge,
    require_meta_signature,
)
from services.intake.channels.payload import (
    PlatformId,
    each_on_its_own,
    read_delivery,
    read_value,
)
from services.intake.channels.sms.short_message import ShortMessage, filed
from services.intake.channels.submission import Ignored, Inbound
from services.intake.words.cleaning import ornament
from shared.events.vocabulary import Channel

NOT_REPORTS = frozenset({"reaction", "system", "request_welcome"})
"""A sign under a message of ours, a changed number, a chat that was opened."""


class _Text(Lenient):
    """Words, under the names they have in the different types of message."""

    body: Words = ""
    caption: Words = ""
    text: Words = ""
    title: Words = ""
    description: Words = ""

    @property
    def words(self) -> str:
        title = ornament(self.title) or ""
        parts = (self.body, self.caption, self.text, title, self.description)
        return "\n".join(part for part in parts if part.strip())


class _File(_Text):
    """A file: its id, by which it is asked for, and what was written beside it."""

    id: PlatformId | None = None


class _Body(_Text):
    """The words of a message of words, also where they stand without their object."""

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: object) -> object:
        return {"body": value} if isinstance(value, str) else value


class _Location(Lenient):
    latitude: float | None = None
    longitude: float | None = None
    name: Words = ""
    address: Words = ""

    @property
    def place(self) -> str:
        return " ".join(part for part in (ornament(self.name), ornament(self.address)) if part)


class _Interactive(Lenient):
    """What was chosen from buttons or a list that we or another had sent."""

    button_reply: _Text = _Text()
    list_reply: _Text = _Text()
    nfm_reply: _Text = _Text()


class _Context(Lenient):
    """The message that this one answers."""

    id: PlatformId | None = None


class _Message(Lenient):
    id: PlatformId | None = None
    type: str = ""
    sender: PlatformId = Field(default="", alias="from")
    user_id: PlatformId | None = Field(default=None, alias="from_user_id")
    timestamp: Any = None
    text: _Body = _Body()
    button: _Text = _Text()
    interactive: _Interactive = _Interactive()
    order: _Text | None = None
    image: _File | None = None
    video: _File | None = None
    audio: _Text | None = None
    voice: _Text | None = None
    document: _File | None = None
    sticker: _Text | None = None
    contacts: Many = ()
    location: _Location | None = None
    context: _Context = _Context()

    @property
    def words(self) -> str:
        chosen = self.interactive
        parts = (
            self.text,
            self.button,
            chosen.button_reply,
            chosen.list_reply,
            chosen.nfm_reply,
            *(self.order, self.image, self.video, self.document),
        )
        return "\n".join(part.words for part in parts if part and part.words)

    @property
    def files(self) -> list[str | None]:
        """Ids of what officers can look at."""
        return [each.id for each in (self.image, self.video, self.document) if each]

    @property
    def came_along(self) -> list[CameAlong]:
        """What is there, whatever ``type`` says."""
        found = [kind for member, kind in _KINDS.items() if getattr(self, member)]
        known = found or self.type in ("text", "button", "interactive", "")
        return found if known else [_KINDS.get(self.type, CameAlong.OTHER)]


_KINDS: Mapping[str, CameAlong] = MappingProxyType(
    {
        "image": CameAlong.PHOTO,
        "video": CameAlong.VIDEO,
        "audio": CameAlong.VOICE,
        "voice": CameAlong.VOICE,
        "document": CameAlong.DOCUMENT,
        "sticker": CameAlong.STICKER,
        "contacts": CameAlong.CONTACT,
        "location": CameAlong.PLACE,
        "order": CameAlong.ORDER,
    }
)


class _Profile(Lenient):
    name: Words | None = None
    username: Words | None = None


class _Contact(Lenient):
    wa_id: PlatformId | None = None
    user_id: PlatformId | None = None
    profile: _Profile = _Profile()


class _Value(Lenient):
    messages: Many = ()
    contacts: Many = ()


class _Change(Lenient):
    value: _Value = _Value()


class _Entry(Lenient):
    changes: Many = ()


class _Webhook(Lenient):
    """Messages are read one by one, so that a malformed one does not stop the others."""

    entry: Many = ()


@dataclass(frozen=True, slots=True)
class WhatsAppAdapter:
    """WhatsApp Cloud API: Meta's signature and challenge around messages of one number."""

    app_secret: SecretStr
    verify_token: SecretStr
    channel: Channel = Channel.SMS
    previous_secret: SecretStr | None = None

    def authenticate(self, request: RawRequest) -> None:
        """Meta's signature over the raw body."""
        require_meta_signature(request, self.app_secret, self.previous_secret)

    def challenge(self, request: RawRequest) -> ChallengeAnswer:
        """The check that Meta makes when the webhook is registered."""
        return answer_meta_challenge(request, self.verify_token)

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """All messages of one call; delivery receipts are passed over."""
        webhook = read_value(_Webhook, read_delivery(request.body))
        found = each_on_its_own(_messages(webhook), lambda item: _filed(*item, request.received_at))
        return found or (Ignored(reason="receipt"),)


def _messages(webhook: _Webhook) -> Iterator[tuple[object, list[_Contact]]]:
    for entry in (read_value(_Entry, each) for each in _members(webhook.entry)):
        for change in (read_value(_Change, each) for each in _members(entry.changes)):
            known = _members(change.value.contacts)
            contacts = [read_value(_Contact, each) for each in known]
            for message in change.value.messages:
                yield message, contacts


def _members(listed: tuple[object, ...]) -> list[object]:
    return [each for each in listed if isinstance(each, dict)]


def _filed(value: object, contacts: list[_Contact], now: datetime) -> Inbound:
    message = read_value(_Message, value, "messages")
    if message.type in NOT_REPORTS:
        return Ignored(reason="not_a_new_message")
    contact = _contact_of(message, contacts)
    place = message.location or _Location()
    return filed(
        ShortMessage(
            external_id=message_id(message.id, value, now, "whatsapp:"),
            sender=message.sender or contact.wa_id or "",
            told=told(message.words, message.came_along, place.place),
            received_at=epoch_instant(message.timestamp),
            name=contact.profile.name,
            user_id=message.user_id or contact.user_id,
            handle=contact.profile.username,
            latitude=place.latitude,
            longitude=place.longitude,
            under=message.context.id and f"whatsapp:{message.context.id}",
            part=part_of(value),
            files=kept_at("whatsapp", message.files),
        )
    )


def _contact_of(message: _Message, contacts: list[_Contact]) -> _Contact:
    """The sender's own contact. The only one of a call is the sender's, whatever it lacks."""
    for contact in contacts:
        if contact.wa_id == message.sender or contact.user_id == (message.user_id or ""):
            return contact
    return contacts[0] if len(contacts) == 1 else _Contact()

"""SMS and MMS through Infobip: JSON with several messages, opened by an API key."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import Field, SecretStr

from services.intake.channels.adapter import RawRequest
from services.intake.channels.door import SecurityScheme
from services.intake.channels.lenient import (
    CameAlong,
    Lenient,
    Many,
    Words,
    message_id,
    part_of,
    told,
)
from services.intake.channels.payload import (
    PlatformId,
    each_on_its_own,
    read_delivery,
    read_value,
)
from services.intake.channels.signatures import live, require_one_of
from services.intake.channels.sms.media import kind_of_media
from services.intake.channels.sms.short_message import ShortMessage, filed
from services.intake.channels.submission import Ignored, Inbound
from shared.events.vocabulary import Channel
from shared.instant import read_platform_instant

INFOBIP_KEY = SecurityScheme(
    "infobip_key", "header", "authorization", "`App` and the key of the account."
)


class _Part(Lenient):
    """A part of a multimedia message: words, or a file at a URL."""

    content_type: str = Field(default="", alias="contentType")
    value: Words = ""
    text: Words = ""
    caption: Words = ""
    url: str | None = None

    @property
    def words(self) -> str:
        return self.value or self.text or self.caption

    @property
    def came_along(self) -> CameAlong | None:
        if self.url is None and (self.words or self.content_type.startswith("text/plain")):
            return None
        return kind_of_media(self.content_type)


class _Message(Lenient):
    message_id: PlatformId | None = Field(default=None, alias="messageId")
    sender: PlatformId = Field(default="", alias="from")
    text: Words = ""
    clean_text: Words = Field(default="", alias="cleanText")
    received_at: Any = Field(default=None, alias="receivedAt")
    message: Many = ()

    @property
    def parts(self) -> list[_Part]:
        return [read_value(_Part, part) for part in self.message if isinstance(part, dict)]


class _Webhook(Lenient):
    """Results are read one by one, so that a malformed one does not stop the others."""

    results: Many = ()


@dataclass(frozen=True, slots=True)
class InfobipAdapter:
    """Infobip's MO_JSON_2, forwarded with ``Authorization: App <key>``."""

    api_key: SecretStr
    channel: Channel = Channel.SMS
    previous_key: SecretStr | None = None

    def authenticate(self, request: RawRequest) -> None:
        """The API key in Authorization."""
        expected = [f"App {key}" for key in live(self.api_key, self.previous_key)]
        require_one_of(request.header("authorization"), expected, "authorization")

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """All messages of one call."""
        messages = read_value(_Webhook, read_delivery(request.body)).results
        found = each_on_its_own(messages, lambda value: _filed(value, request.received_at))
        return found or (Ignored(reason="not_a_new_message"),)


def _filed(value: object, now: datetime) -> Inbound:
    message = read_value(_Message, value, "results")
    parts = message.parts
    said = [message.text or message.clean_text, *(part.words for part in parts)]
    return filed(
        ShortMessage(
            external_id=message_id(message.message_id, value, now, "infobip:"),
            sender=message.sender,
            told=told(
                "\n".join(words for words in said if words.strip()),
                [kind for part in parts if (kind := part.came_along)],
            ),
            received_at=read_platform_instant(message.received_at, UTC),
            part=part_of(value),
        )
    )

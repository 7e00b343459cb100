"""SMS through Twilio: a signed form per message."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from services.intake.channels.adapter import RawRequest
from services.intake.channels.door import SecurityScheme
from services.intake.channels.lenient import CameAlong, Lenient, kept_at, message_id, told
from services.intake.channels.payload import read_value
from services.intake.channels.signatures import base64_hmac, live, require_one_of
from services.intake.channels.sms.media import kind_of_media
from services.intake.channels.sms.short_message import ShortMessage, filed
from services.intake.channels.submission import Inbound
from services.intake.words.decoding import decoded, form_pairs
from shared.events.vocabulary import Channel

SIGNATURE_HEADER = "x-twilio-signature"
TWILIO_SIGNATURE = SecurityScheme(
    "twilio_signature",
    "header",
    SIGNATURE_HEADER,
    "Base64 HMAC-SHA1 over the full URL and the parameters sorted by name.",
    signs_the_body=True,
)
_MOST_MEDIA = 10
"""Twilio sends no more pictures with a message."""


class _Message(Lenient):
    sid: str = Field(default="", alias="MessageSid")
    older_sid: str = Field(default="", alias="SmsMessageSid")
    sender: str = Field(default="", alias="From")
    body: str = Field(default="", alias="Body")
    button: str = Field(default="", alias="ButtonText")
    media: int = Field(default=0, alias="NumMedia")
    profile_name: str | None = Field(default=None, alias="ProfileName")
    user_id: str | None = Field(default=None, alias="ExternalUserId")
    latitude: float | None = Field(default=None, alias="Latitude")
    longitude: float | None = Field(default=None, alias="Longitude")
    label: str = Field(default="", alias="Label")
    address: str = Field(default="", alias="Address")

    @property
    def place(self) -> str:
        return " ".join(part for part in (self.label, self.address) if part)


@dataclass(frozen=True, slots=True)
class TwilioAdapter:
    """Twilio's form. The request's URL must be the public one: Twilio signs it."""

    auth_token: SecretStr
    channel: Channel = Channel.SMS
    previous_token: SecretStr | None = None

    def authenticate(self, request: RawRequest) -> None:
        """HMAC-SHA1 over the full URL and the parameters sorted by name."""
        fields = _grouped(request.body)
        # A proxy may add the port to the URL, and Twilio signed the URL without it.
        urls = dict.fromkeys((request.url, _without_port(request.url)))
        expected = [
            base64_hmac(secret, twilio_message(url, fields), "sha1")
            for secret in live(self.auth_token, self.previous_token)
            for url in urls
        ]
        require_one_of(request.header(SIGNATURE_HEADER), expected, SIGNATURE_HEADER)

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """One message."""
        fields = {
            decoded(name): "\n".join(decoded(value) for value in dict.fromkeys(values))
            for name, values in _grouped(request.body).items()
        }
        message = read_value(_Message, fields)
        given = message.sid or message.older_sid or None
        return (
            filed(
                ShortMessage(
                    external_id=message_id(given, request.body, request.received_at, "twilio:"),
                    sender=message.sender.removeprefix("whatsapp:"),
                    told=told(
                        message.body or message.button, _media(message, fields), message.place
                    ),
                    name=message.profile_name,
                    user_id=message.user_id,
                    latitude=message.latitude,
                    longitude=message.longitude,
                    files=kept_at("twilio", _addresses(fields)),
                )
            ),
        )


def _media(message: _Message, fields: Mapping[str, str]) -> list[CameAlong]:
    kinds = [fields.get(f"MediaContentType{place}") for place in range(_MOST_MEDIA)]
    named = [kind_of_media(kind) for kind in kinds if kind is not None]
    found = named or [CameAlong.OTHER] * (message.media > 0)
    return [*found, *[CameAlong.PLACE] * (message.latitude is not None)]


def _addresses(fields: Mapping[str, str]) -> Iterator[str]:
    """Of what officers can look at; what has no type may be a picture."""
    for place in range(_MOST_MEDIA):
        kind = kind_of_media(fields.get(f"MediaContentType{place}", "image"))
        if kind in (CameAlong.PHOTO, CameAlong.VIDEO, CameAlong.DOCUMENT):
            yield fields.get(f"MediaUrl{place}", "")


def _grouped(body: bytes) -> dict[bytes, list[bytes]]:
    """The form as bytes: the signature is over them, whether they are UTF-8 or not."""
    fields: dict[bytes, list[bytes]] = {}
    for name, value in form_pairs(body):
        fields.setdefault(name, []).append(value)
    return fields


def twilio_message(url: str, fields: Mapping[bytes, Sequence[bytes]]) -> bytes:
    """What Twilio signs: the URL, then each name and value, in order of names."""
    parts = [name + value for name in sorted(fields) for value in sorted(set(fields[name]))]
    return url.encode() + b"".join(parts)


def _without_port(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # A caller can write anything into the Host header.
        return url
    return parts._replace(netloc=parts.hostname or "").geturl()

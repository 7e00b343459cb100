"""SMS through Twilio: a signed form per message."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from services.intake.channels.adapter import RawRequest, require_media
from services.intake.channels.door import FORM, SecurityScheme
from services.intake.channels.payload import Payload, form_fields, read_fields, single_values
from services.intake.channels.signatures import base64_hmac, require_one_of
from services.intake.channels.sms.short_message import ShortMessage, filed
from services.intake.channels.submission import Inbound
from shared.events.vocabulary import Channel

SIGNATURE_HEADER = "x-twilio-signature"
TWILIO_SIGNATURE = SecurityScheme(
    "twilio_signature",
    "header",
    SIGNATURE_HEADER,
    "Base64 HMAC-SHA1 over the full URL and the parameters sorted by name.",
)


class _Message(Payload):
    sid: str = Field(alias="MessageSid")
    sender: str = Field(alias="From")
    body: str = Field(default="", alias="Body")
    profile_name: str | None = Field(default=None, alias="ProfileName")


@dataclass(frozen=True, slots=True)
class TwilioAdapter:
    """Twilio's form. The request's URL must be the public one: Twilio signs it."""

    auth_token: SecretStr
    channel: Channel = Channel.SMS

    def authenticate(self, request: RawRequest) -> None:
        """HMAC-SHA1 over the full URL and the parameters sorted by name."""
        fields = form_fields(request.body)
        secret = self.auth_token.get_secret_value()
        # A proxy may add the port to the URL, and Twilio signed the URL without it.
        urls = dict.fromkeys((request.url, _without_port(request.url)))
        expected = [base64_hmac(secret, twilio_message(url, fields), "sha1") for url in urls]
        require_one_of(request.header(SIGNATURE_HEADER), expected, SIGNATURE_HEADER)

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """One message."""
        require_media(request, FORM)
        message = read_fields(_Message, single_values(form_fields(request.body)))
        return (
            filed(
                ShortMessage(
                    external_id=f"twilio:{message.sid}",
                    sender=message.sender.removeprefix("whatsapp:"),
                    text=message.body,
                    name=message.profile_name,
                )
            ),
        )


def twilio_message(url: str, fields: dict[str, list[str]]) -> bytes:
    """What Twilio signs: the URL, then each name and value, in order of names."""
    parts = [f"{name}{value}" for name in sorted(fields) for value in sorted(set(fields[name]))]
    return (url + "".join(parts)).encode()


def _without_port(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # A caller can write anything into the Host header.
        return url
    return parts._replace(netloc=parts.hostname or "").geturl()

"""SMS 0811-1272-206 through Kannel, Twilio or Infobip; WhatsApp has its own file.

Several gateways, one channel: ids are kept apart by the gateway's name.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

from pydantic import Field, SecretStr

from services.intake.channels.adapter import RawRequest, require_media
from services.intake.channels.payload import (
    Payload,
    PlatformId,
    each_on_its_own,
    form_fields,
    read_delivery,
    read_fields,
    read_value,
    single_values,
)
from services.intake.channels.signatures import base64_hmac, require_one_of
from services.intake.channels.sms.short_message import ShortMessage, filed
from services.intake.channels.submission import Ignored, Inbound
from shared.errors import Malformed
from shared.events.vocabulary import Channel

TWILIO_SIGNATURE = "x-twilio-signature"
_KANNEL_CHARSETS = frozenset({"utf-8", "iso-8859-1", "latin1", "windows-1252", "utf-16be"})


class _KannelMessage(Payload):
    sender: str = Field(alias="from")
    text: str = ""
    id: str
    t: str | None = None


@dataclass(frozen=True, slots=True)
class KannelAdapter:
    """``get-url = ".../sms/kannel?secret=..&from=%p&to=%P&text=%b&t=%t&id=%I&charset=%C"``.

    The gateway cannot sign. ``max-messages = 0`` belongs to it: what we answer would become an
    SMS, so the door answers an empty body.
    """

    secret: SecretStr
    channel: Channel = Channel.SMS

    def authenticate(self, request: RawRequest) -> None:
        """The shared secret in the query."""
        given = request.query.get("secret", "")
        require_one_of(given, [self.secret.get_secret_value()], "secret")

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """One message; ``%t`` is UTC and without seconds, so no part of a key."""
        message = read_fields(_KannelMessage, self._fields(request))
        return (
            filed(
                ShortMessage(
                    external_id=f"kannel:{message.id}",
                    sender=message.sender,
                    text=message.text,
                    received_at=_minute(message.t),
                )
            ),
        )

    def _fields(self, request: RawRequest) -> dict[str, str]:
        charset = (request.query.get("charset") or "utf-8").lower()
        if charset not in _KANNEL_CHARSETS:
            raise Malformed("Send the text in UTF-8.", field="charset")
        raw = request.url.partition("?")[2]
        fields = single_values(parse_qs(raw, keep_blank_values=True, errors="replace"))
        # The text alone: other fields are ASCII and may be of odd length, no UTF-16.
        written = next((part for part in raw.split("&") if part.startswith("text=")), "text=")
        return fields | {"text": _in_charset(written.removeprefix("text="), charset)}


def _in_charset(escaped: str, charset: str) -> str:
    try:
        return unquote_to_bytes(escaped.replace("+", " ")).decode(charset)
    except UnicodeDecodeError:
        raise Malformed("Send the text in the charset you name.", field="text") from None


class _TwilioMessage(Payload):
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
        # Proxies show the port where Twilio left it out.
        urls = dict.fromkeys((request.url, _without_port(request.url)))
        expected = [base64_hmac(secret, twilio_message(url, fields), "sha1") for url in urls]
        require_one_of(request.header(TWILIO_SIGNATURE), expected, TWILIO_SIGNATURE)

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """One message."""
        require_media(request, "application/x-www-form-urlencoded")
        message = read_fields(_TwilioMessage, single_values(form_fields(request.body)))
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
    except ValueError:  # The Host header is anybody's to write.
        return url
    return parts._replace(netloc=parts.hostname or "").geturl()


class _InfobipMessage(Payload):
    message_id: PlatformId = Field(alias="messageId")
    sender: PlatformId = Field(alias="from")
    text: str = ""
    received_at: str | None = Field(default=None, alias="receivedAt")


class _InfobipDelivery(Payload):
    """Results are read one by one: a malformed one takes no neighbour along."""

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
        """All messages of a delivery."""
        require_media(request, "application/json")
        messages = read_delivery(_InfobipDelivery, request.body).results
        found = each_on_its_own(messages, _from_infobip)
        return found or (Ignored(reason="not_a_new_message"),)


def _from_infobip(value: object) -> Inbound:
    message = read_value(_InfobipMessage, value, "results")
    return filed(
        ShortMessage(
            external_id=f"infobip:{message.message_id}",
            sender=_international(message.sender),
            text=message.text,
            received_at=_iso(message.received_at),
        )
    )


def _international(sender: str) -> str:
    """Infobip writes numbers with their country code and no plus sign. Read as a number at home,
    one from Japan would be a stranger's, who would be sent the tracking code."""
    return f"+{sender}" if sender.isascii() and sender.isdigit() and sender[0] != "0" else sender


def _minute(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text or "", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    except ValueError:
        return None


def _iso(text: str | None) -> datetime | None:
    try:
        stamp = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return stamp if stamp.utcoffset() is not None else stamp.replace(tzinfo=UTC)

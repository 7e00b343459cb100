"""SMS through Kannel: one GET per message, opened by a shared secret."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote_to_bytes

from pydantic import Field, SecretStr

from services.intake.channels.adapter import RawRequest
from services.intake.channels.door import SecurityScheme
from services.intake.channels.payload import Payload, read_fields, single_values
from services.intake.channels.signatures import require_one_of
from services.intake.channels.sms.short_message import ShortMessage, filed
from services.intake.channels.submission import Inbound
from shared.errors import Malformed
from shared.events.vocabulary import Channel

KANNEL_SECRET = SecurityScheme("kannel_secret", "query", "secret", "The gateway's shared secret.")
KANNEL_QUERY = (
    ("secret", True),
    ("from", True),
    ("text", False),
    ("id", True),
    ("to", False),
    ("t", False),
    ("charset", False),
)
"""The parameters of the query, and whether each is required."""

_CHARSETS = frozenset({"utf-8", "iso-8859-1", "latin1", "windows-1252", "utf-16be"})


class _Message(Payload):
    sender: str = Field(alias="from")
    text: str = ""
    id: str
    t: str | None = None


@dataclass(frozen=True, slots=True)
class KannelAdapter:
    """``get-url = ".../sms/kannel?secret=..&from=%p&to=%P&text=%b&t=%t&id=%I&charset=%C"``.

    The gateway cannot sign, so the address holds a secret. Kannel sends the body of our answer to
    the citizen: the gateway must set ``max-messages = 0``, and the door answers an empty body.
    """

    secret: SecretStr
    channel: Channel = Channel.SMS

    def authenticate(self, request: RawRequest) -> None:
        """The shared secret in the query."""
        given = request.query.get("secret", "")
        require_one_of(given, [self.secret.get_secret_value()], "secret")

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """One message; ``%t`` is UTC and without seconds, so no part of a key."""
        message = read_fields(_Message, self._fields(request))
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
        if charset not in _CHARSETS:
            raise Malformed("Send the text in UTF-8.", field="charset")
        raw = request.url.partition("?")[2]
        fields = single_values(parse_qs(raw, keep_blank_values=True, errors="replace"))
        # Only the text is in that charset. Other fields are ASCII, which is no valid UTF-16.
        written = next((part for part in raw.split("&") if part.startswith("text=")), "text=")
        return fields | {"text": _in_charset(written.removeprefix("text="), charset)}


def _in_charset(escaped: str, charset: str) -> str:
    try:
        return unquote_to_bytes(escaped.replace("+", " ")).decode(charset)
    except UnicodeDecodeError:
        raise Malformed("Send the text in the charset you name.", field="text") from None


def _minute(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text or "", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    except ValueError:
        return None

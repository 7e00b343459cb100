"""SMS through Kannel: one GET per message, opened by a shared secret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from pydantic import SecretStr

from services.intake.channels.adapter import RawRequest
from services.intake.channels.door import SecurityScheme
from services.intake.channels.lenient import message_id, told
from services.intake.channels.signatures import live, require_one_of
from services.intake.channels.sms.short_message import ShortMessage, filed
from services.intake.channels.submission import Ignored, Inbound
from services.intake.words.decoding import binary, decoded, form_pairs
from shared.events.vocabulary import Channel

KANNEL_SECRET = SecurityScheme("kannel_secret", "query", "secret", "The gateway's shared secret.")
KANNEL_QUERY = (
    ("secret", True),
    ("from", True),
    ("text", False),
    ("id", True),
    ("to", False),
    ("t", False),
    ("coding", False),
    ("charset", False),
    ("udh", False),
)
"""The parameters of the query, and whether the contract asks for each."""

_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")
_UCS2 = "2"
_BINARY = "8-bit"
_PART_8_BIT, _PART_16_BIT = 0x00, 0x08
"""Elements of a user data header: a part of a long message (3GPP TS 23.040, 9.2.3.24.1 and .8)."""

Query = Mapping[str, Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class KannelAdapter:
    """``get-url = ".../sms/kannel?secret=..&from=%p&to=%P&text=%b&t=%t&id=%I&coding=%c&charset=%C
    &udh=%u"``.

    The gateway cannot sign, so the address holds a secret. Kannel sends the body of our answer to
    the citizen: the gateway must set ``max-messages = 0``, and the door answers an empty body. It
    does not send again what was refused.
    """

    secret: SecretStr
    channel: Channel = Channel.SMS
    previous_secret: SecretStr | None = None

    def authenticate(self, request: RawRequest) -> None:
        """The shared secret in the query."""
        given = request.query.get("secret", "")
        require_one_of(given, live(self.secret, self.previous_secret), "secret")

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """One message. A call without a sender, an id and words is no message."""
        query = _query(request.raw_query)
        sender, given_id = _plain(query, "from"), _plain(query, "id")
        text = _text(query)
        if not (sender or given_id or text):
            return (Ignored(reason="no_text"),)
        part = _part(query)
        return (
            filed(
                ShortMessage(
                    external_id=_id(given_id, part, request),
                    sender=sender,
                    told=told(text, note=f"(bagian {part[0]} dari {part[1]})" if part else ""),
                    received_at=_time(_plain(query, "t")),
                )
            ),
        )


def _query(raw: bytes) -> Query:
    found: dict[str, list[bytes]] = {}
    for name, value in form_pairs(raw):
        found.setdefault(decoded(name), []).append(value)
    return MappingProxyType(found)


def _plain(query: Query, name: str) -> str:
    """Everything but the text is ASCII. A parameter that is repeated counts once."""
    return decoded(next(iter(query.get(name, ())), b"")).strip("\x00")


def _text(query: Query) -> str:
    """The words, in the charset that the gateway names; all of them where it repeats itself."""
    charset = _plain(query, "charset").strip().lower()
    if not charset and _plain(query, "coding").strip() == _UCS2:
        charset = "utf-16be"
    pieces = dict.fromkeys(query.get("text", ()))
    if charset == _BINARY:
        return "\n".join(binary(piece) for piece in pieces)
    return "\n".join(decoded(piece, charset or "utf-8") for piece in pieces)


def _id(given: str, part: tuple[int, int] | None, request: RawRequest) -> str:
    """Parts of one long message may have the same id, and each of them must be kept."""
    place = f":{part[0]}/{part[1]}" if part else ""
    whole = given + place if given.strip() else None
    return message_id(whole, request.original, request.received_at, "kannel:")


def _part(query: Query) -> tuple[int, int] | None:
    """(place, of how many), where the user data header says that this is a part of a message."""
    header = next(iter(query.get("udh", ())), b"")
    elements = header[1 : 1 + header[0]] if header else b""
    while len(elements) >= 2:
        kind, size = elements[0], elements[1]
        content, elements = elements[2 : 2 + size], elements[2 + size :]
        if (kind, len(content)) in ((_PART_8_BIT, 3), (_PART_16_BIT, 4)):
            many, place = content[-2], content[-1]
            return (place, many) if 1 <= place <= many else None
    return None


def _time(text: str) -> datetime | None:
    """``%t`` is UTC, without seconds in old releases."""
    for form in _TIMES:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None

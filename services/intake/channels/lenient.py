"""What callers send who cannot correct it: gateways and platforms. Nothing of it is refused.

A refusal would reach a machine, which passes nothing on: the message would be lost. So what is
wrong beside the words is left out, words that cannot be read are marked, and a message without
words is filed with a placeholder. The sealed original keeps all of it.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from services.intake.channels.adapter import Adapter, RawRequest
from services.intake.channels.attachments import MAX_FILES, Locator, Source
from services.intake.channels.payload import Payload, as_text
from services.intake.channels.reporter import MAX_EXTERNAL_ID
from services.intake.channels.submission import Inbound, Submission, Supplement, checked_point
from services.intake.words.cleaning import (
    CUT_MARK,
    MAX_TEXT,
    WHOLLY_UNREAD,
    ornament,
    readable,
    storable,
)
from shared.clock import JAKARTA
from shared.codes import find_report_numbers
from shared.errors import Malformed, UnsupportedMedia
from shared.events.vocabulary import Channel

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGEST_SIGNS = 32
_ADDRESS = re.compile(r"[!-~]{1,2000}")


class CameAlong(StrEnum):
    """What came with the words or in their place. The value stands in the text for people."""

    PHOTO = "(foto)"
    VIDEO = "(video)"
    VOICE = "(suara)"
    PLACE = "(lokasi)"
    STICKER = "(stiker)"
    CONTACT = "(kontak)"
    DOCUMENT = "(dokumen)"
    ORDER = "(pesanan)"
    OTHER = "(lampiran)"


WITHOUT_WORDS = "(tanpa teks)"
UNREADABLE = "(isi kiriman tidak terbaca)"


def _as_many(value: object) -> object:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


Many = Annotated[tuple[Any, ...], BeforeValidator(_as_many)]
"""A list whose members are read one by one; one member without its list counts as a list."""
Words = Annotated[str, BeforeValidator(as_text)]
"""Text that JSON may also write as a number."""


class Lenient(Payload):
    """Base of what platforms send. An optional member that is wrong counts as absent."""

    @field_validator("*", mode="wrap")
    @classmethod
    def _never_decides(
        cls, value: object, read: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> object:
        try:
            return read(storable(value) if isinstance(value, str) else value)
        except ValidationError:
            if isinstance(value, list) and value:
                # One object where a list was meant is read by ``Many``; this is the other way.
                return cls._never_decides(value[0], read, info)
            field = cls.model_fields[info.field_name or ""]
            if field.is_required():
                raise
            return field.get_default(call_default_factory=True, validated_data={})


@dataclass(frozen=True, slots=True)
class Told:
    """The text to be filed. needs_words: the sender has written nothing that can be read."""

    text: str
    needs_words: bool


def told(words: str, came_along: Iterable[CameAlong] = (), place: str = "", note: str = "") -> Told:
    """The words, then what came along.

    place: name of a place that was picked, which says where and not what. note: what the gateway
    says of the message, in words for people.
    """
    said = readable(words)
    rest = [part for part in (ornament(place, 1_000), *dict.fromkeys(came_along), note) if part]
    tail = "\n".join(rest if said or rest else [WITHOUT_WORDS])
    room = MAX_TEXT - len(tail) - 1
    cut = said if len(said) <= room else said[: room - len(CUT_MARK)] + CUT_MARK
    text = "\n".join(part for part in (cut, tail) if part)
    return Told(text, needs_words=said in ("", WHOLLY_UNREAD))


def address(text: str | None, limit: int = MAX_EXTERNAL_ID) -> str | None:
    """An id to answer to; None where it is missing or too long to be kept whole."""
    line = ornament(text, limit + 1)
    return line if line is not None and len(line) <= limit else None


def point(latitude: float | None, longitude: float | None) -> tuple[float | None, float | None]:
    """Degrees, or (None, None) for half a point and one that is not on Earth."""
    try:
        return checked_point(latitude, longitude)
    except Malformed:
        return None, None


def message_id(given: str | None, content: object, at: datetime, prefix: str = "") -> str:
    """The platform's id of a message, behind ``prefix``.

    Where it is missing or too long to be kept, an id is made from the content and the day, so
    that the same delivery sent again is the same message, and the same words another day are not.
    """
    kept = address(given, MAX_EXTERNAL_ID - len(prefix))
    if kept is not None:
        return prefix + kept
    if given is not None and given.strip():
        return f"{prefix}digest:{_digest(given.encode('utf-8', 'surrogatepass'))}"
    day = at.astimezone(JAKARTA).date().isoformat()
    came = content if isinstance(content, bytes) else part_of(content)
    return f"{prefix}unnamed:{day}:{_digest(came)}"


def part_of(content: object) -> bytes:
    """One member of a delivery as JSON, with every byte that came, as an escape if need be."""
    return json.dumps(content).encode()


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:_DIGEST_SIGNS]


def epoch_instant(stamp: object, per_second: int = 1) -> datetime | None:
    """Seconds or milliseconds since 1970, as number or text; None when it can be no time."""
    text = as_text(stamp)
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > 14:
        return None
    seconds = int(text) / per_second
    return _EPOCH + timedelta(seconds=seconds) if 0 < seconds < 1e11 else None


def placed(submission: Submission, under: str | None = None) -> Submission | Supplement:
    """The message, as a note where it quotes a report's number or stands under another message.

    under: id of that message on the channel. Whether the note belongs to that complaint is for
    planning to find out; if not, the message is a complaint of its own.
    """
    numbers = find_report_numbers(submission.text)
    above = address(under)
    if not numbers and above is None:
        return submission
    return Supplement(
        channel=submission.channel,
        external_id=submission.external_id,
        text=submission.text,
        kind="note",
        refers_to_report_number=next(iter(numbers), None),
        refers_to_external_id=above,
        otherwise=submission,
        files=submission.files,
    )


def kept_at(source: Source, addresses: Iterable[object]) -> tuple[Locator, ...]:
    """The files of a message that its platform keeps, by their addresses, each once, and no more
    than a message may have. What is no address is left out: nobody would correct it."""
    known = dict.fromkeys(each for each in addresses if _is_an_address(each))
    return tuple(Locator(source=source, address=str(each)) for each in known)[:MAX_FILES]


def _is_an_address(value: object) -> bool:
    """A URL or an id. Whether it may be asked is for the fetcher to say."""
    return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Forgiving:
    """An adapter behind which nothing is refused for what it holds.

    What the adapter cannot read at all is filed as one message that says so, with the sealed
    original. human_first: as for the channel's other messages.
    """

    adapter: Adapter
    human_first: bool = False

    @property
    def channel(self) -> Channel:
        return self.adapter.channel

    def authenticate(self, request: RawRequest) -> None:
        """As the adapter."""
        self.adapter.authenticate(request)

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """As the adapter; raises Malformed only when nothing was sent."""
        try:
            return self.adapter.parse(request)
        except (Malformed, UnsupportedMedia):
            if not request.original.strip():
                raise
            return (self._unreadable(request),)

    def _unreadable(self, request: RawRequest) -> Submission:
        return Submission(
            channel=self.channel,
            external_id=message_id(None, request.original, request.received_at),
            text=UNREADABLE,
            human_first=self.human_first,
        )

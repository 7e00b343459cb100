"""What a message of any channel becomes: one shape for all doors.

An adapter returns a tuple of ``Inbound``. The models validate their fields: a wrong field raises
Malformed, which names the field and does not show its value. ``repr`` shows no words and no
person, so that no traceback and no log line can show them. Codes of ours in words, place and names
are masked here, for all channels alike.
"""

import math
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from services.intake.channels.attachments import MAX_FILES, Attachment, said_of
from services.intake.channels.categories import CATEGORY_SLUGS
from services.intake.channels.reporter import MAX_EXTERNAL_ID, ReplyPath, Reporter, Value
from services.intake.words.automatic import looks_automatic, only_quotes
from services.intake.words.cleaning import clean_line, clean_text
from services.intake.words.masking import masked
from shared.errors import Malformed
from shared.events.vocabulary import Channel
from shared.privacy import C1, C2, C3, Open
from shared.text import refuse_unstorable

Language: TypeAlias = Literal["id", "en"]

_KELURAHAN = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}")
_UNIT = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_MAX_UNIT = 64
_NEAR_JAKARTA = (-7.0, -5.0, 106.0, 107.5)
"""South, north, west, east: the city with Kepulauan Seribu and a wide margin around."""


def _external_id(value: str, field: str) -> str:
    line = clean_line(value, field, MAX_EXTERNAL_ID)
    if line is None:
        raise Malformed("Give the message's own id.", field=field)
    return line


class Submission(Value):
    """A new complaint. ``(channel, external_id)`` is its idempotency key.

    latitude, longitude: WGS84 degrees, both or none; 0,0 means no location. reported_at: aware,
    when the citizen says it was reported. reply: the first path is the preferred one.
    human_first: a person reads it before any unit gets it. auto_reply_allowed: false where an
    automatic answer could start a loop of mails. automatic: the channel says that a machine
    answered (an absence notice); it is filed and gets no receipt. needs_words: nothing was written
    that can be read, and the receipt asks for words. id_field: what a caller who is told the
    tracking code calls external_id: for such a caller the id may not stand for two contents. None
    where nobody is told, as with platforms that deliver again. part: its own part of a delivery
    that holds several messages; it is sealed in place of the whole, which is of several people.
    Of an anonymous reporter it is what came, without the name.
    """

    channel: Open[Channel]
    external_id: Annotated[str, C2, Field(repr=False)]
    text: Annotated[str, C1, Field(repr=False)]
    category: Open[str | None] = None
    latitude: Annotated[float | None, C1, Field(repr=False)] = None
    longitude: Annotated[float | None, C1, Field(repr=False)] = None
    address: Annotated[str | None, C1, Field(repr=False)] = None
    kelurahan_code: Open[str | None] = None
    about_unit: Open[str | None] = None
    entered_by_unit: Open[str | None] = None
    reported_at: Open[datetime | None] = None
    language: Open[Language] = "id"
    anonymous: Open[bool] = False
    confidential: Open[bool] = False
    restricted: Open[bool] = False
    reporter: Annotated[Reporter, C2, Field(repr=False)] = Reporter()
    reply: Annotated[tuple[ReplyPath, ...], C2, Field(repr=False)] = ()
    human_first: Open[bool] = False
    auto_reply_allowed: Open[bool] = True
    automatic: Open[bool] = False
    needs_words: Open[bool] = False
    id_field: Open[str | None] = None
    part: Annotated[bytes | None, C3, Field(repr=False)] = None
    files: Annotated[tuple[Attachment, ...], C3, Field(repr=False, max_length=MAX_FILES)] = ()

    def content(self) -> bytes:
        """What must be equal in a repetition: all that was said, and who said it.

        The time of the report is left out, because some apps set it anew at each try. Fields at
        their default are left out, so that a field that a later release adds does not change the
        content of a message that was filed before.
        """
        return self.model_dump_json(
            exclude={"reported_at", "id_field", "part", "files"}, exclude_defaults=True
        ).encode() + said_of(self.files)

    @property
    def told_at_once(self) -> bool:
        """Whether the door itself answers with the receipt: a form, an app, a desk."""
        return self.id_field is not None

    @property
    def looks_automatic(self) -> bool:
        """Whether a machine answered: the channel says so, or the words of a message do."""
        return self.automatic or (not self.told_at_once and looks_automatic(self.text))

    @property
    def geotagged(self) -> bool:
        """Whether a point came with it."""
        return self.latitude is not None

    @property
    def near_jakarta(self) -> bool:
        """Whether its point lies in a generous box around the city; false without a point."""
        if self.latitude is None or self.longitude is None:
            return False
        south, north, west, east = _NEAR_JAKARTA
        return south <= self.latitude <= north and west <= self.longitude <= east

    @field_validator("external_id")
    @classmethod
    def _has_an_id(cls, value: str) -> str:
        return _external_id(value, "external_id")

    @field_validator("text")
    @classmethod
    def _has_words(cls, value: str) -> str:
        return masked(clean_text(value))

    @field_validator("address")
    @classmethod
    def _landmark(cls, value: str | None) -> str | None:
        return masked(clean_line(value, "address", 1_000) or "") or None

    @field_validator("category")
    @classmethod
    def _known_category(cls, value: str | None) -> str | None:
        if value is not None and value not in CATEGORY_SLUGS:
            raise Malformed("Use a slug of the category table.", field="category")
        return value

    @field_validator("kelurahan_code")
    @classmethod
    def _kemendagri_code(cls, value: str | None) -> str | None:
        if value is not None and not is_kelurahan_code(value):
            raise Malformed("Use a code like 31.74.01.1001.", field="kelurahan_code")
        return value

    @field_validator("about_unit", "entered_by_unit")
    @classmethod
    def _unit_code(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and (len(value) > _MAX_UNIT or not _UNIT.fullmatch(value)):
            raise Malformed("Use a unit code.", field=info.field_name)
        return value

    @field_validator("reported_at")
    @classmethod
    def _instant(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.utcoffset() is None:
            raise Malformed("Give the time with its zone.", field="reported_at")
        try:
            return value.astimezone(UTC) if value is not None else None
        except OverflowError:
            # The first or last day of the calendar: the device's clock was never set.
            return None

    @model_validator(mode="before")
    @classmethod
    def _point_on_earth(cls, data: dict[str, Any]) -> dict[str, Any]:
        latitude, longitude = checked_point(data.get("latitude"), data.get("longitude"))
        return {**data, "latitude": latitude, "longitude": longitude}


def is_kelurahan_code(text: str) -> bool:
    """Whether it has the form of Kemendagri's code of a kelurahan."""
    return _KELURAHAN.fullmatch(text) is not None


def checked_point(
    latitude: float | None, longitude: float | None
) -> tuple[float | None, float | None]:
    """Degrees as they are, (None, None) for 0,0; Malformed for half a point or one off Earth."""
    for field, value, other, limit in (
        ("latitude", latitude, longitude, 90.0),
        ("longitude", longitude, latitude, 180.0),
    ):
        if value is None and other is not None:
            raise Malformed("Give latitude and longitude, or neither.", field=field)
        if value is not None and not (math.isfinite(value) and abs(value) <= limit):
            raise Malformed(f"Give degrees between -{limit:g} and {limit:g}.", field=field)
    # Qlue and cheap devices write "no fix" as 0,0.
    return (None, None) if latitude == 0 and longitude == 0 else (latitude, longitude)


class Supplement(Value):
    """What may be an addition to an earlier complaint; planning asks for the proof.

    reply_tokens: found in the addresses it was sent to and in the ids of ours that it answers;
    a genuine one is proof. refers_to_external_id: the id that the earlier message had on the same
    channel: of an edit the edited message, else of the message or thread it stands under.
    refers_to_report_number: a number it quotes. The last two are proof only when the sender is the
    earlier complaint's (an edit needs none: platforms let authors alone edit). Without proof
    ``otherwise`` is filed, with its own receipt.
    ``kind`` is that of ComplaintSupplemented. automatic: the channel says that a machine answered.
    only_quotes: its words are all quoted from us. Either answers no question.
    """

    channel: Open[Channel]
    external_id: Annotated[str, C2, Field(repr=False)]
    text: Annotated[str, C1, Field(repr=False)]
    kind: Open[Literal["answer", "note", "edit"]]
    reply_tokens: Annotated[tuple[str, ...], C2, Field(repr=False)] = ()
    refers_to_report_number: Open[str | None] = None
    refers_to_external_id: Annotated[str | None, C2, Field(repr=False)] = None
    otherwise: Annotated[Submission | None, C2, Field(repr=False)] = None
    automatic: Open[bool] = False
    only_quotes: Open[bool] = False
    files: Annotated[tuple[Attachment, ...], C3, Field(repr=False, max_length=MAX_FILES)] = ()

    @field_validator("external_id")
    @classmethod
    def _has_an_id(cls, value: str) -> str:
        return _external_id(value, "external_id")

    @field_validator("text")
    @classmethod
    def _has_words(cls, value: str) -> str:
        return masked(clean_text(value))

    @field_validator("refers_to_external_id", "refers_to_report_number")
    @classmethod
    def _storable(cls, value: str | None) -> str | None:
        refuse_unstorable(value or "", "refers_to")
        return value

    @property
    def answers_nothing(self) -> bool:
        """Whether a machine wrote it, or nobody wrote anything of their own.

        What a person hands over with the tracking code (kind "answer") is always an answer.
        """
        return self.kind != "answer" and (
            self.automatic
            or self.only_quotes
            or looks_automatic(self.text)
            or only_quotes(self.text)
        )

    @model_validator(mode="after")
    def _refers_to_something(self) -> "Supplement":
        named = self.reply_tokens, self.refers_to_report_number, self.refers_to_external_id
        if not any(named):
            raise Malformed("Name the complaint it belongs to.", field="refers_to")
        # An answer is handed over by tracking, for the holder of the code; all else comes from
        # strangers, whose words would be lost without it.
        if self.otherwise is None and self.kind != "answer":
            raise Malformed("Say what to file when nothing proves it.", field="otherwise")
        return self


class Withdrawal(Value):
    """The author took the message back. The case stays."""

    channel: Open[Channel]
    refers_to_external_id: Annotated[str, C2, Field(repr=False)]
    source: Open[Literal["citizen", "platform"]]

    @field_validator("refers_to_external_id")
    @classmethod
    def _has_an_id(cls, value: str) -> str:
        return _external_id(value, "refers_to_external_id")


IgnoredReason: TypeAlias = Literal[
    "own_message",
    "repost",
    "not_addressed_to_us",
    "not_a_new_message",
    "no_text",
    "malformed_item",
    "receipt",
    "bounce",
    "automatic_mail",
]


class Ignored(Value):
    """Nothing to do, and why. It is answered with 2xx, so that the platform does not repeat it.

    field: of a malformed item, the part that is wrong.
    """

    reason: Open[IgnoredReason]
    field: Open[str | None] = None


Inbound: TypeAlias = Submission | Supplement | Withdrawal | Ignored

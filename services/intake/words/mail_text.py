"""The words of a mail: all that its writer wrote, decoded, in order. Pure."""

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import pairwise

from services.intake.words.mail_bytes import text_of
from services.intake.words.mail_parts import Mail, Part, split
from services.intake.words.markup import html_to_text
from services.intake.words.quotes import FORWARDED

MAX_WORDS = 300_000
"""Characters of a mail that are looked at; a complaint has ten thousand."""
MAX_NAMED = 20
"""Attachments that are named."""
MAX_ENCODED_MAILS = 10
_MAX_LEVELS = 120
"""Parts within parts, counted over mails that were encoded whole."""
_MACHINES_TEXT = frozenset(
    {"text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/css", "text/rtf"}
    | {"text/javascript", "text/x-amp-html"}
)
_KINDS = {"image": "foto", "audio": "suara", "video": "video"}
_DATA_LINK = re.compile(rb"data:[^\s\"'<>]{200,}+")
_WORD = re.compile(r"https?://[^\s<>\"]+|\w+")


@dataclass(slots=True)
class _Reading:
    """What is read so far. left, compared: characters that may still be read, and compared.
    mails: encoded mails within the mail that may still be taken apart."""

    left: int = MAX_WORDS
    mails: int = MAX_ENCODED_MAILS
    compared: int = 2 * MAX_WORDS
    complete: bool = True
    named: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MailText:
    """words: of all parts; empty where nobody wrote any. named: what came along, in words for the
    reader. complete: false where a bound ended the reading before the mail did."""

    words: str
    named: tuple[str, ...]
    complete: bool


def text_of_mail(mail: Mail) -> MailText:
    reading = _Reading(complete=mail.complete)
    words = _words(mail.top, reading, 0).strip()
    return MailText(words, _few(tuple(dict.fromkeys(reading.named))), reading.complete)


def _few(named: tuple[str, ...]) -> tuple[str, ...]:
    if len(named) <= MAX_NAMED:
        return named
    return (*named[:MAX_NAMED], f"(dan {len(named) - MAX_NAMED} lampiran lain)")


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen: some programs write a zero-width space and no more."""
    return not any(_is_seen(character) for character in text)


def _trimmed(text: str) -> str:
    """Without the lines at both ends in which nothing can be seen."""
    start = next((at for at, sign in enumerate(text) if _is_seen(sign)), len(text))
    end = next((at for at in range(len(text), start, -1) if _is_seen(text[at - 1])), start)
    return text[text.rfind("\n", 0, start) + 1 : end] if end > start else ""


def _is_seen(character: str) -> bool:
    return not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf")


def _words(part: Part, reading: _Reading, level: int) -> str:
    if part.media in ("message/rfc822", "message/global") and level < _MAX_LEVELS:
        return _forwarded(part, reading, level)
    if part.media == "multipart/alternative" and part.parts:
        told = ""
        for each in part.parts:
            told = _both(told, _words(each, reading, level + 1), reading)
        return told
    if part.parts:
        return _in_order(part, reading, level)
    return "" if part.is_divided else _leaf(part, reading)


def _in_order(part: Part, reading: _Reading, level: int) -> str:
    texts: list[str] = []
    before: Part | None = None
    for each in part.parts:
        text = _words(each, reading, level + 1)
        if before and (before.media, each.media) == ("text/plain", "text/html") and texts:
            # Some programs call two forms of one text a mixture.
            texts[-1] = _both(texts[-1], text, reading)
        elif text:
            texts.append(text)
        before = each
    return "\n\n".join(texts)


def _both(told: str, more: str, reading: _Reading) -> str:
    """Two forms of one text. A mail with more of them than anybody sends is not compared."""
    reading.compared -= len(told) + len(more)
    if reading.compared < 0:
        return "\n\n".join(filter(None, (told, more)))
    return with_what_more_says(told, more)


def _forwarded(part: Part, reading: _Reading, level: int) -> str:
    """A mail within the mail: what it is about, and its words."""
    inner = part.parts or _encoded_mail(part, reading)
    about = [
        f"{label}: {inner[0].headers.text(name)}"
        for label, name in (("Dari", "from"), ("Tanggal", "date"), ("Perihal", "subject"))
        if inner and inner[0].headers.raw(name)
    ]
    heading = (FORWARDED, *about, "") if about else ()
    return "\n".join((*heading, *(_words(each, reading, level + 1) for each in inner)))


def _encoded_mail(part: Part, reading: _Reading) -> list[Part]:
    if part.encoding not in ("base64", "quoted-printable"):
        return []
    if not reading.mails:
        reading.complete = False
        return []
    reading.mails -= 1
    return [split(part.body).top]


def _leaf(part: Part, reading: _Reading) -> str:
    main = part.media.partition("/")[0]
    is_text = main in ("text", "message", "multipart") and part.media not in _MACHINES_TEXT
    name = part.file_name
    if not is_text or part.is_attached or (name and main == "text"):
        kind = _KINDS.get(main, "lampiran")
        # What a file is called can name a person or a place.
        reading.named.append(f"({kind}) {name}".rstrip() if main == "text" else f"({kind})")
    if not is_text:
        return ""
    words = _trimmed(_decoded(part, reading))
    return f"({name}:)\n{words}" if name and words else words


def _decoded(part: Part, reading: _Reading) -> str:
    raw = part.body
    if part.media == "text/html":
        # A picture in the markup would take the place of the words behind it.
        raw = _DATA_LINK.sub(b"", raw)
    seen = raw[: reading.left]
    reading.complete = reading.complete and len(seen) == len(raw)
    reading.left -= len(seen)
    text = text_of(seen, part.charset).replace("\r\n", "\n").replace("\r", "\n")
    if part.media == "text/html":
        return html_to_text(text)
    if part.parameter("format") == "flowed":
        return _unflowed(text, joined="" if part.parameter("delsp") == "yes" else " ")
    return text


def _unflowed(text: str, joined: str) -> str:
    """RFC 3676: a line that ends with a space goes on in the next one of the same depth."""
    lines: list[str] = []
    depth, soft = 0, False
    for raw in text.split("\n"):
        own = len(raw) - len(raw.lstrip(">"))
        line = raw[own:].removeprefix(" ")
        goes_on = line.endswith(" ") and line != "-- "
        if soft and own == depth and line != "-- ":
            lines[-1] += joined + line.rstrip(" ")
        else:
            lines.append(f"{'>' * own} {line.rstrip(' ')}" if own else line.rstrip(" "))
        depth, soft = own, goes_on
    return "\n".join(lines)


def with_what_more_says(told: str, more: str) -> str:
    """``told``, and the lines of ``more`` that say something which is not in it.

    Both are forms of one text. One may be a placeholder, cut short, or without the links.
    """
    if is_blank(told) or is_blank(more):
        return more if is_blank(told) else told
    added = _unsaid(told, more)
    if not added:
        return told
    if not _unsaid(more, told):
        return more
    return "\n".join((told.rstrip("\n"), "", *added))


def _unsaid(told: str, more: str) -> list[str]:
    """Lines of ``more`` with a word, a pair of neighbouring words or a link that ``told`` lacks.

    Whole sentences are not searched for, since that takes time that grows with the square of the
    length; programs wrap lines and leave out signs, so lines cannot be compared.
    """
    known = _told(told)
    return [line for line in more.split("\n") if _told(line) - known]


def _told(text: str) -> set[object]:
    """The words, the pairs of neighbouring words, and the links of a text."""
    found = _WORD.findall(text.lower())
    words = [word for word in found if not word.startswith(("http://", "https://"))]
    return {*found, *pairwise(words)}

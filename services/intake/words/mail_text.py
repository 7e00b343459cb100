"""The words of a mail: decoded, without what it quotes. Standard library only."""

import codecs
import re
from collections import deque
from email.header import decode_header, make_header
from email.message import EmailMessage, Message

from services.intake.words.markup import html_to_text

_QUOTE_STARTS = (
    re.compile(r"^-{2,}\s*(original message|pesan asli|forwarded message)\b.*$", re.I),
    re.compile(r"^_{20,}\s*$"),
    re.compile(r"^(on|pada)\b.{0,300}\b(wrote|menulis)\s*:\s*$", re.I | re.S),
    re.compile(r"^-- $"),
)
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape"})
"""Python's codecs that no mail uses. Some are slow without bound, others do not yield text."""

MAX_WORDS = 1_000_000
"""Characters of a part that are looked at; a complaint has ten thousand."""


def header(message: Message, name: str) -> str:
    """A header as text on one line, encoded words decoded; empty when it is missing.

    The parser of the standard library stumbles over some malformed headers; then the raw value
    is better than no mail at all.
    """
    try:
        value = str(message[name] or "")
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
        value = _raw_header(message, name)
    return " ".join(_storable(_readable(value)).split())


def _raw_header(message: Message, name: str) -> str:
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            return _decoded_words(str(value))
    return ""


def _decoded_words(value: str) -> str:
    try:
        return str(make_header(decode_header(_readable(value))))
    except (ValueError, LookupError):
        return value


def _readable(value: str) -> str:
    """Eight-bit bytes that came undeclared, read as UTF-8; replaced where they are not."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def own_words(message: EmailMessage) -> str:
    """The text the sender wrote, without quoted mail; may be empty."""
    plain, rich = _bodies(message)
    text = plain if plain.strip() else html_to_text(rich)
    return without_quotes(text)


def _bodies(message: Message) -> tuple[str, str]:
    """All text/plain and all text/html that is shown: a picture may stand between two parts.

    A mail that is passed on is read where the sender wrote nothing.
    """
    waiting: list[Message] = [message]
    passed_on: list[Message] = []
    while waiting or passed_on:
        plain, rich, passed_on = _texts(waiting)
        if plain.strip() or rich.strip():
            return plain, rich
        waiting = passed_on
    return "", ""


def _texts(roots: list[Message]) -> tuple[str, str, list[Message]]:
    """Plain text, HTML, and the mails within the mail, not looked into."""
    found: dict[str, list[str]] = {"plain": [], "html": []}
    passed_on: list[Message] = []
    waiting = deque(roots)
    while waiting:
        part = waiting.popleft()
        if not part.is_multipart():
            if _is_shown(part):
                found.setdefault(part.get_content_subtype(), []).append(_decoded(part))
        elif part.get_content_maintype() == "message":
            passed_on.extend(_parts(part))
        else:
            waiting.extendleft(reversed(_parts(part)))
    return "\n".join(found["plain"]), "\n".join(found["html"]), passed_on


def _parts(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if payload else []


def _is_shown(part: Message) -> bool:
    return part.get_content_maintype() == "text" and (
        part.get_content_disposition() != "attachment"
    )


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    return _storable(_read(raw, part.get_content_charset() or "utf-8"))[:MAX_WORDS]


def _read(raw: bytes, named: str) -> str:
    for charset in (named, "utf-8", "windows-1252"):
        try:
            if codecs.lookup(charset).name not in _NO_CHARSETS:
                return raw.decode(charset)
        except (ValueError, LookupError):
            continue
    return raw.decode("latin-1")


def _storable(text: str) -> str:
    """Without NUL, which PostgreSQL cannot store. A refusal would not reach a mail's author."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def without_quotes(text: str) -> str:
    """Cuts at the first sign of quoted mail or a signature. When nothing is left, keeps the whole.

    It is simple on purpose: some quoted lines too many do no harm, but a lost complaint does.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = next((at for at in range(len(lines)) if _starts_quote(lines, at)), len(lines))
    kept = "\n".join(line for line in lines[:end] if not line.startswith(">")).strip()
    return kept or "\n".join(line.lstrip("> ") for line in lines).strip()


def _starts_quote(lines: list[str], at: int) -> bool:
    # "On ... wrote:" is often broken over two lines.
    both = "\n".join(lines[at : at + 2])
    return any(start.match(lines[at]) or start.match(both) for start in _QUOTE_STARTS)

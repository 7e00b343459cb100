"""Makes the words of all channels uniform, and keeps those of platforms whatever their bytes.

Words are kept as they came: a channel that sends HTML reads its entities itself. ``clean``,
``clean_text`` and ``clean_line`` are for callers who can correct: they raise Malformed, which
names the field and never shows its value. ``readable``, ``ornament`` and ``shortened`` never raise:
they are for platforms, where a refusal would not reach the author.
"""

import re
import unicodedata

from shared.errors import Malformed
from shared.text import refuse_unstorable

MAX_TEXT = 10_000
MAX_LINE = 320
"""Characters of a name."""
CUT_MARK = " [...]"
UNREAD = "\ufffd"
"""Stands where a character was that cannot be read or stored (U+FFFD)."""
PARTLY_UNREAD = "(sebagian teks tidak terbaca)"
WHOLLY_UNREAD = "(teks tidak terbaca)"

_GAPS = re.compile(r"\s+")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def clean(text: str, field: str) -> str:
    """NFC, trimmed; may come out empty."""
    refuse_unstorable(text, field)
    return _trimmed(unicodedata.normalize("NFC", text))


def _trimmed(text: str) -> str:
    """Without blanks at the ends, the invisible ones of Unicode included."""
    start, end = 0, len(text)
    while start < end and not _is_seen(text[start]):
        start += 1
    while end > start and not _is_seen(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_seen(character: str) -> bool:
    return not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf")


def clean_text(text: str, field: str = "text") -> str:
    """A complaint's text: ``clean``, not empty, at most ``MAX_TEXT`` characters."""
    cleaned = clean(text, field)
    if not cleaned:
        raise Malformed("Write what the complaint is about.", field=field)
    if len(cleaned) > MAX_TEXT:
        raise Malformed(f"Write at most {MAX_TEXT} characters.", field=field)
    return cleaned


def clean_line(text: str | None, field: str, limit: int = MAX_LINE) -> str | None:
    """One line without line breaks (they could forge mail headers); None when nothing is left."""
    if text is None:
        return None
    line = _GAPS.sub(" ", clean(text, field)).strip()
    if len(line) > limit:
        raise Malformed(f"Use at most {limit} characters.", field=field)
    return line or None


def readable(text: str) -> str:
    """Words of somebody who cannot be asked to correct them; may come out empty.

    What cannot be stored becomes ``UNREAD``, and a mark at the end says that something is missing.
    """
    words = _trimmed(unicodedata.normalize("NFC", storable(text)))
    if UNREAD not in words:
        return words
    return f"{words} {PARTLY_UNREAD}" if _trimmed(words.replace(UNREAD, "")) else WHOLLY_UNREAD


def ornament(text: str | None, limit: int = MAX_LINE) -> str | None:
    """A name, a place: one line, cut to ``limit``; None when nothing is left."""
    normal = unicodedata.normalize("NFC", storable(text or ""))
    line = _GAPS.sub(" ", _trimmed(normal)).strip()
    return line[:limit].strip() or None


def storable(text: str) -> str:
    """``UNREAD`` in place of NUL and of lone surrogates, which PostgreSQL cannot store.

    NUL at the ends is padding and is left out. Two surrogates that are a pair become its character.
    """
    if not _UNSTORABLE.search(text):
        return text
    whole = _PAIR.sub(lambda pair: _character(pair[0]), text.strip("\x00"))
    return _UNSTORABLE.sub(UNREAD, whole)


def _character(pair: str) -> str:
    return pair.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def shortened(text: str) -> str:
    """``text`` cut to fit, for platforms where a refusal would not reach the author."""
    normal = unicodedata.normalize("NFC", text)
    return normal if len(normal) <= MAX_TEXT else normal[: MAX_TEXT - len(CUT_MARK)] + CUT_MARK

"""Makes the words of all channels uniform.

All functions raise Malformed that names the field and never shows its value.
"""

import html
import re
import unicodedata

from shared.errors import Malformed
from shared.text import refuse_unstorable

MAX_TEXT = 10_000
CUT_MARK = " [...]"

_GAPS = re.compile(r"\s+")


def clean(text: str, field: str) -> str:
    """HTML entities unescaped, NFC, trimmed; may come out empty."""
    unescaped = html.unescape(text)
    refuse_unstorable(unescaped, field)
    return _trimmed(unicodedata.normalize("NFC", unescaped))


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


def clean_line(text: str | None, field: str, limit: int = 320) -> str | None:
    """One line without line breaks (they could forge mail headers); None when nothing is left."""
    if text is None:
        return None
    line = _GAPS.sub(" ", clean(text, field)).strip()
    if len(line) > limit:
        raise Malformed(f"Use at most {limit} characters.", field=field)
    return line or None


def shortened(text: str) -> str:
    """``text`` cut to fit, for platforms where a refusal would not reach the author."""
    normal = unicodedata.normalize("NFC", text)
    # Unescaping can only shorten the text later, so the limit holds for both.
    return normal if len(normal) <= MAX_TEXT else normal[: MAX_TEXT - len(CUT_MARK)] + CUT_MARK

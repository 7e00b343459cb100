"""Bytes as text, for callers who cannot send them again: what is wrong in them becomes a mark.

Nothing here raises. A wrong byte costs one character, which comes out as U+FFFD.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import unquote_to_bytes

_CODECS: Mapping[str, str] = MappingProxyType(
    {
        "utf-16be": "utf-16-be",
        "utf-16": "utf-16-be",
        "ucs-2": "utf-16-be",
        "utf-16le": "utf-16-le",
        "iso-8859-1": "cp1252",
        "latin1": "cp1252",
        "latin-1": "cp1252",
        "windows-1252": "cp1252",
        "cp1252": "cp1252",
    }
)
"""Charsets as gateways name them. Others are read as UTF-8: Python's registry also holds codecs
that need time without bound. Whoever says ISO-8859-1 sends Windows' quotes and dashes."""

# Gateways that convert UCS-2 letter by letter write the two halves of an emoji one by one.
_HALVES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")


def decoded(raw: bytes, charset: str = "utf-8") -> str:
    """The bytes in ``charset``, in any spelling; unknown charsets are read as UTF-8."""
    codec = _CODECS.get(charset.strip().lower().replace("_", "-"), "utf-8")
    if codec != "utf-8":
        return raw.decode(codec, "replace")
    return with_whole_pairs(raw).decode("utf-8", "replace")


def binary(raw: bytes) -> str:
    """Bytes of which nobody said what they are (``8-BIT``): UTF-8 if they can be, else Latin."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def with_whole_pairs(raw: bytes) -> bytes:
    """UTF-8 in place of CESU-8: a character beyond U+FFFF as one sequence, not as two halves."""
    return _HALVES.sub(lambda pair: _one_sequence(pair[0]), raw)


def _one_sequence(pair: bytes) -> bytes:
    halves = pair.decode("utf-8", "surrogatepass")
    return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le").encode()


def form_pairs(raw: bytes) -> list[tuple[bytes, bytes]]:
    """``application/x-www-form-urlencoded`` as names and values, unescaped and not decoded.

    A percent sign that escapes nothing stands for itself.
    """
    pairs = (part.partition(b"=") for part in raw.split(b"&") if part)
    return [(_unescaped(name), _unescaped(value)) for name, _, value in pairs]


def _unescaped(part: bytes) -> bytes:
    return unquote_to_bytes(part.replace(b"+", b" "))

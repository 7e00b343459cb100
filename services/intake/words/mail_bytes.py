"""Bytes of a mail as text: transfer encodings, charsets, encoded words of headers.

Pure. Mail programs declare the wrong thing every day, and no sender can correct it. So nothing
here raises: what does not fit the declaration is read as UTF-8, then as windows-1252, and only
where it does not fit.
"""

import binascii
import codecs
import re
from contextlib import suppress

_NO_CHARSETS = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape"})
"""Python's codecs that no mail uses. Some are slow without bound, others do not yield text."""
_AS_MEANT = {"iso8859-1": "cp1252", "ascii": "utf-8"}
"""Mail that says ISO-8859-1 or US-ASCII holds quotation marks of windows-1252, or UTF-8."""

_UNREAD = re.compile("[\udc80-\udcff]+")
_ONLY_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]*+={0,2}\s*+")
_SOFT_BREAK = re.compile(rb"=[ \t]++\n")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_REPAIRED = 1024 * 1024
"""Bytes of a damaged base64 text that are looked at line by line."""

_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*+)\?=")
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?)")


def decoded(raw: bytes, encoding: str) -> bytes:
    """``raw`` without its Content-Transfer-Encoding; unknown encodings leave it as it is."""
    match encoding:
        case "base64":
            return _from_base64(raw)
        case "quoted-printable":
            return binascii.a2b_qp(_SOFT_BREAK.sub(b"=\n", raw))
        case _:
            return raw


def _from_base64(raw: bytes) -> bytes:
    if _ONLY_BASE64.fullmatch(raw):
        # Of a text that is whole, nothing is copied to be cleaned: it may have megabytes.
        with suppress(binascii.Error):
            return binascii.a2b_base64(raw)
        return _block(raw)
    return _repaired(raw[:_REPAIRED])


def _repaired(raw: bytes) -> bytes:
    """Base64 with foreign characters in it, and plain lines around it, such as a list's footer."""
    pieces: list[bytes] = []
    block: list[bytes] = []
    for line in raw.split(b"\n"):
        if _is_mostly_base64(line.strip()):
            block.append(line)
            continue
        pieces += (_block(b"".join(block)), line)
        block.clear()
    pieces.append(_block(b"".join(block)))
    return b"\n".join(piece for piece in pieces if piece)


def _is_mostly_base64(line: bytes) -> bool:
    """Whether it is one word, and at most a quarter of its characters is foreign."""
    foreign = len(line.rstrip(b"=")) - len(_NOT_BASE64.sub(b"", line))
    return len(line.split()) <= 1 and 4 * foreign <= len(line)


def _block(encoded: bytes) -> bytes:
    """The bytes of one run of base64. It may be several texts one after the other, each with its
    own end; a last group that is not complete is completed or left out."""
    texts = (_NOT_BASE64.sub(b"", text) for text in encoded.split(b"="))
    whole = (text[:-1] if len(text) % 4 == 1 else text for text in texts)
    return b"".join(binascii.a2b_base64(text + b"=" * (-len(text) % 4)) for text in whole if text)


def text_of(raw: bytes, charset: str | None) -> str:
    """``raw`` in its declared charset. A byte that does not fit costs no other byte its meaning."""
    name = _codec(charset)
    try:
        text = raw.decode(name, "surrogateescape")
    except UnicodeError:
        # Some codecs have no place for a wrong byte below 128.
        text = raw.decode(name, "replace")
    return mended(text)


def _codec(charset: str | None) -> str:
    try:
        name = codecs.lookup((charset or "utf-8").strip("\"' ")).name
        "".encode(name)
    except (LookupError, ValueError, UnicodeError):
        return "utf-8"
    return "utf-8" if name in _NO_CHARSETS else _AS_MEANT.get(name, name)


def mended(text: str) -> str:
    """Text that PostgreSQL can store: escaped bytes read, no NUL, no half of a surrogate pair."""
    read = _UNREAD.sub(_read_run, text.replace("\x00", ""))
    return read.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _read_run(run: re.Match[str]) -> str:
    raw = run[0].encode("utf-8", "surrogateescape")
    return "".join(map(_read_character, raw.decode("utf-8", "surrogateescape")))


def _read_character(character: str) -> str:
    if not "\udc80" <= character <= "\udcff":
        return character
    raw = character.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return "\ufffd"


def header_text(value: str) -> str:
    """A header on one line, RFC 2047 words decoded.

    Words of the same charset are joined before they are decoded: programs cut them in the middle of
    a character.
    """
    if value.isascii() and "=?" not in value and "\x00" not in value:
        return " ".join(value.split())
    joined = _BETWEEN_WORDS.sub("", value)
    pieces: list[str] = []
    charset, raw, at = "", b"", 0
    for word in _ENCODED_WORD.finditer(joined):
        same = word.start() == at and word[1].lower() == charset
        if not same:
            pieces += (text_of(raw, charset), joined[at : word.start()])
            charset, raw = word[1].lower(), b""
        raw += _word(word)
        at = word.end()
    pieces += (text_of(raw, charset), joined[at:])
    return " ".join(mended("".join(pieces)).split())


def _word(word: re.Match[str]) -> bytes:
    encoded = word[3].encode("utf-8", "surrogateescape")
    if word[2] in "bB":
        return _block(encoded)
    return binascii.a2b_qp(encoded, header=True)

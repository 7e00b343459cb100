"""A mail as the tree of its parts, found in one walk over its bytes. Pure.

The parser of the standard library compares each line with each open boundary, so a mail of 300 kB
can hold it for a minute. Here a line is looked up once, and only lines that begin with two dashes
are looked at. What bounds the walk is counted, and not measured in seconds: the same mail is always
read to the same point.
"""

import re
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import unquote_to_bytes

from services.intake.words.mail_bytes import decoded, header_text, text_of

MAX_PARTS = 1_000
MAX_DASHED_LINES = 20_000
"""Lines that could be a boundary."""
MAX_DEPTH = 50
"""Levels of the tree. What is nested deeper hangs at the last level, in its order."""
MAX_HEADER = 2_000
"""Characters of a header, RFC 2047 words still encoded. The library's reader of addresses takes
time that grows with the square of their length."""
MAX_SUBJECT = 40_000
"""Some programs put the whole letter there."""
MAX_HEADERS = 300
"""Of those that somebody asks for."""
_MAX_BOUNDARY = 300
MAX_PART_HEADERS = 8_192
MAX_TOP_HEADERS = 256 * 1024
"""Bytes. Thousands of recipients stand before the subject in some mails. The pattern that looks for
the end of the headers holds up all other work, so it is not let loose on megabytes."""
_MEDIA = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}")
_ESCAPED = re.compile(r"\\(.)")
_PARAMETER = re.compile(r""";\s*+([^\s=;"]++)\s*+=\s*+("(?:[^"\\]|\\.)*+"?|[^\s;"]*+)""")

_HEADER_LINES = re.compile(rb"(?:[!-9;-~]++[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z))*+")
_ENVELOPE_LINE = re.compile(rb">?From [^\n]*+\n")
_FIELD = re.compile(
    rb"\n(from|sender|reply-to|return-path|subject|date|message-id|in-reply-to|references|to|cc"
    rb"|delivered-to|x-original-to|content-[a-z-]+|auto-submitted|precedence|x-auto[a-z-]*"
    rb"|list-[a-z-]+)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)",
    re.I,
)
"""Those that somebody asks for. A mail may hold millions of others."""


class Headers:
    """The headers of a mail or a part that somebody asks for, by name."""

    def __init__(self, block: bytes) -> None:
        self._values: dict[str, str] = {}
        for found in islice(_FIELD.finditer(b"\n" + block), MAX_HEADERS):
            name = found[1].decode("ascii").lower()
            if name not in self._values:
                self._values[name] = _cut(name, found[2].decode("ascii", "surrogateescape"))

    def raw(self, name: str) -> str:
        """The first of that name, unfolded, cut; empty when it is missing. Name in lower case.

        Bytes beyond ASCII are escaped as surrogates.
        """
        return self._values.get(name, "")

    def text(self, name: str) -> str:
        """The same as a reader sees it."""
        return header_text(self.raw(name))

    def any_begins(self, prefix: str) -> bool:
        return any(name.startswith(prefix) for name in self._values)


def _cut(name: str, value: str) -> str:
    unfolded = " ".join(value[: 2 * MAX_SUBJECT].split())
    if name == "references":
        # The last ids are those of the mails that were answered last.
        return unfolded[-MAX_HEADER:]
    return unfolded[: MAX_SUBJECT if name == "subject" else MAX_HEADER]


@dataclass(slots=True)
class Part:
    """One part; the whole mail is one as well.

    media: as ``text/plain``. parts: of a multipart, or the one mail inside message/rfc822.
    is_divided: whether it has parts, here or, where it is nested too deep, at the last level.
    """

    headers: Headers = field(repr=False)
    media: str
    start: int
    end: int
    boundary: bytes
    _data: bytes = field(repr=False)
    _type: dict[str, str] = field(repr=False)
    parts: "list[Part]" = field(default_factory=list)
    is_divided: bool = False

    @property
    def source(self) -> bytes:
        """The whole mail in which ``start`` and ``end`` are places."""
        return self._data

    @property
    def body(self) -> bytes:
        """Without its transfer encoding."""
        return decoded(self._data[self.start : self.end], self.encoding)

    @property
    def encoding(self) -> str:
        # Some programs write a comment or a parameter behind it.
        named = re.match(r"[\w-]*", self.headers.raw("content-transfer-encoding"))
        return named[0].lower() if named else ""

    @property
    def charset(self) -> str:
        return self.parameter("charset")

    @property
    def is_attached(self) -> bool:
        return _value_of(self.headers.raw("content-disposition")) == "attachment"

    @property
    def file_name(self) -> str:
        """As the sender called it, empty for none."""
        disposition = _parameters(self.headers.raw("content-disposition"))
        name = disposition.get("filename") or self._type.get("name", "")
        return header_text(name)[:120]

    def parameter(self, name: str) -> str:
        """A parameter of Content-Type in lower case, empty for none."""
        return self._type.get(name, "").strip().lower()


def _value_of(line: str) -> str:
    return line.partition(";")[0].strip().lower()


def _parameters(line: str) -> dict[str, str]:
    """Parameters of a header by their names in lower case, the pieces of RFC 2231 joined."""
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(line):
        name, _, star = match[1].lower().partition("*")
        value = _ESCAPED.sub(r"\1", match[2].strip('"'))
        if match[1].endswith("*"):
            value = _percent_decoded(value)
        # Of a name that is given twice the first counts; pieces have numbers.
        if name not in found or star[:1].isdigit():
            found[name] = found.get(name, "") + value
    return found


def _percent_decoded(value: str) -> str:
    """RFC 2231: ``charset'language'text`` with percent signs; later pieces are text alone."""
    charset, first, rest = value.partition("'")
    text = rest.partition("'")[2] if first else value
    return text_of(unquote_to_bytes(text), charset if first else "utf-8")


def _part(data: bytes, start: int, standard: str) -> Part:
    """The part that begins at ``start``, as if it went on to the end of ``data``."""
    block, body = _header_block(data, start)
    headers = Headers(block)
    line = headers.raw("content-type")
    media = _value_of(line)
    if not _MEDIA.fullmatch(media):
        media = "text/plain" if line else standard
    parameters = _parameters(line)
    named = parameters.get("boundary", "") if media.startswith("multipart/") else ""
    boundary = named.rstrip().encode("utf-8", "surrogateescape")
    return Part(headers, media, body, len(data), boundary, data, parameters)


def _header_block(data: bytes, start: int) -> tuple[bytes, int]:
    """The headers that begin at ``start``, and where the body does.

    An empty line ends the headers; so does a line that is none, which then is text.
    """
    limit = start + (MAX_TOP_HEADERS if start == 0 else MAX_PART_HEADERS)
    lines = _HEADER_LINES.match(data, start, limit)
    end = lines.end() if lines else start
    if end < limit:
        return data[start:end], end + data.startswith(b"\n", end)
    empty = data.find(b"\n\n", end)
    return data[start:end], len(data) if empty < 0 else empty + 2


@dataclass(frozen=True, slots=True)
class Mail:
    """complete: false where a bound ended the walk before the mail did."""

    top: Part
    complete: bool

    @property
    def headers(self) -> Headers:
        return self.top.headers


def split(raw: bytes) -> Mail:
    """The parts of a mail. Never raises."""
    data = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    if envelope := _ENVELOPE_LINE.match(data):
        data = data[envelope.end() :]
    walk = _Walk(data)
    walk.go()
    return Mail(walk.top, walk.complete)


class _Walk:
    """Where the walk stands: the parts that are open, outermost first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._open: list[Part] = []
        self._places: dict[bytes, list[int]] = {}
        self._count = 0
        innermost = self._begin(0, "text/plain")
        self.top = self._open[0]
        self.complete = self.top.start <= MAX_TOP_HEADERS
        self._from = max(innermost.start - 1, 0)

    def go(self) -> None:
        at, data = self._from, self._data
        for _ in range(MAX_DASHED_LINES):
            sign = data.find(b"\n--", at)
            if sign < 0:
                return
            end = data.find(b"\n", sign + 1)
            end = len(data) if end < 0 else end
            at = end
            if end - sign <= _MAX_BOUNDARY:
                at = self._meet(data[sign + 3 : end].rstrip(), sign, end)
            if self._count > MAX_PARTS:
                break
        self.complete = False
        self._end_at(0, at)

    def _meet(self, line: bytes, sign: int, end: int) -> int:
        """Handles a line that may be a boundary; where to go on."""
        if places := self._places.get(line):
            place = places[-1]
            self._end_at(place + 1, sign)
            digest = self._open[place].media == "multipart/digest"
            begun = self._begin(
                min(end + 1, len(self._data)), "message/rfc822" if digest else "text/plain"
            )
            return max(begun.start - 1, end)
        if line.endswith(b"--") and (places := self._places.get(line[:-2])):
            self._close(places[-1], sign, end)
        return end

    def _begin(self, start: int, standard: str) -> Part:
        """Opens the part at ``start``, and the mails within it; the innermost."""
        part = self._open_part(start, standard)
        while self._holds_mail(part) and self._count <= MAX_PARTS:
            part = self._open_part(part.start, "text/plain")
        return part

    def _holds_mail(self, part: Part) -> bool:
        """An encoded mail is not looked into here: RFC 2046 forbids it, and programs do it."""
        encoded = part.encoding in ("base64", "quoted-printable")
        return part.media in ("message/rfc822", "message/global") and not encoded

    def _open_part(self, start: int, standard: str) -> Part:
        part = _part(self._data, start, standard)
        self._count += 1
        if self._open:
            self._open[-1].is_divided = True
            self._open[min(len(self._open), MAX_DEPTH) - 1].parts.append(part)
        if boundary := part.boundary:
            self._places.setdefault(boundary, []).append(len(self._open))
        self._open.append(part)
        return part

    def _end_at(self, place: int, end: int) -> None:
        """Ends the parts that are open from ``place`` on."""
        for part in self._open[place:]:
            part.end = max(end, part.start)
            if boundary := part.boundary:
                self._places[boundary].pop()
        del self._open[place:]

    def _close(self, place: int, sign: int, end: int) -> None:
        closed = self._open[place]
        self._end_at(place, sign)
        if closed is self.top:
            # Few programs show what stands behind the last boundary, but the text of a damaged
            # mail can stand there.
            rest = Part(Headers(b""), "text/plain", end, len(self._data), b"", self._data, {})
            self.top.parts.append(rest)

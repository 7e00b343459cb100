"""``multipart/form-data`` (RFC 7578), read while it comes: only what has just come is held.

The framework's own reader lays files down open in the machine's folder for temporary files.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from shared.errors import Malformed

MAX_PARTS = 100
_READABLE = "Send well-formed multipart/form-data, as its Content-Type announces it."


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of the part ``name`` that have just come, perhaps none. ``ends``: the last ones."""

    name: str
    data: bytes = field(repr=False)
    ends: bool


async def read_pieces(stream: AsyncIterator[bytes], content_type: str) -> AsyncIterator[Piece]:
    """The parts one after the other, each in as many pieces as it comes in. Raises Malformed for
    what is no form, and at its end for one that was cut short."""
    reading = _Reading()
    try:
        parser = _parser(content_type, reading)
        async for data in stream:
            parser.write(data)
            # Whoever is handed a piece may wait long with it: what it came in is let go before.
            del data
            while reading.has_piece:
                yield reading.next_piece()
        parser.finalize()
    except FormParserError:
        raise Malformed(_READABLE, field="body") from None
    if not reading.ended:
        raise Malformed("The body ends before its last part does.", field="body")


def _parser(content_type: str, reading: "_Reading") -> MultipartParser:
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise Malformed(_READABLE, field="Content-Type")
    return MultipartParser(
        boundary,
        {
            "on_part_begin": reading.begin,
            "on_header_field": reading.header_name,
            "on_header_value": reading.header_value,
            "on_header_end": reading.header_end,
            "on_headers_finished": reading.headers_end,
            "on_part_data": reading.data,
            "on_part_end": reading.part_end,
            "on_end": reading.end,
        },
        max_header_count=8,
    )


@dataclass(slots=True)
class _Part:
    """A part that has begun. ``name``: empty until its head was read. ``held``: what came of it and
    was not handed out yet."""

    name: str = ""
    held: list[bytes] = field(default_factory=list)
    ended: bool = False


class _Reading:
    """What the parser calls."""

    def __init__(self) -> None:
        self.ended = False
        self._parts: list[_Part] = []
        self._count = 0
        self._header = [bytearray(), bytearray()]

    def begin(self) -> None:
        self._count += 1
        if self._count > MAX_PARTS:
            raise Malformed(f"Send at most {MAX_PARTS} parts.", field="body")
        self._parts.append(_Part())

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def header_end(self) -> None:
        name, value = self._header
        if bytes(name).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(value))
            self._parts[-1].name = options.get(b"name", b"").decode("utf-8", "replace")
        self._header = [bytearray(), bytearray()]

    def headers_end(self) -> None:
        if not self._parts[-1].name:
            raise Malformed("Name each part in its Content-Disposition.", field="body")

    def data(self, data: bytes, start: int, end: int) -> None:
        self._parts[-1].held.append(data[start:end])

    def part_end(self) -> None:
        self._parts[-1].ended = True

    def end(self) -> None:
        self.ended = True

    @property
    def has_piece(self) -> bool:
        return bool(self._parts) and (bool(self._parts[0].held) or self._parts[0].ended)

    def next_piece(self) -> Piece:
        """What the parser has found so far of the first part that is not handed out."""
        part = self._parts[0]
        held, part.held = part.held, []
        if part.ended:
            del self._parts[0]
        return Piece(part.name, held[0] if len(held) == 1 else b"".join(held), part.ended)

"""``multipart/form-data``, read while it comes: fields are kept, files go to the spool.

The framework's own reader lays files down open in the machine's folder for temporary files; nothing
here does. A file that is refused does not end the reading: what was typed below it is still needed
to show a form again, so its bytes are read and dropped.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.intake.channels.attachments import MAX_FILES, Upload
from services.intake.spooling.spool import Spool, SpooledFile
from shared.errors import CrmError, Malformed, TooLarge, Transient
from shared.http.operation import MAX_BODY_BYTES

FILE_BYTES = 25 * 1024 * 1024
"""Of one file, whatever it is. What a picture or a document may have is media's to say."""
FILES_BYTES = 40 * 1024 * 1024
"""Of all files of one message."""
BODY_BYTES = FILES_BYTES + 2 * MAX_BODY_BYTES
"""Of a body with files: theirs, the fields, and what stands between the parts."""
MAX_PARTS = 100
_READABLE = "Send well-formed multipart/form-data, as its Content-Type announces it."


@dataclass(frozen=True, slots=True)
class ReceivedForm:
    """fields: name and bytes, in their order. refusal: what is wrong with the files, Transient
    where they could not be laid down."""

    fields: tuple[tuple[str, bytes], ...] = field(repr=False)
    uploads: tuple[Upload, ...]
    refusal: CrmError | None


async def read_form(
    stream: AsyncIterator[bytes], content_type: str, spool: Spool, file_part: str
) -> ReceivedForm:
    """``file_part``: name of the parts that are files; each other part is a field.

    Raises Malformed for what is no form, TooLarge for fields of more than a megabyte.
    """
    reading = _Reading(spool, file_part)
    try:
        parser = _parser(content_type, reading)
        async for piece in stream:
            parser.write(piece)
            await reading.settle()
        parser.finalize()
    except FormParserError:
        raise Malformed(_READABLE, field="body") from None
    finally:
        reading.close()
    if not reading.ended:
        raise Malformed("The body ends before its last part does.", field="body")
    return ReceivedForm(tuple(reading.fields), tuple(reading.uploads), reading.refusal)


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
    """A part that has begun. name: None where its head names none. pieces: not settled yet."""

    name: str | None = None
    pieces: list[bytes] = field(default_factory=list)
    ended: bool = False


class _Reading:
    """What the parser calls, which may not wait; and the writing, which waits."""

    def __init__(self, spool: Spool, file_part: str) -> None:
        self.fields: list[tuple[str, bytes]] = []
        self.uploads: list[Upload] = []
        self.refusal: CrmError | None = None
        self.ended = False
        self._spool = spool
        self._file_part = file_part
        self._parts: list[_Part] = []
        self._count = 0
        self._header = [bytearray(), bytearray()]
        self._file: SpooledFile | None = None
        self._field = bytearray()
        self._left = FILES_BYTES
        self._left_for_fields = MAX_BODY_BYTES

    # --- called by the parser ------------------------------------------------------------

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
        self._parts[-1].pieces.append(data[start:end])

    def part_end(self) -> None:
        self._parts[-1].ended = True

    def end(self) -> None:
        self.ended = True

    # --- the writing ---------------------------------------------------------------------

    async def settle(self) -> None:
        """Writes what the parser has found so far."""
        while self._parts:
            part = self._parts[0]
            pieces, part.pieces = part.pieces, []
            if part.name == self._file_part:
                await self._write(pieces, ended=part.ended)
            else:
                self._keep(part, pieces)
            if not part.ended:
                return
            del self._parts[0]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _keep(self, part: _Part, pieces: Sequence[bytes]) -> None:
        for piece in pieces:
            self._field += piece
            self._left_for_fields -= len(piece)
        if self._left_for_fields < 0:
            raise TooLarge(f"Send at most {MAX_BODY_BYTES} bytes besides files.", field="body")
        if part.ended:
            self.fields.append((part.name or "", bytes(self._field)))
            self._field = bytearray()

    async def _write(self, pieces: Sequence[bytes], *, ended: bool) -> None:
        try:
            await self._lay_down(pieces, ended=ended)
        except Transient as error:
            self._refuse(error)
            self.close()

    async def _lay_down(self, pieces: Sequence[bytes], *, ended: bool) -> None:
        for piece in pieces:
            if piece and self._may_go_on(len(piece)):
                self._file = self._file or self._spool.file()
                await self._file.write(piece)
        if ended and self._file is not None:
            # A part without a byte is what a browser sends where no file was chosen.
            if self.refusal is None:
                self.uploads.append(await self._file.end())
            self.close()

    def _may_go_on(self, more: int) -> bool:
        """Whether the file may have so many bytes more; if not, it is refused from here on."""
        self._left -= more
        size = (self._file.size if self._file else 0) + more
        if self._file is None and len(self.uploads) == MAX_FILES:
            self._refuse(Malformed(f"Send at most {MAX_FILES} files.", field=self._file_part))
        elif size > FILE_BYTES:
            self._refuse(TooLarge(f"A file has {FILE_BYTES} bytes at most.", field=self._file_part))
        elif self._left < 0:
            self._refuse(
                TooLarge(f"All files have {FILES_BYTES} bytes at most.", field=self._file_part)
            )
        return self.refusal is None

    def _refuse(self, why: CrmError) -> None:
        self.refusal = self.refusal or why

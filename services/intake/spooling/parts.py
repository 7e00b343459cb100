"""``multipart/form-data``, read while it comes: fields are kept, files go to the spool.

A file that is refused does not end the reading: what was typed below it is still needed to show a
form again, so its bytes are read and dropped.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from services.intake.channels.attachments import MAX_FILES, Upload
from services.intake.spooling.spool import Spool, SpooledFile
from shared.errors import CrmError, Malformed, TooLarge, Transient
from shared.http.multipart import Piece, read_pieces
from shared.http.operation import MAX_BODY_BYTES

FILE_BYTES = 25 * 1024 * 1024
"""Of one file, whatever it is. What a picture or a document may have is media's to say."""
FILES_BYTES = 40 * 1024 * 1024
"""Of all files of one message."""
BODY_BYTES = FILES_BYTES + 2 * MAX_BODY_BYTES
"""Of a body with files: theirs, the fields, and what stands between the parts."""


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
        async for piece in read_pieces(stream, content_type):
            reading.take(piece)
            del piece
            await reading.settle()
    finally:
        reading.close()
    return ReceivedForm(tuple(reading.fields), tuple(reading.uploads), reading.refusal)


class _Reading:
    """What has come of a form."""

    def __init__(self, spool: Spool, file_part: str) -> None:
        self.fields: list[tuple[str, bytes]] = []
        self.uploads: list[Upload] = []
        self.refusal: CrmError | None = None
        self._spool = spool
        self._file_part = file_part
        self._file: SpooledFile | None = None
        self._ended = False
        self._field = bytearray()
        self._left = FILES_BYTES
        self._left_for_fields = MAX_BODY_BYTES

    def take(self, piece: Piece) -> None:
        """Goes on with it; ``settle`` comes next, when the caller has let go of it."""
        if piece.name == self._file_part:
            self._go_on(piece)
        else:
            self._keep(piece)

    async def settle(self) -> None:
        """Lays down what is due of the file."""
        if self._file is None:
            return
        try:
            await self._lay_down(self._file)
        except Transient as error:
            self._refuse(error)
        if self._ended or self.refusal is not None:
            self.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _keep(self, piece: Piece) -> None:
        self._field += piece.data
        self._left_for_fields -= len(piece.data)
        if self._left_for_fields < 0:
            raise TooLarge(f"Send at most {MAX_BODY_BYTES} bytes besides files.", field="body")
        if piece.ends:
            self.fields.append((piece.name, bytes(self._field)))
            self._field = bytearray()

    def _go_on(self, piece: Piece) -> None:
        self._ended = piece.ends
        # A part without a byte is what a browser sends where no file was chosen.
        if piece.data and self._may_go_on(len(piece.data)):
            self._file = self._file or self._spool.file()
            self._file.take(piece.data)

    async def _lay_down(self, file: SpooledFile) -> None:
        if self.refusal is not None:
            return
        await file.settle()
        if self._ended:
            self.uploads.append(await file.end())

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

"""Forms with files: each file goes on to the part that keeps it, while it comes.

Nothing of a file is kept here, on disk or in memory, beyond what has just come. Whose form it is
is checked at the first byte of a file: the form's marks stand before its files on the page. A file
that was not taken does not end the reading: what was written below it is needed to show the form
again.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import Request

from services.routing.console.calls import Answer, Away, Called
from services.routing.console.cases import Json, reason_of
from services.routing.console.forms import FORM_BYTES, LOST, Form, OutgrownForm, PostedForms
from services.routing.console.words.words import Words
from shared.errors import DomainError, Malformed, TooLarge
from shared.http.multipart import Piece, read_pieces
from shared.http.operation import Operation
from shared.media import holds_files

FILES: Final = "berkas"
"""Name of the parts that are files."""
MEGABYTE: Final = 1024 * 1024
FILE_MEGABYTES: Final = 25
FILES_MEGABYTES: Final = 40
FILES_AT_MOST: Final = 5
FILE_LIMITS: Final = {
    "n": FILES_AT_MOST, "file": FILE_MEGABYTES, "files": FILES_MEGABYTES
}  # fmt: skip
"""As the texts of a form name them."""

HandOver = Callable[[Form, int, AsyncIterator[bytes]], Awaitable[Called]]
"""Called with the form as far as it has come, the number of the file, from 1, and its bytes."""


class TakesFiles(Operation):
    """A browser shows no answer that comes before it has sent all: what is too large is read, and
    dropped, so that a page can say so."""

    files_at_most = 64 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of a file. ``number``: among those that were chosen. ``refused``: before it was
    whole; ``called``: what the part that keeps it said."""

    number: int
    called: Called | None = None
    refused: DomainError | None = None


@dataclass(frozen=True, slots=True)
class FormWithFiles:
    form: Form
    uploads: Sequence[Upload] = ()


async def read_with_files(
    request: Request, posted: PostedForms, hand_over: HandOver
) -> FormWithFiles:
    """A form of this browser and this officer; its files have been handed over. Raises ForgedForm,
    OutgrownForm, Malformed, TooLarge."""
    if not holds_files(request.headers.get("content-type", "")):
        return FormWithFiles(await posted(request))
    reading = _Reading(request, posted, hand_over)
    await reading.run()
    form = reading.form()
    posted.check(request, form)
    return FormWithFiles(form, reading.uploads)


async def read_without_files(request: Request) -> Form:
    """The fields of a form whose files nobody may take. It says that there were some. Raises
    Malformed, TooLarge."""
    fields = _Fields()
    async for piece in _pieces(request):
        if piece.name == FILES:
            fields.lost = fields.lost or bool(piece.data)
        else:
            fields.take(piece)
    return fields.form()


def _pieces(request: Request) -> AsyncIterator[Piece]:
    return read_pieces(request.stream(), request.headers.get("content-type", ""))


class _Fields:
    """What of a form is no file."""

    def __init__(self) -> None:
        self.lost = False
        self._found: dict[str, list[str]] = {}
        self._coming = bytearray()
        self._left = FORM_BYTES

    def take(self, piece: Piece) -> None:
        self._coming += piece.data
        self._left -= len(piece.data)
        if self._left < 0:
            raise TooLarge(f"Send at most {FORM_BYTES} bytes besides files.", field="body")
        if piece.ends:
            text = self._coming.decode("utf-8", "replace").replace("\r\n", "\n")
            self._found.setdefault(piece.name, []).append(text)
            self._coming = bytearray()

    def form(self) -> Form:
        return Form({**self._found, **({LOST: ["ya"]} if self.lost else {})})


class _Reading:
    """A form while it comes."""

    def __init__(self, request: Request, posted: PostedForms, hand_over: HandOver) -> None:
        self.uploads: list[Upload] = []
        self._request = request
        self._posted = posted
        self._hand_over = hand_over
        self._pieces = _pieces(request)
        self._fields = _Fields()
        self._outgrown = False
        self._left = FILES_MEGABYTES * MEGABYTE

    def form(self) -> Form:
        return self._fields.form()

    async def run(self) -> None:
        async for piece in self._pieces:
            if piece.name != FILES:
                self._fields.take(piece)
            # A part without a byte is what a browser sends where no file was chosen.
            elif piece.data:
                await self._file(piece)

    async def _file(self, first: Piece) -> None:
        self._check()
        number = len(self.uploads) + 1
        file = _ComingFile(first, self._pieces, min(FILE_MEGABYTES * MEGABYTE, self._left))
        if self._outgrown:
            self._fields.lost = True
        elif number > FILES_AT_MOST:
            self.uploads.append(Upload(number, refused=_too_many()))
        else:
            self.uploads.append(await self._handed_over(number, file))
        await file.drop_the_rest()
        self._left -= file.size

    def _check(self) -> None:
        """Before a byte is passed on. Raises ForgedForm, Malformed."""
        if self.uploads or self._outgrown:
            return
        try:
            self._posted.check(self._request, self._fields.form())
        except OutgrownForm:
            # Its words are the officer's own, and are read to their end to be shown again.
            self._outgrown = True

    async def _handed_over(self, number: int, file: "_ComingFile") -> Upload:
        try:
            called = await self._hand_over(self._fields.form(), number, file.pieces())
            return Upload(number, called)
        except TooLarge as error:
            return Upload(number, refused=error)


def _too_many() -> Malformed:
    return Malformed(f"Send at most {FILES_AT_MOST} files.", field=FILES)


class _ComingFile:
    """``size``: bytes of it that have come."""

    def __init__(self, first: Piece, coming: AsyncIterator[Piece], most: int) -> None:
        self.size = 0
        self._piece: Piece | None = first
        self._coming = coming
        self._most = most

    async def pieces(self) -> AsyncIterator[bytes]:
        """Raises TooLarge, so that what has gone on is no whole file."""
        while self._piece is not None:
            data = self._piece.data
            self.size += len(data)
            if self.size > self._most:
                raise TooLarge("This file is too large.", field=FILES)
            if data:
                yield data
            await self._next()

    async def drop_the_rest(self) -> None:
        """Of a file that nobody wants any more: what stands below it is read all the same."""
        while self._piece is not None:
            await self._next()

    async def _next(self) -> None:
        ended = self._piece is None or self._piece.ends
        self._piece = None if ended else await anext(self._coming, None)


# --- what is said of them --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """Of the files of one form. ``refs``: those that an act may name. ``problem``: what is to be
    put right, empty for nothing; ``away``: only because a part does not answer. ``expired``: the
    officer's session is over."""

    refs: Sequence[str] = ()
    problem: str = ""
    away: bool = False
    expired: bool = False


NO_FILES: Final = Told()


def evidence_ref(body: Json) -> str | None:
    """As media has answered. What is kept locked is on the case, and no act names it."""
    return str(body["media_ref"]) if body["state"] in ("cleared", "waiting") else None


def scan_ref(body: Json) -> str | None:
    """As intake has answered, before the report is filed."""
    return str(body["upload_id"])


def no_more_than(most: int, uploads: Sequence[Upload]) -> Sequence[Upload]:
    """The same, of which those that were taken beyond ``most`` count as refused."""
    found, taken = [], 0
    for each in uploads:
        taken += is_taken(each)
        beyond = is_taken(each) and taken > most
        found.append(Upload(each.number, refused=_too_many()) if beyond else each)
    return found


def is_taken(upload: Upload) -> bool:
    return isinstance(upload.called, Answer) and upload.called.ok


def told_of(
    uploads: Sequence[Upload], words: Words, ref_of: Callable[[Json], str | None] = evidence_ref
) -> Told:
    """``ref_of``: what an answer's body has to be named by; None: nothing."""
    taken = [
        ref_of(each.called.body)
        for each in uploads
        if isinstance(each.called, Answer) and each.called.ok
    ]
    refs = [each for each in taken if each is not None]
    said = [(each, _problem(each, words)) for each in uploads]
    problems = [text for _, text in said if text]
    away = bool(problems) and all(isinstance(each.called, Away) for each, text in said if text)
    expired = any(isinstance(each.called, Answer) and each.called.status == 401 for each in uploads)
    return Told(refs, " ".join(problems), away, expired)


def _problem(upload: Upload, words: Words) -> str:
    why = _why(upload, words)
    return words.texts["file_problem"].format(n=upload.number, why=why) if why else ""


def _why(upload: Upload, words: Words) -> str:
    called, texts = upload.called, words.texts
    if isinstance(upload.refused, TooLarge):
        return texts["file_too_large"].format(file=FILE_MEGABYTES, files=FILES_MEGABYTES)
    if upload.refused is not None:
        return texts["file_too_many"].format(n=FILES_AT_MOST)
    if isinstance(called, Away):
        return texts["file_away"]
    if called is None or called.ok:
        reason = called.body.get("reason") if called is not None else None
        return words.refusals.get(reason, "") if reason else ""
    return reason_of(called.body or {}, words) or texts["error_422"]

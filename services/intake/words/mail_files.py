"""The files of a mail: pictures, PDF and video, inline or attached, in forwarded mails and in
winmail.dat too. Pure.

No sender can correct a mail, so nothing here raises. What is not taken, because there are too many
or it is something else, stays where it is in the mail.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from services.intake.words.mail_parts import Mail, Part, split

MAX_FILES = 5
SMALL_BYTES = 8 * 1024
"""Of pictures that are mostly logos below a signature: they are taken where there is room left."""
MAX_LEVELS = 10
MAX_WALKED = 1_000
MAX_ENCODED_MAILS = 10
_FILES = ("image/", "video/", "application/pdf")
_BEGINNINGS = (
    b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\x00", b"MM\x00*", b"%PDF-", b"RIFF", b"BM",
)  # fmt: skip
"""Of bytes that no name and no type has to announce."""
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_TNEF_SIGNATURE, _TNEF_DATA, _TNEF_ATTRIBUTES = 0x223E9F78, 0x0006800F, 1_000


@dataclass(frozen=True, slots=True, eq=False)
class MailFile:
    """A file and the part that holds it. place: which of the files in a winmail.dat."""

    part: Part = field(repr=False)
    place: int | None = None

    @property
    def data(self) -> bytes:
        body = self.part.body
        return body if self.place is None else _files_of_tnef(body)[self.place]


@dataclass(frozen=True, slots=True)
class MailFiles:
    """files: those to take, in their order."""

    mail: Mail = field(repr=False)
    files: tuple[MailFile, ...] = ()
    _nested: Mapping[int, Mail] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, raw: bytes) -> "MailFiles":
        mail, nested = split(raw), dict[int, Mail]()
        found = list(_Walk(nested).within(mail.top, 0))
        sizes = [len(each.data) for each in found]
        order = sorted(range(len(found)), key=lambda at: (sizes[at] < SMALL_BYTES, at))
        taken = sorted(at for at in order[:MAX_FILES] if sizes[at])
        return cls(mail, tuple(found[at] for at in taken), nested)

    def without(self, refs: Mapping[MailFile, UUID]) -> bytes:
        """The mail with the refs in place of these files, lines ended as Unix does."""
        told: dict[int, list[UUID]] = {}
        for file, ref in refs.items():
            told.setdefault(id(file.part), []).append(ref)
        return self._written(self.mail.top, told)

    def _written(self, part: Part, told: Mapping[int, list[UUID]]) -> bytes:
        data, pieces, at = part.source, list[bytes](), 0
        for start, end, put in sorted(self._replaced(part, told)):
            pieces += (data[at:start], put)
            at = end
        return b"".join((*pieces, data[at:]))

    def _replaced(
        self, part: Part, told: Mapping[int, list[UUID]]
    ) -> Iterator[tuple[int, int, bytes]]:
        if id(part) in told:
            named = "".join(f"(berkas {ref})\n" for ref in told[id(part)])
            yield part.start, part.end, named.encode()
        elif nested := self._nested.get(id(part)):
            written = self._written(nested.top, told)
            if written != nested.top.source:
                yield part.start, part.end, base64.encodebytes(written)
        for each in part.parts:
            yield from self._replaced(each, told)


class _Walk:
    """Through the parts, and through mails that were encoded whole, as far as bounds allow."""

    def __init__(self, nested: dict[int, Mail]) -> None:
        self._nested = nested
        self._left = MAX_WALKED

    def within(self, part: Part, level: int) -> Iterator[MailFile]:
        self._left -= 1
        if self._left < 0:
            return
        if part.parts:
            for each in part.parts:
                yield from self.within(each, level)
        elif part.is_divided:
            return
        elif part.media in ("message/rfc822", "message/global"):
            yield from self._encoded(part, level)
        elif part.media in _TNEF or part.file_name.lower() == "winmail.dat":
            yield from (MailFile(part, at) for at in range(len(_files_of_tnef(part.body))))
        elif part.media.startswith(_FILES) or _begins_as_file(part):
            yield MailFile(part)

    def _encoded(self, part: Part, level: int) -> Iterator[MailFile]:
        encoded = part.encoding in ("base64", "quoted-printable")
        if encoded and level < MAX_LEVELS and len(self._nested) < MAX_ENCODED_MAILS:
            self._nested[id(part)] = inner = split(part.body)
            yield from self.within(inner.top, level + 1)


def _begins_as_file(part: Part) -> bool:
    """Whether an attachment of no telling type is a file all the same."""
    if part.media.startswith(("text/", "multipart/", "message/")):
        return False
    body = part.body[:16]
    return body.startswith(_BEGINNINGS) or body[4:8] == b"ftyp"


def _files_of_tnef(data: bytes) -> list[bytes]:
    """The attachments of a winmail.dat (MS-OXTNEF), as far as it can be read."""
    if int.from_bytes(data[:4], "little") != _TNEF_SIGNATURE:
        return []
    found: list[bytes] = []
    at = 6
    for _ in range(_TNEF_ATTRIBUTES):
        # Level 1 byte, attribute 4, length 4, the value, a checksum of 2.
        name = int.from_bytes(data[at + 1 : at + 5], "little")
        length = int.from_bytes(data[at + 5 : at + 9], "little")
        end = at + 9 + length
        if at + 9 > len(data) or end > len(data):
            break
        if name == _TNEF_DATA and length:
            found.append(data[at + 9 : end])
        at = end + 2
    return found

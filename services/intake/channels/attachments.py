"""Files that come with a message: handed over with it, or still at the platform that took them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from services.intake.channels.reporter import Value
from shared.errors import CrmError, Malformed
from shared.privacy import C3, Open

MAX_FILES = 5
"""Of one message."""

Source: TypeAlias = Literal["x", "meta", "whatsapp", "twilio", "qlue"]
"""Whose address a locator is, and so which hosts are asked and by which proof."""


class Upload(Value):
    """A file whose chunks lie sealed in media's spool already.

    digest: SHA-256 of its bytes, by which a repetition is told from another message; it is kept as
    part of a keyed digest alone. size: bytes. wrapped_key, key_id: as ``FileSealer`` makes them.
    """

    ref: Open[UUID]
    chunks: Open[int]
    size: Open[int]
    wrapped_key: Annotated[bytes, C3, Field(repr=False)]
    digest: Annotated[bytes, C3, Field(repr=False)]


class Locator(Value):
    """Where a file can be fetched. address: a URL, or the platform's id of the file (WhatsApp)."""

    source: Open[Source]
    address: Annotated[str, C3, Field(repr=False, min_length=1, max_length=4096)]


Attachment: TypeAlias = Upload | Locator


def said_of(files: tuple[Attachment, ...]) -> bytes:
    """What must be equal in a repetition: the bytes of what was handed over. An address is left
    out: a platform signs it anew at each delivery."""
    return b"".join(each.digest for each in files if isinstance(each, Upload))


def _no_upload(_: str) -> Upload | None:
    return None


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed over with a request.

    sent: within it. refusal: what is wrong with these, Transient where they could not be laid down.
    earlier: the file that was handed over before it and has this upload id, None for no such.
    """

    sent: tuple[Upload, ...] = field(default=(), repr=False)
    refusal: CrmError | None = None
    earlier: Callable[[str], Upload | None] = field(default=_no_upload, repr=False)

    def with_earlier(self, upload_ids: Sequence[str], named: str) -> tuple[Upload, ...]:
        """All files of a message: those of the ids, then those within the request.

        named: the caller's field with the ids. Raises Malformed for an id that is unknown, expired
        or another channel's, for one that is named twice, and for too many files.
        """
        earlier = [self.earlier(each) for each in upload_ids[: MAX_FILES + 1]]
        found = tuple(each for each in earlier if each is not None)
        if len(found) != len(earlier) or len({each.ref for each in found}) != len(found):
            raise Malformed(
                "Name ids of uploads of your own, younger than their expires_at, each once.",
                field=named,
            )
        if len(found) + len(self.sent) > MAX_FILES:
            raise Malformed(f"Send at most {MAX_FILES} files.", field=named)
        return (*found, *self.sent)

"""Files that come with a message: handed over with it, or still at the platform that took them."""

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from services.intake.channels.reporter import Value
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

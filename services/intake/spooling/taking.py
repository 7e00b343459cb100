"""Files of requests: laid down while the body comes, known to the message that is read from it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request
from starlette.requests import ClientDisconnect

from services.intake.channels.adapter import RawRequest
from services.intake.channels.attachments import Handed, Upload
from services.intake.channels.door import FORM, JSON, FileParts
from services.intake.spooling.parts import ReceivedForm, read_form
from services.intake.spooling.spool import Spool
from services.intake.spooling.upload_ids import LIFETIME, UploadIds
from services.intake.words.mail_files import MailFile, MailFiles
from shared.errors import Malformed
from shared.events.vocabulary import Channel
from shared.faults import FaultPoints
from shared.media import holds_files


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that waits for its report until ``expires_at``. size: bytes."""

    upload_id: str = field(repr=False)
    size: int
    expires_at: datetime


class FileTaking:
    """Reads bodies. Whoever files what it returns acknowledges the files with it."""

    def __init__(self, spool: Spool, ids: UploadIds, faults: FaultPoints) -> None:
        self.spool = spool
        self.ids = ids
        self._faults = faults

    async def read(
        self, request: Request, head: RawRequest, channel: Channel, parts: FileParts | None
    ) -> RawRequest:
        """``head`` with its body, and with the files that came along.

        ``parts``: how they come, None where none may. Raises Malformed and TooLarge for what
        cannot be read as it was announced. What is wrong with files alone is ``files.refusal``.
        """
        earlier = partial(self.ids.read, channel=channel, now=head.received_at)
        if parts is None or not holds_files(head.content_type):
            return replace(head, body=await request.body(), files=Handed(earlier=earlier))
        form = await read_form(self._coming(request), head.content_type, self.spool, parts.name)
        self.laid_down(form.uploads)
        media, body = (
            (FORM, _as_fields(form)) if parts.message is None else (JSON, _one(form, parts))
        )
        files = Handed(form.uploads, form.refusal, earlier)
        return replace(head, body=body, content_type=media, files=files)

    async def of_mail(self, mail: bytes) -> tuple[tuple[Upload, ...], bytes]:
        """The files of a mail, and the mail with refs in their place. Raises Transient."""
        found = await asyncio.to_thread(MailFiles.of, mail)
        if not found.files:
            return (), mail
        refs: dict[MailFile, UUID] = {}
        uploads: list[Upload] = []
        for file in found.files:
            uploads.append(await self.spool.whole(await asyncio.to_thread(_data_of, file)))
            refs[file] = uploads[-1].ref
        self.laid_down(tuple(uploads))
        return tuple(uploads), await asyncio.to_thread(found.without, refs)

    async def upload(self, request: Request, head: RawRequest, channel: Channel) -> Uploaded:
        """A file that is the whole body, for a report that comes later. Raises Malformed for an
        empty one, TooLarge, Transient."""
        with closing(self.spool.file()) as file:
            async for piece in self._coming(request):
                file.take(piece)
                del piece
                await file.settle()
            if not file.size:
                raise Malformed("Send the bytes of the file.", field="body")
            upload = await file.end()
        until = head.received_at + LIFETIME
        return Uploaded(self.ids.of(upload, channel, until), upload.size, until)

    def ids_of(self, raw: RawRequest, channel: Channel) -> tuple[str, ...]:
        """Upload ids of the files that came with a request, for another try without them."""
        until = raw.received_at + LIFETIME
        return tuple(self.ids.of(each, channel, until) for each in raw.files.sent)

    def laid_down(self, uploads: tuple[Upload, ...]) -> None:
        """Their chunks are committed, and nothing else is: a killed process leaves them so."""
        if uploads:
            self._faults.reach("spool.after_chunks")

    async def _coming(self, request: Request) -> AsyncIterator[bytes]:
        """The body as it comes, and as fast as the database takes it. Raises ClientDisconnect.

        The framework's own stream keeps each piece until the next one is asked for, which may be
        long after.
        """
        more = True
        while more:
            await self.spool.opening()
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            more = message.get("more_body", False)
            if message.get("body"):
                yield message.pop("body")


def _data_of(file: MailFile) -> bytes:
    return file.data


def _as_fields(form: ReceivedForm) -> bytes:
    """The fields as a browser sends them without files."""
    return urlencode(form.fields).encode()


def _one(form: ReceivedForm, parts: FileParts) -> bytes:
    """The message itself, the only field there is."""
    bodies = [body for name, body in form.fields if name == parts.message]
    if len(bodies) != 1:
        raise Malformed("Send this part once.", field=parts.message)
    if len(form.fields) > 1:
        raise Malformed(f"Send parts {parts.message} and {parts.name} only.", field="body")
    return bodies[0]

"""Files of requests: laid down while the body comes, known to the message that is read from it."""

from dataclasses import replace
from functools import partial
from urllib.parse import urlencode

from fastapi import Request

from services.intake.channels.adapter import RawRequest
from services.intake.channels.attachments import Handed, Upload
from services.intake.channels.door import FORM, JSON, FileParts
from services.intake.spooling.parts import ReceivedForm, read_form
from services.intake.spooling.spool import Spool
from services.intake.spooling.upload_ids import UploadIds
from shared.errors import Malformed
from shared.events.vocabulary import Channel
from shared.faults import FaultPoints
from shared.media import holds_files


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
        cannot be read as it was announced, Transient when files cannot be laid down. What is wrong
        with files alone is ``files.refusal``.
        """
        earlier = partial(self.ids.read, channel=channel, now=head.received_at)
        if parts is None or not holds_files(head.content_type):
            return replace(head, body=await request.body(), files=Handed(earlier=earlier))
        form = await read_form(request.stream(), head.content_type, self.spool, parts.name)
        self.laid_down(form.uploads)
        media, body = (
            (FORM, _as_fields(form)) if parts.message is None else (JSON, _one(form, parts))
        )
        files = Handed(form.uploads, form.refusal, earlier)
        return replace(head, body=body, content_type=media, files=files)

    def laid_down(self, uploads: tuple[Upload, ...]) -> None:
        """Their chunks are committed, and nothing else is: a killed process leaves them so."""
        if uploads:
            self._faults.reach("spool.after_chunks")


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

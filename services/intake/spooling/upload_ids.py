"""The id of an upload: all that filing must know of it, sealed for intake itself.

Intake may add to the spool and never look into it, so the caller keeps for it what it has laid
down. An id that was not made here, by which another channel uploads, or that is old, does not open.
"""

import base64
import binascii
import os
import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.intake.channels.attachments import Upload
from shared.events.vocabulary import Channel
from shared.key_wrapping import WRAPPED_BYTES

LIFETIME = timedelta(hours=20)
"""Chunks without a report are swept after 24 hours: an id that still opens names one that lies
there, also where a report is being filed while it expires."""
_NONCE_BYTES, _DIGEST_BYTES = 12, 32
_FIELDS = struct.Struct(f">q16sIQ{_DIGEST_BYTES}s{WRAPPED_BYTES}s")
"""Expiry in seconds of the epoch, ref, chunks, size, digest, wrapped key."""
_PURPOSE = b"crm upload id v1 "


class UploadIds:
    """Makes ids and reads them; two processes with the same key read each other's."""

    def __init__(self, key: bytes) -> None:
        """``key``: 32 bytes, for nothing else."""
        self._cipher = AESGCM(key)

    def of(self, upload: Upload, channel: Channel, expires_at: datetime) -> str:
        """About 250 characters that may stand in JSON, a form or a URL."""
        plain = _FIELDS.pack(
            int(expires_at.timestamp()),
            upload.ref.bytes,
            upload.chunks,
            upload.size,
            upload.digest,
            upload.wrapped_key,
        )
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, plain, _bound_to(channel))
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def read(self, upload_id: str, channel: Channel, now: datetime) -> Upload | None:
        """The upload of that id; None for one that is unknown, of another channel, or old."""
        try:
            sealed = base64.urlsafe_b64decode(upload_id + "=" * (-len(upload_id) % 4))
            nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            plain = self._cipher.decrypt(nonce, rest, _bound_to(channel))
        except (InvalidTag, ValueError, binascii.Error):
            return None
        expires, ref, chunks, size, digest, wrapped_key = _FIELDS.unpack(plain)
        if now >= datetime.fromtimestamp(expires, UTC):
            return None
        return Upload(
            ref=UUID(bytes=ref), chunks=chunks, size=size, digest=digest, wrapped_key=wrapped_key
        )


def _bound_to(channel: Channel) -> bytes:
    return _PURPOSE + channel.value.encode()

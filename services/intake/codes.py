"""The keyed functions of intake: a complaint's tracking code, and a message's digest."""

import hashlib
import hmac
from uuid import UUID

from shared.codes import tracking_code, tracking_digest
from shared.events.vocabulary import Channel


class Codes:
    """Keys are 32 bytes each. Only keyed hashes are stored, never a code or an external id."""

    def __init__(self, code_key: bytes, lookup_key: bytes) -> None:
        self._code_key = code_key
        self._lookup_key = lookup_key

    def tracking_code(self, complaint_id: UUID) -> str:
        """The same for a complaint each time, so that a repeated request gets the same code."""
        return tracking_code(self._code_key, complaint_id)

    def tracking_digest(self, code: str) -> str:
        return tracking_digest(self._lookup_key, code)

    def message_digest(self, channel: Channel, external_id: str) -> bytes:
        """By this a message is known again. An external id can name a person and is not stored."""
        name = f"message\x00{channel.value}\x00{external_id}".encode()
        return hmac.digest(self._lookup_key, name, hashlib.sha256)

    def content_digest(self, content: bytes) -> bytes:
        """By this a repetition is compared, so that the words need not be kept."""
        return hmac.digest(self._lookup_key, b"content\x00" + content, hashlib.sha256)

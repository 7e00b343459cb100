"""The keyed functions of intake: a complaint's tracking code, and a message's digest."""

import hashlib
import hmac
from uuid import UUID

from shared.codes import tracking_code, tracking_digest
from shared.events.vocabulary import Channel


class Codes:
    """Keys are 32 bytes each. Nothing of what they make is stored but the keyed hashes."""

    def __init__(self, code_key: bytes, lookup_key: bytes) -> None:
        self._code_key = code_key
        self._lookup_key = lookup_key

    def tracking_code(self, complaint_id: UUID) -> str:
        """Always the same for a complaint, so that it can be told again."""
        return tracking_code(self._code_key, complaint_id)

    def tracking_digest(self, code: str) -> str:
        return tracking_digest(self._lookup_key, code)

    def message_digest(self, channel: Channel, external_id: str) -> bytes:
        """What a message is known by. External ids can name a person: they are not stored."""
        name = f"message\x00{channel.value}\x00{external_id}".encode()
        return hmac.digest(self._lookup_key, name, hashlib.sha256)

    def content_digest(self, content: bytes) -> bytes:
        """What a repetition is compared by, so that the words need not be kept for it."""
        return hmac.digest(self._lookup_key, b"content\x00" + content, hashlib.sha256)

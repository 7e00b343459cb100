"""The keyed functions of intake: codes of complaints, digests of ids, words and senders."""

import hashlib
import hmac
from uuid import UUID

from shared.codes import complaint_of_token, reply_token, tracking_code, tracking_digest
from shared.events.vocabulary import Channel


class Codes:
    """Keys are 32 bytes each. Only keyed hashes are stored, never a code, an id or an address.

    Whoever has the database and not the keys can try no words, ids or phone numbers against it.
    """

    def __init__(self, code_key: bytes, lookup_key: bytes) -> None:
        self._code_key = code_key
        self._lookup_key = lookup_key

    def tracking_code(self, complaint_id: UUID) -> str:
        """The same for a complaint each time, so that a repeated request gets the same code."""
        return tracking_code(self._code_key, complaint_id)

    def tracking_digest(self, code: str) -> str:
        return tracking_digest(self._lookup_key, code)

    def reply_token(self, complaint_id: UUID) -> str:
        """The same as the vault gives to notify, which puts it into what it sends."""
        return reply_token(self._code_key, complaint_id)

    def complaint_of_token(self, token: str) -> UUID | None:
        """The complaint that a genuine token names."""
        return complaint_of_token(self._code_key, token)

    def message_digest(self, channel: Channel, external_id: str) -> bytes:
        """By this a message is known again. An external id can name a person and is not stored."""
        return self._digest("message", channel.value, external_id)

    def content_digest(self, content: bytes) -> bytes:
        """By this a repetition is compared, so that the words need not be kept."""
        return hmac.digest(self._lookup_key, b"content\x00" + content, hashlib.sha256)

    def request_digest(self, digest: bytes) -> bytes:
        """Of a request's key or body, whose plain digest anybody could try words against."""
        return hmac.digest(self._lookup_key, b"request\x00" + digest, hashlib.sha256)

    def words_digest(self, sender: bytes, words: str) -> bytes:
        """That this sender said these words: neither can be told from it."""
        return self._digest("words", sender.hex(), words)

    def sender_digest(self, kind: str, value: str) -> bytes:
        """The vault's blind index: by this a sender is compared, and never named."""
        return self._digest("sender", kind, value)

    def upload_key(self) -> bytes:
        """32 bytes that seal the ids of uploads."""
        return self._digest("upload ids")

    def _digest(self, purpose: str, *parts: str) -> bytes:
        name = "\x00".join((purpose, *parts)).encode()
        return hmac.digest(self._lookup_key, name, hashlib.sha256)

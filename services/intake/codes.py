"""The keyed functions of intake: codes of complaints, digests of ids, words and senders.

Codes and their look-up have rings of keys, and say by which key they were made. All else is hashed
under one key that stays: what it was made of is not kept, so it could not be hashed anew, and under
another key the same message would be a second complaint.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from uuid import UUID

from shared.codes import complaint_of_token, reply_token, tracking_code, tracking_digest
from shared.events.vocabulary import Channel
from shared.shared_keys import SharedKeys


@dataclass(frozen=True, slots=True)
class NewCode:
    """A tracking code, and the id of the key that it is made by."""

    text: str = field(repr=False)
    key_id: str


@dataclass(frozen=True, slots=True)
class LookupDigest:
    """Keyed hash (hex, 64) of a tracking code, and the id of its key."""

    text: str
    key_id: str


class Codes:
    """Only keyed hashes are stored, never a code, an id or an address.

    Whoever has the database and not the keys can try no words, ids or phone numbers against it.
    """

    def __init__(self, codes: SharedKeys, lookup: SharedKeys, digest_key: bytes) -> None:
        """``digest_key``: 32 bytes."""
        self._codes = codes
        self._lookup = lookup
        self._digest_key = digest_key

    def new_code(self, complaint_id: UUID) -> NewCode:
        """Of a complaint that has none yet."""
        key = self._codes.first
        self._codes.used(key)
        return NewCode(tracking_code(key.raw, complaint_id), key.id)

    def tracking_code(self, complaint_id: UUID, key_id: str | None) -> str:
        """The same for a complaint each time, so that a repeated request gets the same code.
        ``key_id``: of the key that it was made by. Raises Transient where that is not held."""
        key = self._codes.of(key_id)
        self._codes.used(key)
        return tracking_code(key.raw, complaint_id)

    def tracking_digest(self, code: str) -> LookupDigest:
        key = self._lookup.first
        self._lookup.used(key)
        return LookupDigest(tracking_digest(key.raw, code), key.id)

    def reply_token(self, complaint_id: UUID) -> str:
        """A genuine one: the vault gives notify the like, which puts it into what it sends."""
        return reply_token(self._codes.first.raw, complaint_id)

    def complaint_of_token(self, token: str) -> UUID | None:
        """The complaint that a genuine token names, whichever key it is made by."""
        for key in self._codes.keys:
            if (found := complaint_of_token(key.raw, token)) is not None:
                self._codes.used(key)
                return found
        return None

    def message_digest(self, channel: Channel, external_id: str) -> bytes:
        """By this a message is known again. An external id can name a person and is not stored."""
        return self._digest("message", channel.value, external_id)

    def content_digest(self, content: bytes) -> bytes:
        """By this a repetition is compared, so that the words need not be kept."""
        return hmac.digest(self._digest_key, b"content\x00" + content, hashlib.sha256)

    def request_digest(self, digest: bytes) -> bytes:
        """Of a request's key or body, whose plain digest anybody could try words against."""
        return hmac.digest(self._digest_key, b"request\x00" + digest, hashlib.sha256)

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
        return hmac.digest(self._digest_key, name, hashlib.sha256)

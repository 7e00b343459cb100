"""Sealing of a file: by media's public key, opened by its private key alone (HPKE, RFC 9180).

A file is sealed in chunks while it comes in, so that none of it ever lies open on a disk and
little of it in memory. Each file has a random AES-256 key, wrapped for media. The nonce of a chunk
is its number and whether it is the last one; a file whose chunks were swapped, lost or cut off
does not open. What it belongs to is bound to it: a chunk of one file does not open as another's.
"""

import base64
import hashlib
import hmac
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import Reject
from shared.key_wrapping import KEY_BYTES, key_id, private_key_of, public_key_of, unwrap, wrap

CHUNK_BYTES = 1024 * 1024
"""Of one row; 1.07 times as much is written to the WAL, whatever the size."""
SAME = b"crm media same file v1"
FILE, LOCATOR, AT_REST = b"crm media file v1", b"crm media locator v1", b"crm media at rest v1"
_NONCE_BYTES = 12


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NONCE_BYTES - 1, "big") + bytes([last])


class SealingFile:
    """One file that is being sealed. wrapped_key: for media. key_id: of media's key pair."""

    def __init__(self, ref: UUID, wrapped_key: bytes, key_id: bytes, key: bytes) -> None:
        self.ref = ref
        self.wrapped_key = wrapped_key
        self.key_id = key_id
        self._cipher = AESGCM(key)

    def seal(self, number: int, chunk: bytes | memoryview, *, last: bool) -> bytes:
        """The chunk ``number`` (0 is the first), sealed. No number may be sealed twice."""
        return self._cipher.encrypt(_nonce(number, last=last), chunk, self.ref.bytes)


class FileSealer:
    """What intake has: the public key. It cannot open what it has sealed."""

    def __init__(self, public_key: str) -> None:
        """``public_key``: base64 of the raw X25519 key."""
        self._key = public_key_of(public_key)
        self.key_id = key_id(self._key)

    def file(self, ref: UUID) -> SealingFile:
        """To seal the file ``ref`` with a key of its own."""
        key = os.urandom(KEY_BYTES)
        return SealingFile(ref, wrap(key, self._key, FILE), self.key_id, key)

    def locator(self, ref: UUID, locator: bytes) -> bytes:
        """Where a file can be fetched, sealed: a personal address that lives for minutes."""
        return wrap(locator, self._key, LOCATOR + ref.bytes)

    def at_rest(self, complaint_id: UUID, origin: str) -> tuple[bytes, bytes]:
        """A new key for the objects of a complaint, and the same wrapped for media."""
        key = os.urandom(KEY_BYTES)
        return key, wrap(key, self._key, AT_REST + complaint_id.bytes + origin.encode())


class OpeningFile:
    """One file that is being opened, chunk by chunk; any chunk opens without the others."""

    def __init__(self, ref: UUID, key: bytes) -> None:
        self._ref = ref
        self._cipher = AESGCM(key)

    def chunk(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        """The chunk ``number``. Raises Reject(``unreadable``): tampered with, or another chunk."""
        try:
            return self._cipher.decrypt(_nonce(number, last=last), sealed, self._ref.bytes)
        except (InvalidTag, ValueError):
            raise Reject("unreadable", "a sealed chunk does not open with its key") from None


class FileOpener:
    """What media has: the private key."""

    def __init__(self, private_key: str) -> None:
        """``private_key``: base64 of the raw X25519 key."""
        self._private = private_key_of(private_key)
        public = self._private.public_key()
        self.key_id = key_id(public)
        self.public_key = base64.b64encode(public.public_bytes_raw()).decode()

    def opening(self, ref: UUID, wrapped_key: bytes) -> OpeningFile:
        """To open chosen chunks of the file ``ref``. Raises Reject(``unreadable``): wrong key."""
        return OpeningFile(ref, self._unwrapped(wrapped_key, FILE))

    def file(self, ref: UUID, wrapped_key: bytes, chunks: list[bytes]) -> bytes:
        """The file whose chunks these are, all of them, in their order.

        Raises Reject(``unreadable``): wrong key, tampered with, or not whole.
        """
        if not chunks:
            raise Reject("unreadable", "of a sealed file no chunk is left")
        opening, last = self.opening(ref, wrapped_key), len(chunks) - 1
        return b"".join(
            opening.chunk(number, chunk, last=number == last) for number, chunk in enumerate(chunks)
        )

    def mac(self, ref: UUID, wrapped_key: bytes) -> hmac.HMAC:
        """To tell whether other bytes are those of this file: HMAC-SHA256, by a key that is made
        of the file's own. Raises Reject(``unreadable``)."""
        key = self._unwrapped(wrapped_key, FILE)
        return hmac.new(hmac.digest(key, SAME + ref.bytes, "sha256"), digestmod=hashlib.sha256)

    def locator(self, ref: UUID, sealed: bytes) -> bytes:
        """Raises Reject(``unreadable``)."""
        return self._unwrapped(sealed, LOCATOR + ref.bytes)

    def at_rest(self, complaint_id: UUID, origin: str, wrapped: bytes) -> bytes:
        """The key of a complaint's objects. Raises Reject(``unreadable``)."""
        return self._unwrapped(wrapped, AT_REST + complaint_id.bytes + origin.encode())

    def _unwrapped(self, sealed: bytes, info: bytes) -> bytes:
        try:
            return unwrap(sealed, self._private, info)
        except (InvalidTag, ValueError):
            raise Reject("unreadable", "a sealed value does not open with this key") from None

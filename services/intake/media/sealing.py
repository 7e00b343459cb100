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
from collections.abc import Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import Reject
from shared.key_ring import NamedKey, UsedKey, uncounted, written
from shared.key_wrapping import KEY_BYTES, opening_ring, sealing_ring, unwrap_by_any, wrap

KIND = "media"
"""How its keys are called in metrics and by ``crm keys``."""
CHUNK_BYTES = 1024 * 1024
"""Of one row; 1.07 times as much is written to the WAL, whatever the size."""
SAME = b"crm media same file v1"
FILE, LOCATOR, AT_REST = b"crm media file v1", b"crm media locator v1", b"crm media at rest v1"
UNKNOWN = b""
"""In a row that does not say which key its file was sealed for: any of them may be."""
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
    """What intake has: public keys. It cannot open what it has sealed."""

    def __init__(self, public_keys: str, on_use: UsedKey = uncounted) -> None:
        """``public_keys``: a ring (``key_ring``) of base64 of raw X25519 keys; the first seals."""
        self._on_use = on_use
        self.replace(public_keys)

    def replace(self, public_keys: str) -> Mapping[str, tuple[str, ...]]:
        """Seals by this ring from now on. Returns the ids by kind. Raises ValueError for what is no
        ring of keys; the one of before stays then."""
        self._keys = sealing_ring(public_keys)
        return {KIND: tuple(key.name for key in self._keys)}

    @property
    def key_id(self) -> bytes:
        """How rows name the key that seals now."""
        return self._keys[0].row_id

    @property
    def earlier_key_id(self) -> bytes:
        """Of what was sealed some time ago; empty while that may have been another key."""
        return self.key_id if len(self._keys) == 1 else UNKNOWN

    def file(self, ref: UUID) -> SealingFile:
        """To seal the file ``ref`` with a key of its own."""
        key = os.urandom(KEY_BYTES)
        return SealingFile(ref, self._wrapped(key, FILE), self.key_id, key)

    def locator(self, ref: UUID, locator: bytes) -> bytes:
        """Where a file can be fetched, sealed: a personal address that lives for minutes."""
        return self._wrapped(locator, LOCATOR + ref.bytes)

    def at_rest(self, complaint_id: UUID, origin: str) -> bytes:
        """A new key for the objects of a complaint, wrapped for media."""
        info = AT_REST + complaint_id.bytes + origin.encode()
        return self._wrapped(os.urandom(KEY_BYTES), info)

    def _wrapped(self, value: bytes, info: bytes) -> bytes:
        self._on_use(KIND, self._keys[0].name)
        return wrap(value, self._keys[0].public, info)


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
    """What media has: the private keys. What is sealed anew is sealed for the first one."""

    def __init__(self, private_keys: str, on_use: UsedKey = uncounted) -> None:
        """``private_keys``: a ring (``key_ring``) of base64 of raw X25519 keys; any opens."""
        self._on_use = on_use
        self.replace(private_keys)

    def replace(self, private_keys: str) -> Mapping[str, tuple[str, ...]]:
        """As of ``FileSealer``."""
        self._keys = opening_ring(private_keys)
        return {KIND: tuple(key.name for key in self._keys)}

    @property
    def public_key(self) -> str:
        """The ring of public keys that belong to these."""
        raw = ((key.name, key.private.public_key().public_bytes_raw()) for key in self._keys)
        return written(tuple(NamedKey(name, base64.b64encode(each).decode()) for name, each in raw))

    @property
    def key_ids(self) -> tuple[bytes, ...]:
        """How rows name the keys, the first one first."""
        return tuple(key.row_id for key in self._keys)

    def file_anew(self, wrapped_key: bytes) -> bytes:
        """The key of a file, wrapped for the first key pair. Raises Reject(``unreadable``)."""
        return self._anew(wrapped_key, FILE)

    def locator_anew(self, ref: UUID, sealed: bytes) -> bytes:
        """The same of an address. Raises Reject(``unreadable``)."""
        return self._anew(sealed, LOCATOR + ref.bytes)

    def at_rest_anew(self, complaint_id: UUID, origin: str, wrapped: bytes) -> bytes:
        """The same of the key of a complaint's objects. Raises Reject(``unreadable``)."""
        return self._anew(wrapped, AT_REST + complaint_id.bytes + origin.encode())

    def _anew(self, wrapped: bytes, info: bytes) -> bytes:
        return wrap(self._unwrapped(wrapped, info), self._keys[0].private.public_key(), info)

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
            value, by = unwrap_by_any(sealed, self._keys, info)
        except (InvalidTag, ValueError):
            raise Reject("unreadable", "a sealed value does not open with this key") from None
        self._on_use(KIND, by.name)
        return value

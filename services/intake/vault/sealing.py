"""Sealing: by the vault's public key, opened by its private key alone (HPKE, RFC 9180).

A sealed value is ``version (1) | wrapped key (80) | nonce (12) | ciphertext and tag``. The key
is a random AES-256 key wrapped by HPKE (X25519, HKDF-SHA256, AES-256-GCM); it is shared by the
values of one batch, so that the costly half is done once per transaction (180 us) and a value
costs 7 us. What a value belongs to is bound to it: moved to another row or column it does not
open. Erasure deletes the row; nothing else holds its ciphertext.
"""

import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import Reject
from shared.key_wrapping import (
    KEY_BYTES,
    WRAPPED_BYTES,
    key_id,
    private_key_of,
    public_key_of,
    unwrap,
    wrap,
)

VERSION = b"\x01"
INFO = b"crm vault v1"
REPORTER, ORIGINAL = b"reporter", b"original"

NONCE_BYTES = 12


def _bound_to(part: bytes, ref: UUID, complaint_id: UUID) -> bytes:
    return part + b"\x00" + ref.bytes + complaint_id.bytes


class SealingBatch:
    """Seals the values of one transaction under one wrapped key. Make a new one for the next.

    key_id: of the key pair that it seals for.
    """

    def __init__(self, public_key: X25519PublicKey) -> None:
        self.key_id = key_id(public_key)
        key = os.urandom(KEY_BYTES)
        self._prefix = VERSION + wrap(key, public_key, INFO)
        self._cipher = AESGCM(key)

    def seal(self, part: bytes, ref: UUID, complaint_id: UUID, value: bytes) -> bytes:
        """``value`` sealed as ``part`` of the row ``ref``."""
        nonce = os.urandom(NONCE_BYTES)
        bound = _bound_to(part, ref, complaint_id)
        return self._prefix + nonce + self._cipher.encrypt(nonce, value, bound)


class Sealer:
    """What intake has: the public key. It cannot open what it has sealed."""

    def __init__(self, public_key: str) -> None:
        """``public_key``: base64 of the raw X25519 key."""
        self._key = public_key_of(public_key)

    def batch(self) -> SealingBatch:
        return SealingBatch(self._key)


class Opener:
    """What the vault has: the private key."""

    def __init__(self, private_key: str) -> None:
        """``private_key``: base64 of the raw X25519 key."""
        self._key = private_key_of(private_key)
        self.key_id = key_id(self._key.public_key())

    def batch(self) -> "OpeningBatch":
        return OpeningBatch(self._key)

    def open(self, part: bytes, ref: UUID, complaint_id: UUID, sealed: bytes) -> bytes:
        """The value. Raises Reject(``unreadable``): wrong key, wrong row, or tampered with."""
        return self.batch().open(part, ref, complaint_id, sealed)


class OpeningBatch:
    """Opens the values of one claim. What was sealed in one batch is mostly claimed in one, and its
    key is unwrapped once (180 us). Make a new one for the next, so that no key stays in memory."""

    def __init__(self, private_key: X25519PrivateKey) -> None:
        self._private = private_key
        self._ciphers: dict[bytes, AESGCM] = {}

    def open(self, part: bytes, ref: UUID, complaint_id: UUID, sealed: bytes) -> bytes:
        """The value. Raises Reject(``unreadable``): wrong key, wrong row, or tampered with."""
        start = len(VERSION) + WRAPPED_BYTES
        wrapped, nonce = sealed[len(VERSION) : start], sealed[start : start + NONCE_BYTES]
        try:
            bound = _bound_to(part, ref, complaint_id)
            return self._cipher(wrapped).decrypt(nonce, sealed[start + NONCE_BYTES :], bound)
        except (InvalidTag, ValueError):
            raise Reject("unreadable", "a sealed value does not open with this key") from None

    def _cipher(self, wrapped: bytes) -> AESGCM:
        cipher = self._ciphers.get(wrapped)
        if cipher is None:
            cipher = self._ciphers[wrapped] = AESGCM(unwrap(wrapped, self._private, INFO))
        return cipher

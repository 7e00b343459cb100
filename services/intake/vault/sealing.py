"""Sealing: by the vault's public key, opened by its private key alone (HPKE, RFC 9180).

A sealed value is ``version (1) | wrapped key (80) | nonce (12) | ciphertext and tag``. The key
is a random AES-256 key wrapped by HPKE (X25519, HKDF-SHA256, AES-256-GCM); it is shared by the
values of one batch, so that the costly half is done once per transaction (180 us) and a value
costs 7 us. What a value belongs to is bound to it: moved to another row or column it does not
open. Erasure deletes the row; nothing else holds its ciphertext.
"""

import os
from collections.abc import Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import Reject
from shared.key_ring import UsedKey, uncounted
from shared.key_wrapping import (
    KEY_BYTES,
    WRAPPED_BYTES,
    OpeningKey,
    SealingKey,
    opening_ring,
    sealing_ring,
    unwrap_by_any,
    wrap,
)

KIND = "vault"
"""How its keys are called in metrics and by ``crm keys``."""
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

    def __init__(self, sealing: SealingKey) -> None:
        self.key_id = sealing.row_id
        key = os.urandom(KEY_BYTES)
        self._prefix = VERSION + wrap(key, sealing.public, INFO)
        self._cipher = AESGCM(key)

    def seal(self, part: bytes, ref: UUID, complaint_id: UUID, value: bytes) -> bytes:
        """``value`` sealed as ``part`` of the row ``ref``."""
        nonce = os.urandom(NONCE_BYTES)
        bound = _bound_to(part, ref, complaint_id)
        return self._prefix + nonce + self._cipher.encrypt(nonce, value, bound)


class Sealer:
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

    def batch(self) -> SealingBatch:
        self._on_use(KIND, self._keys[0].name)
        return SealingBatch(self._keys[0])


class Opener:
    """What the vault has: the private keys. What is sealed anew is sealed for the first one."""

    def __init__(self, private_keys: str, on_use: UsedKey = uncounted) -> None:
        """``private_keys``: a ring (``key_ring``) of base64 of raw X25519 keys; any opens."""
        self._on_use = on_use
        self.replace(private_keys)

    def replace(self, private_keys: str) -> Mapping[str, tuple[str, ...]]:
        """As of ``Sealer``."""
        self._keys = opening_ring(private_keys)
        return {KIND: tuple(key.name for key in self._keys)}

    @property
    def key_id(self) -> bytes:
        """How rows name the first key."""
        return self._keys[0].row_id

    @property
    def key_ids(self) -> tuple[bytes, ...]:
        """How rows name the keys, the first one first."""
        return tuple(key.row_id for key in self._keys)

    def batch(self) -> "OpeningBatch":
        return OpeningBatch(self._keys, self._on_use)

    def sealed_anew(self, sealed: bytes, batch: "OpeningBatch") -> bytes:
        """The same value, whose key is wrapped for the first key pair. Only that is written anew:
        neither is the value opened, nor what it is bound to looked at. Raises
        Reject(``unreadable``) where no key opens it."""
        return VERSION + batch.wrapped_anew(sealed) + sealed[len(VERSION) + WRAPPED_BYTES :]

    def open(self, part: bytes, ref: UUID, complaint_id: UUID, sealed: bytes) -> bytes:
        """The value. Raises Reject(``unreadable``): wrong key, wrong row, or tampered with."""
        return self.batch().open(part, ref, complaint_id, sealed)


class OpeningBatch:
    """Opens the values of one claim. What was sealed in one batch is mostly claimed in one, and its
    key is unwrapped once (180 us). Make a new one for the next, so that no key stays in memory."""

    def __init__(self, keys: tuple[OpeningKey, ...], on_use: UsedKey = uncounted) -> None:
        self._keys = keys
        self._on_use = on_use
        self._ciphers: dict[bytes, AESGCM] = {}
        self._anew: dict[bytes, bytes] = {}

    def wrapped_anew(self, sealed: bytes) -> bytes:
        """The wrapped key of a sealed value, for the first key pair. Raises Reject."""
        wrapped = sealed[len(VERSION) : len(VERSION) + WRAPPED_BYTES]
        if wrapped not in self._anew:
            try:
                key, _ = unwrap_by_any(wrapped, self._keys, INFO)
            except (InvalidTag, ValueError):
                raise _unreadable() from None
            first = self._keys[0].private.public_key()
            self._anew[wrapped] = wrap(key, first, INFO)
        return self._anew[wrapped]

    def open(
        self,
        part: bytes,
        ref: UUID,
        complaint_id: UUID,
        sealed: bytes,
        key_id: bytes | None = None,
    ) -> bytes:
        """The value. ``key_id``: of the key that the row names. Raises Reject(``unreadable``):
        wrong key, wrong row, or tampered with."""
        start = len(VERSION) + WRAPPED_BYTES
        wrapped, nonce = sealed[len(VERSION) : start], sealed[start : start + NONCE_BYTES]
        try:
            bound = _bound_to(part, ref, complaint_id)
            cipher = self._cipher(wrapped, key_id)
            return cipher.decrypt(nonce, sealed[start + NONCE_BYTES :], bound)
        except (InvalidTag, ValueError):
            raise _unreadable() from None

    def _cipher(self, wrapped: bytes, key_id: bytes | None) -> AESGCM:
        cipher = self._ciphers.get(wrapped)
        if cipher is None:
            key, by = unwrap_by_any(wrapped, self._keys, INFO, key_id)
            self._on_use(KIND, by.name)
            cipher = self._ciphers[wrapped] = AESGCM(key)
        return cipher


def _unreadable() -> Reject:
    return Reject("unreadable", "a sealed value does not open with this key")

"""A key that only the holder of a private key can read (HPKE, RFC 9180, single shot).

Who seals has the public key and cannot open what it has sealed. What a wrapped key is for stands
in ``info``: wrapped for one purpose, it does not open for another.
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from shared.key_ring import read_ring

KEY_BYTES = 32
"""Of an AES-256 key."""
WRAPPED_BYTES = 80
"""Encapsulated key 32, key 32, tag 16."""
KEY_ID_BYTES = 16


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def public_key_of(text: str) -> X25519PublicKey:
    """``text``: base64 of the raw key."""
    return X25519PublicKey.from_public_bytes(base64.b64decode(text))


def private_key_of(text: str) -> X25519PrivateKey:
    """``text``: base64 of the raw key."""
    return X25519PrivateKey.from_private_bytes(base64.b64decode(text))


def key_id(public_key: X25519PublicKey) -> bytes:
    """Names the key pair in a row, so that a wrong key can be told from a damaged row."""
    return hashlib.sha256(public_key.public_bytes_raw()).digest()[:KEY_ID_BYTES]


def wrap(key: bytes, public_key: X25519PublicKey, info: bytes) -> bytes:
    """``key`` (32 bytes) wrapped (80 bytes)."""
    return _suite().encrypt(key, public_key, info)


def unwrap(wrapped: bytes, private_key: X25519PrivateKey, info: bytes) -> bytes:
    """The key. Raises InvalidTag or ValueError: wrong key, wrong purpose, or tampered with."""
    return _suite().decrypt(wrapped, private_key, info)


@dataclass(frozen=True, slots=True)
class SealingKey:
    """What is sealed by. name: the key's id in its ring. row_id: its id in a row."""

    name: str
    row_id: bytes
    public: X25519PublicKey


@dataclass(frozen=True, slots=True)
class OpeningKey:
    """What is opened by. name: the key's id in its ring. row_id: its id in a row."""

    name: str
    row_id: bytes
    private: X25519PrivateKey


def sealing_ring(text: str) -> tuple[SealingKey, ...]:
    """``text``: a ring of public keys; the first seals. Raises ValueError for none."""
    found = tuple(
        SealingKey(key.id, key_id(public_key_of(key.text)), public_key_of(key.text))
        for key in read_ring(text, base64.b64decode)
    )
    if not found:
        raise ValueError("a ring of keys that seal is empty")
    return found


def opening_ring(text: str) -> tuple[OpeningKey, ...]:
    """``text``: a ring of private keys, of which any opens. Raises ValueError for none."""
    found = tuple(
        OpeningKey(key.id, key_id(private_key_of(key.text).public_key()), private_key_of(key.text))
        for key in read_ring(text, _public_bytes)
    )
    if not found:
        raise ValueError("a ring of keys that open is empty")
    return found


def _public_bytes(private: str) -> bytes:
    return private_key_of(private).public_key().public_bytes_raw()


def unwrap_by_any(
    wrapped: bytes, keys: tuple[OpeningKey, ...], info: bytes, row_id: bytes | None = None
) -> tuple[bytes, OpeningKey]:
    """The key, and by which one it was opened. ``row_id``: of the one that the row names, which is
    tried first. Raises InvalidTag or ValueError where none opens it."""
    for key in sorted(keys, key=lambda each: each.row_id != row_id):
        try:
            return unwrap(wrapped, key.private, info), key
        except InvalidTag:
            continue
    raise InvalidTag

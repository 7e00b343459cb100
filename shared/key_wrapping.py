"""A key that only the holder of a private key can read (HPKE, RFC 9180, single shot).

Who seals has the public key and cannot open what it has sealed. What a wrapped key is for stands
in ``info``: wrapped for one purpose, it does not open for another.
"""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

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

"""Objects are encrypted before they leave the process: the store sees random bytes.

``version (1) | nonce (12) | ciphertext and tag``, by AES-256-GCM under the complaint's key. The
object's name is bound to it: an object that was swapped for another does not open.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import Reject

_VERSION = b"\x01"
_NONCE_BYTES = 12


def encrypted(key: bytes, name: str, data: bytes) -> bytes:
    """``data`` as it lies in the store under ``name``. key: 32 bytes."""
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, data, name.encode())


def decrypted(key: bytes, name: str, found: bytes) -> bytes:
    """Raises Reject(``unreadable``): wrong key, another object, or tampered with."""
    start = len(_VERSION)
    nonce, sealed = found[start : start + _NONCE_BYTES], found[start + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, sealed, name.encode())
    except (InvalidTag, ValueError):
        raise Reject("unreadable", "an object does not open with its complaint's key") from None

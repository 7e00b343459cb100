"""What the console gives away and knows again: sealed (AES-256-GCM) or marked (HMAC-SHA-256).

The first key seals and marks; all of them open and recognise, so that a key is changed without
ending anybody's session. A purpose keeps what was made for one thing from passing for another.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class Seals:
    """Made of the same keys in every replica."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """``keys``: 32 bytes each, the newest first."""
        self._ciphers = [AESGCM(_derived(key, b"seal")) for key in keys]
        self._marks = [_derived(key, b"mark") for key in keys]

    def seal(self, purpose: str, content: bytes) -> str:
        """Unreadable and unchangeable for whoever carries it."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[0].encrypt(nonce, content, purpose.encode())
        return _written(nonce + sealed)

    def open(self, purpose: str, text: str) -> bytes | None:
        """None for what was not sealed for this purpose by one of the keys."""
        raw = _bytes(text)
        for cipher in self._ciphers if len(raw) > _NONCE_BYTES else ():
            try:
                return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode())
            except InvalidTag:
                continue
        return None

    def mark(self, purpose: str, text: str) -> str:
        """Shows that we have seen ``text``; the same each time."""
        return _mark(self._marks[0], purpose, text)

    def is_marked(self, purpose: str, text: str, mark: str) -> bool:
        given = mark.encode(errors="surrogatepass")
        return any(
            hmac.compare_digest(given, _mark(key, purpose, text).encode()) for key in self._marks
        )


def _derived(key: bytes, use: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"crm console " + use).derive(key)


def _mark(key: bytes, purpose: str, text: str) -> str:
    message = f"{purpose}\0{text}".encode(errors="surrogatepass")
    digest = hmac.digest(key, message, hashlib.sha256)
    return _written(digest)


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Nothing, for what `seal` would not have written so: decoding passes over strange signs, and
    over the last bits of the last one."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
    return raw if _written(raw) == text else b""

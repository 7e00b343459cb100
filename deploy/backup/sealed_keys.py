"""The keys of an installation in a file of their own, sealed under a passphrase.

scrypt (RFC 7914) makes the key, AES-256-GCM seals; both are those of the library `cryptography`.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, ValidationError

from deploy.local.process import ProcessFailed

SHORTEST = 12
"""Letters of a passphrase: a shorter one is tried out by whoever has the file."""
_COST = 2**17
"""scrypt's N; with r=8, p=1 one try takes 128 MB and a third of a second."""


class SealedKeys(BaseModel):
    """What stands in the file. sealed: nonce (12 bytes), ciphertext and tag."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    format: Literal[1] = 1
    n: int = Field(ge=2**14, le=2**22)
    salt: Base64Bytes = Field(min_length=16)
    sealed: Base64Bytes


def seal(keys: bytes, passphrase: str, *, cost: int = _COST) -> bytes:
    """The content of the file. ``cost``: scrypt's N, a power of two."""
    salt, nonce = os.urandom(16), os.urandom(12)
    key = _key(passphrase, salt, cost)
    sealed = nonce + AESGCM(key).encrypt(nonce, keys, _bound(cost, salt))
    told = {
        "format": 1,
        "n": cost,
        "salt": base64.b64encode(salt).decode(),
        "sealed": base64.b64encode(sealed).decode(),
    }
    return json.dumps(told, indent=2).encode() + b"\n"


def unseal(found: bytes, passphrase: str) -> bytes:
    """Raises ProcessFailed for another passphrase, and for what is no such file."""
    try:
        file = SealedKeys.model_validate_json(found)
    except ValidationError as error:
        raise ProcessFailed(
            "the file of keys is none that 'crm backup' wrote, or is damaged: name another copy"
        ) from error
    nonce, sealed = file.sealed[:12], file.sealed[12:]
    key = _key(passphrase, file.salt, file.n)
    try:
        return AESGCM(key).decrypt(nonce, sealed, _bound(file.n, file.salt))
    except (InvalidTag, ValueError):
        raise ProcessFailed(
            "the keys do not open: the passphrase is another one, or the file is damaged"
        ) from None


def passphrase_of(text: str) -> str:
    """A passphrase as a file or standard input has it: its first line. Raises ProcessFailed for one
    that is too short."""
    passphrase = text.partition("\n")[0].strip()
    if len(passphrase) < SHORTEST:
        raise ProcessFailed(
            f"the passphrase must have {SHORTEST} letters or more in its first line"
        )
    return passphrase


def refuse_within(keys: Path, backup: Path) -> None:
    """Raises ProcessFailed where both would be lost, or found, together."""
    if keys.resolve().is_relative_to(backup.resolve()):
        raise ProcessFailed(f"the keys must lie apart: name a file that is not in {backup}")


def _key(passphrase: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode())


def _bound(cost: int, salt: bytes) -> bytes:
    return b"crm keys 1 %d " % cost + salt

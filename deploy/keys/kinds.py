"""Which keys there are, who holds them, and what may still need an old one."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from deploy.services import NAMES
from shared.auth import LEEWAY_SECONDS, SERVICE_TOKEN_SECONDS, kind_of, public_half
from shared.key_ring import NamedKey
from shared.key_watch import KEY_SECONDS
from shared.key_wrapping import key_id, private_key_of
from shared.shared_keys import CODES, KEY_BYTES, LOOKUP, raw_key

UNDER_WAY_SECONDS = SERVICE_TOKEN_SECONDS + LEEWAY_SECONDS + KEY_SECONDS
"""After which nobody has what was signed or sealed by a key that is not the first one any more: a
process has read its files, and its tokens and transactions are over."""
UPLOAD_SECONDS = 24 * 3600
"""The caller keeps the key of a file that it has laid down and not reported yet."""


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def row_id(private: str) -> bytes:
    """How a sealed row names the pair."""
    return key_id(private_key_of(private).public_key())


def sealed_row_name(key: NamedKey) -> bytes:
    return row_id(key.text)


@dataclass(frozen=True, slots=True)
class Kind:
    """Keys of one use, a ring of pairs, or of keys that both sides have.

    owner: the process that has the private halves, in the setting `private`. readers: those that
    have the public halves, in the setting `public`, within its JSON under `member` where there is
    one. rest: so many seconds after another key became the first one nothing new needs the old one.
    needing: counts rows that need a key ($1: what `row_name` says of it), or one that they do not
    name; in the owner's database. lasting: why such rows stay as they are; None where the owner
    makes them anew. pin: process and setting that keep the first key of before the first change.
    """

    name: str
    owner: str
    private: str
    readers: tuple[str, ...]
    public: str
    public_half: Callable[[str], bytes]
    fresh: Callable[[], bytes]
    encode: Callable[[bytes], str] = encoded
    member: str | None = None
    rest: float = UNDER_WAY_SECONDS
    needing: str | None = None
    row_name: Callable[[NamedKey], object] = sealed_row_name
    lasting: str | None = None
    pin: tuple[str, str] | None = None

    @property
    def processes(self) -> frozenset[str]:
        """All that must know a key before it becomes the first one."""
        return frozenset((self.owner, *self.readers))


def sealing_half(private: str) -> bytes:
    """The raw public half of an X25519 key in base64."""
    return private_key_of(private).public_key().public_bytes_raw()


def _fresh_shared() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def _fresh_signing() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes_raw()


def _fresh_sealing() -> bytes:
    return X25519PrivateKey.generate().private_bytes_raw()


def _service(name: str) -> Kind:
    return Kind(
        kind_of(name), name, "CRM_SERVICE_KEY", NAMES, "CRM_SERVICE_PUBLIC_KEYS", public_half,
        _fresh_signing, member=name, pin=(name, "CRM_DERIVATION_KEY"),
    )  # fmt: skip


_VAULT = Kind(
    "vault", "vault", "CRM_VAULT_PRIVATE_KEY", ("intake",), "CRM_VAULT_PUBLIC_KEY", sealing_half,
    _fresh_sealing,
    needing="SELECT count(*) FROM vault.sealed_reporters WHERE key_id = $1 OR key_id IS NULL",
)  # fmt: skip
_MEDIA = Kind(
    "media", "media", "CRM_MEDIA_PRIVATE_KEY", ("intake",), "CRM_MEDIA_PUBLIC_KEY", sealing_half,
    _fresh_sealing, rest=UPLOAD_SECONDS,
    needing="SELECT (SELECT count(*) FROM media.files WHERE key_id = $1 OR key_id = '')"
    " + (SELECT count(*) FROM media.complaint_keys WHERE key_id = $1 OR key_id IS NULL)",
)  # fmt: skip


def _shared(name: str, owner: str, reader: str, setting: str, needing: str, **more: Any) -> Kind:
    """Of keys that both have. Rows without a key's id are of the one that has none itself."""
    return Kind(
        name, owner, setting, (reader,), setting, raw_key, _fresh_shared, encode=bytes.hex,
        needing=needing, row_name=lambda key: key.id, **more,
    )  # fmt: skip


_CODES = _shared(
    CODES, "intake", "vault", "CRM_TRACKING_CODE_KEY",
    "SELECT count(*) FROM intake.complaints WHERE code_key_id = $1"
    " OR (code_key_id IS NULL AND starts_with($1, 'unnamed-'))",
    lasting="reporters have the codes that it has made",
)  # fmt: skip
_LOOKUP = _shared(
    LOOKUP, "tracking", "intake", "CRM_TRACKING_LOOKUP_KEY",
    "SELECT count(*) FROM tracking.cases WHERE tracking_digest IS NOT NULL"
    " AND (lookup_key_id = $1 OR (lookup_key_id IS NULL AND starts_with($1, 'unnamed-')))",
    pin=("intake", "CRM_DIGEST_KEY"),
)  # fmt: skip
KINDS: Mapping[str, Kind] = MappingProxyType(
    {kind.name: kind for kind in (*map(_service, NAMES), _VAULT, _MEDIA, _CODES, _LOOKUP)}
)

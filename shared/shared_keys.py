"""Keys that both sides have, 32 bytes in hex: rings that are changed while all runs.

What was made by a key names it, so that an older key of the ring is found again. What names none is
of before there were ids: it was made by the key that has none, or by the only one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, SecretStr

from shared.errors import Transient
from shared.key_ring import UNNAMED, UsedKey, read_ring, uncounted

KEY_BYTES = 32
CODES, LOOKUP = "tracking-code", "tracking-lookup"
"""Kinds: the keys from which tracking codes and reply tokens are made, and those under which
tracking codes are hashed. As metrics and ``crm keys`` call them."""


@dataclass(frozen=True, slots=True)
class SharedKey:
    id: str
    raw: bytes = field(repr=False)


def raw_key(text: str) -> bytes:
    """Raises ValueError, which repeats no key, for what is no 32 bytes of hex."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raise ValueError("a key must be hexadecimal") from None
    if len(raw) != KEY_BYTES:
        raise ValueError(f"a key must be {KEY_BYTES} bytes of hexadecimal")
    return raw


def read_shared_keys(text: str) -> tuple[SharedKey, ...]:
    """Of a ring (``key_ring``), the one that writes first. Raises ValueError for none."""
    found = tuple(SharedKey(key.id, raw_key(key.text)) for key in read_ring(text, raw_key))
    if not found:
        raise ValueError("a ring of keys is empty")
    return found


def _checked(ring: SecretStr) -> SecretStr:
    read_shared_keys(ring.get_secret_value())
    return ring


SharedKeyRing: TypeAlias = Annotated[SecretStr, AfterValidator(_checked)]
"""A setting that holds such a ring."""


class SharedKeys:
    """The ring of one kind, as a process has it."""

    def __init__(self, kind: str, ring: SecretStr, on_use: UsedKey = uncounted) -> None:
        self._kind = kind
        self._on_use = on_use
        self.replace(ring)

    def replace(self, ring: SecretStr) -> Mapping[str, tuple[str, ...]]:
        """Goes by this ring from now on. Returns the ids by kind. Raises ValueError for what is no
        ring of keys; the one of before stays then."""
        self.keys = read_shared_keys(ring.get_secret_value())
        return {self._kind: tuple(key.id for key in self.keys)}

    @property
    def first(self) -> SharedKey:
        """The one that writes."""
        return self.keys[0]

    def of(self, key_id: str | None) -> SharedKey:
        """The key that something names. Raises Transient where this process does not hold it."""
        if (key := self.named(key_id)) is not None:
            return key
        if key_id is None and len(self.keys) == 1:
            return self.first
        raise Transient(f"this process holds no key {key_id or 'of before ids'} of {self._kind}")

    def named(self, key_id: str | None) -> SharedKey | None:
        """The same, and None where this process does not hold it for certain."""
        for key in self.keys:
            if key.id == key_id or (key_id is None and key.id.startswith(UNNAMED)):
                return key
        return None

    def used(self, key: SharedKey) -> None:
        self._on_use(self._kind, key.id)

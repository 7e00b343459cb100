"""Keys by their ids: the first one writes, all of them read.

A setting that holds keys is a ring in words: ``id:key`` one after the other, with spaces or line
ends between. So a key is changed without a gap: the new one is added everywhere in the last place,
then becomes the first one, and the old one is taken away when nothing needs it any more. A key
without an id is one of before there were any, and is named for its public half.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

UNNAMED = "unnamed-"
"""With this the ids of keys begin that were given none."""
DEVELOPMENT = "dev-"
"""With this the ids of keys begin that were made for trying out on one machine."""
ID = re.compile(r"[a-z][a-z0-9-]{0,47}|[0-9][a-z0-9-]{0,47}")
_OF_DEVELOPMENT = re.compile(rf"(?:^|[\s\"]){DEVELOPMENT}[a-z0-9-]+:")

UsedKey: TypeAlias = Callable[[str, str], None]
"""Is told kind and id of a key at each use; both are class C0."""


def uncounted(kind: str, key_id: str) -> None:
    """For whoever counts no uses."""


@dataclass(frozen=True, slots=True)
class NamedKey:
    """text: as its kind is written, base64 or hex."""

    id: str
    text: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.id}:{self.text}"


def read_ring(text: str, public_half: Callable[[str], bytes]) -> tuple[NamedKey, ...]:
    """The keys in their order, none for an empty text. ``public_half``: of a key's text, by which
    one without an id is named. Raises ValueError, which repeats no key, for what is no ring."""
    keys = tuple(_named(word, public_half) for word in text.split())
    if len({key.id for key in keys}) != len(keys):
        raise ValueError("two keys of one ring have the same id")
    return keys


def _named(word: str, public_half: Callable[[str], bytes]) -> NamedKey:
    key_id, colon, text = word.rpartition(":")
    if not colon:
        return NamedKey(unnamed(public_half(text)), text)
    if not ID.fullmatch(key_id):
        raise ValueError("the id of a key is up to 48 small letters, digits and hyphens")
    return NamedKey(key_id, text)


def unnamed(public: bytes) -> str:
    """The id of a key that was given none; the same for both halves of a pair."""
    return f"{UNNAMED}{hashlib.sha256(public).hexdigest()[:8]}"


def written(keys: tuple[NamedKey, ...]) -> str:
    """As ``read_ring`` reads it."""
    return " ".join(map(str, keys))


def first_text(ring: str) -> str:
    """The key that writes, without its id; empty for an empty ring."""
    return ring.split()[0].rpartition(":")[2] if ring.split() else ""


def has_development_key(text: str) -> bool:
    """Whether any key in a setting was made for trying out; also one within JSON."""
    return bool(_OF_DEVELOPMENT.search(text))

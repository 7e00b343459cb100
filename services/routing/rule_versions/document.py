"""A version of the rules as data: one JSON object with a member for each kind. Pure.

units: rows of the table of units, by its columns, all of them text. categories: rows as in
``data/categories.json``. terms, signs, spellings: as in the files of these names, without
``version`` and ``note``.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Literal, TypeAlias, get_args

from shared.canonical_json import canonical

Kind: TypeAlias = Literal["units", "categories", "terms", "signs", "spellings"]
Document: TypeAlias = Mapping[str, Any]

KINDS: tuple[Kind, ...] = get_args(Kind)
SHIPPED = 1
"""Number of the version that stands in the files; it is in no table."""


def digest_of(document: Document) -> str:
    """SHA-256 in hex. Two documents that say the same have the same, in whatever order."""
    return sha256(canonical(document)).hexdigest()

"""What people are shown instead of a category's slug.

``make contracts`` writes the names from routing's table.
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

_NAMES: Final[Mapping[str, str]] = json.loads(
    (files(__package__) / "categories.json").read_text(encoding="utf-8")
)["names"]


def category_name(slug: str) -> str:
    """``parkir-liar`` is Parkir Liar; a slug that no table of today has is made readable."""
    return _NAMES.get(slug) or slug.replace("-", " ").capitalize()

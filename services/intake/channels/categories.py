"""The category slugs a citizen's channel may name; what they mean is routing's to know.

A closed list, because the category travels on the bus, where free text must not. The list is a
contract that ``make contracts`` writes from routing's table.
"""

import json
import re
from importlib.resources import files

from services.intake.words.cleaning import clean_line

CATEGORY_SLUGS: frozenset[str] = frozenset(
    json.loads((files(__package__) / "categories.json").read_text(encoding="utf-8"))["slugs"]
)

NAME_AT_MOST = 200
"""Characters of a category that the table does not know."""

_SEPARATORS = re.compile(r"[^a-z0-9]+")


def category_slug(name: str | None) -> str | None:
    """``Parkir Liar`` -> ``parkir-liar``; None when the table has no such category."""
    slug = _SEPARATORS.sub("-", (name or "").lower()).strip("-")
    return slug if slug in CATEGORY_SLUGS else None


def with_category_named(text: str, name: str | None) -> str:
    """The text, followed by the category's name where the slug table does not know it.

    Routing reads the text by aliases and would lose the citizen's choice otherwise. Raises
    Malformed for a name that no text can hold: behind the text, it would be blamed on that.
    """
    clean_line(name, "category", NAME_AT_MOST)
    note = category_note(name)
    return f"{text}\n{note}" if note else text


def category_note(name: str | None) -> str:
    """The line that names a category outside of the slug table; empty for one inside of it."""
    if not name or not name.strip() or category_slug(name) is not None:
        return ""
    return f"Kategori: {name.strip()}"

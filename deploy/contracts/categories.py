"""What other services know of the categories: routing's table alone says more."""

from __future__ import annotations

import json

from deploy.contracts.documents import ROOT, pretty

SLUGS = ROOT / "services" / "intake" / "channels" / "categories.json"
CATEGORY_NAMES = ROOT / "services" / "tracking" / "categories.json"
_TABLE = ROOT / "services" / "routing" / "data" / "categories.json"


def category_slugs() -> str:
    """The text of ``SLUGS``: what intake accepts, in the order of routing's table."""
    return pretty({"slugs": [row["slug"] for row in _rows()]})


def category_names() -> str:
    """The text of ``CATEGORY_NAMES``: what people are shown, by slug."""
    return pretty({"names": {row["slug"]: row["name"] for row in _rows()}})


def _rows() -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(_TABLE.read_text())["categories"]
    return rows

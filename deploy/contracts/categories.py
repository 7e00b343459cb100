"""The category slugs that intake accepts: those of routing's table, which alone says more."""

from __future__ import annotations

import json

from deploy.contracts.documents import ROOT, pretty

SLUGS = ROOT / "services" / "intake" / "channels" / "categories.json"
_TABLE = ROOT / "services" / "routing" / "data" / "categories.json"


def category_slugs() -> str:
    """The text of ``SLUGS``, in the order of routing's table."""
    table = json.loads(_TABLE.read_text())
    return pretty({"slugs": [row["slug"] for row in table["categories"]]})

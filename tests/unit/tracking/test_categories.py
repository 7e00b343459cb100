"""Categories are shown by the names that routing's table gives them."""

import json

from deploy.contracts.documents import ROOT
from services.tracking.categories import category_name


def test_every_category_of_routings_table_is_shown_by_its_name() -> None:
    """Red here means: run `make contracts` and commit what it writes."""
    table = json.loads((ROOT / "services/routing/data/categories.json").read_text())
    rows = {row["slug"]: row["name"] for row in table["categories"]}
    assert len(rows) > 40
    assert {slug: category_name(slug) for slug in rows} == rows


def test_a_category_that_the_table_has_no_more_is_made_readable() -> None:
    assert category_name("gedung-lama") == "Gedung lama"

"""Versions of the rules with few terms, which are soon read."""

from copy import deepcopy
from typing import Any

from services.routing.rule_versions.document import Document
from services.routing.rule_versions.rules import shipped_document

SHIPPED = shipped_document()
SIGNS = {
    **{name: SHIPPED["signs"][name] for name in ("taken_by_officials", "outside")},
    "words": {"mati": ["mati", "padam"]},
    "terms": {"outside/pln": {"6": ["@mati + pln"]}, "emergency": {"5": ["tolong {api,asap}"]}},
}
TERMS = {
    "words": {"bau": ["bau", "busuk"]},
    "terms": {
        "sampah": {"6": ["sampah", "tumpukan"], "-3": ["bukan @bau"]},
        "sampah/sampah-sungai": {"4": ["sampah {kali,sungai}"]},
    },
}


def few_terms() -> dict[str, Any]:
    """The shipped rules with a few terms; the caller may change it."""
    subs = [sub for row in SHIPPED["categories"] if row["slug"] == "sampah" for sub in row["subs"]]
    terms: Any = deepcopy(TERMS)
    terms["terms"][f"sampah/{subs[0]['slug']}"] = terms["terms"].pop("sampah/sampah-sungai")
    return {**deepcopy(dict(SHIPPED)), "terms": terms, "signs": deepcopy(SIGNS)}


def row_of(document: Document, slug: str) -> Any:
    return next(row for row in document["categories"] if row["slug"] == slug)

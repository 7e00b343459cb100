"""The built-in data of places, and a gazetteer for a unit tree."""

import csv
import json
from functools import lru_cache
from importlib.resources import files
from io import StringIO

from services.routing.gazetteer.gazetteer import Gazetteer
from services.routing.gazetteer.names import Mark, Row, Tables
from shared.units import UnitTree

_FOLDER = files("services.routing") / "data" / "places"


def load_tables() -> Tables:
    """The files of ``data/places``."""
    words = json.loads((_FOLDER / "words.json").read_text("utf-8"))
    expand = words.pop("expand")
    return Tables(
        areas=_rows("areas.csv"),
        streets=_rows("streets.csv"),
        landmarks=_rows("landmarks.csv"),
        outside=_rows("outside.csv"),
        expand=expand,
        words={name: frozenset(each) for name, each in words.items()},
    )


def _rows(name: str) -> list[Row]:
    text = (_FOLDER / name).read_text("utf-8")
    return [
        Row(
            row["name"],
            tuple((row.get("areas") or row["outside"]).split("|")),
            tuple(filter(None, (row.get("aliases") or "").split("|"))),
            Mark(row.get("mark") or ""),
        )
        for row in csv.DictReader(StringIO(text), delimiter=";")
    ]


@lru_cache(maxsize=8)
def gazetteer_of(units: UnitTree) -> Gazetteer:
    """The gazetteer of a tree, made once for it: that takes a tenth of a second."""
    return Gazetteer(units, load_tables())

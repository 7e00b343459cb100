"""The built-in data that texts are read by."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from services.routing.reading.hints import Hints
from services.routing.reading.normalising import Normaliser, Spellings


@cache
def load_normaliser() -> Normaliser:
    """The one of this process, which keeps the spellings that it has read."""
    data = read_data("spellings.json")
    return Normaliser(Spellings(data["words"], data["roots"], data["common"]))


@cache
def load_hints() -> Hints:
    """The hints of this release, whatever version of the rules they stand beside."""
    return Hints(read_data("hints.json"))


def read_data(name: str) -> Any:
    """A JSON file of the folder ``data``."""
    return json.loads((files("services.routing") / "data" / name).read_text(encoding="utf-8"))

"""`crm text read`: one object that says a text in, one object that says what was decided out."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from services.routing.gazetteer.loading import gazetteer_of
from services.routing.placing.categories import load_categories
from services.routing.placing.places import load_locator
from services.routing.placing.rules import Tables
from services.routing.reading.deciding import TextRead, Written, read_written
from shared.unit_table import load_units


class Unreadable(Exception):
    """An object that says no text. ``field``: the member that is wrong."""

    def __init__(self, problem: str, field: str | None) -> None:
        super().__init__(problem)
        self.field = field


def line_reader(
    day: date, geojson: Path | None
) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Answers by the built-in tables as they are valid on a day of Jakarta. geojson: borders."""
    decide = decider(day, geojson)
    return lambda said: decide(said).model_dump(mode="json")


def decider(day: date, geojson: Path | None) -> Callable[[Mapping[str, Any]], TextRead]:
    """What is decided of an object that says a text. Raises `Unreadable` where it says none."""
    units = load_units()
    tables = Tables(units, load_categories().at(day), gazetteer_of(units))
    locator = load_locator(geojson)
    return lambda said: read_written(written_in(said), tables, locator)


def written_in(said: Mapping[str, Any]) -> Written:
    """Raises Unreadable, which says nothing of the text."""
    try:
        return Written.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise Unreadable(first["msg"], str(first["loc"][0]) if first["loc"] else None) from None

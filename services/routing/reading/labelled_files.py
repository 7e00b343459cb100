"""The figures of a file of labelled texts."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from services.routing.gazetteer.loading import gazetteer_of
from services.routing.reading.labelled_lines import expected, read_lines, text_of
from services.routing.reading.lines import Unreadable, decider, written_in
from services.routing.reading.place_report import is_of_a_place, place_report, place_text
from services.routing.reading.reader import load_reader
from services.routing.reading.report import report
from shared.unit_table import load_units


def figures_of(file: Path, day: date) -> Mapping[str, Any]:
    """How well its texts are read by the built-in tables as they are valid on a day of Jakarta: one
    JSON object a line, as `report` and `place_report` say. A file of places has their figures
    alone. Raises NoExample."""
    rows = [*read_lines(file, _labelled)]
    of_places = [row for row in rows if is_of_a_place(row)]
    if of_places:
        return {"places": place_report(of_places, gazetteer_of(load_units()))}
    return report(rows, load_reader(), decider(day, None)).figures()


def _labelled(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row itself, where it can be counted. Raises KeyError, TypeError, ValueError."""
    text_of(row)
    if is_of_a_place(row):
        place_text(row)
        return row
    expect = expected(row)
    if expect["complaint"] and "sub" not in expect:
        raise KeyError("sub")
    try:
        written_in(row)
    except Unreadable as error:
        raise ValueError(f"{error.field}: {error}") from None
    return row

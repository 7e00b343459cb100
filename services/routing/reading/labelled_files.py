"""The figures of a file of labelled texts."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from services.routing.gazetteer.loading import gazetteer_of
from services.routing.reading.lines import decider
from services.routing.reading.place_report import is_of_a_place, place_report
from services.routing.reading.reader import load_reader
from services.routing.reading.report import report
from shared.unit_table import load_units


def figures_of(file: Path, day: date) -> Mapping[str, Any]:
    """How well its texts are read by the built-in tables as they are valid on a day of Jakarta: one
    JSON object a line, as `report` and `place_report` say. A file of places has their figures
    alone."""
    rows = [json.loads(line) for line in file.read_text("utf-8").split("\n") if line.strip()]
    of_places = [row for row in rows if is_of_a_place(row)]
    if of_places:
        return {"places": place_report(of_places, gazetteer_of(load_units()))}
    return report(rows, load_reader(), decider(day, None)).figures()

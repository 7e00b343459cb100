"""The figures of a file of labelled texts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.routing.reading.reader import load_reader
from services.routing.reading.report import report


def figures_of(file: Path) -> Mapping[str, Any]:
    """How well its texts are read by the built-in terms: one JSON object a line, as `report`
    says."""
    rows = [json.loads(line) for line in file.read_text("utf-8").split("\n") if line.strip()]
    return report(rows, load_reader()).figures()

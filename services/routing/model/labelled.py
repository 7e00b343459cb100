"""Examples from a file of labelled texts, read by the rules that are shipped."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from services.routing.model.applying import Model
from services.routing.model.document import read_document
from services.routing.model.examples import Example, labelled_example
from services.routing.model.judging import judge
from services.routing.placing.categories import load_categories
from services.routing.reading.reader import load_reader
from services.routing.rule_versions.document import SHIPPED

RULES_VERSION = SHIPPED


class NoExample(Exception):
    """A line that is none; says which, and nothing of its text."""


def examples_of(file: Path, day: date) -> list[Example]:
    """One JSON object a line, as `labelled_example` says. day: of Jakarta, as which the categories
    are valid. Raises NoExample."""
    reader, table = load_reader(), load_categories().at(day)
    found: list[Example] = []
    for number, line in enumerate(file.read_text("utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            example = labelled_example(json.loads(line), reader, table)
        except (KeyError, TypeError, ValueError) as error:
            raise NoExample(_says(file, number, error)) from None
        if example is not None:
            found.append(example)
    return found


def figures_of(model: Mapping[str, Any], file: Path, day: date) -> Mapping[str, Any]:
    """What a model and the rules say of all texts of a file. Raises NoExample, NoModel."""
    asked = Model(0, read_document(model))
    return judge(asked, examples_of(file, day)).model_dump()


def _says(file: Path, number: int, error: Exception) -> str:
    # A JSON error quotes the line.
    why = "no JSON object" if isinstance(error, json.JSONDecodeError) else str(error)
    return f"{file.name}, line {number}: {why}. Give {{text, category}} or a labelled text."

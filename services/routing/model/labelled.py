"""Examples from a file of labelled texts, read by the rules that are shipped."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from services.routing.model.applying import Model
from services.routing.model.document import read_document
from services.routing.model.examples import Example, labelled_example
from services.routing.model.judging import judge
from services.routing.placing.categories import load_categories
from services.routing.reading.labelled_lines import read_lines
from services.routing.reading.reader import load_reader
from services.routing.rule_versions.document import SHIPPED

RULES_VERSION = SHIPPED
_WANTED = "Give {text, category} or a labelled text."


def examples_of(file: Path, day: date) -> list[Example]:
    """One JSON object a line, as `labelled_example` says. day: of Jakarta, as which the categories
    are valid. Raises NoExample."""
    reader, table = load_reader(), load_categories().at(day)
    read = read_lines(file, lambda row: labelled_example(row, reader, table), _WANTED)
    return [example for example in read if example is not None]


def figures_of(model: Mapping[str, Any], file: Path, day: date) -> Mapping[str, Any]:
    """What a model and the rules say of all texts of a file. Raises NoExample, NoModel."""
    asked = Model(0, read_document(model))
    return judge(asked, examples_of(file, day)).model_dump()

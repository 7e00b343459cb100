"""One version of the rules, made ready to decide."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from services.routing.gazetteer.gazetteer import Gazetteer
from services.routing.gazetteer.loading import gazetteer_of, load_tables
from services.routing.placing.categories import CategoryHistory, load_categories
from services.routing.placing.rules import Tables
from services.routing.reading.data import read_data
from services.routing.reading.reader import Reader, load_reader, reader_of
from services.routing.rule_versions.document import SHIPPED, Document
from shared.unit_table import load_units, unit_of, unit_rows
from shared.units import UnitTree


@dataclass(frozen=True, slots=True)
class Rules:
    """Units, categories and terms that belong together. Never changed: a newer version is another
    value. Its reader is for one thread."""

    number: int
    units: UnitTree
    categories: CategoryHistory
    reader: Reader
    gazetteer: Gazetteer

    def tables(self, day: date) -> Tables:
        """What the rules go by on a day of Jakarta. Whoever decides several cases together asks
        once: else another version may come between them."""
        return Tables(self.units, self.categories.at(day), self.gazetteer, self.reader)


@cache
def load_rules() -> Rules:
    """The version that stands in the files; one for the process."""
    units = load_units()
    return Rules(SHIPPED, units, load_categories(), load_reader(), gazetteer_of(units))


def shipped_document() -> Document:
    """The same as a document."""
    files = {name: read_data(f"{name}.json") for name in ("terms", "signs", "spellings")}
    for each in files.values():
        each.pop("note", None)
    return {"units": unit_rows(), "categories": list(load_categories().rows), **files}


def rules_of(number: int, document: Document) -> Rules:
    """A document that was checked. It takes half a second: call it in a thread."""
    units = UnitTree(unit_of(row) for row in document["units"])
    return Rules(
        number,
        units,
        CategoryHistory(number, document["categories"]),
        reader_of(document["terms"], document["signs"], document["spellings"]),
        Gazetteer(units, load_tables()),
    )

"""Labelled examples: what a model is trained on and judged by. Pure.

Which part an example belongs to follows from the digest of the complaint's id (in a file, of the
text's own): it stays where it is whenever a model is trained.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from services.routing.model.features import Features, features_of, without_persons
from services.routing.placing.categories import CategoryTable
from services.routing.placing.rules import THRESHOLD, guess_category
from services.routing.reading.labelled_lines import text_of
from services.routing.reading.reader import Reader
from shared.events.facts import Facts

FOLDS = 10
HELD_OUT = frozenset({8, 9})
"""Folds that no model is trained on."""


@dataclass(frozen=True, slots=True)
class Example:
    """``fold``: 0 to 9. ``category``: as officers decided. ``doubted``: the rules leave the
    category to people. ``corrected``: officers put right what the rules had said."""

    fold: int
    category: str
    features: Features
    doubted: bool
    corrected: bool = False

    @property
    def by_rules(self) -> str | None:
        """The category that the rules name first."""
        return next(iter(self.features.shares), None)


def fold_of(identity: str) -> int:
    return int.from_bytes(sha256(identity.encode()).digest()[:4]) % FOLDS


def example_of(
    fold: int,
    text: str,
    category: str,
    chosen: str | None,
    corrected: bool,
    reader: Reader,
    table: CategoryTable,
) -> Example:
    """chosen: the reporter's own category, slug or name."""
    known = table.find(chosen) if chosen else None
    reading = reader.read(without_persons(text), known.slug if known else None)
    guess = guess_category(Facts(category=chosen), reading, table)
    doubted = guess.category is None or guess.confidence < THRESHOLD
    ranked = [each for each in reading.ranked if each.slug in table.categories]
    return Example(fold, category, features_of(reading.words.roots, ranked), doubted, corrected)


def labelled_example(
    said: Mapping[str, Any], reader: Reader, table: CategoryTable
) -> Example | None:
    """Of a line of a file: {text, category}, or a labelled text as `crm classifier report` reads
    them. None for one that is no complaint of the city's. Raises ValueError naming the member."""
    text = text_of(said)
    expect = said.get("expect")
    if expect is None:
        label, chosen = said.get("category"), None
    elif not expect["complaint"] or expect["outside"] is not None:
        return None
    else:
        label, chosen = expect["group"], said.get("category")
    category = table.find(label) if isinstance(label, str) else None
    if category is None:
        raise ValueError("category must be one of the city's")
    fold = fold_of(str(said.get("id", text)))
    return example_of(fold, text, category.slug, chosen, False, reader, table)

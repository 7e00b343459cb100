"""Small models made by hand, and examples to train larger ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from services.routing.model.document import (
    Figures,
    HeldOut,
    Learned,
    ModelDocument,
    Numbers,
)
from services.routing.model.examples import Example
from services.routing.model.features import Features

CLASSES = ["jalan", "lampu", "sampah"]
BETTER = HeldOut(
    texts=400, rules=300, model=340, only_rules=10, only_model=50, doubted=90, answered=60,
    answered_right=58, by_category={"jalan": Figures(texts=400, rules=300, model=340)},
)  # fmt: skip
"""Held-out figures that nothing stands against."""


def a_document(
    classes: Sequence[str] = CLASSES,
    terms: Sequence[str] = ("lubang", "bau busuk"),
    weights: Sequence[Sequence[float]] = ((3.0, -1.0, 0.0), (0.0, 0.0, 2.0)),
    **members: Any,
) -> ModelDocument:
    """Knows two terms, of which the second weighs twice as much by its rarity; what the rules say
    it believes a little."""
    plain = {
        "format": 1,
        "rules_version": 1,
        "idf": Numbers.of(np.arange(1, len(terms) + 1)),
        "weights": Numbers.of(np.array(weights)),
        "shares": Numbers.of(np.eye(len(classes))),
        "intercept": Numbers.of(np.zeros(len(classes))),
        "threshold": 0.8,
        "learned": Learned(texts=1000, corrected=100),
        "held_out": BETTER,
    }
    return ModelDocument(**{"classes": [*classes], "terms": [*terms], **plain, **members})


def an_example(
    category: str, words: Sequence[str], fold: int = 0, by_rules: str | None = None, **more: Any
) -> Example:
    shares = {by_rules: 0.5} if by_rules else {}
    return Example(fold, category, Features(tuple(words), shares), **{"doubted": True, **more})

"""What a trained model says of a text. Pure.

It needs no library of training: a text has some hundred words, whose rows of weights are added up.
"""

from dataclasses import dataclass
from math import exp, sqrt

from services.routing.model.document import Floats, ModelDocument
from services.routing.model.features import Features

MOST_TERMS = 5
"""Terms that are told of an answer."""
SHARES_WEIGHT = 2.0
"""What the rules' shares weigh against the words, whose vector has the length 1."""
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """``model``: its number. ``confidence``: 0 to 1. ``sure``: enough to be used where the rules
    doubt. ``terms``: the model's own words that speak for the category, the strongest first."""

    model: int
    category: str
    confidence: float
    sure: bool
    terms: tuple[str, ...]


class Model:
    """One trained model, ready to be asked."""

    def __init__(self, number: int, document: ModelDocument) -> None:
        """document: one that was checked (`read_document`)."""
        self.number = number
        self.rules_version = document.rules_version
        self.classes = tuple(document.classes)
        self._threshold = document.threshold
        self._terms = document.terms
        self._at = {term: at for at, term in enumerate(document.terms)}
        self._class_at = {slug: at for at, slug in enumerate(document.classes)}
        idf = document.idf.values()
        self._squares: Floats = idf * idf
        self._rows: Floats = document.weights.values() * idf[:, None]
        self._shares: Floats = document.shares.values() * SHARES_WEIGHT
        self._intercept = document.intercept.values()

    def ask(self, features: Features) -> Answer:
        at = self._known(features)
        rows = self._rows.take(at, axis=0)
        scores = self._scores(features, at, rows)
        best = int(scores.argmax())
        confidence = round(1 / sum(map(exp, (scores - scores[best]).tolist())), _DIGITS)
        sure = self._threshold is not None and confidence >= self._threshold
        return Answer(
            self.number, self.classes[best], confidence, sure, self._speaking(at, rows[:, best])
        )

    def scores(self, features: Features) -> Floats:
        """One for each of ``classes``; the higher, the likelier."""
        at = self._known(features)
        return self._scores(features, at, self._rows.take(at, axis=0))

    def _known(self, features: Features) -> list[int]:
        return [self._at[word] for word in features.words if word in self._at]

    def _scores(self, features: Features, at: list[int], rows: Floats) -> Floats:
        scores = self._intercept.copy()
        if at:
            scores += rows.sum(axis=0) / sqrt(self._squares.take(at).sum())
        for slug, share in features.shares.items():
            row = self._class_at.get(slug)
            if row is not None:
                scores += self._shares[row] * share
        return scores

    def _speaking(self, at: list[int], weights: Floats) -> tuple[str, ...]:
        strongest = (-weights).argsort(kind="stable")[:MOST_TERMS]
        return tuple(self._terms[at[each]] for each in strongest if weights[each] > 0)

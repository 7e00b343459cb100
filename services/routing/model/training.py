"""Trains a model on labelled examples, by scikit-learn (the extra ``ml``)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from math import log
from typing import Any, TypeAlias

import numpy as np

from services.routing.model.applying import SHARES_WEIGHT, Model
from services.routing.model.document import (
    LEAST_COMPLAINTS,
    MOST_TERMS,
    HeldOut,
    Learned,
    ModelDocument,
    Numbers,
)
from services.routing.model.examples import HELD_OUT, Example
from services.routing.model.judging import judge, threshold_of

STRENGTH = 10.0
"""Scikit-learn's ``C``: the higher, the more a model believes of what it was shown."""
ROUNDS = 1_000
TURNS = 4
"""So often a part of the examples is left out, to see how sure the model may be."""
LEAST_CLASSES = 3
NUMBER = 1
"""Of a model that is not registered; nobody reads it."""
_NOTHING = HeldOut(
    texts=0, rules=0, model=0, only_rules=0, only_model=0, doubted=0, answered=0, answered_right=0,
    by_category={},
)  # fmt: skip

Fit: TypeAlias = tuple[Any, Any]
"""scikit-learn's LogisticRegression and scipy's matrix constructor."""


class CannotTrain(Exception):
    """The examples or this installation do not suffice; says what is to be done."""


def train(examples: Sequence[Example], rules_version: int) -> ModelDocument:
    """A model of what was not held out, with its figures on what was. rules_version: of the rules
    whose shares the examples tell. Raises CannotTrain."""
    part = [each for each in examples if each.fold not in HELD_OUT]
    if len({each.category for each in part}) < LEAST_CLASSES:
        raise CannotTrain(f"Give examples of at least {LEAST_CLASSES} categories.")
    fit = libraries()
    terms = _vocabulary(part)
    untold = _document(part, terms, rules_version, fit)
    threshold = threshold_of(_answers_unseen(part, terms, rules_version, fit))
    sure = untold.model_copy(update={"threshold": threshold})
    unseen = [each for each in examples if each.fold in HELD_OUT]
    return sure.model_copy(update={"held_out": judge(Model(NUMBER, sure), unseen)})


def libraries() -> Fit:
    try:
        from scipy.sparse import csr_matrix
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        says = "scikit-learn is missing: pip install --require-hashes -r requirements-ml.lock"
        raise CannotTrain(says) from None
    return LogisticRegression, csr_matrix


def _vocabulary(examples: Sequence[Example]) -> list[str]:
    """Words that stood in enough complaints, the commonest where they are too many."""
    counts = Counter(chain.from_iterable(each.features.words for each in examples))
    common = [word for word, count in counts.items() if count >= LEAST_COMPLAINTS]
    return sorted(sorted(common, key=lambda word: (-counts[word], word))[:MOST_TERMS])


def _answers_unseen(
    examples: Sequence[Example], terms: Sequence[str], rules_version: int, fit: Fit
) -> list[tuple[float, bool]]:
    """What models say of the examples that they were not shown and that the rules doubt."""
    found: list[tuple[float, bool]] = []
    for turn in range(TURNS):
        shown = [each for each in examples if each.fold % TURNS != turn]
        unseen = [each for each in examples if each.fold % TURNS == turn and each.doubted]
        if not unseen or len({each.category for each in shown}) < LEAST_CLASSES:
            continue
        model = Model(NUMBER, _document(shown, terms, rules_version, fit))
        answers = [(each, model.ask(each.features)) for each in unseen]
        found += [(answer.confidence, answer.category == e.category) for e, answer in answers]
    return found


def _document(
    examples: Sequence[Example], terms: Sequence[str], rules_version: int, fit: Fit
) -> ModelDocument:
    regression, matrix = fit
    # A category that is never taught has no row; what the rules say of it goes unheard.
    classes = sorted({each.category for each in examples})
    idf = _idf(examples, terms)
    fitted = regression(C=STRENGTH, max_iter=ROUNDS)
    cells = [*_cells(examples, _columns(terms, classes), idf)]
    values, rows, columns = zip(*cells, strict=True)
    shape = (len(examples), len(terms) + len(classes))
    fitted.fit(matrix((values, (rows, columns)), shape=shape), [each.category for each in examples])
    weights = fitted.coef_.T
    return ModelDocument(
        format=1,
        rules_version=rules_version,
        classes=classes,
        terms=list(terms),
        idf=Numbers.of(idf),
        weights=Numbers.of(weights[: len(terms)]),
        shares=Numbers.of(weights[len(terms) :]),
        intercept=Numbers.of(fitted.intercept_),
        threshold=None,
        learned=Learned(texts=len(examples), corrected=sum(each.corrected for each in examples)),
        held_out=_NOTHING,
    )


def _columns(terms: Sequence[str], classes: Sequence[str]) -> tuple[Mapping[str, int], ...]:
    """Where words stand, and behind them where the rules' shares do."""
    of_words = {term: at for at, term in enumerate(terms)}
    return of_words, {slug: at for at, slug in enumerate(classes, len(terms))}


def _cells(
    examples: Sequence[Example], columns: tuple[Mapping[str, int], ...], idf: Any
) -> Iterator[tuple[float, int, int]]:
    """(value, row, column) of what a model reads, as `ModelDocument` says."""
    of_words, of_shares = columns
    for row, example in enumerate(examples):
        at = [of_words[word] for word in example.features.words if word in of_words]
        length = float(np.sqrt((idf[at] ** 2).sum()))
        yield from ((idf[each] / length, row, each) for each in at)
        for slug, share in example.features.shares.items():
            if slug in of_shares:
                yield SHARES_WEIGHT * share, row, of_shares[slug]


def _idf(examples: Sequence[Example], terms: Sequence[str]) -> Any:
    """The rarer a word, the more it says: scikit-learn's smoothed inverse document frequency."""
    counts = Counter(chain.from_iterable(each.features.words for each in examples))
    return np.array([log((1 + len(examples)) / (1 + counts[term])) + 1 for term in terms])

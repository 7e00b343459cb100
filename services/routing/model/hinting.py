"""Learns what words hint at from labelled texts, by scikit-learn (the extra ``ml``).

Whether that helps with texts of others is asked of writers whose texts were left out: who writes
many texts uses the same words in them.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import exp, sqrt
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from services.routing.model.document import TERM
from services.routing.model.training import LEAST_CLASSES, CannotTrain, Fit, libraries
from services.routing.placing.categories import CategoryTable
from services.routing.reading.hints import (
    GROUP,
    HEAVIEST,
    SCORED,
    STEP,
    Hints,
    said_of_weights,
    told_of,
    words_and_pairs,
)
from services.routing.reading.labelled_lines import expected, read_lines, text_of
from services.routing.reading.reader import Reader
from services.routing.reading.signs import (
    ABOUT_OFFICIAL,
    EMERGENCY,
    IS_NO_COMPLAINT,
    IS_OUTSIDE,
    LEARNT,
    OUTSIDE,
)

OF_CATEGORIES, OF_SIGNS = 25.0, 12.0
"""Scikit-learn's ``C``: the higher, the more is believed of what was shown."""
ROUNDS = 500
TOLD_BY_CATEGORIES, TOLD_BY_SIGNS = 2.0, 3.0
"""What the terms at their loudest weigh against all words, whose vector has the length 1."""
LEAST_TEXTS = 2
"""Texts that a word must stand in."""
LEAST_WEIGHT = 0.2
"""A smaller weight is left out: most of them are smaller, and together they say next to nothing."""
LEAST_LOUDEST = 0.6
"""A word is left out whose weights are all smaller: every second one is, and hardly an answer
changes."""
TURNS = 3
"""So often a part of the writers is left out."""
_WRITER = re.compile("[a-z]*")
Data: TypeAlias = Mapping[str, Any]
Groups: TypeAlias = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A labelled text. ``label``: slug of its category; None: it has none. ``signs``: those of
    `LEARNT` that it has. ``scores`` and ``sums``: what the terms say, by category and by sign."""

    writer: str
    label: str | None
    signs: frozenset[str]
    roots: Sequence[str]
    scores: Mapping[str, float]
    sums: Mapping[str, float]


def lessons_of(files: Iterable[Path], reader: Reader, table: CategoryTable) -> Iterator[Lesson]:
    """Of labelled texts, as `report.report` reads them; an ``id`` begins with who wrote it. Raises
    NoExample."""
    for file in files:
        yield from read_lines(file, lambda row: _lesson(row, reader, table))


def _lesson(row: Data, reader: Reader, table: CategoryTable) -> Lesson:
    """Raises KeyError, TypeError, ValueError."""
    expect, heard = expected(row), reader.hear(text_of(row))
    writer = _WRITER.match(row["id"])
    has = {
        ABOUT_OFFICIAL: expect["about_official"],
        EMERGENCY: expect["emergency"],
        IS_NO_COMPLAINT: not expect["complaint"],
        IS_OUTSIDE: expect["outside"] is not None,
    }
    return Lesson(
        writer[0] if writer else "",
        _slug(expect["group"], table) if expect["complaint"] else None,
        frozenset(sign for sign, there in has.items() if there),
        heard.words.roots,
        heard.scores,
        {sign: said for sign, said in heard.sums.items() if not sign.startswith(OUTSIDE)},
    )


def _slug(group: str | None, table: CategoryTable) -> str | None:
    """None of what another body must do and no category of the city's is for."""
    if group is None:
        return None
    category = table.find(group)
    if category is None:
        raise ValueError("group must be one of the city's categories")
    return category.slug


@dataclass(frozen=True, slots=True)
class Taught:
    """What was learned of a category or a sign. ``steps``: an array of whole numbers by word."""

    bias: float
    told: Mapping[str, float]
    steps: Any


def learn(lessons: Sequence[Lesson], groups: Groups) -> Data:
    """The hints as `hints.Hints` takes them. groups: the roots by the name of their meaning.
    Raises CannotTrain where scikit-learn is missing, or of too few categories."""
    room = _Room(lessons, groups)
    labels = [each.label for each in lessons]
    if len(set(labels) - {None}) < LEAST_CLASSES:
        raise CannotTrain(
            f"Give texts of at least {LEAST_CLASSES} categories, by two thirds of the writers."
        )
    categories = room.taught(OF_CATEGORIES, TOLD_BY_CATEGORIES, labels, room.scored)
    signs = {
        sign: room.taught(OF_SIGNS, TOLD_BY_SIGNS, has, room.summed)["True"]
        for sign in LEARNT
        if len(set(has := [str(sign in each.signs) for each in lessons])) > 1
    }
    return {
        "categories": _without_words(categories),
        "signs": _without_words(signs),
        "words": room.words({**categories, **signs}),
        "groups": groups,
    }


def _without_words(taught: Mapping[str, Taught]) -> Data:
    return {name: {"bias": each.bias, "told": each.told} for name, each in taught.items()}


class _Room:
    """Texts to learn from, as numbers."""

    def __init__(self, lessons: Sequence[Lesson], groups: Groups) -> None:
        self._fit: Fit = libraries()
        named = {root: f"{GROUP}{name}" for name, roots in groups.items() for root in roots}
        self._read = [_read(lesson, named) for lesson in lessons]
        self._told = [told_of(lesson.scores, lesson.sums) for lesson in lessons]
        counts = Counter(chain.from_iterable(words for words, _ in self._read))
        often = (word for word, count in counts.items() if count >= LEAST_TEXTS)
        self._words = sorted(filter(_is_read, often))
        self._at = {word: at for at, word in enumerate(self._words)}
        self.scored = sorted({slug for lesson in lessons for slug in lesson.scores})
        self.summed = [*sorted({sign for lesson in lessons for sign in lesson.sums}), SCORED]

    def taught(
        self, strength: float, loud: float, labels: Sequence[str | None], told: Sequence[str]
    ) -> dict[str, Taught]:
        """By label. labels: None for a text that is left out. told: what the terms say of a text
        that counts, at its loudest as much as ``loud``."""
        regression, matrix = self._fit
        shown = [at for at, label in enumerate(labels) if label is not None]
        cells = [*self._cells(shown, told, loud)]
        values, rows, places = zip(*cells, strict=True)
        fitted = regression(C=strength, max_iter=ROUNDS)
        fitted.fit(
            matrix((values, (rows, places)), shape=(len(shown), len(self._words) + len(told))),
            [labels[at] for at in shown],
        )
        weights, biases, names = fitted.coef_, fitted.intercept_, fitted.classes_
        if len(weights) == 1:
            names = names[1:]
        else:
            # What is added to a word's weights for all labels changes no share: so most are nought.
            weights = weights - np.median(weights, axis=0)
        weights = np.where(np.abs(weights) < LEAST_WEIGHT, 0, weights)
        steps = np.rint(weights[:, : len(self._words)] / STEP).astype(int).clip(-HEAVIEST, HEAVIEST)
        return {
            str(name): Taught(
                round(float(biases[at]), 2),
                _nonzero(told, weights[at, len(self._words) :] * loud),
                steps[at],
            )
            for at, name in enumerate(names)
        }

    def words(self, taught: Mapping[str, Taught]) -> dict[str, str]:
        """By word what it hints at."""
        by_word = np.array([each.steps for each in taught.values()]).T
        loud = np.abs(by_word).max(axis=1) >= round(LEAST_LOUDEST / STEP)
        return {
            word: said_of_weights({n: w for n, w in zip(taught, steps, strict=True) if w})
            for word, steps, is_kept in zip(self._words, by_word.tolist(), loud, strict=True)
            if is_kept
        }

    def _cells(
        self, shown: Sequence[int], told: Sequence[str], loud: float
    ) -> Iterator[tuple[float, int, int]]:
        """(value, row, column) of what is learned from: the words, then what the terms say."""
        behind = {name: at for at, name in enumerate(told, len(self._words))}
        for row, at in enumerate(shown):
            words, share = self._read[at]
            yield from ((share, row, self._at[word]) for word in words if word in self._at)
            for name, said in self._told[at].items():
                if name in behind:
                    yield said * loud, row, behind[name]


def _read(lesson: Lesson, named: Mapping[str, str]) -> tuple[set[str], float]:
    """What a text is learned by, and what each of it counts: as `Hints.weigh` adds it up."""
    read = words_and_pairs(lesson.roots)
    groups = {named[word] for word in read if word in named}
    return {*read, *groups}, 1 / sqrt(len(read) or 1)


def _is_read(word: str) -> bool:
    return word.startswith(GROUP) or TERM.fullmatch(word) is not None


def _nonzero(names: Sequence[str], weights: Any) -> dict[str, float]:
    return {n: round(float(w), 1) for n, w in zip(names, weights, strict=True) if w}


def cross_figures(lessons: Sequence[Lesson], groups: Groups) -> Data:
    """How often the right category is the first, or among three, where the writer was left out; and
    by the least share that is asked for how many texts have it, and how many of them rightly."""
    writers = sorted({lesson.writer for lesson in lessons})
    told: list[tuple[float, int]] = []
    for turn in range(TURNS):
        left_out = set(writers[turn::TURNS])
        hints = Hints(learn([each for each in lessons if each.writer not in left_out], groups))
        asked = (each for each in lessons if each.writer in left_out)
        told += [_told(each, hints) for each in asked if each.label is not None]
    return {
        "texts": len(told),
        "top_1": round(sum(place == 0 for _, place in told) / len(told), 4),
        "top_3": round(sum(place < 3 for _, place in told) / len(told), 4),
        "sure": {f"{least / 20:.2f}": _sure(told, least / 20) for least in range(6, 20)},
    }


def _told(lesson: Lesson, hints: Hints) -> tuple[float, int]:
    """The share of the first category, and at which place the right one stands."""
    logits = hints.weigh(lesson.roots, lesson.scores, lesson.sums).categories
    best = sorted(logits, key=lambda slug: -logits[slug])
    most = max(logits.values())
    share = 1 / sum(exp(logit - most) for logit in logits.values())
    return share, best.index(lesson.label) if lesson.label in best else len(best)


def _sure(told: Sequence[tuple[float, int]], least: float) -> list[float]:
    those = [place == 0 for share, place in told if share >= least]
    return [round(len(those) / len(told), 4), round(sum(those) / max(1, len(those)), 4)]


def written(data: Data) -> str:
    """As a file in which each word has a line, so that two of them compare."""
    members = ",\n".join(f" {json.dumps(name)}: {_lines(held)}" for name, held in data.items())
    return f"{{\n{members}\n}}\n"


def _lines(held: Any) -> str:
    if not isinstance(held, Mapping):
        return json.dumps(held)
    members = (f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in held.items())
    return "{\n" + ",\n".join(members) + "\n }"

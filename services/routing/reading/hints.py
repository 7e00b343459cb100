"""What the words of a text hint at: weights that were learned from labelled texts. Pure.

A term is written by somebody who knows what it means. One word alone says much less, and all words
of a text together say more than the few terms in it: so every word at its beginning and every pair
of neighbours has a weight for each category and for each sign, and words of one meaning share one
(``@selokan``). Logistic regression says how likely each is (``crm classifier learn`` makes the
weights anew); what the terms say is a part of what it is told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from math import sqrt
from struct import Struct
from typing import Any, Final, Literal

READ: Final = 60
"""Words of a text that are read: more of them made the answers no better."""
GROUP: Final = "@"
"""Begins the name of words with one meaning."""
STEP: Final = 0.1
"""Weights are whole numbers of steps."""
HEAVIEST: Final = 127
"""Steps of a weight. Those of all words and pairs of a text together have room in 16 bits."""
LOUDEST: Final = 14.0
"""A score of a category's terms above it says no more than this one."""
PLAINEST: Final = 10.0
"""Likewise a sum of a sign's terms, and one against it."""
SCORED: Final = "scored"
"""Stands among the sums of signs for the loudest score of a category."""
LOUDNESS: Final = 4096
"""How loudly the terms say something, in whole numbers: the loudest."""


@dataclass(frozen=True, slots=True)
class Hinted:
    """Logits: the higher, the likelier. ``categories``: by slug. ``signs``: by name."""

    categories: Mapping[str, float]
    signs: Mapping[str, float]


class Hints:
    """The weights, ready to be asked.

    A row of weights is one large integer that holds a number for each category and sign: so rows
    are added up without a loop over the categories, in a tenth of the time.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        """data: ``categories`` by slug and ``signs`` by name, each with its ``bias`` and with
        ``told`` (the weight of what the terms say, by category or sum); ``words``: by root, pair of
        roots or name of a group its weights in `STEP` (``jalan 20 saluran-air -5``); ``groups``: by
        name the roots of one meaning.
        """
        categories, signs = data["categories"], data["signs"]
        self._slugs, self._signs = tuple(categories), tuple(signs)
        targets = {**categories, **signs}
        self._of_words, self._of_terms = _Numbers(targets, bits=16), _Numbers(targets, bits=32)
        self._rows: dict[str | None, int] = {
            word: self._of_words.row(weights_of(said)) for word, said in data["words"].items()
        }
        told = {of for each in targets.values() for of in each["told"]}
        self._told = {
            of: self._of_terms.row(
                {name: round(each["told"].get(of, 0) / STEP) for name, each in targets.items()}
            )
            for of in told
        }
        self._bias = self._of_terms.row(
            {name: round(each["bias"] / STEP * LOUDNESS) for name, each in targets.items()}
        )
        own = [each["told"].get(slug, 0.0) for slug, each in categories.items()]
        # Of a category that a version of the rules has added nothing was learned.
        self._usual = sum(own) / max(1, len(own))
        self._rarest = min((each["bias"] for each in categories.values()), default=0.0)
        self._groups = dict(self._grouped(data["groups"]))

    def _grouped(self, groups: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
        for name in (f"{GROUP}{each}" for each in groups):
            if name in self._rows:
                yield from ((root, name) for root in groups[name.removeprefix(GROUP)])

    def weigh(
        self, roots: Sequence[str], scores: Mapping[str, float], sums: Mapping[str, float]
    ) -> Hinted:
        """roots: of a text. scores: of its terms by slug of the category, all above zero. sums: of
        its terms by sign."""
        read, told = words_and_pairs(roots), told_of(scores, sums)
        groups = set(map(self._groups.get, roots[:READ]))
        words = self._of_words.raised(sum(filter(None, map(self._rows.get, chain(read, groups)))))
        terms = self._of_terms.raised(self._loudly(told))
        share, loud = STEP / sqrt(len(read) or 1), STEP / LOUDNESS
        raised = self._of_words.raised_by * share + self._of_terms.raised_by * loud
        logits = [w * share + t * loud - raised for w, t in zip(words, terms, strict=True)]
        known = dict(zip(self._slugs, logits, strict=False))
        for slug in scores.keys() - known.keys():
            known[slug] = self._rarest + self._usual * told[slug]
        return Hinted(known, dict(zip(self._signs, logits[len(self._slugs) :], strict=True)))

    def _loudly(self, told: Mapping[str, float]) -> int:
        """The row of what the terms say, times `LOUDNESS`."""
        said = ((self._told.get(of, 0), loud) for of, loud in told.items())
        return self._bias + sum([row * round(loud * LOUDNESS) for row, loud in said if row])

    def speaking(self, roots: Sequence[str], slug: str) -> Iterator[tuple[int, int, int]]:
        """What hints at a category: the steps of its weight, and the words at which it begins and
        ends, the end excluded."""
        if slug not in self._slugs:
            return
        at, read = self._slugs.index(slug), roots[:READ]
        for begin, root in enumerate(read):
            steps = self._steps(root, at) + self._steps(self._groups.get(root), at)
            if steps > 0:
                yield steps, begin, begin + 1
        for begin, pair in enumerate(map(" ".join, pairwise(read))):
            if (steps := self._steps(pair, at)) > 0:
                yield steps, begin, begin + 2

    def _steps(self, written: str | None, at: int) -> int:
        row = self._rows.get(written)
        return 0 if row is None else self._of_words.number(row, at)


class _Numbers:
    """Whole numbers side by side in one large integer, a row, one for each target."""

    def __init__(self, targets: Iterable[str], bits: Literal[16, 32]) -> None:
        """bits: of a number, with that of its sign."""
        self._bits = bits
        self._shifts = {name: bits * at for at, name in enumerate(targets)}
        self._numbers = Struct(f"<{len(self._shifts)}{'H' if bits == 16 else 'I'}")
        self.raised_by = 1 << (bits - 1)
        self._raised = self.row(dict.fromkeys(self._shifts, self.raised_by))

    def row(self, numbers: Mapping[str, int]) -> int:
        """numbers: by target; nought where one is not named."""
        return sum(number << self._shifts[name] for name, number in numbers.items())

    def raised(self, row: int) -> tuple[int, ...]:
        """The numbers of a row, each greater by `raised_by`: so that none is below zero."""
        whole = (row + self._raised).to_bytes(self._numbers.size, "little")
        return self._numbers.unpack(whole)

    def number(self, row: int, at: int) -> int:
        """One number of a row."""
        rest = (row + self._raised) >> self._bits * at
        return (rest & ((1 << self._bits) - 1)) - self.raised_by


def words_and_pairs(roots: Sequence[str]) -> Mapping[str, None]:
    """What is read of a text: its first words and the pairs of neighbours among them, once each."""
    read = roots[:READ]
    return dict.fromkeys([*read, *map(" ".join, pairwise(read))])


def told_of(scores: Mapping[str, float], sums: Mapping[str, float]) -> Mapping[str, float]:
    """What the terms say, -1 to 1: by slug of the category, by name of the sum of a sign."""
    loud = {slug: min(score, LOUDEST) / LOUDEST for slug, score in scores.items()}
    plain = {name: max(-1.0, min(1.0, said / PLAINEST)) for name, said in sums.items()}
    return {**loud, **plain, SCORED: max(loud.values(), default=0.0)}


def weights_of(said: str) -> dict[str, int]:
    """By target the weight of a word, in `STEP`, as a file of hints says it."""
    pieces = said.split()
    return dict(zip(pieces[::2], map(int, pieces[1::2]), strict=True))


def said_of_weights(weights: Mapping[str, int]) -> str:
    """The other way round."""
    return " ".join(f"{name} {steps}" for name, steps in weights.items())

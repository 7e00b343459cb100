"""Terms as data say them, and where they stand in a text. Pure.

All phrases of all terms are looked for in one pass (Aho-Corasick) over the roots of the words: a
loop of patterns took a hundred times as long. A phrase within a longer one is not counted: who
writes of a ``lampu jalan`` does not write of a street.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from typing import Any, NamedTuple

from ahocorasick_rs import AhoCorasick

from services.routing.reading.normalising import Words

NOT = "bukan"
"""The root before a word that is denied."""
NEAR = 7
"""Words between the beginnings of two parts of a term that still belong together."""

_BRACES = re.compile(r"\{([^{}]*)\}")
_NAMED = re.compile(r"@([a-z]+)")


@dataclass(frozen=True, slots=True)
class Term:
    """What speaks for a target. Each part is a set of phrases of which one must stand in the text;
    several parts stand near each other, in any order."""

    target: str
    weight: float
    parts: tuple[frozenset[int], ...]


class Found(NamedTuple):
    """A term in a text: the words at which its parts begin and end, the end excluded."""

    term: Term
    places: tuple[tuple[int, int], ...]


def denied(found: Found, words: Words) -> bool:
    """Whether the matter is said not to be this: ``bukan banjir, pipanya pecah``."""
    return any(start and words.roots[start - 1] == NOT for start, _ in found.places)


class Terms:
    """Terms that are looked for together."""

    def __init__(
        self, phrases: Sequence[str], terms: Sequence[Term], *, nested: bool = False
    ) -> None:
        """phrases: roots with one space between; a term's parts are places in this list. nested:
        phrases within longer ones count too."""
        self._nested = nested
        self._automaton = AhoCorasick([f" {phrase} " for phrase in phrases])
        self._lengths = [phrase.count(" ") + 1 for phrase in phrases]
        self._alone: dict[int, list[Term]] = {}
        self._joined: dict[int, list[tuple[Term, tuple[frozenset[int], ...]]]] = {}
        uses = _uses(terms)
        for term in terms:
            rarest = min(term.parts, key=lambda part: max(uses[each] for each in part))
            others = tuple(part for part in term.parts if part is not rarest)
            for phrase in rarest:
                if others:
                    self._joined.setdefault(phrase, []).append((term, others))
                else:
                    self._alone.setdefault(phrase, []).append(term)

    def find(self, words: Words) -> list[Found]:
        """Each term that stands in the text, once, at its first place."""
        places = self._phrases(words)
        present = set(places)
        found: dict[int, Found] = {}
        for phrase, at in places.items():
            length = self._lengths[phrase]
            for term in self._alone.get(phrase, ()):
                found.setdefault(id(term), Found(term, ((at[0], at[0] + length),)))
            for term, others in self._joined.get(phrase, ()):
                if others[0].isdisjoint(present) or id(term) in found:
                    continue
                if near := self._near(others, phrase, places, present):
                    found[id(term)] = Found(term, near)
        return list(found.values())

    def _phrases(self, words: Words) -> Mapping[int, list[int]]:
        """By phrase the words at which it begins, without those within a longer one."""
        ends = list(accumulate((len(root) + 1 for root in words.roots), initial=0))
        hits = self._automaton.find_matches_as_indexes(
            f" {' '.join(words.roots)} ", overlapping=True
        )
        hits.sort(key=lambda hit: (hit[1], -hit[2]))
        found: dict[int, list[int]] = {}
        reached = 0
        for phrase, start, end in hits:
            if end > reached or self._nested:
                found.setdefault(phrase, []).append(bisect_left(ends, start))
                reached = max(reached, end)
        return found

    def _near(
        self,
        others: Sequence[frozenset[int]],
        phrase: int,
        places: Mapping[int, list[int]],
        present: set[int],
    ) -> tuple[tuple[int, int], ...] | None:
        """Where the other parts stand near the phrase, if all of them do."""
        if any(part.isdisjoint(present) for part in others):
            return None
        length = self._lengths[phrase]
        for at in places[phrase]:
            near = [self._nearest(part & present, (at, at + length), places) for part in others]
            if None not in near:
                return tuple(sorted([(at, at + length), *(each for each in near if each)]))
        return None

    def _nearest(
        self, phrases: frozenset[int], span: tuple[int, int], places: Mapping[int, list[int]]
    ) -> tuple[int, int] | None:
        """The first of the phrases' places near a span and beside it: a ``mobil dinas`` is no
        ``dinas`` that has one."""
        begin, end = span
        for phrase in phrases:
            length = self._lengths[phrase]
            for other in places[phrase]:
                beside = other >= end or other + length <= begin
                if beside and abs(other - begin) <= NEAR:
                    return other, other + length
        return None


def read_terms(
    data: Mapping[str, Mapping[str, Sequence[str]]],
    lists: Mapping[str, Sequence[str]],
    roots: Callable[[str], Sequence[str]],
    *,
    nested: bool = False,
) -> Terms:
    """Terms from data: by target and weight the terms as people write them.

    lists: words by the name that a term calls them by (``@name``). roots: of the words of a phrase.
    Raises ValueError naming the target and the term that cannot be read.
    """
    phrases: dict[str, int] = {}
    terms: list[Term] = []
    for target, by_weight in data.items():
        for weight, written in by_weight.items():
            for each in written:
                try:
                    parts = tuple(_part(part, lists, roots, phrases) for part in each.split(" + "))
                except (ValueError, KeyError) as error:
                    raise ValueError(f"{target}: the term {each!r} cannot be read") from error
                terms.append(Term(target, float(weight), parts))
    return Terms(tuple(phrases), terms, nested=nested)


def _part(
    written: str,
    lists: Mapping[str, Sequence[str]],
    roots: Callable[[str], Sequence[str]],
    phrases: dict[str, int],
) -> frozenset[int]:
    found: set[int] = set()
    for variant in _variants(_NAMED.sub(lambda name: f"{{{','.join(lists[name[1]])}}}", written)):
        phrase = " ".join(roots(variant))
        if not phrase:
            raise ValueError("no words")
        found.add(phrases.setdefault(phrase, len(phrases)))
    return frozenset(found)


def _variants(written: str) -> Iterator[str]:
    """``a {b,c}`` is ``a b`` and ``a c``."""
    pieces = _BRACES.split(written)
    choices = [piece.split(",") if at % 2 else [piece] for at, piece in enumerate(pieces)]
    return ("".join(choice) for choice in product(*choices))


def _uses(terms: Iterable[Term]) -> Mapping[int, int]:
    """How many terms use each phrase: the rarest one is looked up, the others only tried."""
    uses: dict[int, int] = {}
    for term in terms:
        for part in term.parts:
            for phrase in part:
                uses[phrase] = uses.get(phrase, 0) + 1
    return uses


def read_lists(data: Any) -> Mapping[str, Sequence[str]]:
    """The named lists of words of a file of terms."""
    return {name: tuple(words) for name, words in data["words"].items()}

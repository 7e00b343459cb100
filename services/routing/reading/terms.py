"""Terms as data say them, and where they stand in a text. Pure.

All phrases of all terms are looked for in one pass (Aho-Corasick) over the roots of the words: a
loop of patterns took a hundred times as long. A phrase within a longer one is not counted: who
writes of a ``lampu jalan`` does not write of a street.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product, repeat
from math import prod
from operator import itemgetter
from typing import Any, TypeAlias

from ahocorasick_rs import AhoCorasick

from services.routing.reading.normalising import Words

NOT = "bukan"
"""The root before a word that is denied."""
NEAR = 7
"""Words between the beginnings of two parts of a term that still belong together."""

_BLOCK = 3
"""Words are taken by blocks of two to this power, so that what stands near a word begins in its
block or in the next one on either side: no block is shorter than `NEAR`."""
_EVERYWHERE = -1
"""Stands for all blocks: a phrase that is said more than once may have what it needs at any."""

_BRACES = re.compile(r"\{([^{}]*)\}")
_NAMED = re.compile(r"@([a-z]+)")
BEGIN = itemgetter(1)
"""The word at which one of `Hits` begins: they are in the order of it."""
_OTHER = "\0"
"""Stands for a root that is in no phrase."""
_FIRST_LETTER = 0x3400
_LETTERS = 0xD800 - _FIRST_LETTER
"""So many are there up to the surrogates. Those above would make all that is found slower: they
take twice the room."""


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """What speaks for a target, which is a ``group`` or a ``group/sub``. Each part is a set of
    phrases of which one must stand in the text; several parts stand near each other, in any
    order."""

    target: str
    group: str
    sub: str
    weight: float
    parts: tuple[tuple[int, ...], ...]


Places: TypeAlias = tuple[tuple[int, int], ...]
"""The words at which the parts of a term begin and end, the end excluded."""
Found: TypeAlias = tuple[Term, Places]
"""A term in a text."""
Hits: TypeAlias = Sequence[tuple[int, int, int]]
"""The numbers of the phrases in a text with the words at which each begins and ends, the end
excluded: by the first, of several at one word the longest first."""
_Joined: TypeAlias = tuple[frozenset[int], Term, tuple[frozenset[int], ...]]
"""A term of several parts: a part that must stand near its rarest one, and the other parts."""


class Phrases:
    """The phrases that all terms are made of, numbered as they come. roots: of written words.

    Each root has a letter of its own: so a text is as long as it has words, and where a phrase
    stands in it needs no counting.
    """

    def __init__(self, roots: Callable[[str], Sequence[str]]) -> None:
        self._roots = roots
        self._letters: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._written: dict[tuple[str, ...], str] = {}

    def number(self, written: str) -> int:
        """Raises ValueError where nothing is written."""
        roots = tuple(self._roots(written))
        phrase = "".join(map(self._letter, roots))
        if not phrase:
            raise ValueError("no words")
        self._written.setdefault(roots, written)
        return self._numbers.setdefault(phrase, len(self._numbers))

    def _letter(self, root: str) -> str:
        if len(self._letters) >= _LETTERS:
            raise ValueError(f"the terms have more than {_LETTERS} different roots")
        return self._letters.setdefault(root, chr(_FIRST_LETTER + len(self._letters)))

    def written(self) -> Mapping[tuple[str, ...], str]:
        """Each phrase by its roots, as the data write it first."""
        return self._written

    @property
    def count(self) -> int:
        """Phrases that are numbered by now."""
        return len(self._numbers)

    def lengths(self) -> Sequence[int]:
        """Words of each phrase."""
        return list(map(len, self._numbers))

    def finder(self) -> "PhraseFinder":
        """For the phrases that are numbered by now."""
        return PhraseFinder(self._letters, tuple(self._numbers))


class PhraseFinder:
    """Finds all phrases of a text in one pass."""

    def __init__(self, letters: Mapping[str, str], phrases: Sequence[str]) -> None:
        """letters: one for each root. phrases: of these letters."""
        self._letters = letters
        self._automaton = AhoCorasick(phrases)

    def find(self, words: Words) -> Hits:
        """Every phrase that stands in the text, those within longer ones too."""
        letters = "".join(map(self._letters.get, words.roots, repeat(_OTHER)))
        found = self._automaton.find_matches_as_indexes(letters, overlapping=True)
        # They come by their ends: reversed, the longer of those with one beginning is first.
        found.reverse()
        found.sort(key=BEGIN)
        return found


def denials(words: Words) -> frozenset[int]:
    """The words that are said not to be meant: ``bukan banjir, pipanya pecah``."""
    roots = words.roots
    if NOT not in roots:
        return frozenset()
    return frozenset(at + 1 for at, root in enumerate(roots) if root == NOT)


class Terms:
    """Terms that are looked for together."""

    def __init__(
        self, terms: Sequence[Term], lengths: Sequence[int], *, nested: bool = False
    ) -> None:
        """lengths: words of each phrase. nested: phrases within longer ones count too."""
        self._nested = nested
        self._lengths = lengths
        uses = _uses(terms)
        self._own = bytes(phrase in uses for phrase in range(len(lengths)))
        by_phrase = _by_phrase(terms, uses)
        # Thousands of phrases, most with one term: tuples of one take half of what lists take.
        self._by_phrase = [
            None if found is None else (tuple(found[0]), tuple(found[1]))
            for found in map(by_phrase.get, range(len(lengths)))
        ]
        """Of each phrase the terms that are that alone, and those of which it is the rarest."""

    def find(self, hits: Hits) -> list[Found]:
        """Each term that stands in the text, once, at its first place."""
        by_phrase, lengths = self._by_phrase, self._lengths
        places = self._own_phrases(hits)
        present = set(places)
        found: dict[Term, Places] = {}
        for phrase, at in places.items():
            terms = by_phrase[phrase]
            if terms is None:
                continue
            alone, joined = terms
            if alone:
                place = ((at[0], at[0] + lengths[phrase]),)
                for term in alone:
                    found.setdefault(term, place)
            for first, term, rest in joined:
                # Asked before anything is called: most terms of several parts end here.
                if first.isdisjoint(present) or term in found:
                    continue
                if near := self._near(first & present, rest, phrase, places):
                    found[term] = near
        return list(found.items())

    def _own_phrases(self, hits: Hits) -> Mapping[int, list[int]]:
        """By phrase of these terms the words at which it begins, without those within a longer
        one."""
        own, nested = self._own, self._nested
        found: dict[int, list[int]] = {}
        reached = 0
        for phrase, at, end in hits:
            if own[phrase]:
                if end > reached:
                    reached = end
                elif not nested:
                    continue
                if phrase in found:
                    found[phrase].append(at)
                else:
                    found[phrase] = [at]
        return found

    def _near(
        self,
        first: Iterable[int],
        rest: Sequence[frozenset[int]],
        phrase: int,
        places: Mapping[int, list[int]],
    ) -> Places | None:
        """Where the other parts stand near the phrase, if all of them do. first: what the text has
        of the first of them."""
        length = self._lengths[phrase]
        for at in places[phrase]:
            end = at + length
            place = self._nearest(first, at, end, places)
            if place is None:
                continue
            if not rest:
                return (place, (at, end)) if place < (at, end) else ((at, end), place)
            near = [self._nearest(part & places.keys(), at, end, places) for part in rest]
            if None not in near:
                return tuple(sorted([(at, end), place, *filter(None, near)]))
        return None

    def _nearest(
        self, phrases: Iterable[int], begin: int, end: int, places: Mapping[int, list[int]]
    ) -> tuple[int, int] | None:
        """The first of the phrases' places near a span and beside it: a ``mobil dinas`` is no
        ``dinas`` that has one."""
        least, most = begin - NEAR, begin + NEAR
        for phrase in phrases:
            for other in places[phrase]:
                if least <= other <= most:
                    beyond = other + self._lengths[phrase]
                    if other >= end or beyond <= begin:
                        return other, beyond
        return None


def read_terms(
    data: Mapping[str, Mapping[str, Sequence[str]]],
    lists: Mapping[str, Sequence[str]],
    phrases: Phrases,
) -> Sequence[Term]:
    """Terms from data: by target and weight the terms as people write them. Their phrases are
    numbered in ``phrases``.

    lists: words by the name that a term calls them by (``@name``).
    Raises ValueError naming the target and the term that cannot be read.
    """
    terms: list[Term] = []

    # Many terms have a part in common, and it is made and kept once.
    @cache
    def part(written: str) -> tuple[int, ...]:
        return _part(written, lists, phrases)

    for target, by_weight in data.items():
        group, _, sub = target.partition("/")
        for weight, written in by_weight.items():
            for each in written:
                try:
                    parts = tuple(map(part, each.split(" + ")))
                except (ValueError, KeyError) as error:
                    raise ValueError(f"{target}: the term {each!r} cannot be read") from error
                terms.append(Term(target, group, sub, float(weight), parts))
    return terms


def count_variants(written: str, lists: Mapping[str, Sequence[str]]) -> int:
    """Phrases that a term stands for, before any is made. Raises KeyError for a list that is not
    there."""
    named = _NAMED.sub(lambda name: f"{{{','.join(lists[name[1]])}}}", written)
    parts = (_BRACES.findall(part) for part in named.split(" + "))
    return sum(prod(1 + piece.count(",") for piece in part) for part in parts)


def _part(written: str, lists: Mapping[str, Sequence[str]], phrases: Phrases) -> tuple[int, ...]:
    named = _NAMED.sub(lambda name: f"{{{','.join(lists[name[1]])}}}", written)
    return tuple(sorted({phrases.number(variant) for variant in _variants(named)}))


def _variants(written: str) -> Iterator[str]:
    """``a {b,c}`` is ``a b`` and ``a c``."""
    pieces = _BRACES.split(written)
    choices = [piece.split(",") if at % 2 else [piece] for at, piece in enumerate(pieces)]
    return ("".join(choice) for choice in product(*choices))


def _by_phrase(
    terms: Iterable[Term], uses: Mapping[int, int]
) -> Mapping[int, tuple[list[Term], list[_Joined]]]:
    found: defaultdict[int, tuple[list[Term], list[_Joined]]] = defaultdict(lambda: ([], []))
    # A set takes five times what a tuple takes, and most terms have one part: they need none.
    as_set: Callable[[tuple[int, ...]], frozenset[int]] = cache(frozenset)
    for term in terms:
        parts = list(term.parts)
        rarest = min(parts, key=lambda part: sum(map(uses.__getitem__, part)))
        parts.remove(rarest)
        others = tuple(map(as_set, parts))
        for phrase in rarest:
            alone, joined = found[phrase]
            if others:
                joined.append((others[0], term, others[1:]))
            else:
                alone.append(term)
    return found


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

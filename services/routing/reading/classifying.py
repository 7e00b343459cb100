"""Which categories a text is about, how sure that is, and the words that say so. Pure.

Each term that stands in the text speaks for its category with its weight: more at the beginning of
the text than further on, and the second term less than the first, so that a long letter does not
outweigh a short one. Scores become shares: what one category has, all others have not.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from operator import mul
from typing import TypeAlias

from services.routing.reading.normalising import Words
from services.routing.reading.terms import Found, Places, Term, denials

SHOWN = 5
"""Categories that are told of a text."""
MOST_TERMS = 5
"""Terms that are told of a category."""
TEMPERATURE = 2.0
SILENCE = 3.0
"""What the supposition weighs that a text is about nothing that we know: a lone hint must not
count as certain."""
CHOSEN = 2.7
"""What the reporter's own choice weighs: less than one clear phrase, as citizens choose wrong."""
FIRST = 1.5
"""What it weighs to be spoken of before all others: what is wrong is said first, and where after
it."""
PLAIN = 4.0
"""From this weight on a term is more than a hint."""
HINT = 2.0
"""What weighs less where it stands does not count as speaking of a category."""
SIGNED = 12.0
"""What a sign weighs: who complains of an official's demand for money names the service too."""
_NEXT = (1.0, 0.55, 0.4, 0.3, 0.2, 0.15, 0.1)
"""The share that counts of the strongest term, the second and so on."""
_BESIDE = (
    "depan", "dekat", "samping", "seberang", "belakang", "sebelah", "arah", "tuju", "kolong",
    "sekitar", "stasiun", "samsat", "area", "simpang", "bawah", "antara", "perempatan",
    "pertigaan", "patok", "kawasan",
)  # fmt: skip
"""Roots of words after which a place is named by what stands there: ``di depan halte``."""
_BY_THE_WAY, _WHERE = 0.3, 0.6
_AFTER = dict.fromkeys(_BESIDE, _BY_THE_WAY) | {"di": _WHERE}
"""The share that counts of a term behind such a root: little, where it only tells the way."""
_NOWHERE = 1 << 30
"""Beyond the end of every text."""
_EARLY, _LATE, _LEAST = 25, 150, 0.6
"""Up to which word a term counts whole, and from which on only the least share of it."""
_BY_NUMBER = [
    max(_LEAST, 1 - (1 - _LEAST) * max(0, word - _EARLY) / (_LATE - _EARLY))
    for word in range(_LATE)
]
"""The share that counts of a term by the word at which it stands."""


Said: TypeAlias = tuple[Term, Places, float]
"""A term in a text, and the share of its weight that counts by where it stands."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A category that a text may be about, with the terms that say so."""

    slug: str
    sub: str | None
    confidence: float
    said: tuple[Said, ...]

    def quoted(self, words: Words) -> tuple[str, ...]:
        """The strongest terms as the reporter wrote them (class C1: never on the bus, never in a
        log)."""
        spans, source = words.spans(), words.source
        told: dict[str, None] = {}
        for places in self._speaking():
            pieces = [source[spans[start][0] : spans[end - 1][1]] for start, end in places]
            told.setdefault(" … ".join(pieces))
        return tuple(told)[:MOST_TERMS]

    def named(self, words: Words, written: Mapping[tuple[str, ...], str]) -> tuple[str, ...]:
        """The strongest terms as our data write them, so that nothing of the reporter's letters is
        in them. written: the data's phrases by their roots."""
        told: dict[str, None] = {}
        for places in self._speaking():
            pieces = [written.get(tuple(words.roots[start:end])) for start, end in places]
            told.setdefault(" … ".join(filter(None, pieces)))
        return tuple(filter(None, told))[:MOST_TERMS]

    def begins(self) -> int:
        """The word that first speaks of it; 0 where only a sign or a choice speaks for it."""
        return min((places[0][0] for places in self._plainly()), default=0)

    def times(self) -> int:
        """At how many places it is spoken of."""
        return len(self._plainly())

    def _plainly(self) -> set[Places]:
        """Where it is spoken of, not counting what is hinted at or said by the way."""
        return {places for term, places, share in self.said if term.weight * share >= HINT}

    def _speaking(self) -> Sequence[Places]:
        """Where terms stand that speak for the category, the strongest first."""
        speaks = [(term.weight, places) for term, places, _ in self.said if term.weight > 0]
        return [places for _, places in sorted(speaks, key=lambda one: -one[0])]


def rank(
    words: Words, found: Iterable[Found], chosen: str | None = None, signed: str | None = None
) -> tuple[Ranked, ...]:
    """The likeliest categories of a text, best first; empty where nothing speaks for any.

    found: the terms in the text. chosen: slug of the category that the reporter chose; it weighs as
    much as a hint. signed: slug of the category that a sign in the text speaks for; it weighs more
    than any term.
    """
    by_category = _by_category(found, words)
    scores = {slug: _score(said) for slug, said in by_category.items()}
    if signed is not None:
        scores[signed] = scores.get(signed, 0.0) + SIGNED
    said = {slug: score for slug, score in scores.items() if score > 0}
    if not said:
        return ()
    if len(said) > 1:
        said[_spoken_of_first(said, by_category)] += FIRST
    if chosen is not None:
        said[chosen] = said.get(chosen, 0.0) + CHOSEN
    shares = _shares(said)
    best = sorted(said, key=lambda slug: (-said[slug], slug))[:SHOWN]
    return tuple(
        Ranked(slug, _sub(by_category[slug]), shares[slug], tuple(by_category[slug]))
        for slug in best
    )


def _by_category(found: Iterable[Found], words: Words) -> dict[str, list[Said]]:
    denied, roots = denials(words), words.roots
    by_category: dict[str, list[Said]] = defaultdict(list)
    for term, places in found:
        word = places[0][0]
        share = _BY_NUMBER[word] if word < _LATE else _LEAST
        if word and len(places) == 1 and (before := roots[word - 1]) in _AFTER:
            share *= _AFTER[before]
        if denied and not denied.isdisjoint([start for start, _ in places]):
            share = 0.0
        by_category[term.group].append((term, places, share))
    return by_category


def _score(said: Sequence[Said]) -> float:
    if len(said) == 1:
        [(term, _, share)] = said
        return term.weight * share
    # Terms that say the same words again say nothing more: of each place the strongest counts.
    by_place: dict[Places, float] = {}
    for term, places, share in said:
        weight = term.weight * share
        if abs(weight) >= abs(by_place.get(places, 0.0)):
            by_place[places] = weight
    weighed = sorted(by_place.values(), reverse=True)
    speaks = [weight for weight in weighed if weight > 0]
    spoken: float = sum(map(mul, speaks, _NEXT))
    return spoken + sum(weighed[len(speaks) :])


def _spoken_of_first(scores: Mapping[str, float], said: Mapping[str, Sequence[Said]]) -> str:
    begins: dict[str, int] = {}
    for slug in scores:
        for term, places, share in said[slug]:
            # What is said by the way is not what it is about.
            if share > _WHERE and term.weight >= PLAIN:
                at = places[0][0]
                if at < begins.get(slug, _NOWHERE):
                    begins[slug] = at
    return min(scores, key=lambda slug: (begins.get(slug, _NOWHERE), -scores[slug], slug))


def _shares(scores: Mapping[str, float]) -> Mapping[str, float]:
    raised = {slug: exp(score / TEMPERATURE) for slug, score in scores.items()}
    whole = sum(raised.values()) + exp(SILENCE / TEMPERATURE)
    return {slug: each / whole for slug, each in raised.items()}


def _sub(said: Sequence[Said]) -> str | None:
    """The sub-category for which most speaks; none where only the category is named."""
    subs = {each[0].sub for each in said if each[0].sub}
    if len(subs) < 2:
        return next(iter(subs), None)
    scores = {sub: _score([each for each in said if each[0].sub == sub]) for sub in subs}
    return max(scores, key=lambda sub: (scores[sub], sub))

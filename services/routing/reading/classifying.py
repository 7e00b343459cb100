"""Which categories a text is about, how sure that is, and the words that say so. Pure.

Each term that stands in the text speaks for its category with its weight: more at the beginning of
the text than further on, and the second term less than the first, so that a long letter does not
outweigh a short one. Scores become shares: what one category has, all others have not.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

from services.routing.reading.normalising import Words
from services.routing.reading.terms import Found, Terms, denied

SHOWN = 5
"""Categories that are told of a text."""
MOST_TERMS = 5
"""Terms that are told of a category."""
TEMPERATURE = 1.5
SILENCE = 2.5
"""What the supposition weighs that a text is about nothing that we know: a lone hint must not
count as certain."""
CHOSEN = 2.0
"""What the reporter's own choice weighs: less than one clear phrase, as citizens choose wrong."""
FIRST = 1.5
"""What it weighs to be spoken of before all others: what is wrong is said first, and where after
it."""
PLAIN = 4.0
"""From this weight on a term is more than a hint."""
SIGNED = 12.0
"""What a sign weighs: who complains of an official's demand for money names the service too."""
_NEXT = (1.0, 0.55, 0.4, 0.3, 0.2, 0.15, 0.1)
"""The share that counts of the strongest term, the second and so on."""
_BESIDE = frozenset(
    {
        "depan", "dekat", "samping", "seberang", "belakang", "sebelah", "arah", "tuju", "kolong",
        "sekitar", "stasiun", "samsat", "area", "simpang", "bawah", "antara", "perempatan",
        "pertigaan", "patok", "kawasan",
    }
)  # fmt: skip
"""Roots of words after which a place is named by what stands there: ``di depan halte``."""
_BY_THE_WAY = 0.3
_AT, _WHERE = "di", 0.6
_EARLY, _LATE, _LEAST = 25, 150, 0.6
"""Up to which word a term counts whole, and from which on only the least share of it."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A category that a text may be about, with the terms that say so."""

    slug: str
    sub: str | None
    confidence: float
    found: tuple[Found, ...]

    def quoted(self, words: Words) -> tuple[str, ...]:
        """The strongest terms as the reporter wrote them (class C1: never on the bus, never in a
        log)."""
        spans, source = words.spans(), words.source
        told: dict[str, None] = {}
        speaks = [each for each in self.found if each.term.weight > 0]
        for each in sorted(speaks, key=lambda one: -one.term.weight):
            pieces = [source[spans[start][0] : spans[end - 1][1]] for start, end in each.places]
            told.setdefault(" … ".join(pieces))
        return tuple(told)[:MOST_TERMS]


def rank(
    words: Words, terms: Terms, chosen: str | None = None, signed: str | None = None
) -> tuple[Ranked, ...]:
    """The likeliest categories of a text, best first; empty where nothing speaks for any.

    chosen: slug of the category that the reporter chose; it weighs as much as a hint. signed: slug
    of the category that a sign in the text speaks for; it weighs more than any term.
    """
    by_category: dict[str, list[Found]] = defaultdict(list)
    for found in terms.find(words):
        by_category[found.term.target.partition("/")[0]].append(found)
    scores = {slug: _score(found, words) for slug, found in by_category.items()}
    if signed is not None:
        scores[signed] = scores.get(signed, 0.0) + SIGNED
    said = {slug: score for slug, score in scores.items() if score > 0}
    if not said:
        return ()
    if len(said) > 1:
        said[_spoken_of_first(said, by_category, words)] += FIRST
    if chosen is not None:
        said[chosen] = said.get(chosen, 0.0) + CHOSEN
    shares = _shares(said)
    best = sorted(said, key=lambda slug: (-said[slug], slug))[:SHOWN]
    return tuple(
        Ranked(slug, _sub(by_category[slug], words), shares[slug], tuple(by_category[slug]))
        for slug in best
    )


def _score(found: Sequence[Found], words: Words) -> float:
    # Terms that say the same words again say nothing more: of each place the strongest counts.
    by_place: dict[tuple[tuple[int, int], ...], float] = {}
    for each in found:
        weight = each.term.weight * _counts(each, words)
        by_place[each.places] = max(weight, by_place.get(each.places, weight), key=abs)
    weighed = by_place.values()
    speaks = sorted((weight for weight in weighed if weight > 0), reverse=True)
    against = sum(weight for weight in weighed if weight < 0)
    return sum(weight * share for weight, share in zip(speaks, _NEXT, strict=False)) + against


def _spoken_of_first(
    scores: Mapping[str, float], found: Mapping[str, Sequence[Found]], words: Words
) -> str:
    begins = {slug: _begins(found[slug], words) for slug in scores}
    return min(scores, key=lambda slug: (begins[slug], -scores[slug], slug))


def _begins(found: Sequence[Found], words: Words) -> int:
    """The first word that speaks for a category otherwise than by the way."""
    own = (
        place[0]
        for each in found
        if each.term.weight >= PLAIN and _counts(each, words) > _WHERE
        for place in each.places
    )
    return min(own, default=len(words.roots))


def _counts(found: Found, words: Words) -> float:
    """The share that counts of a term by where it stands: little, where it only tells the way."""
    if denied(found, words):
        return 0.0
    word = found.places[0][0]
    share = 1.0
    if len(found.places) == 1 and word:
        before = words.roots[word - 1]
        share = _BY_THE_WAY if before in _BESIDE else _WHERE if before == _AT else 1.0
    if word <= _EARLY:
        return share
    return share * max(_LEAST, 1 - (1 - _LEAST) * (word - _EARLY) / (_LATE - _EARLY))


def _shares(scores: Mapping[str, float]) -> Mapping[str, float]:
    raised = {slug: exp(score / TEMPERATURE) for slug, score in scores.items()}
    whole = sum(raised.values()) + exp(SILENCE / TEMPERATURE)
    return {slug: each / whole for slug, each in raised.items()}


def _sub(found: Sequence[Found], words: Words) -> str | None:
    """The sub-category for which most speaks; none where only the category is named."""
    by_sub: dict[str, list[Found]] = defaultdict(list)
    for each in found:
        sub = each.term.target.partition("/")[2]
        if sub:
            by_sub[sub].append(each)
    scores = {sub: _score(those, words) for sub, those in by_sub.items()}
    return max(scores, key=lambda sub: (scores[sub], sub)) if scores else None

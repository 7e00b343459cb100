"""What a text shows besides its category: officials, danger, no complaint, another's matter. Pure.

A sign is the sum of its terms, those against it taken off: ``kebakaran`` alone is no danger, as it
stands in reports of hydrants and of last year's fire too. What all words hint at (`hints`) decides
with these sums whether a sign is there.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from math import log
from typing import TypeAlias

from services.routing.reading.normalising import Words
from services.routing.reading.terms import Hits, Terms, denials

SHOWS = 4.0
"""From this sum on what no hints are learned of is there: a demand for money, a wish."""
SEEN = 0.3
"""From this probability on a sign is there that was learned: to miss an official, a danger or
another's matter is worse than to have people look once more."""
REACH = 30
"""Words within which something speaks against a danger."""

ABOUT_OFFICIAL = "about_official"
OFFICIAL_MONEY = "official_money"
EMERGENCY = "emergency"
NO_COMPLAINT = ("thanks", "advert", "question", "chat")
NOTHING = "nothing"
"""Neither a category, nor anything that is wrong or wanted."""
COMPLAINS = "complains"
OUTSIDE = "outside/"
IS_NO_COMPLAINT, IS_OUTSIDE = "no_complaint", "outside"
"""What `NO_COMPLAINT` and `OUTSIDE` are called where hints are learned of all of them together."""
LEARNT = (ABOUT_OFFICIAL, EMERGENCY, IS_NO_COMPLAINT, IS_OUTSIDE)

_SEEN_LOGIT = log(SEEN / (1 - SEEN))
Said: TypeAlias = tuple[float, int]
"""What a term weighs, and the word at which it begins."""


@dataclass(frozen=True, slots=True)
class OtherBody:
    """Who is competent instead of the city, and the address that a rejection names (for people)."""

    slug: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Signs:
    """about_official: misconduct of officials; never the unit's own matter. emergency: danger now,
    which 112 answers and we do not. no_complaint: what it is instead. outside: whose matter it is.
    """

    about_official: bool = False
    for_money: bool = False
    emergency: bool = False
    no_complaint: str | None = None
    outside: OtherBody | None = None
    complains: bool = False
    """Something is said to be wrong, or is wanted."""


def without_matter(signs: Signs) -> Signs:
    """The signs of a text that speaks for no category: where it says nothing that is wrong or
    wanted either, it is no complaint (``halo admin``)."""
    said = (signs.complains, signs.no_complaint, signs.outside, signs.emergency)
    return signs if any(said) else replace(signs, no_complaint=NOTHING)


def with_choice(signs: Signs) -> Signs:
    """The signs of a text whose reporter chose a category: where it says that something is wrong,
    it is a complaint unless its terms say what else it is."""
    hinted = signs.no_complaint == NOTHING and signs.complains
    return replace(signs, no_complaint=None) if hinted else signs


class SignReader:
    """Reads signs by given terms."""

    def __init__(self, terms: Terms, others: Mapping[str, OtherBody]) -> None:
        self._terms = terms
        self._others = others

    def of_hints(self, sums: Mapping[str, float], hinted: Mapping[str, float]) -> Signs:
        """The signs of a text. sums: of its terms (`sums`). hinted: logits of those of `LEARNT`."""
        return self._signs({sign for sign in LEARNT if hinted[sign] >= _SEEN_LOGIT}, sums)

    def of_terms(self, sums: Mapping[str, float]) -> Signs:
        """The signs of few words, which hint at little: what their terms say counts alone
        (``tolong`` is no danger yet)."""
        told = {**sums, IS_NO_COMPLAINT: max(sums.get(sign, 0.0) for sign in NO_COMPLAINT)}
        return self._signs({sign for sign in LEARNT if told.get(sign, 0.0) >= SHOWS}, sums)

    def _signs(self, seen: Set[str], sums: Mapping[str, float]) -> Signs:
        instead = max(NO_COMPLAINT, key=lambda sign: sums.get(sign, 0.0))
        official = ABOUT_OFFICIAL in seen
        return Signs(
            about_official=official,
            for_money=official and sums.get(OFFICIAL_MONEY, 0.0) >= SHOWS,
            emergency=EMERGENCY in seen,
            no_complaint=(instead if sums.get(instead, 0.0) > 0 else NOTHING)
            if IS_NO_COMPLAINT in seen
            else None,
            outside=self._other_body(sums) if IS_OUTSIDE in seen else None,
            complains=sums.get(COMPLAINS, 0.0) >= SHOWS,
        )

    def _other_body(self, sums: Mapping[str, float]) -> OtherBody | None:
        outside = [sign for sign, said in sums.items() if sign.startswith(OUTSIDE) and said > 0]
        body = max(outside, key=lambda sign: (sums[sign], sign), default=None)
        return self._others[body.removeprefix(OUTSIDE)] if body else None

    def sums(self, words: Words, hits: Hits) -> dict[str, float]:
        """By sign what its terms weigh together. hits: the phrases in the text."""
        sums = dict(self._sums(words, hits))
        outside = [said for sign, said in sums.items() if sign.startswith(OUTSIDE)]
        return {**sums, IS_OUTSIDE: max(outside, default=0.0)}

    def _sums(self, words: Words, hits: Hits) -> Iterator[tuple[str, float]]:
        denied = denials(words)
        said: dict[str, list[Said]] = {}
        for term, places in self._terms.find(hits):
            if denied and not denied.isdisjoint([start for start, _ in places]):
                continue
            if term.target in said:
                said[term.target].append((term.weight, places[0][0]))
            else:
                said[term.target] = [(term.weight, places[0][0])]
        for sign, those in said.items():
            if len(those) == 1:
                yield sign, those[0][0]
            else:
                yield sign, _sum(_beside(those) if sign == EMERGENCY else those)


def _beside(said: Sequence[Said]) -> Sequence[Said]:
    """All that speaks for a danger, and what speaks against it near that: in a long letter somebody
    is in danger, though another sentence tells of last year."""
    speaks = [at for weight, at in said if weight > 0]
    return [
        (weight, at)
        for weight, at in said
        if weight > 0 or any(abs(at - other) <= REACH for other in speaks)
    ]


def _sum(said: Sequence[Said]) -> float:
    """The strongest term, half of each other, and all that speaks against it once."""
    weights = sorted([weight for weight, _ in said], reverse=True)
    speaks = [weight for weight in weights if weight > 0]
    return sum(speaks[:1]) + sum(speaks[1:4]) / 2 + sum(weights[len(speaks) :])

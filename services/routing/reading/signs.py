"""What a text shows besides its category: officials, danger, no complaint, another's matter. Pure.

A sign is the sum of its terms, those against it taken off: ``kebakaran`` alone is no danger, as it
stands in reports of hydrants and of last year's fire too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from services.routing.reading.normalising import Words
from services.routing.reading.terms import Hits, Terms, denials

SHOWS = 4.0
"""From this sum on a sign counts."""
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


class SignReader:
    """Reads signs by given terms."""

    def __init__(self, terms: Terms, others: Mapping[str, OtherBody]) -> None:
        self._terms = terms
        self._others = others

    def read(self, words: Words, hits: Hits) -> Signs:
        """The signs of a text. hits: the phrases in it."""
        shown = {sign: total for sign, total in self._sums(words, hits) if total >= SHOWS}
        outside = [sign for sign in shown if sign.startswith(OUTSIDE)]
        instead = [sign for sign in NO_COMPLAINT if sign in shown]
        body = max(outside, key=lambda sign: (shown[sign], sign)) if outside else None
        return Signs(
            about_official=ABOUT_OFFICIAL in shown,
            for_money={ABOUT_OFFICIAL, OFFICIAL_MONEY} <= shown.keys(),
            emergency=EMERGENCY in shown,
            no_complaint=max(instead, key=shown.__getitem__) if instead else None,
            outside=self._others[body.removeprefix(OUTSIDE)] if body else None,
            complains=COMPLAINS in shown,
        )

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

"""Which categories a text is about, how sure that is, and the words that say so. Pure.

Each term that stands in the text speaks for its category with its weight: more at the beginning of
the text than further on, and the second term less than the first, so that a long letter does not
outweigh a short one. What the terms say and what all words hint at (`hints`) becomes shares: what
one category has, all others have not.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from operator import mul
from typing import TypeAlias

from services.routing.reading.hints import Hints
from services.routing.reading.normalising import Words
from services.routing.reading.terms import Found, Places, Term, denials

SHOWN = 5
"""Categories that are told of a text."""
MOST_TERMS = 5
"""Terms that are told of a category."""
FEW = 10
"""Roots of words: up to so many hint at little. One clear term of theirs names a category."""
VAGUE = 0.4
"""Where no category has a larger share, more words hint at little too. Words that do name none
without a term, beside a choice their terms alone count (``dekat halte`` is no word against what the
reporter chose), and a clear term of few words decides."""
CLEAR, UNRIVALLED = 0.85, 0.7
"""From the first share on, or from the second where no other category is spoken of, the terms of
few words name a category: one clear term does, a hint alone does not (``Tolong dibantu`` is no
matter of the Dinas Sosial)."""
MENTIONED = 0.05
"""From this share on another category came into question."""
SURE_OF_TEXT = 0.9
"""From this share on the words alone name the category, against the reporter's choice too: nineteen
in twenty of them name it rightly (decision 0098)."""
LEAST_SHARE = 0.01
"""Of a category that is told beside the likeliest one."""
CHOSEN = 1.35
"""What the reporter's own choice adds to the logarithm of its category's odds: less than one clear
phrase, as citizens choose wrong."""
FIRST = 1.5
"""What it weighs to be spoken of before all others: what is wrong is said first, and where after
it."""
PLAIN = 4.0
"""From this weight on a term is more than a hint."""
DECIDES = 12.0
"""From this weight on a term names its category in a text of any length, whatever all words hint
at: so an administrator makes a matter known of which nothing was learned. No shipped term has it.
"""
SIGNED = 6.0
"""What a sign adds in the same way: who complains of an official's demand for money names the
service too."""
_TEMPERATURE = 2.0
_NOTHING, _SILENCE = "", 3.0
"""What the supposition weighs that a text is about nothing that we know."""
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
    """A category that a text may be about, with the terms that say so and what hints at it."""

    slug: str
    sub: str | None
    confidence: float
    said: tuple[Said, ...]
    hints: Hints | None = None
    """None: by its terms and the reporter's choice alone."""

    def came_up(self) -> bool:
        """Whether it is likely enough to be mentioned, or the text speaks of it by a term."""
        return self.confidence >= MENTIONED or bool(self._speaking())

    def quoted(self, words: Words) -> tuple[str, ...]:
        """The strongest terms as the reporter wrote them, then the strongest hints (class C1: never
        on the bus, never in a log)."""
        spans, source = words.spans(), words.source
        told: dict[str, None] = {}
        for places in (*self._speaking(), *self._hinting(words)):
            pieces = [source[spans[start][0] : spans[end - 1][1]] for start, end in places]
            told.setdefault(" … ".join(pieces))
        return tuple(told)[:MOST_TERMS]

    def named(self, words: Words, written: Mapping[tuple[str, ...], str]) -> tuple[str, ...]:
        """The strongest terms and hints as our data write them, so that nothing of the reporter's
        letters is in them. written: the data's phrases by their roots."""
        told: dict[str, None] = {}
        for places in self._speaking():
            pieces = [written.get(tuple(words.roots[start:end])) for start, end in places]
            told.setdefault(" … ".join(filter(None, pieces)))
        for ((start, end),) in self._hinting(words):
            told.setdefault(" ".join(words.roots[start:end]))
        return tuple(filter(None, told))[:MOST_TERMS]

    def _speaking(self) -> Sequence[Places]:
        """Where terms stand that speak for the category, the strongest first."""
        speaks = [(term.weight, places) for term, places, _ in self.said if term.weight > 0]
        return [places for _, places in sorted(speaks, key=lambda one: -one[0])]

    def _hinting(self, words: Words) -> Sequence[Places]:
        """Likewise the words that hint at it, where terms leave room; those within a term not."""
        if self.hints is None or len(self.said) >= MOST_TERMS:
            return ()
        taken = {
            at for _, places, _ in self.said for begin, end in places for at in range(begin, end)
        }
        found = self.hints.speaking(words.roots, self.slug)
        free = [each for each in found if taken.isdisjoint(range(each[1], each[2]))]
        strongest = sorted(free, key=lambda each: (-each[0], each[1]))[:MOST_TERMS]
        return [((begin, end),) for _, begin, end in strongest]


def rank(
    words: Words,
    said: Mapping[str, Sequence[Said]],
    scores: Mapping[str, float],
    logits: Mapping[str, float],
    hints: Hints,
    chosen: str | None = None,
    signed: str | None = None,
) -> tuple[Ranked, ...]:
    """The likeliest categories of a text, best first; empty where nothing speaks for any.

    said, scores: its terms by category, and what they weigh. logits: what they and the hints say,
    by category. chosen: slug of the category that the reporter chose; it weighs less than a clear
    phrase. signed: slug of the category that a sign in the text speaks for; it weighs more than any
    term.
    """
    few, shares = len(words.roots) <= FEW, _shares(logits)
    vague = max(shares.values()) < VAGUE
    plain = plainly(shares_of_terms(scores, chosen, signed)) if few else None
    by_choice = chosen is not None or not (scores or signed)
    if (vague and plain) or ((few or vague) and by_choice):
        return rank_by_terms(said, scores, chosen, signed)
    if chosen is not None or signed is not None:
        shares = _shares(_weighed(logits, chosen, signed, min(logits.values())))
    named = [slug for slug in scores if _is_named(said[slug])]
    if len(named) == 1:
        shares = _raised(shares, named[0])
    return _ranked(said, scores, shares, plain, hints)


def _is_named(said: Sequence[Said]) -> bool:
    """Whether a heavy term stands there that is neither denied nor said by the way."""
    return any(term.weight >= DECIDES and share > _WHERE for term, _, share in said)


def rank_by_terms(
    said: Mapping[str, Sequence[Said]],
    scores: Mapping[str, float],
    chosen: str | None,
    signed: str | None,
) -> tuple[Ranked, ...]:
    """Likewise, of words that hint at little beside a choice."""
    if not scores and signed is None:
        return ()
    shares = shares_of_terms(scores, chosen, signed)
    return _ranked(said, scores, shares, plainly(shares), None)


def _ranked(
    said: Mapping[str, Sequence[Said]],
    scores: Mapping[str, float],
    shares: dict[str, float],
    plain: str | None,
    hints: Hints | None,
) -> tuple[Ranked, ...]:
    """plain: a category that terms name plainly."""
    best = sorted(shares, key=shares.__getitem__, reverse=True)[:SHOWN]
    if best[0] == plain:
        shares = _raised(shares, plain)
    return tuple(
        Ranked(slug, _sub(said.get(slug, ())), shares[slug], tuple(said.get(slug, ())), hints)
        for slug in best
        if slug == best[0] or slug in scores or shares[slug] >= LEAST_SHARE
    )


def _weighed(
    logits: Mapping[str, float], chosen: str | None, signed: str | None, unsaid: float
) -> Mapping[str, float]:
    """With what the reporter chose and a sign speaks for. unsaid: of a category that is missing."""
    weighed = dict(logits)
    for slug, weight in ((signed, SIGNED), (chosen, CHOSEN)):
        if slug is not None:
            weighed[slug] = weighed.get(slug, unsaid) + weight
    return weighed


def _shares(logits: Mapping[str, float]) -> dict[str, float]:
    most = max(logits.values())
    raised = [exp(logit - most) for logit in logits.values()]
    whole = sum(raised)
    return {slug: each / whole for slug, each in zip(logits, raised, strict=True)}


def shares_of_terms(
    scores: Mapping[str, float], chosen: str | None, signed: str | None
) -> dict[str, float]:
    """What the terms of a text say alone, the choice and the sign weighed in."""
    logits = {slug: score / _TEMPERATURE for slug, score in scores.items()}
    shares = _shares({**_weighed(logits, chosen, signed, 0.0), _NOTHING: _SILENCE / _TEMPERATURE})
    del shares[_NOTHING]
    return shares


def plainly(told: Mapping[str, float]) -> str | None:
    """The category that terms name plainly; None: they leave it open."""
    if not told:
        return None
    best, *others = sorted(told, key=told.__getitem__, reverse=True)
    has_rival = any(told[slug] >= MENTIONED for slug in others)
    return best if told[best] >= (CLEAR if has_rival else UNRIVALLED) else None


def _raised(shares: dict[str, float], plain: str) -> dict[str, float]:
    """With the share of what is named plainly as high as that of what is sure."""
    if shares[plain] >= SURE_OF_TEXT:
        return shares
    left = (1 - SURE_OF_TEXT) / (1 - shares[plain])
    return {slug: share * left for slug, share in shares.items()} | {plain: SURE_OF_TEXT}


def said_of(found: Iterable[Found], words: Words) -> dict[str, list[Said]]:
    """By category the terms that stand in a text."""
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


def scores_of(said: Mapping[str, Sequence[Said]]) -> dict[str, float]:
    """What the terms of each category weigh together, where that is more than nothing."""
    scores = {slug: _score(those) for slug, those in said.items()}
    scores = {slug: score for slug, score in scores.items() if score > 0}
    if len(scores) > 1:
        scores[_spoken_of_first(scores, said)] += FIRST
    return scores


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


def _sub(said: Sequence[Said]) -> str | None:
    """The sub-category for which most speaks; none where only the category is named."""
    subs = {each[0].sub for each in said if each[0].sub}
    if len(subs) < 2:
        return next(iter(subs), None)
    scores = {sub: _score([each for each in said if each[0].sub == sub]) for sub in subs}
    return max(scores, key=lambda sub: (scores[sub], sub))

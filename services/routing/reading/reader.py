"""All that is read of a text, by one version of the data."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from services.routing.domain import ABOUT_SERVICE
from services.routing.reading.classifying import (
    FEW,
    Ranked,
    Said,
    rank,
    rank_by_terms,
    said_of,
    scores_of,
)
from services.routing.reading.data import load_hints, load_normaliser, read_data
from services.routing.reading.hints import Hinted, Hints
from services.routing.reading.normalising import Normaliser, Spellings, Words
from services.routing.reading.signs import OtherBody, SignReader, Signs, with_choice, without_matter
from services.routing.reading.terms import (
    BEGIN,
    PhraseFinder,
    Phrases,
    Terms,
    read_lists,
    read_terms,
)

LETTERS_READ = 12_000
"""Characters of a text that are read: two thousand words. What it is about stands before that."""

MATTER_WORDS = 120
"""Words in which the category is looked for: a letter has said by then what is wrong. What follows
tells more of other things, and each term of it costs as much. Signs are read to the end."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text is about. ``ranked``: categories, the likeliest first."""

    words: Words
    ranked: tuple[Ranked, ...]
    signs: Signs


@dataclass(frozen=True, slots=True)
class Heard:
    """What the terms say: ``said`` and ``scores`` by category, ``sums`` by sign."""

    words: Words
    said: Mapping[str, Sequence[Said]]
    scores: Mapping[str, float]
    sums: Mapping[str, float]


class Reader:
    """Reads texts by one version of the terms. For one thread."""

    def __init__(
        self,
        normaliser: Normaliser,
        phrases: PhraseFinder,
        terms: Terms,
        signs: SignReader,
        hints: Hints,
        taken: str,
        written: Mapping[tuple[str, ...], str],
    ) -> None:
        """phrases: those of the terms and of the signs. taken: slug of the category of money that
        officials take. written: the phrases by their roots, as the data write them."""
        self._hints = hints
        self._taken = taken
        self._written = written
        self._normaliser = normaliser
        self._phrases = phrases
        self._terms = terms
        self._signs = signs

    def read(self, text: str, chosen: str | None = None) -> Reading:
        """chosen: slug of the category that the reporter chose."""
        heard = self.hear(text)
        words, said, scores = heard.words, heard.said, heard.scores
        if len(words.roots) <= FEW and chosen is not None:
            signs = self._signs.of_terms(heard.sums)
            return Reading(words, rank_by_terms(said, scores, chosen, self._signed(signs)), signs)
        hinted = self._hints.weigh(words.roots, scores, heard.sums)
        signs = self._signs_of(heard, hinted, chosen)
        signed = self._signed(signs)
        ranked = rank(words, said, scores, hinted.categories, self._hints, chosen, signed)
        silent = words.roots and not ranked and chosen is None
        return Reading(words, ranked, without_matter(signs) if silent else signs)

    def _signs_of(self, heard: Heard, hinted: Hinted, chosen: str | None) -> Signs:
        if len(heard.words.roots) <= FEW:
            return self._signs.of_terms(heard.sums)
        signs = self._signs.of_hints(heard.sums, hinted.signs)
        return signs if chosen is None else with_choice(signs)

    def hear(self, text: str) -> Heard:
        """What the terms say of a text."""
        words = self._normaliser.words(text[:LETTERS_READ])
        hits = self._phrases.find(words)
        matter = hits[: bisect_left(hits, MATTER_WORDS, key=BEGIN)]
        said = said_of(self._terms.find(matter), words)
        return Heard(words, said, scores_of(said), self._signs.sums(words, hits))

    def terms_of(self, ranked: Ranked, words: Words) -> tuple[str, ...]:
        """What speaks for a category in a text, as the data write it: no letter of the text."""
        return ranked.named(words, self._written)

    def _signed(self, signs: Signs) -> str | None:
        """The category of what officials are said to have done."""
        if not signs.about_official:
            return None
        return self._taken if signs.for_money else ABOUT_SERVICE


@cache
def load_reader() -> Reader:
    """By the built-in terms; one for the process, as it takes a quarter of a second to make."""
    return _reader(load_normaliser(), read_data("terms.json"), read_data("signs.json"))


def reader_of(
    terms: Mapping[str, Any], signs: Mapping[str, Any], spellings: Mapping[str, Any]
) -> Reader:
    """By given data, in the form of the files of these names. Raises ValueError naming the term
    that cannot be read."""
    # A version of before may have no common words.
    common = spellings.get("common", ())
    normaliser = Normaliser(Spellings(spellings["words"], spellings["roots"], common))
    return _reader(normaliser, terms, signs)


def _reader(normaliser: Normaliser, terms: Mapping[str, Any], signs: Mapping[str, Any]) -> Reader:
    # First, so that what reading their file leaves free is taken by the terms.
    hints = load_hints()
    phrases = Phrases(lambda written: normaliser.words(written).roots)
    of_categories = read_terms(terms["terms"], read_lists(terms), phrases)
    of_signs = read_terms(signs["terms"], read_lists(signs), phrases)
    others = {slug: OtherBody(slug, **said) for slug, said in signs["outside"].items()}
    return Reader(
        normaliser,
        phrases.finder(),
        Terms(of_categories, phrases.lengths()),
        SignReader(Terms(of_signs, phrases.lengths(), nested=True), others),
        hints,
        signs["taken_by_officials"],
        phrases.written(),
    )

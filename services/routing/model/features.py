"""What a model reads of a text: its words, and what the rules make of them. Pure.

Persons are taken out before a model is trained. What stands in their place is a digit: a word with
digits is never read, and no pair goes across it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.routing.masking import mask
from services.routing.reading.classifying import Ranked

MOST_WORDS = 400
"""Words of a text that are read: what it is about stands before that."""
LONGEST = 30
"""Letters of a word."""
_HOLE = " 0 "


@dataclass(frozen=True, slots=True)
class Features:
    """``words``: roots and pairs of neighbours (``lampu mati``), each once. ``shares``: by slug of
    a category what share of the text speaks for it by the rules, 0 to 1, the likeliest first."""

    words: tuple[str, ...]
    shares: Mapping[str, float]


def features_of(roots: Sequence[str], ranked: Sequence[Ranked]) -> Features:
    """roots: of the words of a text, in its order. ranked: its categories by the rules."""
    plain = [root if _is_read(root) else "" for root in roots[:MOST_WORDS]]
    pairs = [f"{one} {other}" for one, other in pairwise(plain) if one and other]
    words = dict.fromkeys([*filter(None, plain), *pairs])
    return Features(tuple(words), {each.slug: each.confidence for each in ranked})


def without_persons(text: str) -> str:
    """The text with a hole where it tells of a person."""
    return "".join(_pieces(text))


def _is_read(root: str) -> bool:
    return root.isalpha() and 1 < len(root) <= LONGEST


def _pieces(text: str) -> Iterator[str]:
    done = 0
    for span in mask(text).spans:
        yield text[done : span.start]
        yield _HOLE
        done = span.end
    yield text[done:]

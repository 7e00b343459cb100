"""A text as words that names are looked for in. Pure.

Names are compared without the spaces between their words: ``Kramat Jati``, ``KRAMATJATI`` and
``#kramatjati`` are the same letters. A name counts only where it begins and ends with a word.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from functools import cached_property
from itertools import accumulate

_BETWEEN = re.compile(r"([\W_]+)")
_BETWEEN_ASCII = re.compile(r"([^A-Za-z0-9]+)")
_PLAIN = {at: chr(at).lower() if chr(at).isalnum() else " " for at in range(128)}
_BETWEEN_AND_CAPITALS = re.compile(r"([\W_]+|(?<=[a-z])(?=[A-Z]))")
"""``#LampuMatiTebet`` is written for eyes that see capitals."""
_ENDS = re.compile(r"[,;:!?()|/•]|\n\s*\n|\.")
_LONGEST_ABBREVIATION = 4


class Wording:
    """The words of a text, in lower case and with abbreviations written out (``tn`` is tanah)."""

    def __init__(self, text: str, expand: Mapping[str, str]) -> None:
        self._text = text
        if text.isascii() and "#" not in text:
            self.words = text.translate(_PLAIN).split()
        else:
            self.words = [
                unicodedata.normalize("NFKC", word).casefold() for word in self._parts[1::2]
            ]
        self._full = list(map(expand.get, self.words, self.words))
        self.letters = "".join(self._full)

    @cached_property
    def _parts(self) -> list[str]:
        """What is before the first word, the first word, what is between it and the next one, and
        so on. Only a text in which a name is found needs it."""
        between = _BETWEEN_ASCII if self._text.isascii() else _BETWEEN
        parts = (_BETWEEN_AND_CAPITALS if "#" in self._text else between).split(self._text)
        lead = ["", *parts] if parts[0] else parts[1:]
        return lead if not lead or lead[-1] else lead[:-1]

    @cached_property
    def gaps(self) -> list[str]:
        """What stands behind each word."""
        return [*self._parts[2::2], ""]

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate(map(len, self._full), initial=0))

    def between(self, start: int, end: int) -> tuple[int, int] | None:
        """First and last word of letters ``start`` to ``end``; None unless they are whole words
        of one phrase."""
        first = bisect_right(self._starts, start) - 1
        last = bisect_left(self._starts, end) - 1
        if self._starts[first] != start or self._starts[last + 1] != end:
            return None
        broken = any(self.is_end(at) for at in range(first, last))
        return None if broken else (first, last)

    def is_end(self, at: int) -> bool:
        """Whether a phrase ends behind the word: the dot of ``Kel.`` and of ``Tn.`` ends none."""
        gap = self.gaps[at]
        if gap == " ":
            return False
        found = _ENDS.search(gap)
        if found is None:
            return False
        return found.group() != "." or not 0 < len(self.words[at]) <= _LONGEST_ABBREVIATION

    def joined(self, first: int, last: int) -> str:
        """The letters of some words, abbreviations written out."""
        return self.letters[self._starts[first] : self._starts[last + 1]]

    def is_tag(self, at: int) -> bool:
        """Whether a word begins with ``#``."""
        return self._parts[2 * at].endswith("#")

    def is_capital(self, first: int, last: int) -> bool:
        """Whether these words are written as a name in a text that is not all in capitals; one
        that begins a sentence shows nothing."""
        start, end = self.span(first, last)
        begins = first == 0 or self.is_end(first - 1) or "." in self.gaps[first - 1]
        named = self._text[start:end].istitle() and not self._text.istitle()
        return named and not (begins and first == last)

    @cached_property
    def _offsets(self) -> list[int]:
        return list(accumulate(map(len, self._parts), initial=0))

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where these words stand in the text: code points, end exclusive."""
        return self._offsets[2 * first + 1], self._offsets[2 * last + 2]


def letters_of(name: str, expand: Mapping[str, str]) -> str:
    """A name as `Wording.letters` holds it."""
    return Wording(name, expand).letters

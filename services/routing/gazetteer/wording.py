"""A text as words that names are looked for in. Pure.

Names are compared without the spaces between their words: ``Kramat Jati``, ``KRAMATJATI`` and
``#kramatjati`` are the same letters. A name counts only where it begins and ends with a word.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from functools import cached_property
from itertools import accumulate, compress, count
from operator import add

_BETWEEN = re.compile(r"([\W_]+)")
_PLAIN = {at: chr(at).lower() if chr(at).isalnum() else " " for at in range(128)}
_BETWEEN_AND_CAPITALS = re.compile(r"([\W_]+|(?<=[a-z])(?=[A-Z]))")
"""``#LampuMatiTebet`` is written for eyes that see capitals."""
_ENDS = re.compile(r"[,;:!?()|/•]|\n\s*\n|\.")
_LONGEST_ABBREVIATION = 4


class Wording:
    """The words of a text, in lower case and with abbreviations written out (``tn`` is tanah)."""

    def __init__(self, text: str, expand: Mapping[str, str]) -> None:
        self._text = text
        self._plain = text.translate(_PLAIN) if text.isascii() and "#" not in text else None
        if self._plain is not None:
            self._written = self.words = self._plain.split()
        else:
            self._written = self._parts[1::2]
            self.words = list(map(_folded, self._written))
        self._full = list(map(expand.get, self.words, self.words))
        self.letters = "".join(self._full)

    @cached_property
    def _parts(self) -> list[str]:
        """What is before the first word, the first word, what is between it and the next one, and
        so on."""
        between = _BETWEEN_AND_CAPITALS if "#" in self._text else _BETWEEN
        parts = between.split(self._text)
        lead = ["", *parts] if parts[0] else parts[1:]
        return lead if not lead or lead[-1] else lead[:-1]

    @cached_property
    def _begins(self) -> list[int]:
        """Where each word begins in the text. Only a text in which a name is found needs it."""
        if self._plain is None:
            return list(accumulate(map(len, self._parts), initial=0))[1:-1:2]
        # Each sign has become one space: the pieces between them tell where they were.
        pieces = self._plain.split(" ")
        begins = map(add, accumulate(map(len, pieces), initial=0), count())
        return list(compress(begins, pieces))

    def _end(self, at: int) -> int:
        return self._begins[at] + len(self._written[at])

    def gap(self, at: int) -> str:
        """What stands behind a word."""
        begins = self._begins
        beyond = begins[at + 1] if at + 1 < len(begins) else len(self._text)
        return self._text[self._end(at) : beyond]

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
        return None if self.is_broken(first, last) else (first, last)

    def is_end(self, at: int) -> bool:
        """Whether a phrase ends behind the word: the dot of ``Kel.`` and of ``Tn.`` ends none."""
        begins = self._begins
        end = begins[at] + len(self._written[at])
        beyond = begins[at + 1] if at + 1 < len(begins) else len(self._text)
        if beyond == end + 1 and self._text[end] == " ":
            return False
        found = _ENDS.search(self._text, end, beyond)
        if found is None:
            return False
        return found[0] != "." or not 0 < len(self.words[at]) <= _LONGEST_ABBREVIATION

    def is_broken(self, first: int, last: int) -> bool:
        """Whether a phrase ends within these words."""
        return first != last and any(map(self.is_end, range(first, last)))

    def joined(self, first: int, last: int) -> str:
        """The letters of some words, abbreviations written out."""
        return self.letters[self._starts[first] : self._starts[last + 1]]

    def is_tag(self, at: int) -> bool:
        """Whether a word begins with ``#``."""
        return self._text[: self._begins[at]].endswith("#")

    def is_capital(self, first: int, last: int) -> bool:
        """Whether these words are written as a name in a text that is not all in capitals; one
        that begins a sentence shows nothing."""
        start, end = self.span(first, last)
        begins = first == 0 or self.is_end(first - 1) or "." in self.gap(first - 1)
        named = self._text[start:end].istitle() and not self._text.istitle()
        return named and not (begins and first == last)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where these words stand in the text: code points, end exclusive."""
        return self._begins[first], self._end(last)


def _folded(word: str) -> str:
    return word.lower() if word.isascii() else unicodedata.normalize("NFKC", word).casefold()


def letters_of(name: str, expand: Mapping[str, str]) -> str:
    """A name as `Wording.letters` holds it."""
    return Wording(name, expand).letters

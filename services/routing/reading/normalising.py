"""Words of a text as people write it, each with its place in the text. Pure.

A word keeps the span of the original from which it was read, in code points: who shows why a
decision was taken marks the reporter's own letters. An abbreviation gives several words of one
span. Roots are those of Snowball's Indonesian stemmer, but for the words of `Spellings.roots`: it
takes the first letter of ``menutup`` away, and makes one root of ``kebakaran`` and ``pembakaran``.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from operator import eq, ne
from typing import TypeAlias

import Stemmer

_INSIDE = "\u0300-\u036f\u00ad\u200b-\u200d\ufeff"
"""Marks upon letters, and signs that nobody sees: they end no word."""
_ENTITY = "&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});"
_HAS_ENTITY = re.compile(_ENTITY)
_RUN = re.compile(rf"[\w{_INSIDE}]+")
_RUN_WITH_ENTITIES = re.compile(rf"(?:[\w{_INSIDE}]+|{_ENTITY})+")
_ASCII = {at: chr(at) if chr(at).isalnum() or chr(at) == "_" else " " for at in range(128)}
_HUMP = re.compile("(?<=[a-z])(?=[A-Z])")
_HIDDEN = re.compile("[\u00ad\u200b-\u200d\ufeff]")
_WORD = re.compile(r"[^\W_]+")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_SUM = re.compile(r"^(\d+)(rb|ribu|rebu|jt|juta)$")
_LAST_TWICE = re.compile(r"(?<=.{2})([^\W\d_])\1$")
_TWICE = re.compile(r"^([^\W\d_]{3,})2((?:an|nya|in)?)$")
_PASSIVE_OF_JAKARTA = re.compile("^(?:di|nge)(.{3,})in$")
"""``dikotorin``, ``ngeberesin``: the suffix that Snowball does not know."""
_SHORT_PASSIVE = re.compile("^d(?=[bcdfghjklmnpqstvz][a-z]{2})")
"""``dbakar``, as an SMS has it: no word of Indonesian begins so."""
_SHORT_ENDING = re.compile("(?<=[a-z]{2})n(?:y|ye)$")
"""``airny`` of an SMS, ``airnye`` of Jakarta."""
_SPOKEN = (
    (re.compile("e(?=(?:ng|[^aeiou])$)"), "a"),
    (re.compile("(?<=.{4}[^aeiou])e$|(?<=.{3}[aiou])ne$"), ""),
    (re.compile("^nge(?=.{4})"), ""),
)
"""``kerendem`` and ``puter``, the last vowel of Jakarta; ``gerobake`` and ``lampune``, the Javanese
for ``-nya``; ``ngebentak``. What comes of it must be a common word."""
_ITS = "nya"
_ENDING = re.compile("(?<=.{3})(?:nya|lah|kah|ku|mu)$")
"""What Snowball takes off too, but then it goes on with the word before: ``pegawainya``."""
_VOWELS = str.maketrans("", "", "aeiou")
_CROWDED = re.compile("(?!n[gy])[^aeiou]{3}")
"""More consonants than a word of Indonesian has together."""
_SHORTEST = 3
"""Letters of a word that may stand for a longer one; one more where a vowel is among them."""
_REMEMBERED = 32_768
"""Spellings whose words are kept: 99 of 100 words of a day are among them."""


Spelt: TypeAlias = tuple[tuple[str, str], ...]
"""The words that a run of letters stands for, each with its root."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text, as they are meant, and the root of each."""

    source: str
    meant: Sequence[str]
    roots: Sequence[str]
    spelt: Sequence[Spelt]
    """The words of each run of letters, as it came."""
    once: Sequence[bool] | None = None
    """Which of these were not said just before; None: all."""

    def spans(self) -> list[tuple[int, int]]:
        """Where each word stands in the source, in code points, the end excluded. Found when asked
        for: few texts are explained, and to note all places takes longer than to read the words."""
        found = _pattern(self.source).finditer(self.source)
        places = [run.span() for run, those in zip(found, self.spelt, strict=True) for _ in those]
        return places if self.once is None else list(compress(places, self.once))


@dataclass(frozen=True)
class Spellings:
    """words: by a short or wrong spelling the words meant. roots: of words that the stemmer gets
    wrong, whole words alone. common: whole words that people write without their vowels."""

    words: Mapping[str, str]
    roots: Mapping[str, str]
    common: Sequence[str] = ()


class Remembered(dict[str, Spelt]):
    """The words of each run of letters that was read, with their roots. What is there is found
    without a call in Python; when there are ``most``, all are forgotten."""

    def __init__(self, spell: Callable[[str], Spelt], most: int) -> None:
        super().__init__()
        self._spell = spell
        self._most = most

    def __missing__(self, run: str) -> Spelt:
        if len(self) >= self._most:
            self.clear()
        found = self[run] = self._spell(run)
        return found


class Normaliser:
    """Reads texts by given spellings. For one thread: the stemmer keeps a state."""

    def __init__(self, spellings: Spellings) -> None:
        self._spellings = spellings
        self._stemmer = Stemmer.Stemmer("indonesian", 0)
        self._shortened = Shortened(spellings.common)
        self._spelt = Remembered(self._spell, _REMEMBERED)

    def words(self, text: str) -> Words:
        """In the order of the text; a word said twice in a row (``lampu-lampu``) is one."""
        spelt = list(map(self._spelt.__getitem__, _runs(text)))
        if not any(spelt):
            return Words(text, (), (), spelt)
        meant, roots = zip(*chain.from_iterable(spelt), strict=True)
        if not any(map(eq, meant, meant[1:])):
            return Words(text, meant, roots, spelt)
        once = [True, *map(ne, meant, meant[1:])]
        meant, roots = tuple(compress(meant, once)), tuple(compress(roots, once))
        return Words(text, meant, roots, spelt, once)

    def plain(self, text: str) -> str:
        """The words with one space between."""
        return " ".join(self.words(text).meant)

    def root(self, word: str) -> str:
        """The root of one word in plain spelling."""
        known = self._spellings.roots.get(word)
        if known is not None:
            return known
        if len(word) < 4 or not word.isalpha():
            return word
        ending = _ENDING.search(word)
        if ending and (known := self._spellings.roots.get(word[: ending.start()])) is not None:
            return known
        inner = _PASSIVE_OF_JAKARTA.match(word)
        stem = self._stemmer.stemWord(inner[1] if inner else word)
        return self._spellings.roots.get(stem, stem)

    def _spell(self, run: str) -> Spelt:
        found: list[tuple[str, str]] = []
        for word in _letters(run):
            squeezed = _squeezed(word)
            meant = self._spellings.words.get(word) or self._meant(squeezed)
            found.extend((each, self.root(each)) for each in meant.split())
        return tuple(found)

    def _meant(self, word: str) -> str:
        """``gg`` is a gang, ``ggnya`` too; ``dprbaiki`` is ``diperbaiki``."""
        words = self._spellings.words
        for known in (word, word.removesuffix(_ITS)):
            if known in words:
                return words[known]
        if not word.isalpha() or word in self._spellings.roots or word in self._shortened:
            return word
        for spoken, written in _SPOKEN:
            if (standard := spoken.sub(written, word)) in self._shortened:
                return standard
        written = _SHORT_ENDING.sub(_ITS, _SHORT_PASSIVE.sub("di", word))
        return words.get(written.removesuffix(_ITS)) or self._shortened.whole(written)


class Shortened:
    """Finds the word that is meant by one without some of its vowels: ``trndam``, ``gdung``."""

    def __init__(self, common: Iterable[str]) -> None:
        """common: whole words."""
        self._common = frozenset(common)
        self._by_consonants: dict[str, list[str]] = {}
        for word in sorted(each for each in self._common if len(each) > _SHORTEST):
            self._by_consonants.setdefault(word.translate(_VOWELS), []).append(word)

    def __contains__(self, word: str) -> bool:
        return word in self._common

    def whole(self, word: str) -> str:
        """The one common word that it may stand for; itself where there is none or are several."""
        consonants = word.translate(_VOWELS)
        vowels = len(word) - len(consonants)
        full = 2 * vowels > len(consonants) and not _CROWDED.search(word)
        if len(word) < _SHORTEST + bool(vowels) or full or word in self:
            return word
        begins = [
            each
            for each in self._by_consonants.get(consonants, ())
            if each[0] == word[0] and _stands_in(word, each)
        ]
        ends = [each for each in begins if each[-1] == word[-1]] or begins
        return ends[0] if len(ends) == 1 else word


def _stands_in(letters: str, word: str) -> bool:
    """Whether the word has these letters in this order."""
    left = iter(word)
    return all(letter in left for letter in letters)


def _runs(text: str) -> list[str]:
    """What `_pattern` finds; a table does it in a third of the time."""
    if text.isascii() and not ("&" in text and _HAS_ENTITY.search(text)):
        return text.translate(_ASCII).split()
    return _pattern(text).findall(text)


def _pattern(text: str) -> re.Pattern[str]:
    return _RUN_WITH_ENTITIES if "&" in text else _RUN


def _letters(run: str) -> Iterator[str]:
    """A run as words: entities decoded, ``JalanRusak`` split."""
    decoded = html.unescape(run) if "&" in run else run
    if not (decoded.islower() or decoded.isupper() or decoded.istitle()):
        decoded = _HUMP.sub(" ", decoded)
    for part in decoded.split():
        for word in _WORD.findall(_plain_letters(part)):
            # ``500rb`` is a number and a word.
            yield from _SUM.sub(r"\1 \2", word).split()


def _plain_letters(run: str) -> str:
    """Lower case, without style, accents and letters that nobody sees."""
    if run.isascii():
        return run.lower()
    bare = _without_marks(_HIDDEN.sub("", run)).casefold()
    return _without_marks(bare)


def _without_marks(text: str) -> str:
    whole = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in whole if not unicodedata.combining(letter))


def _squeezed(word: str) -> str:
    """``banjiiir`` and ``sampahh`` as they are spelt, ``jalan2`` as one."""
    once = _STRETCHED.sub(r"\1", word)
    twice = _TWICE.match(once)
    return _LAST_TWICE.sub(r"\1", twice[1] + twice[2] if twice else once)

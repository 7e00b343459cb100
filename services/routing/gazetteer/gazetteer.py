"""Reads places in words: kelurahan, kecamatan, cities, streets and landmarks. Pure.

All names stand in one automaton, so that a text is walked through once however many they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ahocorasick_rs import AhoCorasick

from services.routing.gazetteer.mentions import Form, Mention, Reader, Role
from services.routing.gazetteer.names import Mark, Meaning, Names, Tables
from services.routing.gazetteer.settling import Mentioned, narrowed, settle_mentions
from services.routing.gazetteer.spelling import Spelling
from services.routing.gazetteer.wording import Wording
from shared.units import UnitTree

_WORDS_IN_A_NAME = 3
"""Of those that are looked for with a mistake."""
_SHORT_TEXT = 60
"""Words up to which a misspelt name is looked for anywhere, not only after ``di`` and the like."""

_AND = (["dan"], ["serta"], ["maupun"], ["atau"])
_TRIED = 12
"""Places of a longer text at which one is looked for."""


class Gazetteer:
    """The names of a unit tree's areas and of what lies in them."""

    def __init__(self, units: UnitTree, tables: Tables) -> None:
        self._units = units
        self.names = Names(units, tables)
        self._expand = tables.expand
        self._reader = Reader(tables.words)
        self._letters = list(self.names.meanings)
        self._meanings = list(self.names.meanings.values())
        self._automaton = AhoCorasick(self._letters)
        self._spelling = Spelling(
            name
            for name, meaning in self.names.meanings.items()
            if meaning.codes and meaning.mark is Mark.NONE
        )
        said = ("at", "kelurahan", "kecamatan", "street")
        self._leads = frozenset().union(*(tables.words[each] for each in said))

    def read(self, text: str, address: str | None = None) -> Mentioned:
        """Where the matter is, by the words of a text and of its field for an address."""
        found, spans = self._mentions(text, in_address=False)
        if address:
            first, before = self._mentions(address, in_address=True)
            after = len(address) + 1
            spans = before + [(start + after, end + after) for start, end in spans]
            agreed = {code for each in first for code in each.codes}
            found = first + [each for each in found if self._adds(each, agreed)]
        if not found:
            return Mentioned()
        return settle_mentions(found, tuple(spans), self._units)

    def _adds(self, mention: Mention, agreed: set[str]) -> bool:
        """The field for an address says where; the text may be finer."""
        return not agreed or bool(narrowed(mention.codes, tuple(agreed)))

    def _mentions(
        self, text: str, *, in_address: bool
    ) -> tuple[list[Mention], list[tuple[int, int]]]:
        wording = Wording(text, self._expand)
        found = list(self._named(wording))
        if not any(each.confidence > 0 and each.role > Role.WAY for each in found):
            found += self._misspelt(wording, anywhere=in_address)
        if in_address:
            for each in found:
                each.role = Role.AT
                each.confidence = max(each.confidence, 0.7 if each.confidence else 0.0)
        found = _chained(found, wording)
        return found, [wording.span(each.first, each.last) for each in found]

    def _named(self, wording: Wording) -> Iterator[Mention]:
        behind = -1
        for first, last, meaning in self._longest(wording):
            if first <= behind:
                continue
            behind = last
            before = self._reader.before(wording, first)
            for each in self._reader.mentions(meaning, before, (first, last)):
                if each.confidence == 0.0 and meaning.mark is Mark.WORD:
                    each.confidence = _as_written(wording, first, last)
                elif meaning.mark is Mark.KEL and each.form is Form.EXPLICIT:
                    each.confidence = _as_called(wording, before.first, first, last)
                yield each

    def _longest(self, wording: Wording) -> Sequence[tuple[int, int, Meaning]]:
        """Names that are whole words, from the left, the longer first."""
        found = []
        for index, start, end in self._automaton.find_matches_as_indexes(
            wording.letters, overlapping=True
        ):
            between = wording.between(start, end)
            if between is not None:
                found.append((*between, self._meanings[index]))
        found.sort(key=lambda each: (each[0], -each[1]))
        return found

    def _misspelt(self, wording: Wording, *, anywhere: bool) -> Iterator[Mention]:
        words = wording.words
        short = len(words) <= _SHORT_TEXT
        behind = -1
        led_at = {at + 1 for at, word in enumerate(words) if word in self._leads}
        for first in range(len(words)) if short or anywhere else sorted(led_at)[:_TRIED]:
            led = anywhere or first in led_at
            if first <= behind:
                continue
            for last in range(min(first + _WORDS_IN_A_NAME, len(words)) - 1, first - 1, -1):
                name = self._spelling.meant(wording.joined(first, last))
                if name is None or wording.is_broken(first, last):
                    continue
                before = self._reader.before(wording, first)
                sure = 0.65 if led else 0.45
                for each in self._reader.mentions(self.names.meanings[name], before, (first, last)):
                    yield replace(each, confidence=min(each.confidence, sure), typo=True)
                    behind = last
                break


def _as_written(wording: Wording, first: int, last: int) -> float:
    """What a name that is also a word is worth without a word before it: its capitals speak."""
    if wording.is_capital(first, last) or wording.is_tag(first):
        return 0.6
    return 0.45 if last > first else 0.0


def _as_called(wording: Wording, kind: int, first: int, last: int) -> float:
    """``kelurahan baru dibangun`` names none, ``kel. baru`` and ``Kelurahan Baru`` do."""
    written_out = wording.words[kind] == "kelurahan" and not wording.is_capital(first, last)
    return 0.45 if written_out else 0.95


def _chained(mentions: list[Mention], wording: Wording) -> list[Mention]:
    """Places that stand side by side and lie in one another are one place: ``Tebet Timur, Tebet,
    Jaksel``. What the first is there for, all are; and a name that is also a word is meant so."""
    kept: list[Mention] = []
    for each in mentions:
        before = kept[-1] if kept else None
        if before is not None and wording.words[before.last + 1 : each.first] in _AND:
            each.role = max(each.role, before.role)
        if before is None or each.first - before.last > 1:
            kept.append(each)
        elif before.role is Role.WAY and "-" in wording.gap(before.last):
            each.role = Role.WAY
            kept.append(each)
        elif each.outside and before.role > Role.WAY and _may_lie_outside(before):
            kept[-1] = each
            each.role = before.role
        else:
            _joined(before, each, wording)
            kept.append(each)
    return [each for each in kept if each.confidence > 0]


def _may_lie_outside(mention: Mention) -> bool:
    """``Cibubur, Bekasi``; but a kelurahan that is called one is Jakarta's."""
    return mention.form < Form.EXPLICIT or mention.outside is not None


def _joined(before: Mention, each: Mention, wording: Wording) -> None:
    own = before.meaning.kelurahan
    twice = own is not None and each.meaning.kecamatan == before.meaning.kecamatan
    if (
        twice
        and before.form is Form.AREA
        and own not in before.codes
        and each.meaning is before.meaning
    ):
        before.codes, before.alternates, before.confidence = (own,) if own else (), (), 0.9
    both = narrowed(before.codes, each.codes) or narrowed(before.alternates, each.codes)
    if not both:
        return
    each.role = before.role
    if before.confidence == 0.0:
        listed = "," in wording.gap(before.last) or before.meaning.mark is Mark.WORD
        finer = any(code.count(".") > 1 for code in each.codes)
        before.confidence = 0.8 if finer and (listed or each.form is Form.EXPLICIT) else 0.0
    if before.role is Role.PLAIN:
        before.confidence = max(before.confidence, 0.85) if before.confidence else 0.0

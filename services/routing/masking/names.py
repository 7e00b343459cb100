"""Names of persons that a text introduces as such. Pure.

A name is what follows words like *nama saya* (the table of `introductions`) up to what ends it
(that of `endings`). Who is called by an office (*Pak Lurah*, *petugas bernama Budi*) is no reporter
and stays readable: a complaint about him needs him.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.routing.masking import endings, introductions, signatures
from services.routing.masking.introductions import PATTERNS, WORDS, Strength
from services.routing.masking.masked import Span
from services.routing.masking.reading import Reading, affixed, words_of
from services.routing.masking.tokens import (
    Token,
    after_titles,
    is_given,
    looks_named,
    span_of,
    tokens_at,
)

_LEAD = re.compile(r"[\s:=;,.\-\"'(/*_]{0,8}(?:1[.)] )?")
_TITLES = (
    "bpk bapak ibu pak bu sdr sdri sdra saudara saudari mas mbak mba bang kang mpok tn ny nyonya "
    "tuan hajah haji hj h oom om tante mr mrs ms"
)
_TITLED = re.compile(rf"\b(?:{'|'.join(_TITLES.split())})\b\.? {{0,2}}(?=[a-z])")
_GREETINGS = "halo hallo hai min admin kak pak bu pagi siang sore malam wb"
_HERE = re.compile(rf"(?:{'|'.join(_GREETINGS.split())}),? (?=[a-z])")
_BEHIND_NUMBER = re.compile(r"\x02 ?(?:\(|- ?|/ ?| )(?=[a-z])")
_WHOSE_ENDS = re.compile(r" ?(?:$|[.,;)\n\x02])")
_ANOTHER = re.compile(r"(?: dan | & |, )(?=[A-Z])")
_OPENS = re.compile(
    r"(?:^|[.,!?;:\n(\x02]|\b(?:pak|bu|min|kak|bang|mas|mbak|gan|om|halo|hallo|hai|admin|gub|wb"
    r"|bapak|ibu|lurah|camat|gubernur|bro|sis|ini|pagi|siang|sore|malam|dan|hormat))\s*$"
)
"""Before *saya*: where a sentence begins, and with it the writer's name."""
_OFFICE_AFTER = re.compile(
    r"[ ,(\-]{1,3}(?:selaku |sebagai |dari |yang menjabat |si )?(?:(?P<office>[a-z]{2,20})\b)"
)
_WORD_BEFORE = re.compile(r"(?P<word>[a-z]+)[ .]{0,3}$")
_TITLE_LAST = re.compile(r"dari (?P<title>[a-z]+)$")

HEADS = {
    **introductions.HEADS,
    **signatures.HEADS,
    "here": words_of(_GREETINGS),
    "titled": words_of(_TITLES),
}


class _Found(NamedTuple):
    """What stands behind an introduction. ``start``: of the titles, which go with the name."""

    introduction: re.Match[str]
    strength: Strength
    start: int
    tokens: Sequence[Token]

    @property
    def titled(self) -> bool:
        return self.tokens[0].start() > self.start

    @property
    def end(self) -> int:
        return self.tokens[-1].end()


def names(read: Reading) -> Iterator[Span]:
    for strength in Strength:
        for word, place in read.heads(strength.name.lower()):
            if introduction := PATTERNS[strength][word].match(read.low, place):
                yield from _introduced(read, introduction, strength)
    if "sini" in read.low:
        yield from _here(read)
    for found in read.at_heads("titled", _TITLED):
        if span := _titled(read, found):
            yield span
    if "\x02" in read.low:
        yield from _behind_number(read)
    yield from signatures.signatures(read)


def _behind_number(read: Reading) -> Iterator[Span]:
    """*0812… (Rizal)*: whose number it is, where nothing else follows."""
    for found in _BEHIND_NUMBER.finditer(read.low):
        tokens = tokens_at(read, after_titles(read, found.end()))
        if not (tokens and all(is_given(read, each) for each in tokens)):
            continue
        if _WHOSE_ENDS.match(read.low, tokens[-1].end()):
            yield span_of(read, found.end(), tokens)


def _introduced(read: Reading, introduction: re.Match[str], strength: Strength) -> Iterator[Span]:
    if introduction[0].strip().endswith("nama") and _officer_before(read, introduction.start()):
        return
    start = _start(read, introduction)
    tokens = tokens_at(read, after_titles(read, start))
    if not tokens:
        return
    found = _Found(introduction, strength, start, tokens)
    if not _BELIEVED[strength](read, found):
        return
    yield (span := span_of(read, start, tokens))
    if another := _ANOTHER.match(read.text, span.end):
        tokens = tokens_at(read, another.end())
        if (
            tokens
            and looks_named(read, tokens[0])
            and (is_given(read, tokens[0]) or _closed(read, tokens[-1].end()))
        ):
            yield span_of(read, another.end(), tokens)


def _start(read: Reading, introduction: re.Match[str]) -> int:
    """Behind the signs that follow an introduction; a title that ends it is the name's."""
    if title := _TITLE_LAST.search(introduction[0]):
        return introduction.start() + title.start("title")
    lead = _LEAD.match(read.low, introduction.end())
    return lead.end() if lead else introduction.end()


def _strong(read: Reading, found: _Found) -> bool:
    first = found.tokens[0]
    return looks_named(read, first) or not affixed(first[0].lower()) or is_given(read, first)


def _capital(read: Reading, found: _Found) -> bool:
    first = found.tokens[0]
    if first[0].lower() in read.known.places or _officer_after(read, found.end):
        return False
    return looks_named(read, first) or is_given(read, first)


def _own(read: Reading, found: _Found) -> bool:
    first = found.tokens[0]
    given, named = is_given(read, first), looks_named(read, first)
    closed = _closed(read, found.end)
    if given and (closed or found.titled or len(found.tokens) > 1):
        return True
    if closed and read.capitals_tell and first[0][0].isupper():
        return True
    place = found.introduction.start()
    opens = bool(_OPENS.search(read.low[max(0, place - 24) : place]))
    if named:
        return given or opens or found.introduction[0].startswith(_KINS)
    if affixed(first[0].lower()) or not opens:
        return False
    return found.titled or endings.OF_ONESELF.match(read.low, found.end) is not None


def _weak(read: Reading, found: _Found) -> bool:
    first = found.tokens[0]
    given, closed = is_given(read, first), _closed(read, found.end)
    if given and (closed or found.titled or len(found.tokens) > 1):
        return True
    if _officer_after(read, found.end) or first[0].lower() in read.known.places:
        return False
    if closed and (looks_named(read, first) or found.titled):
        return True
    return looks_named(read, first) and (found.titled or given)


def _called(read: Reading, found: _Found) -> bool:
    first = found.tokens[0][0].lower()
    if first in read.known.places or _officer_after(read, found.end):
        return False
    return not affixed(first) and endings.CALLED.match(read.low, found.end) is not None


_KINS = tuple(word.replace("_", " ") for word in WORDS["KIN"].split())
_BELIEVED = {
    Strength.STRONG: _strong,
    Strength.CAPITAL: _capital,
    Strength.OWN: _own,
    Strength.WEAK: _weak,
    Strength.CALLED: _called,
}
"""Whether the words behind an introduction are somebody's name."""


def _closed(read: Reading, end: int) -> bool:
    return endings.PHRASE_ENDS.match(read.low, end) is not None


def _titled(read: Reading, found: re.Match[str]) -> Span | None:
    """*Pak Joko*, wherever he stands, unless a place or an office bears the name."""
    before = _WORD_BEFORE.search(read.low[max(0, found.start() - 24) : found.start()])
    if before and before["word"] in read.known.places:
        return None
    tokens = tokens_at(read, found.end())
    if not tokens:
        return None
    if not is_given(read, tokens[0]) and not (read.capitals_tell and tokens[0][0][0].isupper()):
        return None
    if _officer_before(read, found.start()) or _officer_after(read, tokens[-1].end()):
        return None
    return span_of(read, found.start(), tokens)


def _officer_before(read: Reading, start: int) -> bool:
    before = read.low[max(0, start - 32) : start].rpartition("\n")[2]
    last = re.split(r"[.!?;\x02]", before)[-1]
    return any(word in read.known.offices for word in re.findall(r"[a-z]+", last))


def _officer_after(read: Reading, end: int) -> bool:
    after = _OFFICE_AFTER.match(read.low, end)
    return after is not None and after["office"] in read.known.offices - {"rt", "rw"}


def _here(read: Reading) -> Iterator[Span]:
    """*Halo min, Fikri di sini*."""
    for found in read.at_heads("here", _HERE):
        tokens = tokens_at(read, found.end())
        if tokens and read.low.startswith((" di sini", " disini"), tokens[-1].end()):
            yield span_of(read, found.end(), tokens)

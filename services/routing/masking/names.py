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
    is_rare,
    looks_named,
    span_of,
    tokens_at,
)

_LEAD = re.compile(r"[\s:=;,.\-\"'()/*_]{0,8}(?:1[.)] )?")
_TITLES = (
    "bpk bapak ibu pak bu sdr sdri sdra saudara saudari mas mbak mba bang kang mpok tn ny nyonya "
    "tuan hajah haji hj h oom om tante mr mrs ms mbok mbah oma opa teh ceu koh cik kak"
)
_TITLED = re.compile(
    rf"\b(?<![a-z]\.)(?<!-)(?:{'|'.join(_TITLES.split())})\b\.?(?<!kak\.) {{0,2}}(?=[a-z])"
)
_GREETINGS = "halo hallo hai hi hello min admin kak pak bu pagi siang sore malam wb"
_HERE = re.compile(rf"(?:{'|'.join(_GREETINGS.split())}),? (?=[a-z])")
_OPENED = re.compile(r"(?:\A|\n|[.!?] )(?=[a-z])")
_HERE_SAID = (" here", " speaking", " di sini", " disini", " nih", " di sni")
_FORM = re.compile(
    r"\b(?:nama|nm|identitas)(?P<of>(?: ?/? ?\(?[a-z]{1,14}\)?){1,5})[\s*_]{0,20}[:=]"
)
"""The label of a form, whoever it asks for."""
_BEHIND_NUMBER = re.compile(r"\x02 ?(?:\(|- ?|/ ?| )(?=[a-z])")
_BESIDE_NAME = r"(?:, ?|\n)(?:\x02|(?:jl|jln|jalan|gg|gang|rt|warga|nik|hp)\b)"
_BEFORE_NUMBER = re.compile(
    r"(?:^|[\n,;|/#])[ *\-]{0,3}"
    rf"(?=[a-z][a-z .']{{1,40}}(?:[ :(/\n\-]{{1,4}}\x02|{_BESIDE_NAME}))"
)
_LIST_LINE = re.compile(r"(?<=[\x02a-z])[,;]?\n ?[0-9]{1,2} ?[.)\-] ?(?=[a-z])")
_NUMBER_NEXT = re.compile(rf"[ :(/\n\-]{{1,4}}\x02|{_BESIDE_NAME}")
_OFFICER_WITHIN = 72
"""Characters: petugas loket 3 Kelurahan Cempaka Putih Timur yang bernama …"""
_VOWEL = re.compile("[aeiouy]")
_NEXT_WORD = re.compile(r",? (?P<word>[a-z]+)")
_WHOSE_ENDS = re.compile(r" ?(?:$|[.,;)\n\x02])")
_ANOTHER = re.compile(r"(?:,? dan | & |, )(?=[A-Z])")
_TOGETHER = 5
"""People who write together."""
_OPENS = re.compile(
    r"(?:^|[.,!?;:\n(\x02]|\b(?:pak|bu|min|kak|bang|mas|mbak|gan|om|halo|hallo|hai|admin|gub|wb"
    r"|bapak|ibu|lurah|camat|rt|rw|gubernur|bro|sis|ini|pagi|siang|sore|malam|dan|hormat))\s*$"
)
"""Before *saya*: where a sentence begins, and with it the writer's name."""
_OFFICE_AFTER = re.compile(
    r"[ ,(\-]{1,3}(?:selaku |sebagai |dari |yang menjabat |si )?(?:(?P<office>[a-z]{2,20})\b)"
)
_WORD_BEFORE = re.compile(
    r"(?P<words>(?:[a-z]+ )?[a-z]+)[ .]{0,3}(?:\b(?:ir|dr|drs|prof|kh|k|r|m|jend|letjen"
    r"|h)[ .]{1,3}){0,3}$"
)
_THINGS = words_of(
    "proyek lokasi area titik sungai kali barang perusahaan pt cv program aplikasi file grup "
    "kegiatan usaha instansi dinas kota "
    "obat produk merk merek halte bus sopir bank kelurahan kecamatan wilayah daerah tempat rumah"
)
"""Whose names a form asks for too."""
_OF_SOMEBODY = re.compile(r"nama(?:nya)?(?: (?:ibu|bapak|saudara))?\W*$")
"""Of an officer, where one is named before."""
_TITLE_LAST = re.compile(r"dari (?P<title>[a-z]+)$")

HEADS = {
    **introductions.HEADS,
    **signatures.HEADS,
    "here": words_of(_GREETINGS),
    "titled": words_of(_TITLES),
    "form": words_of("nama nm identitas"),
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
    if any(map(read.low.__contains__, _HERE_SAID)):
        yield from _here(read)
    yield from _in_form(read)
    yield from _before_number(read)
    for found in read.at_heads("titled", _TITLED):
        if span := _titled(read, found):
            yield span
    if "\x02" in read.low:
        yield from _behind_number(read)
        yield from _listed(read)
    yield from signatures.signatures(read)


def _behind_number(read: Reading) -> Iterator[Span]:
    """*0812… (Rizal)*: whose number it is, where nothing else follows."""
    for found in _BEHIND_NUMBER.finditer(read.low):
        tokens = tokens_at(read, after_titles(read, found.end()))
        enclosed = found[0].endswith("(") and tokens and looks_named(read, tokens[0])
        if not (enclosed or (tokens and all(is_given(read, each) for each in tokens))):
            continue
        if _WHOSE_ENDS.match(read.low, tokens[-1].end()):
            yield span_of(read, found.end(), tokens)


def _before_number(read: Reading) -> Iterator[Span]:
    """*Vera Sari: 0812…*, *Vera Sari, Jl. …*: a line begins with a name and goes on with more."""
    for found in _BEFORE_NUMBER.finditer(read.low):
        tokens = tokens_at(read, after_titles(read, found.end()))
        beside = _NUMBER_NEXT.match(read.low, tokens[-1].end()) if tokens else None
        if beside and _is_beside(read, tokens, beside[0], first=found.start() == 0):
            yield span_of(read, found.end(), tokens)


def _is_beside(read: Reading, tokens: Sequence[Token], sign: str, *, first: bool) -> bool:
    """Whether words are a name, by the sign between them and a number or an address."""
    given = [is_given(read, each) for each in tokens]
    if all(given):
        return True
    # A blank alone stands also between a title and a name that is masked already.
    number = sign.endswith("\x02") and bool(sign.strip(" \x02"))
    if first and number:
        return looks_named(read, tokens[0]) or is_rare(read, tokens)
    if not looks_named(read, tokens[0]):
        return False
    return number if sign[0] != "," else len(tokens) > 1 and any(given)


def _in_form(read: Reading) -> Iterator[Span]:
    """*Nama orang tua murid: Sri*: any label of a form that asks for a person's name."""
    for found in read.at_heads("form", _FORM):
        of = frozenset(re.findall("[a-z]+", found["of"]))
        if of & (read.known.places | (read.known.offices - {"wali"}) | _THINGS):
            continue
        lead = _LEAD.match(read.low, found.end())
        start = lead.end() if lead else found.end()
        if tokens := tokens_at(read, after_titles(read, start), own=True):
            yield span_of(read, start, tokens)


def _listed(read: Reading) -> Iterator[Span]:
    """The lines of a list that a name begins: *1. … 2. Paijo 3. Sumarno*."""
    end = -1
    for line in _LIST_LINE.finditer(read.low):
        if end != line.start() and read.low[line.start() - 1] != "\x02":
            continue
        tokens = tokens_at(read, after_titles(read, line.end()))
        if tokens and (looks_named(read, tokens[0]) or is_given(read, tokens[0])):
            span = span_of(read, line.end(), tokens)
            end = span.end
            yield span


def _introduced(read: Reading, introduction: re.Match[str], strength: Strength) -> Iterator[Span]:
    if _OF_SOMEBODY.search(introduction[0]) and _officer_before(read, introduction.start()):
        return
    start = _start(read, introduction)
    tokens = tokens_at(read, after_titles(read, start), own=strength is Strength.STRONG)
    if not tokens:
        return
    found = _Found(introduction, strength, start, tokens)
    if not _BELIEVED[strength](read, found):
        return
    yield (span := span_of(read, start, tokens))
    for _ in range(_TOGETHER):
        another = _ANOTHER.match(read.text, span.end)
        tokens = tokens_at(read, another.end()) if another else []
        if not (another and tokens and _is_another(read, tokens)):
            return
        yield (span := span_of(read, another.end(), tokens))


def _is_another(read: Reading, tokens: Sequence[Token]) -> bool:
    ended = is_given(read, tokens[0]) or _closed(read, tokens[-1].end())
    return looks_named(read, tokens[0]) and ended


def _start(read: Reading, introduction: re.Match[str]) -> int:
    """Behind the signs that follow an introduction; a title that ends it is the name's."""
    if title := _TITLE_LAST.search(introduction[0]):
        return introduction.start() + title.start("title")
    lead = _LEAD.match(read.low, introduction.end())
    return lead.end() if lead else introduction.end()


def _strong(read: Reading, found: _Found) -> bool:
    first = found.tokens[0]
    word = first[0].lower()
    if looks_named(read, first) or is_given(read, first):
        return True
    if len(found.tokens) == 1 and (word in read.known.areas or not _VOWEL.search(word)):
        return False
    capital = read.capitals_tell and first[0][0].isupper()
    return not affixed(word) and (capital or word not in read.known.plain)


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
    capital = read.capitals_tell and first[0][0].isupper()
    if closed and capital and not (affixed(first[0].lower()) or _is_acronym(first[0])):
        return True
    place = found.introduction.start()
    opens = bool(_OPENS.search(read.low[max(0, place - 24) : place]))
    if named:
        return given or opens or found.introduction[0].startswith(_KINS)
    if given and opens and first[0].lower() not in read.known.plain:
        return True
    word = first[0].lower()
    if _is_kins(read, found):
        return True
    if affixed(word) or not opens or (read.known.is_plain(word) and not given):
        return False
    said = found.introduction[0].strip().rpartition(" ")[2]
    if said in _MES and endings.PAUSES.match(read.low, found.end):
        return True
    return found.titled or endings.OF_ONESELF.match(read.low, found.end) is not None


def _is_kins(read: Reading, found: _Found) -> bool:
    """*Anak saya Zefanya*, *anak saya melki ditahan*: a word of nothing else and a verb."""
    kin = found.introduction[0].startswith(_KINS)
    first = found.tokens[0][0]
    capital = read.capitals_tell and first[0].isupper() and not _is_acronym(first)
    if kin and capital and not read.known.is_plain(first.lower()):
        return True
    after = _NEXT_WORD.match(read.low, found.end)
    return kin and after is not None and affixed(after["word"]) and is_rare(read, found.tokens)


def _weak(read: Reading, found: _Found) -> bool:
    first = found.tokens[0]
    given, closed = is_given(read, first), _closed(read, found.end)
    if given and (closed or found.titled or len(found.tokens) > 1):
        return True
    if _officer_after(read, found.end) or first[0].lower() in read.known.places:
        return False
    word = first[0].lower()
    titled = found.titled and not (affixed(word) or read.known.is_plain(word))
    if closed and (looks_named(read, first) or titled):
        return True
    return looks_named(read, first) and (found.titled or given)


def _called(read: Reading, found: _Found) -> bool:
    first = found.tokens[0][0].lower()
    if first in read.known.places or _officer_after(read, found.end):
        return False
    if affixed(first) or (read.known.is_plain(first) and not read.known.is_given(first)):
        return False
    return endings.CALLED.match(read.low, found.end) is not None


_MES = frozenset(WORDS["ME"].split())
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
    if before and not read.known.places.isdisjoint(before["words"].split()):
        return None
    tokens = tokens_at(read, found.end())
    if not tokens:
        return None
    first = tokens[0][0]
    capital = read.capitals_tell and first[0].isupper() and not _is_acronym(first)
    if not is_given(read, tokens[0]) and not capital:
        return None
    if _officer_before(read, found.start()) or _officer_after(read, tokens[-1].end()):
        return None
    return span_of(read, found.start(), tokens)


def _is_acronym(word: str) -> bool:
    return word.isupper() and len(word) > 1


def _officer_before(read: Reading, start: int) -> bool:
    before = read.low[max(0, start - _OFFICER_WITHIN) : start].rpartition("\n")[2]
    last = re.split(rf"[.!?;\x02]|\b(?:{'|'.join(_MES)})\b", before)[-1]
    return any(_is_office(read, word) for word in re.findall(r"[a-z]+", last))


def _is_office(read: Reading, word: str) -> bool:
    """*Lurahnya* is the lurah."""
    return word.removesuffix("nya") in read.known.offices


def _officer_after(read: Reading, end: int) -> bool:
    after = _OFFICE_AFTER.match(read.low, end)
    if after is None or after["office"] in ("rt", "rw"):
        return False
    return _is_office(read, after["office"])


def _here(read: Reading) -> Iterator[Span]:
    """*Halo min, Fikri di sini*."""
    for found in (*_OPENED.finditer(read.low), *read.at_heads("here", _HERE)):
        tokens = tokens_at(read, found.end())
        if tokens and read.low.startswith(_HERE_SAID, tokens[-1].end()):
            yield span_of(read, found.end(), tokens)

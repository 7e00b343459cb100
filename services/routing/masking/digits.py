"""Rows of digits in a folded text, however they are written. Pure.

The *skeleton* of a text has its length: letters that stand for digits are digits in it, a digit
that is a word stands at the word's beginning with a filler behind it, and what only looks like
somebody's number (dates, prices, positions, report numbers) is blanked.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

FILLER = "\x01"
BLANK = "\x03"
_LETTERS = str.maketrans("OoIilL|SsBbZzEgqG", "00111115586223996")
_ADJOINING = re.compile(
    # A digit first, then what is around it: so the search skips from digit to digit.
    r"[0-9](?:(?=[OoIilL|SsBbZzEgqG])|(?<=[OoIilL|SsBbZzEgqG][0-9])|(?<=[OoIl][-. ]8)"
    r"|(?= [OoIl](?!\w)))"
)
_TOKEN = re.compile(
    r"(?<!\w)(?:(?=[OoIilL|SsBbZzEgqG]*+[0-9])[0-9OoIilL|SsBbZzEgqG]{2,}+|[OoIl](?= ?[-. ] ?8)"
    r"|(?<=[0-9OoIl] [0-9OoIl] )[OoIl]|(?<=[0-9OI][ .\-])[OIl]{2,5})(?!\w)"
)
_WORDS = {
    "nol": "0", "kosong": "0", "zero": "0", "satu": "1", "sebelas": "11", "sepuluh": "10",
    "dua": "2", "tiga": "3", "empat": "4", "lima": "5", "enam": "6", "tujuh": "7",
    "delapan": "8", "lapan": "8", "dlapan": "8", "sembilan": "9", "belas": "1", "puluh": "0",
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "dlpn": "8", "tjh": "7", "smbln": "9", "smbilan": "9",
    "dlpan": "8", "delpan": "8", "sbilan": "9", "sebilan": "9",
    "lpn": "8", "stu": "1", "tga": "3", "ept": "4", "empt": "4", "lma": "5", "enm": "6",
    "tjuh": "7", "sembilen": "9", "siji": "1", "loro": "2", "telu": "3", "papat": "4", "limo": "5",
    "pitu": "7", "wolu": "8", "songo": "9", "salapan": "9", "tilu": "3", "opat": "4", "genep": "6",
    "dobel": "0", "double": "0", "tripel": "0", "triple": "0", "o": "0",
    "enol": "0", "enem": "6", "nul": "0", "hiji": "1", "dalapan": "8",
}  # fmt: skip
_WORD = re.compile(
    "(?:"
    + "|".join(sorted(_WORDS.keys() - {"o"}, key=len, reverse=True))
    + r"|(?<![a-z])o(?=[ .\-]{1,2}(?:de|d)?lapan))"
)
_USUAL = ("lapan", "tiga", "satu", "eight", "three", "dlpn", "lpn", "wolu")
"""Every phone at home and every NIK of the island of Java has one of them in it."""
_ROW_OF_WORDS = 5
"""Fewer digits in words are no number of a person, unless figures stand among them."""
_WORDS_BESIDE_FIGURES = 3
_FIGURES = re.compile("[0-9]{2}")
_MIXED = re.compile(rf"[0-9][ \-]{{0,2}}{_WORD.pattern}|(?:nol|kosong)[ \-]{{0,2}}8")
_AMONG_DIGITS = re.compile(
    r"(?<=[0-9])(?:(?P<one>!)|(?P<bar>\|(?<=[0-9]{3}\|)(?=[0-9]{3}))"
    r")(?=[0-9])"
)
_SPOKEN = re.compile(
    rf"(?<=[0-9{FILLER}]) ?(?:spasi|strip|setrip|dash|garis|titik|koma|angka|ratus) ?(?=[0-9])"
    rf"|(?<=[0-9{FILLER}]{{3}}) (?:sambung|lalu|terus|trus|lanjut) (?=[0-9][0-9{FILLER}]{{2}})"
)
_TIMES = re.compile(rf"(?<=[0-9{FILLER}]) ?(?:nya|kali)[, ]{{0,2}}(?=[0-9])")
"""Nolnya tiga, nol tiga kali: said of a digit in words."""
_SIGNS = (
    "angka", "spasi", "strip", "dash", "garis", "titik", "koma", "sambung", "lalu", "terus",
    "trus", "lanjut", "ratus",
)  # fmt: skip
"""What people put between the digits of a phone, so that no machine reads it."""
_KEPT = re.compile(
    # The digit comes before its look-behind: so the search skips from digit to digit.
    r"[0-9](?<![0-9]{2})(?<![0-9][-/.][0-9])(?:"
    r"[0-9]?[-/.](?:0?[1-9]|1[0-2])[-/.](?:19|20)[0-9]{2}(?![0-9])(?![-.][0-9]{3})"
    r"|[0-9][-/.](?:0[1-9]|1[0-2])[-/.][0-9]{2}(?![0-9])(?![-./][0-9])"
    r"|[0-9]{3}[-/.](?:0[1-9]|1[0-2])[-/.][0-3][0-9](?![0-9])(?![-.][0-9])"
    r"|[0-9]?[.:][0-5][0-9]\s*+(?:-|–|s/?d|sampai|hingga)\s*+[0-2]?[0-9][.:][0-5][0-9]"
    r"(?![0-9])(?![-.][0-9])"
    r"|(?<!0)[0-9]?\.[0-9]{3,}+(?:\s*+[,;/]|\s)\s*+-?(?:9[5-9]|1[0-4][0-9])\.[0-9]{3,}+"
    r"|(?:[0-9]{1,2})(?<=9[5-9]|[0-4][0-9])\.[0-9]{3,}+(?:\s*+[,;/]|\s)\s*+-[0-9]{1,2}\.[0-9]{3,}+"
    # Years in a row have as many digits as a card.
    r"|(?<![0-9] [0-9])(?:9(?<=19)|0(?<=20))[0-9]{2}(?:(?:, ?|[ /\-])(?:19|20)[0-9]{2})++"
    r"(?![ .\-]?[0-9])"
    r")"
)
# JK is also short for "jika", and a phone begins with no year.
_REPORT = re.compile(r"jk(?<![a-z]jk)[ .\-:#]{0,2}(?=[12])[0-9]{6}[ -]?[0-9]{4,6}(?![0-9])")
_PRICE = re.compile(r"(?:rp(?<![a-z]rp)|idr)[ .]{0,2}[0-9][0-9.,]*+")
_RUN = re.compile(
    "[0-9]"
    + FILLER
    + r"*+(?:[ \t\u00a0.\-\u2010-\u2015\u2212(){}\[\]/\\_*~·,;:=+'\"<>#&\u2022\u2026]{0,8}+"
    + r"(?:(?<=-)\n|(?<=[0-9\x01])\n(?=[0-9\x01][ \-.]?[0-9\x01][ \-.,0-9\x01]*+(?:\n|\Z)))?[0-9]"
    + FILLER
    + "*+)*+"
)
_GROUP = re.compile(f"[0-9{FILLER}]+")


@dataclass(frozen=True, slots=True)
class Group:
    """Digits without a sign between them, and where they stand in the text."""

    start: int
    end: int
    digits: str


def skeleton(text: str, low: str) -> str:
    """text: folded. low: the same in lower case. The answer has their length."""
    bones = text
    if "!" in low or "|" in low:
        bones = _AMONG_DIGITS.sub(_sign_among, bones)
    if _ADJOINING.search(bones):
        bones = _TOKEN.sub(lambda found: found[0].translate(_LETTERS), bones)
    usual = any(map(low.__contains__, _USUAL))
    least = _WORDS_BESIDE_FIGURES if _FIGURES.search(low) else _ROW_OF_WORDS
    if (usual and len(_WORD.findall(low)) >= least) or _MIXED.search(low):
        bones = _TIMES.sub(lambda found: FILLER * len(found[0]), _with_words(bones, low))
    if any(map(low.__contains__, _SIGNS)):
        bones = _SPOKEN.sub(lambda found: FILLER * len(found[0]), bones)
    bones = _KEPT.sub(_blank, bones)
    if "jk" in low:
        bones = _blanked(_REPORT, bones, low)
    return _blanked(_PRICE, bones, low) if "rp" in low or "idr" in low else bones


def _with_words(bones: str, low: str) -> str:
    return _put(bones, _WORD.finditer(low), lambda word: _WORDS[word].ljust(len(word), FILLER))


def _blank(found: re.Match[str]) -> str:
    return BLANK * len(found[0])


def _blanked(kept: re.Pattern[str], bones: str, low: str) -> str:
    return _put(bones, kept.finditer(low), lambda piece: BLANK * len(piece))


def _put(bones: str, found: Iterable[re.Match[str]], sign: Callable[[str], str]) -> str:
    """``bones`` with what was found replaced by as many signs."""
    pieces, done = list[str](), 0
    for each in found:
        pieces += (bones[done : each.start()], sign(each[0]))
        done = each.end()
    return "".join((*pieces, bones[done:]))


def _sign_among(found: re.Match[str]) -> str:
    return "1" if found["one"] else "/"


def rows(bones: str, least: int = 7) -> Iterator[list[Group]]:
    """Groups that stand in a row, at most three separators between; ``least`` digits in all."""
    for found in _RUN.finditer(bones):
        if found.end() - found.start() >= least:
            groups = [
                Group(each.start(), each.end(), digits)
                for each in _GROUP.finditer(bones, found.start(), found.end())
                if (digits := each[0].replace(FILLER, ""))
            ]
            if sum(len(each.digits) for each in groups) >= least:
                yield groups

"""What of a letter its writer wrote, and what it quotes. Pure.

Nobody can tell for sure where a writer's words end: people answer above, below and between what
they quote, and a complaint may be a forwarded letter. So everything is kept. Quoted lines begin
with ``>``, as in plain mail. Only lines that are known to be ours are cut, and when a text is too
long, quotes are shortened before anything else.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby

SHORTENED = "> [...]"
"""Stands for quoted lines that did not fit."""
FORWARDED = "---------- Pesan yang diteruskan ----------"
"""Written above a mail that came as an attachment."""
_MAX_OURS = 40_000
"""Characters of a quotation in which our sentences are looked for; a letter of ours has fewer."""
_MAX_SHORTENED = 20

_LABEL = r"\s{0,9}\*?(?:%s)\*?\s{0,3}:"
_WHOM = re.compile(_LABEL % "from|dari|pengirim", re.I)
_OTHERS = re.compile(
    _LABEL % "sent|dikirim|terkirim|date|tanggal|to|kepada|ke|untuk|cc|tembusan|subject|perihal"
    "|subyek|subjek",
    re.I,
)
_FORWARD = re.compile(
    r"\s{0,9}(?:-{2,}\s{0,9}(?:begin )?(?:forwarded|pesan (?:yang )?(?:diteruskan|terusan)"
    r"|surat (?:yang )?diteruskan|diteruskan)\b"
    r"|begin forwarded message\s?:|(?:mulai|awal) pesan (?:yang )?(?:diteruskan|terusan)\s?:)",
    re.I,
)
_ORIGINAL = re.compile(
    r"\s{0,9}-{2,}\s{0,9}(?:original (?:message|appointment)|pesan asli)\b", re.I
)
_FORWARDING_SUBJECT = re.compile(r"\s*(?:fwd?|trs|terusan|teruskan|diteruskan)\s*:", re.I)
_ATTRIBUTION_END = re.compile(r"(?:wrote|writes|menulis|said)\s{0,3}:\s{0,9}$", re.I)
_SENT_FROM = re.compile(r"\s{0,9}(?:sent|dikirim) (?:from|dari|via|with|dengan)\b.{0,60}$", re.I)
_QUOTING = re.compile(r"(?:\s?>)+ ?")
_SQUEEZED_OUT = re.compile(r"[\s*\u200b-\u200d\u2060\ufeff\u00ad]+")

_SLOTS = {
    "number": r"jk\d{10,12}",
    "code": r"[0-9a-z]{4}(?:-?[0-9a-z]{4}){3}",
    "site": r"[a-z0-9./:-]{1,60}?(?:<[^<>]{1,200}>)?",
}
_SLOT = re.compile(r"\{(\w+)\}")
_LONG = 20
"""Characters of a sentence that nobody writes by chance."""
_SHORTEST = 8
"""Characters of our shortest sentence, or fewer: what is shorter is not looked at."""
_ANYTHING = r".{1,160}?"
"""In place of a unit's name or a date."""


class Kind(Enum):
    """OWN: the writer's, as far as anybody can tell. QUOTED: marked with ``>``. ANSWERED: below
    the headers of an answered mail, with no mark. FORWARDED: below those of a forwarded one."""

    OWN = auto()
    QUOTED = auto()
    ANSWERED = auto()
    FORWARDED = auto()


_CUTTABLE = (Kind.QUOTED, Kind.ANSWERED)


class OurLetters:
    """How our letters are recognised where somebody quotes them."""

    def __init__(self, address: str, sentences: Iterable[str]) -> None:
        """address: our mailbox. sentences: those of all our letters, with ``{slots}``."""
        self.address = address.lower()
        every = tuple(sentences)
        self._every = _any_of(every)
        self._exact = _any_of(each for each in every if _is_exact(each))

    def in_lines(self, lines: Sequence[str], kind: Kind) -> list[bool]:
        """Of each line whether it holds our sentences and nothing else.

        Programs wrap what they quote, so the lines are read as one. Where no mark says that a line
        is quoted, a short sentence or one with a free slot proves nothing: the writer's own may
        look like it.
        """
        squeezed = [_squeezed(_QUOTING.sub("", line, count=1)) for line in lines]
        whole = "".join(squeezed)[:_MAX_OURS]
        if len(whole) < _SHORTEST:
            return [False] * len(lines)
        ours = bytearray(len(whole))
        for found in (self._every if kind is Kind.QUOTED else self._exact).finditer(whole):
            ours[found.start() : found.end()] = b"\x01" * (found.end() - found.start())
        answers, at = [], 0
        for line in squeezed:
            end = at + len(line)
            answers.append(bool(line) and end <= len(whole) and 0 not in ours[at:end])
            at = end
        return answers

    def are_named_in(self, lines: Iterable[str]) -> bool:
        """Whether a line above a quotation says that we wrote what is quoted."""
        return any(
            self.address in line.lower() and (_WHOM.match(line) or _ATTRIBUTION_END.search(line))
            for line in lines
        )


def _is_exact(sentence: str) -> bool:
    names = set(_SLOT.findall(sentence))
    return names <= _SLOTS.keys() and (bool(names) or len(_squeezed(sentence)) >= _LONG)


def _any_of(sentences: Iterable[str]) -> re.Pattern[str]:
    # Longer ones first: a short sentence may be the beginning of another.
    patterns = sorted(map(_pattern, sentences), key=len, reverse=True)
    return re.compile("|".join(patterns) or "(?!)")


def _pattern(sentence: str) -> str:
    """A slot at the beginning is left out: it would take words before the sentence along."""
    pieces = _SLOT.split(re.sub(r"^\{\w+\}", "", sentence))
    return "".join(
        _SLOTS.get(piece, _ANYTHING) if at % 2 else re.escape(_squeezed(piece))
        for at, piece in enumerate(pieces)
    )


def _squeezed(text: str) -> str:
    return _SQUEEZED_OUT.sub("", text).lower()


@dataclass(frozen=True, slots=True)
class Letter:
    """Lines with their kinds."""

    lines: tuple[tuple[str, Kind], ...]

    @classmethod
    def of(cls, text: str, subject: str = "") -> "Letter":
        """subject: tells a forwarded mail from an answer, where the programs write the same."""
        lines = text.split("\n")
        forwarding = _FORWARDING_SUBJECT.match(subject) is not None
        return cls(tuple(zip(lines, _kinds(lines, forwarding), strict=True)))

    @property
    def has_own_words(self) -> bool:
        """Whether anything is in it that is neither quoted nor written by the program itself."""
        lines = [line for line, kind in self.lines if kind in (Kind.OWN, Kind.FORWARDED)]
        following = [*lines, ""][1:]
        return any(
            line.strip() and not _SENT_FROM.match(line) and not _is_attribution(line, after)
            for line, after in zip(lines, following, strict=True)
        )

    def without(self, ours: OurLetters) -> "Letter":
        """Without the lines that are ours, and without the line above them where nothing of the
        quotation is left. A forwarded letter stays whole."""
        kept: list[tuple[str, Kind]] = []
        for kind, group in groupby(self.lines, key=lambda row: row[1]):
            run = list(group)
            if kind not in _CUTTABLE:
                kept += run
                continue
            rest = _not_ours(run, ours)
            if not rest and kind is Kind.QUOTED:
                _drop_attribution(kept, ours.address)
            kept += rest
        return Letter(tuple(kept))

    def fitted(self, limit: int) -> str:
        """At most ``limit`` characters or, when the writer's own words are more, those."""
        room = limit - sum(len(line) + 1 for line, kind in self.lines if kind not in _CUTTABLE)
        if sum(len(line) + 1 for line, kind in self.lines if kind in _CUTTABLE) <= max(room, 0):
            return "\n".join(line for line, _ in self.lines)
        return "\n".join(self._shortened(room - _MAX_SHORTENED * (len(SHORTENED) + 1)))

    def _shortened(self, room: int) -> Iterator[str]:
        """The lines, and of the quoted ones as many as fit into ``room``."""
        marks, skipping = 0, False
        for line, kind in self.lines:
            if kind not in _CUTTABLE:
                skipping = False
                yield line
                continue
            room -= len(line) + 1
            if room >= 0:
                yield line
            elif not skipping and marks < _MAX_SHORTENED:
                marks, skipping = marks + 1, True
                yield SHORTENED


def _is_attribution(line: str, after: str) -> bool:
    """Whether it names who wrote what is quoted below, or is the first of two lines that do."""
    ends_below = len(after) < 60 and _ATTRIBUTION_END.search(after)
    return bool(_ATTRIBUTION_END.search(line) or ends_below)


def _kinds(lines: Sequence[str], forwarding: bool) -> Iterator[Kind]:
    kind = Kind.OWN
    for at, line in enumerate(lines):
        if kind is not Kind.FORWARDED:
            if _FORWARD.match(line):
                kind = Kind.FORWARDED
            elif _ORIGINAL.match(line) or _is_head(lines, at) or _is_said(lines, at):
                kind = Kind.FORWARDED if forwarding else Kind.ANSWERED
        quoted = line.lstrip(" ").startswith(">") and kind is not Kind.FORWARDED
        yield Kind.QUOTED if quoted else kind


def _is_head(lines: Sequence[str], at: int) -> bool:
    """Whether the headers of another mail begin here, as Outlook writes them."""
    if not _WHOM.match(lines[at]):
        return False
    following = [line for line in lines[at + 1 : at + 10] if line.strip()][:4]
    return sum(1 for line in following if _OTHERS.match(line)) >= 2


def _is_said(lines: Sequence[str], at: int) -> bool:
    """Whether an attribution stands here and no mark below it, as Yahoo writes it."""
    if not (_ATTRIBUTION_END.search(lines[at]) and re.search(r"\d.*@", lines[at])):
        return False
    below = next((line for line in lines[at + 1 : at + 10] if line.strip()), "")
    return bool(below) and not below.lstrip(" ").startswith(">")


def _not_ours(run: list[tuple[str, Kind]], ours: OurLetters) -> list[tuple[str, Kind]]:
    lines = [line for line, _ in run]
    drop = ours.in_lines(lines, run[0][1])
    if not any(drop):
        return run
    # An empty line between two lines that are cut is cut with them.
    blank = [not _QUOTING.sub("", line, count=1).strip() for line in lines]
    before, after = _nearest(drop, blank), _nearest(drop[::-1], blank[::-1])[::-1]
    return [
        row
        for at, row in enumerate(run)
        if not (drop[at] or (blank[at] and before[at] and after[at]))
    ]


def _nearest(drop: Sequence[bool], blank: Sequence[bool]) -> list[bool]:
    """Of each line whether the last line before it that is not empty is cut, or there is none."""
    answers, last = [], True
    for dropped, empty in zip(drop, blank, strict=True):
        answers.append(last)
        last = last if empty else dropped
    return answers


def _drop_attribution(kept: list[tuple[str, Kind]], address: str) -> None:
    """Takes "On ... <our address> wrote:", often broken over lines, from the end of ``kept``."""
    end = len(kept)
    while end and not kept[end - 1][0].strip():
        end -= 1
    for count in (1, 2, 3):
        above = " ".join(line for line, _ in kept[max(end - count, 0) : end])
        if not _ATTRIBUTION_END.search(above) or len(above) > 400:
            return
        if address in above.lower():
            begun = re.match(r"\s*(?:on|pada|el|le)\b|.*\d{4}", above, re.I)
            if begun or count == 3:
                del kept[max(end - count, 0) :]
                return

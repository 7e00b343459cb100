"""Tracking codes and reply tokens that come back in a citizen's words, masked. Pure.

Confirmations are quoted in answers, forwarded and pasted into complaints. A code that is stored
with the words would be shown to officers, who could then act as the reporter.

A code counts in any spelling that a person or a mail program may give it: with other dashes or
none, in lower case, with the look-alikes O, I, L, in full-width characters, with invisible
characters, tags or entities within, broken over quoted lines. Only what has a valid check character
is a code of ours: the number of a meter or of an identity card stays.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from shared.codes import TOKEN_LENGTH, is_token_shaped, normalise_code

CODE_MARK = "[kode pelacakan]"
TOKEN_MARK = "[kode balasan]"  # noqa: S105 (what stands in its place)

CODE_LENGTH = 16
GROUP = 4
_MAX_GAP = 1000
"""Characters between two groups: tags with their attributes, line breaks with quote marks."""

_NEAR = 64
"""Places that may overlap one place, on either side: at each word one of each kind may begin."""

# What nobody sees: soft hyphens, zero-width spaces, marks of direction.
_UNSEEN = (
    r"\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    r"\ufe00-\ufe0f\ufeff"
)
_DASH = r"\-\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
# The names are listed: a code may stand in angle brackets too.
_TAG = (
    r"(?i:<(?:/?(?:[abipqsu]|[bh]r|em|[dt][dlrt]|th|[lou][il]|h[1-6]|o:p|big|div|img|nav|pre|sub|sup|"
    r"wbr|body|bdi|bdo|cite|code|font|head|html|main|mark|samp|small|span|strike|strong|tbody|"
    r"table|thead|tfoot|tt|var|article|blockquote|center|footer|header|kbd|section)"
    r"(?:[\s/][^<>]{0,500})?|!--[^<>]{0,500}--)>)"
)
_ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,10});"
_UUID = r"(?<![^\W_])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![^\W_])"
_REPORT_NUMBER = r"(?<![^\W_])[Jj][Kk][0-9]{10,12}(?![^\W_])"
_PART = re.compile(
    rf"{_TAG}|{_ENTITY}|{_UUID}|{_REPORT_NUMBER}|(?P<word>[^\W_](?:[{_UNSEEN}]*[^\W_])*)"
)
_GAP = re.compile(rf"(?:[\s{_UNSEEN}{_DASH}>|=_.,:/*~+\u00b7\u2022]|{_TAG}|{_ENTITY})*")
_JOINT = re.compile(rf"[{_DASH}_=<&]")
_ALPHANUMERIC = re.compile(r"[0-9A-Za-z]+")
_TOKEN_PIECE = TOKEN_LENGTH // 4
"""Characters of the longest piece of a token that is broken over a few lines."""
_GLUED = re.compile(rf"(?=([0-9A-Za-z]{{4}}(?:[{_DASH}]{{1,2}}[0-9A-Za-z]{{4}}){{3}}))")
_SYLLABLES = re.compile(r"[^aeiou]{0,2}(?:[aeiou]{1,2}[^aeiou]{1,3})*[aeiou]{0,2}")


class _Word:
    """A run of letters and digits. ``plain``: as it is compared, without what is not seen."""

    __slots__ = ("end", "plain", "start")

    def __init__(self, found: "re.Match[str]") -> None:
        self.start, self.end = found.span()
        written = found.group()
        if not written.isascii():
            seen = (each for each in written if unicodedata.category(each) not in ("Cf", "Mn"))
            written = unicodedata.normalize("NFKC", "".join(seen))
        self.plain = written


def masked(text: str) -> str:
    """``text`` with a mark in the place of each of our codes and tokens; else unchanged.

    It takes time in proportion to the length, and masking again changes nothing.
    """
    if _is_plain(text):
        return text
    words = [_Word(found) for found in _PART.finditer(text) if found["word"]]
    gaps = [text[one.end : other.start] for one, other in pairwise(words)]
    joined = [gap == " " or _joins(gap) for gap in gaps]
    broken = [each and ("\n" in gap or "<" in gap) for each, gap in zip(joined, gaps, strict=True)]
    found = [
        *_whole_words(words, gaps, joined, _CODE),
        *_glued(text),
        *_whole_words(words, gaps, broken, _TOKEN),
    ]
    return _replaced(text, _likeliest(sorted(found))) if found else text


def _is_plain(text: str) -> bool:
    """Whether it holds no code for certain; told in a tenth of the time, as nearly all texts do."""
    if len(text) < CODE_LENGTH:
        return True
    if not text.isascii() or "<" in text or "&" in text:
        return False
    words = _ALPHANUMERIC.findall(text)
    sizes = list(map(len, words))
    if max(sizes, default=0) >= (_TOKEN_PIECE if "\n" in text else TOKEN_LENGTH):
        return False
    return next(_GLUED.finditer(text), None) is None and not any(_sixteens(words, sizes))


def _sixteens(words: Sequence[str], sizes: Sequence[int]) -> Iterator[bool]:
    """For each run of words of together 16 characters, whether its check character is valid."""
    for first, size in enumerate(sizes):
        last = first
        while size < CODE_LENGTH and last + 1 < len(sizes):
            last += 1
            size += sizes[last]
        if size == CODE_LENGTH:
            yield normalise_code("".join(words[first : last + 1])) is not None


def _joins(gap: str) -> bool:
    return len(gap) <= _MAX_GAP and _GAP.fullmatch(gap) is not None


class _Found(NamedTuple):
    """A place where a code or a token may stand. doubt: 0 where nothing speaks against it."""

    start: int
    end: int
    doubt: int
    mark: str


class _Sought(NamedTuple):
    length: int
    is_one: Callable[[Sequence[str], Sequence[str]], bool]
    mark: str


def _whole_words(
    words: Sequence[_Word], gaps: Sequence[str], joined: Sequence[bool], sought: _Sought
) -> Iterator[_Found]:
    """Where whole words together are what is sought.

    ``joined``: whether the word before and the word after a gap may belong together.
    """
    sizes = [len(word.plain) for word in words]
    for first in range(len(words)):
        last, size = first, sizes[first]
        while size < sought.length and last < len(gaps) and joined[last]:
            last += 1
            size += sizes[last]
        if size != sought.length:
            continue
        groups, between = [w.plain for w in words[first : last + 1]], gaps[first:last]
        if sought.is_one(groups, between):
            doubt = sum(map(_reads_as_a_word, groups)) + len(set(between))
            yield _Found(words[first].start, words[last].end, doubt, sought.mark)


def _is_code(groups: Sequence[str], gaps: Sequence[str]) -> bool:
    code = "".join(groups)
    return (
        not code.isdigit()
        and normalise_code(code) is not None
        and _is_grouped(groups, gaps)
        and not _is_ordinary(groups, gaps)
    )


def _is_ordinary(groups: Sequence[str], gaps: Sequence[str]) -> bool:
    """Whether all are words, as they stand in a sentence; a reduplication has one dash."""
    parted = len(gaps) > 1 and all(_JOINT.search(gap) for gap in gaps)
    return not parted and all(_reads_as_a_word(group) for group in groups)


def _is_grouped(groups: Sequence[str], gaps: Sequence[str]) -> bool:
    """Whether it stands as a code may stand, and not as neighbouring words of a sentence do.

    It has regular groups; or dashes or the like; or it is one word, broken over two lines; or most
    of its groups mix letters and digits.
    """
    sizes = {len(group) for group in groups}
    regular = len(sizes) == 1 or all(size % GROUP == 0 for size in sizes)
    dashes = sum(_JOINT.search(gap) is not None for gap in gaps)
    if regular or dashes > 1 or (len(gaps) == 1 and "\n" in gaps[0]):
        return True
    if dashes and len(groups) > CODE_LENGTH // 3:
        return True
    mixed = (len(group) for group in groups if not group.isalpha() and not group.isdigit())
    return 2 * sum(mixed) >= CODE_LENGTH


def _reads_as_a_word(group: str) -> bool:
    """Whether the letters are those of a word: syllables, and no digit."""
    return (
        len(group) >= GROUP and group.isalpha() and _SYLLABLES.fullmatch(group.lower()) is not None
    )


def _glued(text: str) -> Iterator[_Found]:
    """Codes with dashes that stick to the words around them, as when tags were taken away."""
    for found in _GLUED.finditer(text):
        groups = re.split(rf"[{_DASH}]+", found[1])
        around = text[max(found.start(1) - 37, 0) : found.end(1) + 37]
        if _is_code(groups, []) and not re.search(_UUID, around):
            yield _Found(*found.span(1), sum(map(_reads_as_a_word, groups)) + 1, CODE_MARK)


def _is_token(groups: Sequence[str], _: Sequence[str]) -> bool:
    return is_token_shaped("".join(groups))


_CODE = _Sought(CODE_LENGTH, _is_code, CODE_MARK)
_TOKEN = _Sought(TOKEN_LENGTH, _is_token, TOKEN_MARK)


def _likeliest(found: Sequence[_Found]) -> list[_Found]:
    """Of places that overlap those with the least doubt, united where they overlap too.

    A word before a code may have its length, and the check character fits by chance once in 32
    times: without this, that word would be taken for the code's beginning.
    """
    kept: set[int] = set()
    for at in sorted(range(len(found)), key=lambda each: (found[each].doubt, each)):
        near = range(max(at - _NEAR, 0), min(at + _NEAR, len(found)))
        if not any(each in kept and _beats(found[each], found[at]) for each in near):
            kept.add(at)
    return [found[at] for at in sorted(kept)]


def _beats(one: _Found, other: _Found) -> bool:
    overlap = one.start < other.end and other.start < one.end
    return overlap and one.doubt < other.doubt


def _replaced(text: str, places: Sequence[_Found]) -> str:
    """Places that overlap get one mark."""
    parts: list[str] = []
    end = 0
    for place in places:
        if place.start >= end:
            parts += [text[end : place.start], place.mark]
        end = max(end, place.end)
    return "".join([*parts, text[end:]])

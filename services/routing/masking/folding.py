"""A text as masking reads it: entities, styled letters and invisible signs gone. Pure.

Each character of the folded text knows where it begins in the original, so that a piece found in
the one is a span of the other.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.routing.masking.masked import LABELS, Span

BARRIER = "\x02"
"""Stands where a piece was taken out: no letter, no digit, no blank. Nothing reads across it."""
_CONTROLS = {**dict.fromkeys((1, 2, 3), " "), 0x3002: ".", 0xFF61: "."}
""".. and the full stops of other scripts, with which addresses of mail are written."""
_SEEN = re.compile(
    "(?P<label>"
    + "|".join(re.escape(label) for label in LABELS.values())
    + r")|(?P<entity>&(?:amp;){0,2}(?:#\d{1,7};|#64(?!\d)|#[xX][0-9a-fA-F]{1,6};|[A-Za-z]{2,8};))"
    + "|[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u20e3\ufe00-\ufe0f\ufeff]+"
)


class _Plain(dict[int, str]):
    """Full-width, bold and circled signs as usual ones, one for one; looked up once each."""

    def __missing__(self, number: int) -> str:
        sign = chr(number)
        figure = unicodedata.digit(sign, None)
        plain = unicodedata.normalize("NFKC", sign) if figure is None else str(figure)
        # A sign that becomes two (a fraction, a dotted capital I) would shift all offsets.
        usable = len(plain) == 1 and len(plain.lower()) == 1
        self[number] = plain if usable else "I" if sign == "\u0130" else sign
        return self[number]


_PLAIN = _Plain(_CONTROLS)


@dataclass(frozen=True, slots=True)
class Folded:
    """``text[i]`` is what the original holds from ``starts[i]`` to ``starts[i + 1]``."""

    text: str
    starts: Sequence[int]

    def without(self, spans: Sequence[Span]) -> "Folded":
        """The same with one barrier in place of each span (of this text, in order)."""
        pieces, starts, done = list[str](), list[int](), 0
        for span in spans:
            pieces += (self.text[done : span.start], BARRIER)
            starts += (*self.starts[done : span.start], self.starts[span.start])
            done = span.end
        pieces.append(self.text[done:])
        starts += self.starts[done:]
        return Folded("".join(pieces), starts)


def fold(original: str) -> Folded:
    """``original`` for reading. A label that stands in it already becomes a barrier."""
    if original.isascii() and "&" not in original and "[" not in original:
        return Folded(original.translate(_CONTROLS), range(len(original) + 1))
    pieces, starts = list[str](), list[int]()
    for start, end, text in _parts(original):
        pieces.append(text)
        starts += range(start, end) if len(text) == end - start else [start] * len(text)
    return Folded("".join(pieces), [*starts, len(original)])


def _parts(original: str) -> Iterator[tuple[int, int, str]]:
    done = 0
    for found in _SEEN.finditer(original):
        yield done, found.start(), original[done : found.start()].translate(_PLAIN)
        yield *found.span(), _one(found)
        done = found.end()
    yield done, len(original), original[done:].translate(_PLAIN)


def _one(found: re.Match[str]) -> str:
    """What a label, an entity or a row of invisible signs is read as: one sign, or nothing."""
    if found["label"]:
        return BARRIER
    if not found["entity"]:
        return ""
    sign = html.unescape(html.unescape(html.unescape(found["entity"])))
    return sign.translate(_PLAIN) if len(sign) == 1 else " "

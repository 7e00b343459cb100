"""Spellings that masking must know, one to a line of ``masking_kinds.txt``, by what they are of.

A line ``= names`` begins a section; ``{name|Budi}`` marks what must not be read, and a backslash
with an n is the end of a line. Lines without a mark are decoys: nothing in them is touched.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_suffix(".txt")
_MARK = re.compile(r"\{(?:name|address|phone|mail|number|handle)\|(?P<piece>[^}]*)\}")


@dataclass(frozen=True, slots=True)
class Spelling:
    """``pieces``: from, to, in code points of the text."""

    section: str
    text: str
    pieces: tuple[tuple[int, int], ...]


def spellings() -> Iterator[Spelling]:
    section = ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            section = line[2:]
        else:
            yield _spelling(section, line.replace("\\n", "\n").replace("\\t", "\t"))


def _spelling(section: str, line: str) -> Spelling:
    text, pieces, done = "", list[tuple[int, int]](), 0
    for mark in _MARK.finditer(line):
        text += line[done : mark.start()]
        pieces.append((len(text), len(text) + len(mark["piece"])))
        text += mark["piece"]
        done = mark.end()
    return Spelling(section, text + line[done:], tuple(pieces))

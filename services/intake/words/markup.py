"""HTML as a reader sees it, in time that grows with its length and no faster.

The standard library's parser searches for the end again at each unclosed sign. A stranger could
write a mail of 100 kB that would keep it, and the process with it, busy for minutes.
"""

import html
import re
from collections.abc import Iterator

_BLOCKS = frozenset(
    {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr"}
)
_UNSEEN = frozenset({"script", "style", "head", "title", "template"})
_RAW = frozenset({"script", "style"})
# The quantifiers are possessive and no part matches beyond the next "<", so that the regular
# expression looks at each sign once.
_TAG = re.compile(
    r"""<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>"""
    r"""|<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)[^<>]*+>"""
    r"""|<[!?][^<>]*+>"""
)
_BREAK = "\x00"
"""Marks where a block begins or ends. A line break in the markup is only a blank."""
_BLANKS = re.compile(r"[^\S\x00]+")
_WIDE_GAP = re.compile(r"\n{3,}")


def html_to_text(markup: str) -> str:
    """What a reader would see; quoted mail (``blockquote``) only where there is nothing else."""
    reader = _Reader()
    reader.read(markup.replace(_BREAK, ""))
    return _lines(reader.own) or _lines(reader.all)


def _lines(pieces: list[str]) -> str:
    seen = _BLANKS.sub(" ", html.unescape("".join(pieces)))
    lines = (line.strip() for line in seen.split(_BREAK))
    return _WIDE_GAP.sub("\n\n", "\n".join(lines)).strip()


class _Reader:
    def __init__(self) -> None:
        self.own: list[str] = []
        self.all: list[str] = []
        self._hidden = 0
        self._quoted = 0

    def read(self, markup: str) -> None:
        for words, closing, name in _pieces(markup):
            self._see(words)
            if name:
                self._enter(name, -1 if closing else 1)

    def _enter(self, name: str, step: int) -> None:
        if name == "body":
            self._hidden = 0  # A body also ends a head that was not closed.
        self._hidden = max(0, self._hidden + step * (name in _UNSEEN))
        self._quoted = max(0, self._quoted + step * (name == "blockquote"))
        if name in _BLOCKS:
            self._see(_BREAK)

    def _see(self, text: str) -> None:
        if self._hidden:
            return
        self.all.append(text)
        if not self._quoted or text == _BREAK:
            self.own.append(text)


def _pieces(markup: str) -> Iterator[tuple[str, bool, str]]:
    """Words, then the tag after them: whether it closes, and its name, empty for none."""
    at, comments = 0, "-->" in markup
    while at < len(markup):
        sign = markup.find("<", at)
        if sign < 0:
            break
        if comments and markup.startswith("<!--", sign):
            end = markup.find("-->", sign + 2)
            comments = end >= 0
            if comments:
                yield markup[at:sign], False, ""
                at = end + 3
                continue
        tag = _TAG.match(markup, sign)
        if tag is None:
            yield markup[at : sign + 1], False, ""
            at = sign + 1
            continue
        name = (tag[2] or tag[4] or "").lower()
        closing = bool(tag[1] or tag[3])
        yield markup[at:sign], closing, name
        at = tag.end()
        if name in _RAW and not closing:
            at = _end_of_raw(markup, at, name)
    yield markup[at:], False, ""


def _end_of_raw(markup: str, at: int, name: str) -> int:
    """Where the script or style ends: nothing in it is a tag but its own end."""
    end = re.compile(f"</{name}", re.I).search(markup, at)
    return end.start() if end else len(markup)

"""HTML as a reader sees it, in time that grows with its length and no faster.

The standard library's parser searches for the end again at each unclosed sign. A stranger could
write a mail of 100 kB that would keep it, and the process with it, busy for minutes.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLOCKS = frozenset(
    {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr"}
    | {"section", "article", "header", "footer", "main", "aside", "nav", "dl", "dt", "dd", "pre"}
    | {"blockquote", "center", "address", "figure", "figcaption", "form", "fieldset", "caption"}
)
_CELLS = frozenset({"td", "th", "option", "button"})
_UNSEEN = frozenset({"script", "style", "title", "template"})
# The quantifiers are possessive and no part matches beyond the next "<", so that the regular
# expression looks at each sign once.
_TAG = re.compile(
    r"""<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>"""
    r"""|<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)[^<>]*+>"""
    r"""|<[!?][^<>]*+>"""
)
_SIGN = re.compile(r"<(?=[/!?a-zA-Z])")
_HREF = re.compile(r"""\shref\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", re.I)
_LINK = re.compile(r"(?:https?://|geo:|www\.)\S", re.I)
MAX_LINK = 2_000
MAX_QUOTING = 9
"""Levels of quotation that are told apart."""
_BLANKS = re.compile(r"\s+")
_WIDE_GAP = re.compile(r"\n{3,}")


def html_to_text(markup: str) -> str:
    """What a reader would see. Lines of a ``blockquote`` begin with ``> ``, as in plain mail, and
    the address of a link stands behind its words."""
    reader = _Reader()
    for piece in _pieces(markup):
        reader.see(piece.words)
        reader.enter(piece)
    return _WIDE_GAP.sub("\n\n", "\n".join(reader.lines())).strip()


@dataclass(frozen=True, slots=True)
class _Piece:
    """Words, then the tag after them; ``name`` is empty for none."""

    words: str
    name: str = ""
    closing: bool = False
    tag: str = ""


class _Reader:
    def __init__(self) -> None:
        self._lines: list[tuple[int, list[str]]] = [(0, [])]
        self._quoted = 0
        self._link = ""
        self._kept = 0
        """How many ``pre`` are open: there a line break in the markup is one."""

    def lines(self) -> Iterator[str]:
        for depth, pieces in self._lines:
            line = _BLANKS.sub(" ", html.unescape("".join(pieces))).strip()
            yield f"{'>' * min(depth, MAX_QUOTING)} {line}" if depth and line else line

    def see(self, text: str) -> None:
        first, *others = text.split("\n") if self._kept else (text,)
        self._add(first)
        for line in others:
            self._break()
            self._add(line)

    def _add(self, text: str) -> None:
        if text:
            self._lines[-1][1].append(text)

    def enter(self, piece: _Piece) -> None:
        step = -1 if piece.closing else 1
        if piece.name in _BLOCKS:
            self._quoted = max(0, self._quoted + step * (piece.name == "blockquote"))
            self._kept = max(0, self._kept + step * (piece.name == "pre"))
            self._break()
        elif piece.name in _CELLS:
            self.see(" ")
        elif piece.name == "a":
            self._end_link()
            self._link = "" if piece.closing else _address(piece.tag)

    def _break(self) -> None:
        if len(self._lines) > 1 and not (self._lines[-1][1] or self._lines[-2][1]):
            # A third empty line would not be seen, and there may be a hundred thousand.
            self._lines.pop()
        self._lines.append((self._quoted, []))

    def _end_link(self) -> None:
        """The address of the link that ends here, where its words do not say it."""
        link, self._link = self._link, ""
        if link and html.unescape(link) not in html.unescape("".join(self._lines[-1][1][-8:])):
            self.see(f" <{link}>".replace("<", "&lt;").replace(">", "&gt;"))


def _address(tag: str) -> str:
    found = _HREF.search(tag)
    link = (found[1] or found[2] or found[3] or "").strip() if found else ""
    return link if len(link) <= MAX_LINK and _LINK.match(link) else ""


def _pieces(markup: str) -> Iterator[_Piece]:
    ends = _Ends(markup)
    at = 0
    while (found := _SIGN.search(markup, at)) is not None:
        sign = found.start()
        if markup.startswith("<!--", sign) and (end := ends.next(sign + 2, "-->")) >= 0:
            yield _Piece(markup[at:sign])
            at = end + len("-->")
            continue
        tag = _TAG.match(markup, sign)
        if tag is None:
            yield _Piece(markup[at : sign + 1])
            at = sign + 1
            continue
        name, closing = (tag[2] or tag[4] or "").lower(), bool(tag[1] or tag[3])
        yield _Piece(markup[at:sign], name, closing, tag[0] if name == "a" else "")
        at = tag.end()
        if name in _UNSEEN and not closing:
            at = max(at, ends.next(at, f"</{name}"))
    yield _Piece(markup[at:])


class _Ends:
    """Where comments, scripts and their like end. What was not found once is not looked for again,
    so that the whole markup is searched once and not at each sign."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._without: set[str] = set()

    def next(self, at: int, end: str) -> int:
        """Where ``end`` stands next from ``at`` on, whatever its case; -1 for nowhere."""
        if end in self._without:
            return -1
        found = re.compile(re.escape(end), re.I).search(self._markup, at)
        if found is None:
            self._without.add(end)
            return -1
        return found.start()

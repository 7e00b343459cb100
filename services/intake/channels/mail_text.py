"""The words of a mail: decoded, out of HTML, without what it quotes. Standard library only."""

import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from html.parser import HTMLParser

_BLOCKS = frozenset(
    {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr"}
)
_UNSEEN = frozenset({"script", "style", "head", "title", "template"})
_QUOTE_STARTS = (
    re.compile(r"^-{2,}\s*(original message|pesan asli|forwarded message)\b.*$", re.I),
    re.compile(r"^_{20,}\s*$"),
    re.compile(r"^(on|pada)\b.{0,300}\b(wrote|menulis)\s*:\s*$", re.I | re.S),
    re.compile(r"^-- $"),
)
_WIDE_GAP = re.compile(r"\n{3,}")


def header(message: Message, name: str) -> str:
    """A header as text on one line, encoded words decoded; empty when it is missing.

    The parser of the standard library stumbles over some malformed headers; then the raw value
    is better than no mail at all.
    """
    try:
        value = str(message[name] or "")
    except (ValueError, LookupError, AttributeError, TypeError):
        value = _raw_header(message, name)
    return " ".join(_readable(value).split())


def _raw_header(message: Message, name: str) -> str:
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            return _decoded_words(str(value))
    return ""


def _decoded_words(value: str) -> str:
    try:
        return str(make_header(decode_header(_readable(value))))
    except (ValueError, LookupError):
        return value


def _readable(value: str) -> str:
    """Eight-bit bytes that came undeclared, read as UTF-8; replaced where they are not."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def own_words(message: EmailMessage) -> str:
    """The text the sender wrote, without quoted mail; may be empty."""
    plain, rich = _bodies(message)
    text = plain if plain.strip() else html_to_text(rich)
    return without_quotes(text)


def _bodies(message: Message) -> tuple[str, str]:
    """The first text/plain and the first text/html part that are no attachments."""
    found: dict[str, str] = {}
    for part in _shown_parts(message):
        found.setdefault(part.get_content_type(), _decoded(part))
    return found.get("text/plain", ""), found.get("text/html", "")


def _shown_parts(message: Message) -> Iterator[Message]:
    for part in message.walk():
        leaf = part.get_content_maintype() == "text" and not part.is_multipart()
        if leaf and part.get_content_disposition() != "attachment":
            yield part


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    for charset in (part.get_content_charset() or "utf-8", "utf-8", "windows-1252"):
        try:
            return raw.decode(charset)
        except (ValueError, LookupError):
            continue
    return raw.decode("latin-1")


class _TextOf(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _UNSEEN
        self._quoted += tag == "blockquote"
        self._break(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in _UNSEEN))
        self._quoted = max(0, self._quoted - (tag == "blockquote"))
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden and not self._quoted:
            self.pieces.append(re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n")


def html_to_text(markup: str) -> str:
    """What a reader would see, quoted mail (``blockquote``) left out; no markup remains."""
    parser = _TextOf()
    parser.feed(markup)
    parser.close()
    lines = (line.strip() for line in "".join(parser.pieces).split("\n"))
    return _WIDE_GAP.sub("\n\n", "\n".join(lines)).strip()


def without_quotes(text: str) -> str:
    """Cuts at the first sign of quoted mail or a signature; the whole where nothing is left.

    Simple on purpose: a few quoted lines too many do no harm, a lost complaint does.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = next((at for at in range(len(lines)) if _starts_quote(lines, at)), len(lines))
    kept = "\n".join(line for line in lines[:end] if not line.startswith(">")).strip()
    return kept or "\n".join(line.lstrip("> ") for line in lines).strip()


def _starts_quote(lines: list[str], at: int) -> bool:
    # "On ... wrote:" is often broken over two lines.
    both = "\n".join(lines[at : at + 2])
    return any(start.match(lines[at]) or start.match(both) for start in _QUOTE_STARTS)

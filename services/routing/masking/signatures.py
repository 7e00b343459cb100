"""The name under a letter: behind the words that close it, or on a line of its own below. Pure."""

import re
from collections.abc import Iterator, Sequence

from services.routing.masking.masked import Span
from services.routing.masking.reading import Reading, words_of
from services.routing.masking.tokens import (
    Token,
    after_titles,
    is_given,
    is_rare,
    looks_named,
    span_of,
    tokens_at,
)

_CLOSING = re.compile(
    r"(?:terima ?kasih|makasih|trimakasih|trims|tks|thx|mksh|matur ?suwun|trmksh|makasi|mks"
    r"|tengkyu|suwun"
    r"|nuwun|mauliate|suksma|thanks|thank you|best|cheers|wassalam\w*"
    r"|wassalamu'?alaikum|salam|hormat (?:saya|kami)|tq|demikian|ttd|tertanda|regards|sincerely"
    r"|pemohon|pelapor|sekian|yang (?:menyatakan|membuat pernyataan|melapor)|mengetahui)\b"
)
_CLOSED = re.compile(rf"{_CLOSING.pattern}[ ,.!]{{0,3}}\n+$")
_POLITE = re.compile(
    r"(?:,? (?:wr|wb|wr\.? ?wb|warahmatullahi|wabarakatuh|banyak|sebelumnya|sekali|ya|pak|bu|min"
    r"|kak"
    r"|hormat|hangat|atas \w{2,20}))*+[ ,.!~:;\-–\n\r\t(\U0001f300-\U0001faff]{1,6}"
)
_LINE = re.compile(r"\n[ \t(\-–~*_.]{0,8}(?=[^\W\d_])")
_FEW = 2
"""Words in small letters that are a name, and no wish."""
_WITHIN = 160
"""Characters behind the words that close a letter in which its signature stands."""
HEADS = {
    "closing": words_of(
        "mksh matur matursuwun trmksh makasi mks tengkyu suwun nuwun mauliate suksma terima "
        "terimakasih makasih "
        "trimakasih trims tks thx thanks thank best "
        "cheers salam hormat tq wassalam "
        "wassalamualaikum wassalamu demikian ttd tertanda regards sincerely pemohon pelapor "
        "sekian yang mengetahui"
    )
}


def signatures(read: Reading) -> Iterator[Span]:
    yield from _last_line(read)
    for found in read.at_heads("closing", _CLOSING):
        if (behind := _POLITE.match(read.low, found.end())) and (
            span := _signature(read, behind.end())
        ):
            yield span
        for line in _LINE.finditer(read.text, found.end(), found.end() + _WITHIN):
            if span := _signature(read, line.end()):
                yield span


def _last_line(read: Reading) -> Iterator[Span]:
    """A name below a text that no word closes."""
    start = read.text.rstrip().rfind("\n") + 1
    if not start:
        return
    lead = _LINE.match(read.text, start - 1)
    tokens = tokens_at(read, after_titles(read, lead.end())) if lead else []
    named = tokens and all(looks_named(read, each) for each in tokens)
    titled = lead and tokens and tokens[0].start() > lead.end()
    closed = _CLOSED.search(read.low[max(0, start - 60) : start])
    if lead and tokens and closed and is_rare(read, tokens):
        yield span_of(read, lead.end(), tokens)
    elif lead and named and (titled or any(is_given(read, each) for each in tokens)):
        span = _signature(read, lead.end())
        if span and not read.low[span.end :].strip(" .)\n"):
            yield span


def _signature(read: Reading, start: int) -> Span | None:
    """A name that fills its line."""
    tokens = tokens_at(read, after_titles(read, start))
    titled = tokens and tokens[0].start() > start and tokens[0][0][0].isupper()
    last = tokens and not read.low[tokens[-1].end() :].strip(" .)") and len(tokens) <= _FEW
    rare = last and read.low[start - 2 : start] in (". ", ", ") and is_rare(read, tokens)
    if not tokens or not (titled or rare or _names_only(read, tokens)):
        return None
    span = span_of(read, start, tokens)
    rest = read.low[span.end : span.end + 3]
    return span if not rest.strip(" .)*_") or rest[0] in "\n,(\x02-" else None


def _names_only(read: Reading, tokens: Sequence[Token]) -> bool:
    if looks_named(read, tokens[0]):
        return tokens[0][0].lower() not in read.known.places
    return all(is_given(read, token) for token in tokens)

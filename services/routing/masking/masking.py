"""Taking out of a text what tells of persons. Pure.

Finders propose pieces, the surest first; a piece that touches one already taken waits. The rest is
read again until nothing is found: so a masked text is masked no further.
"""

from bisect import bisect_right
from collections.abc import Iterator

from services.routing.masking import addresses, contacts, names, papers, plates
from services.routing.masking.digits import skeleton
from services.routing.masking.folding import Folded, fold
from services.routing.masking.known import Known
from services.routing.masking.masked import Masked, Span, replaced
from services.routing.masking.numbers import numbers
from services.routing.masking.reading import Reading

_HEADS = {**contacts.HEADS, **papers.HEADS, **plates.HEADS, **addresses.HEADS, **names.HEADS}
_HEADS_OF_ALL = frozenset[str]().union(*_HEADS.values())


def mask_with(known: Known, original: str) -> Masked:
    """``original`` without what tells of persons, by the lists ``known``."""
    folded = fold(original)
    spans = list[Span]()
    while found := _taken(known, folded):
        spans += (_in_original(folded, span) for span in found)
        folded = folded.without(found)
    spans.sort(key=lambda span: span.start)
    return Masked(replaced(original, spans), tuple(spans))


def _in_original(folded: Folded, span: Span) -> Span:
    return Span(folded.starts[span.start], folded.starts[span.end], span.kind)


def _taken(known: Known, folded: Folded) -> list[Span]:
    """Pieces of the folded text that do not overlap, in order."""
    low = folded.text.lower()
    taken = list[Span]()
    for span in _proposed(Reading(known, folded.text, low, _HEADS, _HEADS_OF_ALL)):
        place = bisect_right(taken, span.start, key=lambda each: each.start)
        free = (place == 0 or taken[place - 1].end <= span.start) and (
            place == len(taken) or span.end <= taken[place].start
        )
        if free and span.start < span.end and "\x02" not in low[span.start : span.end]:
            taken.insert(place, span)
    return taken


def _proposed(read: Reading) -> Iterator[Span]:
    yield from contacts.mails(read)
    yield from papers.papers(read)
    yield from numbers(read.known, read.low, skeleton(read.text, read.low))
    yield from contacts.handles(read)
    yield from plates.plates(read)
    yield from addresses.addresses(read)
    yield from names.names(read)

"""Each way in which people write a number, a name or an address is known; decoys stay."""

from collections import defaultdict
from functools import cache

import pytest

from services.routing.masking import mask
from tests.texts.masking import ADDRESS_SHARE, MaskingFigures, Span, load_masking, masking_figures
from tests.texts.masking_kinds import Spelling, spellings

SECTIONS = defaultdict[str, list[Spelling]](list)
for each in spellings():
    SECTIONS[each.section].append(each)
MOST_BESIDE = 12
"""Letters and digits beside the marked pieces that may go: a title, a kelurahan, a relative."""


@pytest.mark.parametrize("section", SECTIONS)
def test_every_spelling_is_masked_and_what_stands_beside_it_stays(section: str) -> None:
    assert [each.text for each in SECTIONS[section] if not _is_right(each)] == []


@pytest.mark.parametrize(
    ("group", "least"),
    [("numbers", 0.99), ("phones", 0.99), ("mail", 0.99), ("names", 0.95), ("addresses", 0.95)],
)
def test_of_the_labelled_texts_to_work_with_hardly_a_piece_is_missed(
    group: str, least: float
) -> None:
    assert figures("work").recall(group) >= least


@pytest.mark.parametrize("half", ["work", "unseen"])
def test_of_the_decoys_hardly_one_is_touched(half: str) -> None:
    assert figures(half).touched_share <= 0.03


@cache
def figures(half: str) -> MaskingFigures:
    texts = load_masking(half)
    answers = {
        each.id: [Span(span.start, span.end, span.kind) for span in mask(each.text).spans]
        for each in texts
    }
    return masking_figures(texts, answers)


def _is_right(spelling: Spelling) -> bool:
    told = [place for place, sign in enumerate(spelling.text) if sign.isalnum()]
    masked = {p for span in mask(spelling.text).spans for p in range(span.start, span.end)}
    if not spelling.pieces:
        return not masked
    for start, end in spelling.pieces:
        piece = {place for place in told if start <= place < end}
        share = ADDRESS_SHARE if spelling.section == "addresses" else 1.0
        if len(piece & masked) < share * len(piece):
            return False
    marked = {place for start, end in spelling.pieces for place in range(start, end)}
    return len(masked.intersection(told) - marked) <= MOST_BESIDE

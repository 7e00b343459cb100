"""Each row of the table of introductions introduces a name, and is tried at its first words."""

import re

import pytest

from services.routing.masking import mask
from services.routing.masking.introductions import (
    INTRODUCTIONS,
    WORDS,
    Introduction,
    Strength,
    patterns_of,
)

NAME = "Zebadya Hutomo"
SIGNS = {":": ":", ".": ".", ",": ",", "-": " -"}


def _shortest(row: Introduction) -> str:
    """A row with the first word of each of its places, and none that may fail."""
    places = re.sub(r"\[[^\]]+\]", "", row.words).split()
    sign = SIGNS.get(places[-1], "")
    said = [_first(place) for place in places if place not in SIGNS]
    return " ".join(said) + sign


def _first(place: str) -> str:
    word = place.split("|")[0]
    return WORDS.get(word, word).split()[0].replace("_", " ")


@pytest.mark.parametrize("row", INTRODUCTIONS, ids=lambda row: row.words)
def test_a_name_behind_a_row_is_masked(row: Introduction) -> None:
    behind = " 081234567890" if row.strength is Strength.CALLED else ", warga sini"
    masked = mask(f"{_shortest(row)} {NAME}{behind}")
    assert "Zebadya" not in masked.text
    assert "name" in {span.kind for span in masked.spans}


def test_a_new_row_is_tried_at_each_of_its_first_words() -> None:
    patterns = patterns_of([Introduction(Strength.STRONG, "[KIN] salam|hai dari [si] :")])
    assert {"salam", "hai", "istri", "orang"} <= patterns.keys()
    for said in ("salam dari:", "hai dari si :", "orang tua salam dari ="):
        head = re.split(r"[^a-z]", said)[0]
        assert patterns[head].match(said), said
    assert patterns["salam"].match("salam dari rumah") is None

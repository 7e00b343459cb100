"""A picture that is handed in again is found, and two different ones are not taken for one."""

import itertools
from functools import cache

import pytest
from PIL import Image

from services.intake.media.clearing.fingerprint import (
    SAME,
    digest_of,
    fingerprint,
    keys_asked,
    keys_stored,
    same,
)
from services.intake.media.clearing.outcome import Fingerprint
from tests.streets import CHANGES, street

PICTURES = 60
PAIRS = 2_000
FOUND = 0.95


@cache
def mark(seed: int) -> Fingerprint:
    made = fingerprint(street(seed))
    assert made is not None
    return made


def is_found(asked: Fingerprint | None, stored: Fingerprint) -> bool:
    """As the index finds it: one key in common, and the greys alike."""
    assert asked is not None
    return not set(keys_asked(asked)).isdisjoint(keys_stored(stored)) and (
        same(asked, stored) >= SAME
    )


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_picture_is_found(change: str) -> None:
    found = sum(
        is_found(fingerprint(CHANGES[change](street(seed))), mark(seed)) for seed in range(PICTURES)
    )
    assert found >= FOUND * PICTURES, f"{change}: {found} of {PICTURES}"


def test_of_two_thousand_pairs_of_different_pictures_at_most_one_is_called_the_same() -> None:
    pairs = itertools.islice(itertools.combinations(range(64), 2), PAIRS)
    wrong = [(one, other) for one, other in pairs if is_found(mark(one), mark(other))]
    assert len(wrong) <= 1, wrong


def test_the_same_pixels_have_the_same_digest_and_others_another() -> None:
    assert mark(1).digest == digest_of(street(1)) != mark(2).digest
    assert same(mark(1), mark(1)) == 1.0


def test_a_digest_knows_the_shape_of_the_picture() -> None:
    pixels = bytes(range(24))
    wide, tall = (Image.frombytes("RGB", size, pixels) for size in ((4, 2), (2, 4)))
    assert digest_of(wide) != digest_of(tall)


def test_a_picture_that_shows_nothing_has_no_fingerprint() -> None:
    """A black photo would be the same as every other black photo."""
    assert fingerprint(Image.new("RGB", (400, 300), "black")) is None


def test_bars_at_the_borders_do_not_hide_a_picture() -> None:
    framed = Image.new("RGB", (800, 1000), "black")
    framed.paste(street(7), (0, 200))
    assert is_found(fingerprint(framed), mark(7))


def test_36_keys_are_stored_and_1536_asked_that_fit_into_four_bytes() -> None:
    stored, asked = keys_stored(mark(3)), keys_asked(mark(3))
    assert (len(stored), len(asked)) == (36, 1_536)
    assert all(0 <= key < 1 << 24 for key in (*stored, *asked))
    assert set(stored[:3]) <= set(asked)


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (7, 5)])
def test_a_picture_of_a_strange_shape_makes_it_not_fail(size: tuple[int, int]) -> None:
    noisy = street(5).resize(size)
    made = fingerprint(noisy)
    assert made is None or len(made.hashes) == 12

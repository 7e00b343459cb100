"""What the words of a text hint at."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.placing.categories import load_categories
from services.routing.reading.data import load_hints, read_data
from services.routing.reading.hints import (
    HEAVIEST,
    READ,
    STEP,
    Hinted,
    Hints,
    said_of_weights,
    weights_of,
)
from services.routing.reading.signs import LEARNT


def a_target(bias: float = 0.0, **told: float) -> Mapping[str, Any]:
    return {"bias": bias, "told": told}


HINTS = Hints({
    "categories": {
        "jalan": a_target(0.0, jalan=7.0),
        "saluran-air": a_target(-1.0, **{"jalan": -1.4, "saluran-air": 5.6}),
    },
    "signs": {"emergency": a_target(-4.0, emergency=6.0, scored=1.0)},
    "words": {
        "aspal": "jalan 20 saluran-air -5", "@saluran": "jalan -10 saluran-air 30",
        "got mampet": "saluran-air 15", "tolong": "emergency 40",
    },
    "groups": {"saluran": ["got", "selokan"], "air": ["air", "banyu"]},
})  # fmt: skip


def hinted(*roots: str, sums: Mapping[str, float] | None = None, **scores: float) -> Hinted:
    return HINTS.weigh(roots, scores, sums or {})


def of(slug: str, *roots: str) -> float:
    return hinted(*roots).categories[slug]


def test_a_word_weighs_less_the_more_words_there_are() -> None:
    # Three words and the two pairs of them.
    assert of("jalan", "aspal", "sangat", "rusak") == pytest.approx(2.0 / sqrt(5))
    assert of("saluran-air", "aspal", "sangat", "rusak") == pytest.approx(-1.0 - 0.5 / sqrt(5))


def test_words_of_one_meaning_hint_once() -> None:
    assert hinted("got", "kami") == hinted("got", "selokan")
    assert of("saluran-air", "got", "kami") == pytest.approx(-1.0 + 3.0 / sqrt(3))


def test_neighbours_hint_together() -> None:
    assert of("saluran-air", "got", "mampet") == pytest.approx(-1.0 + 4.5 / sqrt(3))
    assert of("saluran-air", "mampet", "got") == pytest.approx(-1.0 + 3.0 / sqrt(3))


def test_a_word_that_is_said_again_says_no_more() -> None:
    # Two words and both pairs of them.
    assert of("jalan", "aspal", "itu", "aspal") == pytest.approx(2.0 / sqrt(4))


def test_what_comes_late_in_a_letter_is_not_read() -> None:
    assert hinted(*[f"kata{n}" for n in range(READ)], "aspal") == hinted()


def test_what_the_terms_say_is_weighed_too_and_no_more_than_their_loudest() -> None:
    assert hinted(jalan=7.0).categories == pytest.approx({"jalan": 3.5, "saluran-air": -1.7})
    assert hinted(jalan=99.0).categories["jalan"] == pytest.approx(7.0)


def test_a_category_of_which_nothing_was_learned_is_known_by_its_terms() -> None:
    """An administrator has added it; its score weighs as much as those of the others on average."""
    assert hinted("aspal", taman=14.0).categories["taman"] == pytest.approx(-1.0 + (7.0 + 5.6) / 2)


def test_a_sign_is_hinted_at_by_words_by_its_terms_and_by_how_plain_the_matter_is() -> None:
    found = hinted("tolong", "pak", sums={"emergency": 5.0}, jalan=7.0)
    assert found.signs == pytest.approx({"emergency": -4.0 + 4.0 / sqrt(3) + 3.0 + 0.5})
    against = hinted(sums={"emergency": -50.0})
    assert against.signs == pytest.approx({"emergency": -4.0 - 6.0})


def test_it_says_which_words_hint_at_a_category() -> None:
    roots = ["aspal", "dekat", "got", "mampet"]
    assert sorted(HINTS.speaking(roots, "saluran-air")) == [(15, 2, 4), (30, 2, 3)]
    assert list(HINTS.speaking(roots, "jalan")) == [(20, 0, 1)]
    assert list(HINTS.speaking(roots, "taman")) == []


SLUGS = ["a", "b", "c", "d", "e"]
WORDS = [f"k{n}" for n in range(READ)]
steps = st.integers(-HEAVIEST, HEAVIEST)


@given(weights=st.lists(st.lists(steps, min_size=5, max_size=5), min_size=1, max_size=READ))
def test_no_weight_of_a_category_runs_over_into_the_next_one(weights: Sequence[list[int]]) -> None:
    said = [" ".join(f"{slug} {n}" for slug, n in zip(SLUGS, row, strict=True)) for row in weights]
    hints = Hints({
        "categories": dict.fromkeys(SLUGS, a_target()), "signs": {}, "groups": {},
        "words": dict(zip(WORDS, said, strict=False)),
    })  # fmt: skip
    roots = WORDS[: len(weights)]
    length = sqrt(2 * len(roots) - 1)
    for at, slug in enumerate(SLUGS):
        alone = sum(row[at] for row in weights) * STEP / length
        assert hints.weigh(roots, {}, {}).categories[slug] == pytest.approx(alone)


def test_no_text_is_too_long_for_the_sums() -> None:
    """Each word of another meaning, and every weight the heaviest that there is."""
    groups = {f"g{n}": [word] for n, word in enumerate(WORDS)}
    every = [*WORDS, *map(" ".join, pairwise(WORDS)), *(f"@{name}" for name in groups)]
    hints = Hints({
        "categories": {"a": a_target(), "b": a_target()}, "signs": {}, "groups": groups,
        "words": dict.fromkeys(every, f"a {HEAVIEST} b -{HEAVIEST}"),
    })  # fmt: skip
    most = 12.7 * (3 * READ - 1) / sqrt(2 * READ - 1)
    found = hints.weigh(WORDS, {}, {}).categories
    assert found == pytest.approx({"a": most, "b": -most})


def test_what_every_term_shouts_has_room_in_the_sums() -> None:
    """Seventy categories, each of which all others speak for with a heavy weight."""
    told = {f"k{n}": 100.0 for n in range(70)}
    hints = Hints({
        "categories": {"a": a_target(50.0, **told), "b": a_target(-50.0)}, "signs": {},
        "groups": {}, "words": {},
    })  # fmt: skip
    found = hints.weigh([], dict.fromkeys(told, 99.0), {}).categories
    assert (found["a"], found["b"]) == pytest.approx((7050.0, -50.0))


@given(st.dictionaries(st.sampled_from(SLUGS), steps))
def test_the_weights_of_a_word_are_read_as_they_were_written(weights: Mapping[str, int]) -> None:
    assert weights_of(said_of_weights(weights)) == weights


def test_what_is_shipped_hints_at_every_category_and_sign_and_at_nothing_else() -> None:
    data = read_data("hints.json")
    assert set(data["categories"]) == {each.category.slug for each in load_categories().periods()}
    assert set(data["signs"]) == set(LEARNT)
    weights = [*map(weights_of, data["words"].values())]
    assert {name for each in weights for name in each} == {*data["categories"], *data["signs"]}
    assert max(abs(steps) for each in weights for steps in each.values()) <= HEAVIEST
    assert {name[1:] for name in data["words"] if name.startswith("@")} <= set(data["groups"])


@pytest.mark.parametrize("word", ["selokan", "parit", "comber"])
def test_what_is_shipped_knows_words_of_one_meaning(word: str) -> None:
    [(steps, begin, end)] = load_hints().speaking([word], "saluran-air")
    assert (begin, end) == (0, 1)
    assert steps > 0

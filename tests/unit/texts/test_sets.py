"""The labelled texts: what their labels may say, and that their halves are nobody's choice.

Those that hints are learned from (``learned``) are a third set, and none of them is judged by.
"""

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.routing.placing.categories import load_categories
from shared.events.vocabulary import Channel

TEXTS = Path(__file__).parents[2] / "texts"
KEYS = {"group", "sub", "about_official", "emergency", "outside", "complaint"}
FREQUENT = (
    *("jalan", "parkir-liar", "sampah", "pohon", "jaringan-listrik", "saluran-air", "banjir"),
    "ketertiban",
)


def texts_of(half: str) -> list[dict[str, Any]]:
    lines = (TEXTS / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


TAXONOMY: dict[str, list[str]] = json.loads((TEXTS / "taxonomy.json").read_text(encoding="utf-8"))
WORK, UNSEEN = texts_of("work"), texts_of("unseen")
EVERY = WORK + UNSEEN
LEARNED = texts_of("learned")


def half_of(text_id: str) -> str:
    return "work" if sha256(text_id.encode()).digest()[0] % 2 == 0 else "unseen"


@pytest.mark.parametrize(("half", "texts"), [("work", WORK), ("unseen", UNSEEN)])
def test_a_text_stands_in_the_half_that_the_hash_of_its_id_names(
    half: str, texts: list[dict[str, Any]]
) -> None:
    assert [text["id"] for text in texts if half_of(text["id"]) != half] == []


def test_no_text_stands_twice_nor_is_one_judged_by_that_was_learned_from() -> None:
    words = Counter(" ".join(text["text"].lower().split()) for text in EVERY + LEARNED)
    assert [text for text, times in words.items() if times > 1] == []
    assert len({text["id"] for text in EVERY + LEARNED}) == len(EVERY + LEARNED)


def test_a_label_is_a_group_of_the_city_and_one_of_its_sub_categories() -> None:
    for text in EVERY + LEARNED:
        expect = text["expect"]
        assert set(expect) == KEYS, text["id"]
        group, sub = expect["group"], expect["sub"]
        assert group is None or sub is None or sub in TAXONOMY[group], text["id"]
        assert group is not None or sub is None, text["id"]


def test_only_what_is_outside_the_city_or_no_complaint_has_no_group() -> None:
    for text in EVERY + LEARNED:
        expect = text["expect"]
        named = expect["group"] is not None
        assert named or not expect["complaint"] or expect["outside"] is not None, text["id"]
        assert expect["complaint"] or not named, text["id"]


def test_the_two_levels_begin_with_the_groups_that_are_routed_by() -> None:
    assert set(TAXONOMY) == {period.category.slug for period in load_categories().periods()}


def test_every_text_came_by_an_official_channel() -> None:
    assert {text["channel"] for text in EVERY} == {str(channel) for channel in Channel}


def test_the_texts_are_enough_to_judge_by() -> None:
    groups = Counter(text["expect"]["group"] for text in EVERY)
    subs = Counter((text["expect"]["group"], text["expect"]["sub"]) for text in EVERY)
    assert len(EVERY) >= 1_200
    assert [group for group in TAXONOMY if groups[group] < 12] == []
    assert [group for group in FREQUENT if groups[group] < 40] == []
    assert len([sub for (_, sub), times in subs.items() if sub and times >= 5]) >= 100


@pytest.mark.parametrize(
    ("label", "least"), [("about_official", 70), ("emergency", 50), ("outside", 60)]
)
def test_rare_things_stand_often_enough_to_measure_them(label: str, least: int) -> None:
    assert sum(bool(text["expect"][label]) for text in EVERY) >= least


def test_enough_texts_complain_of_nothing() -> None:
    assert sum(not text["expect"]["complaint"] for text in EVERY) >= 60

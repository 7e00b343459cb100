"""Whether a model is better than the rules."""

from typing import Any

import pytest

from services.routing.model.applying import Model
from services.routing.model.document import Figures
from services.routing.model.judging import barred, judge, leads, threshold_of
from tests.unit.routing.model.models import BETTER, a_document, an_example

SEEN = Figures(texts=150, rules=120, model=130)


def test_model_and_rules_are_counted_side_by_side_and_by_category() -> None:
    model = Model(1, a_document())
    found = judge(
        model,
        [
            an_example("jalan", ["lubang"], by_rules="sampah"),
            an_example("jalan", ["lubang"], by_rules="jalan", doubted=False),
            an_example("lampu", ["lubang"], by_rules="lampu"),
            an_example("sampah", ["bau busuk"]),
        ],
    )
    assert (found.texts, found.rules, found.model) == (4, 2, 3)
    assert (found.only_rules, found.only_model) == (1, 2)
    # The last has exp(2) of exp(2) + 2, which is less than the threshold of 0.8.
    assert (found.doubted, found.answered, found.answered_right) == (3, 2, 1)
    assert found.by_category["jalan"] == Figures(texts=2, rules=1, model=2)


def test_the_threshold_is_the_least_confidence_at_which_enough_is_right() -> None:
    right = [(0.9, True)] * 19 + [(0.9, False)]
    assert threshold_of(right) == 0.9
    assert threshold_of([*right, (0.8, True), (0.7, False)]) == 0.8
    assert threshold_of([*right, (0.8, False)]) == 0.9
    assert threshold_of([(0.9, True)] * 19) is None
    assert threshold_of([*right[:-2], (0.9, False), (0.9, False)]) is None
    assert threshold_of([]) is None


def test_a_lead_that_chance_explains_is_none() -> None:
    # Of 10 coins 8 fall on one side in 56 of 1024 cases, 9 in 11.
    assert leads(9, 1)
    assert not leads(8, 2)
    assert not leads(0, 0)
    assert not leads(1, 9)


def test_nothing_stands_against_a_model_that_is_better_in_both() -> None:
    assert barred(a_document(), SEEN, rules_version=1) is None


@pytest.mark.parametrize(
    ("held_out", "seen", "version", "says"),
    [
        ({}, {}, 2, "version 1 of the rules"),
        ({"texts": 199}, {}, 1, "199 texts"),
        ({"only_rules": 30, "only_model": 31}, {}, 1, "not better than the rules"),
        ({"answered": 19}, {}, 1, "sure of 19"),
        ({"answered_right": 56}, {}, 1, "56 of 60"),
        ({}, {"texts": 99}, 1, "99 finished cases"),
        ({}, {"model": 120}, 1, "names 120 rightly, the rules 120"),
    ],
)
def test_why_a_model_may_not_be_used(
    held_out: dict[str, Any], seen: dict[str, Any], version: int, says: str
) -> None:
    document = a_document(held_out=BETTER.model_copy(update=held_out))
    assert says in (barred(document, SEEN.model_copy(update=seen), version) or "")

"""What a model says of a text, reckoned by hand."""

from math import exp, sqrt

import pytest

from services.routing.model.applying import Model
from services.routing.model.features import Features
from tests.unit.routing.model.models import a_document

MODEL = Model(7, a_document())


def test_a_score_is_the_words_rows_by_their_rarity_over_their_length_and_the_rules_shares() -> None:
    scores = MODEL.scores(Features(("lubang", "dalam", "bau busuk"), {"jalan": 0.5, "pohon": 0.4}))
    # (1 * row of lubang + 2 * row of bau busuk) / sqrt(1 + 4), and twice the share of jalan.
    assert scores.tolist() == pytest.approx([3 / sqrt(5) + 1, -1 / sqrt(5), 4 / sqrt(5)])


def test_it_names_its_surest_category_and_its_own_words_that_speak_for_it() -> None:
    answer = MODEL.ask(Features(("lubang", "dalam"), {}))
    assert (answer.model, answer.category, answer.terms) == (7, "jalan", ("lubang",))
    share = exp(3) / (exp(3) + exp(-1) + exp(0))
    assert answer.sure
    assert answer.confidence == pytest.approx(share, abs=1e-4)


def test_below_its_threshold_it_is_not_sure_and_without_one_it_never_is() -> None:
    unsure = MODEL.ask(Features((), {"sampah": 0.2}))
    assert (unsure.category, unsure.sure, unsure.terms) == ("sampah", False, ())
    never = Model(8, a_document(threshold=None))
    assert not never.ask(Features(("lubang",), {"jalan": 1.0})).sure

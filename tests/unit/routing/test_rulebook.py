"""What officers read of the rules, and which units the triage desk is shown."""

from datetime import date
from typing import Any

import pytest

from services.routing.explaining.explanation import Candidate
from services.routing.placing.categories import CategoryHistory
from services.routing.placing.rulebook import RULES, TO_TRIAGE
from services.routing.placing.rules import RuleId, Tables
from services.routing.placing.suggestions import suggest
from shared.events.vocabulary import TriageReason
from tests.unit.routing.cases import (
    CATEGORIES,
    GAZETTEER,
    MANGGARAI,
    SUDIN_BINA_MARGA,
    TEBET_TIMUR,
    UNITS,
    a_case,
)

TABLES = Tables(UNITS, CATEGORIES, GAZETTEER)


def test_every_outcome_of_the_rules_has_its_sentence_in_both_languages() -> None:
    assert set(RULES) == set(RuleId)
    assert set(TO_TRIAGE) == set(TriageReason)
    for saying in (*RULES.values(), *TO_TRIAGE.values()):
        assert saying.en.endswith(".")
        assert saying.id.endswith(".")
        assert saying.en != saying.id


def test_a_category_is_valid_from_its_first_day_until_before_its_last() -> None:
    row: dict[str, Any] = {
        "slug": "jalan", "name": "Jalan", "unit": None, "aliases": [],
        "handled_by_kelurahan": False, "allows_extension": True, "plan_required": True,
        "photo_required": False,
        "valid_from": "2024-11-03", "valid_to": "2024-11-05",
    }  # fmt: skip
    [period] = CategoryHistory(1, [row]).periods()
    days = [date(2024, 11, day) for day in (2, 3, 4, 5)]
    assert [period.is_valid(day) for day in days] == [False, True, True, False]


def suggested(triaged: dict[str, Any], kelurahan: str | None = None, **case: Any) -> list[Any]:
    at_triage = a_case(unit_id="triage", **{"category": None, **case})
    return [
        (each.category.slug, each.unit_id, each.grounds)
        for each in suggest(at_triage, triaged, kelurahan, TABLES)
    ]


def test_the_desk_is_shown_a_unit_for_each_category_that_came_into_question() -> None:
    assert suggested({"runners_up": ["sampah", "jalan"]}) == [
        ("sampah", TEBET_TIMUR, ("words", "place")),
        ("jalan", SUDIN_BINA_MARGA, ("words", "place")),
    ]


def test_the_reporters_own_category_stands_first_and_nothing_stands_twice() -> None:
    found = suggested({"runners_up": ["sampah", "jalan"]}, citizen_category="jalan")
    assert [(slug, grounds[0]) for slug, _, grounds in found] == [
        ("jalan", "reporters_category"),
        ("sampah", "words"),
    ]


def test_the_surest_three_stand_first_with_what_the_words_say() -> None:
    said = [
        Candidate("jalan", None, 0.6, ("jalan rusak",)),
        Candidate("sampah", None, 0.2, ("sampah",)),
        Candidate("parkir-liar", None, 0.1, ("parkir",)),
        Candidate("got", None, 0.06, ("got",)),
    ]
    case = a_case(unit_id="triage", category=None, citizen_category="sampah")
    found = suggest(case, {"runners_up": ["got"]}, None, TABLES, said)
    assert [(each.category.slug, each.candidate) for each in found][:2] == [
        ("jalan", said[0]), ("sampah", said[1]),
    ]  # fmt: skip
    assert len(found) == 3


@pytest.mark.parametrize(
    ("case", "kelurahan", "unit"),
    [
        # Without a place nobody can say which kelurahan it is.
        ({"kelurahan_code": None}, None, None),
        ({"kelurahan_code": None}, MANGGARAI, MANGGARAI),
        # What the officer has put right counts, not what the case was filed with.
        ({}, MANGGARAI, MANGGARAI),
        # The unit that is complained of would judge itself.
        ({"about_unit": TEBET_TIMUR}, None, None),
    ],
)
def test_the_place_decides_and_the_unit_complained_of_is_never_suggested(
    case: dict[str, Any], kelurahan: str | None, unit: str | None
) -> None:
    found = [each[1] for each in suggested({"runners_up": ["sampah"]}, kelurahan, **case)]
    assert found == ([unit] if unit else [])


def test_without_a_category_in_question_nothing_is_suggested() -> None:
    assert suggested({}) == []
    assert suggested({"runners_up": ["tidak-dikenal"]}) == []

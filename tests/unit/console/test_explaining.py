"""Why a case is where it is, in the words of its page."""

from typing import Any

from services.routing.console.explaining import Explained, explanation_of
from services.routing.console.words import WORDS
from shared.web.languages import Language
from tests.integration.desks.parts import TEBET, an_explanation
from tests.unit.routing.cases import CATEGORIES


def explained(language: Language = "id", unit: str = TEBET, **changes: Any) -> Explained | None:
    body = {"unit_id": unit, "explanation": an_explanation(**changes)}
    return explanation_of(body, WORDS[language], CATEGORIES.categories)


def test_an_officer_reads_category_words_place_confidence_and_what_else_it_might_be() -> None:
    assert explained() == Explained(
        says="Menurut titik peta.",
        facts=[
            ("Diarahkan aturan ke", "Kelurahan Tebet Timur · Jum 20 Nov 2026 09.30 WIB"),
            ("Kategori", "Parkir Liar"),
            ("Kata yang menentukan", "“mobil … trotoar”, “parkir liar”"),
            ("Pilihan pelapor", CATEGORIES.categories["jalan"].name),
            ("Tempat", "Kelurahan Tebet Timur · dari titik peta · 75 % · perkiraan"),
            ("Keyakinan", "75 %"),
            ("Kemungkinan lain", "Jalan · Trotoar Rusak 12 % (“trotoar”)"),
            ("Aturan", "kelurahan-of-the-point, versi 3"),
        ],
        remarks=[],
    )


def test_where_people_decide_their_reason_stands_and_no_confidence() -> None:
    told = explained(
        "en", rule_id=None, triage_reason="no_place", confidence=None, place=None, terms=[],
        runners_up=[], citizen_category=None,
    )  # fmt: skip
    assert told is not None
    assert told.facts[2:] == [
        ("Words that decided", "No word names this category"),
        ("The reporter's choice", "The reporter chose no category"),
        ("Place", "No place was found"),
        ("Rule", "no_place, version 3"),
    ]


def test_a_model_that_decided_is_named_with_its_words() -> None:
    told = explained("en", model={"number": 3, "confidence": 0.97, "terms": ["cekung"]})
    assert told is not None
    fact = ("Model", "number 3: the rules had left it to people · 97% · “cekung”")
    assert told.facts[-2] == fact
    erased = explained("en", model={"number": 3, "confidence": 0.97, "terms": []})
    assert erased is not None
    assert erased.facts[-2] == ("Model", "number 3: the rules had left it to people · 97%")


def test_where_a_rule_has_failed_nothing_is_said_of_words_and_place_that_were_not_read() -> None:
    told = explained(
        "en", rule_id=None, triage_reason="no_rule", confidence=None, place=None, terms=[],
        runners_up=[], citizen_category=None, failed=True,
    )  # fmt: skip
    assert told is not None
    assert [name for name, _ in told.facts] == ["Sent by the rules to", "Rule"]


def test_what_must_not_be_overlooked_is_said() -> None:
    place = {**an_explanation()["place"], "contradicted": True}
    outside = {"name": "PLN", "address": "PLN 123"}
    told = explained("en", "satpol-pp", emergency=True, place=place, outside=outside)
    assert told is not None
    assert told.remarks == [
        "The point on the map and the place that is named do not agree.",
        "The words tell of danger now. Emergencies are for 112.",
        "This seems not to be the city's matter. Whose it is: PLN, PLN 123.",
        "The report has gone to another unit since; see History.",
    ]


def test_a_case_without_an_explanation_shows_none() -> None:
    assert explanation_of({"explanation": None}, WORDS["id"], {}) is None
    assert explanation_of({}, WORDS["id"], {}) is None

"""When a model decides, and when the rules do."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.routing.domain import Routed, Triaged
from services.routing.explaining.explanation import EXPLANATION, Explanation, ModelSaid
from services.routing.model.applying import Model
from services.routing.model.beside import Models
from services.routing.placing.atlas import Atlas
from services.routing.placing.rules import Content
from services.routing.rule_versions.rules import load_rules
from shared.events.facts import Facts
from shared.events.vocabulary import Channel, TriageReason
from tests.unit.routing.cases import MANGGARAI
from tests.unit.routing.model.models import a_document
from tests.unit.routing.test_explaining import Pin

DOUBTED = "Tolong cekungan depan warung makin parah"
"""The rules know none of these words."""
SLUGS = ["jalan", "jaringan-listrik", "sampah"]
OWN: dict[str, Any] = {"classes": SLUGS, "terms": ["cekung"], "weights": [[9.0, 0.0, 0.0]]}


def decided(
    text: str = DOUBTED, channel: Channel = Channel.SMS, models: Models | None = None, **facts: Any
) -> tuple[Routed | Triaged, Explanation]:
    atlas = Atlas(load_rules(), Pin())
    atlas.models = models or Models(deciding=Model(3, a_document(**OWN)))
    tables = atlas.tables(datetime(2026, 11, 27, tzinfo=UTC))
    told = Facts(**{"kelurahan_code": MANGGARAI, **facts})
    return atlas.route(channel, told, Content(text), tables)


def test_where_the_rules_find_no_category_a_sure_model_names_one() -> None:
    found, why = decided()
    assert isinstance(found, Routed)
    assert (found.category, found.rule_id) == ("jalan", "category-area")
    [said] = why.models
    assert (said.number, said.category, said.used, said.terms) == (3, "jalan", True, ("cekung",))
    assert found.confidence <= said.confidence
    assert EXPLANATION.validate_python(EXPLANATION.dump_python(why, mode="json")) == why


def test_in_shadow_it_is_asked_and_decides_nothing() -> None:
    found, why = decided(models=Models(shadow=Model(4, a_document(**OWN))))
    assert (type(found), why.reason) == (Triaged, TriageReason.NO_CATEGORY)
    assert [(each.number, each.category, each.used) for each in why.models] == [(4, "jalan", False)]


def test_two_models_are_asked_and_one_decides() -> None:
    sampah = a_document(**{**OWN, "weights": [[0.0, 0.0, 9.0]]})
    models = Models(deciding=Model(3, a_document(**OWN)), shadow=Model(4, sampah))
    found, why = decided(models=models)
    assert found.category == "jalan"
    told = [(each.number, each.category, each.used) for each in why.models]
    assert told == [(3, "jalan", True), (4, "sampah", False)]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Cekungan penuh tumpukan sampah", {}),
        ("Cekungan ini dijaga petugas kelurahan yang minta uang pungli", {}),
        ("Cekungan di depan warung, ada kebakaran besar sekarang", {}),
        ("Terima kasih cekungan sudah ditutup", {}),
        ("Cekungan, listrik padam dari pagi, token tidak bisa", {}),
        (DOUBTED, {"about_unit": MANGGARAI}),
    ],
    ids=["sure", "official", "emergency", "thanks", "outside", "about a unit"],
)
def test_where_the_rules_know_better_it_is_only_asked(text: str, facts: dict[str, Any]) -> None:
    found, why = decided(text, **facts)
    alone, _ = decided(text, models=Models(), **facts)
    assert found == alone
    [said] = why.models
    assert said.category == "jalan"
    assert not said.used


@pytest.mark.parametrize(
    "members",
    [{"threshold": None}, {"rules_version": 2}, {"classes": ["tidak-ada", *SLUGS[1:]]}],
    ids=["never sure", "other rules", "no category of the city"],
)
def test_a_model_that_may_not_decide_is_only_asked(members: dict[str, Any]) -> None:
    found, why = decided(models=Models(deciding=Model(3, a_document(**{**OWN, **members}))))
    assert (type(found), why.models[0].used) == (Triaged, False)


def test_what_people_read_first_is_so_with_a_model_too() -> None:
    found, why = decided(channel=Channel.GUBERNUR)
    assert (type(found), why.reason) == (Triaged, TriageReason.HUMAN_FIRST)
    assert found.category == "jalan"


def test_of_the_chosen_category_that_the_words_make_doubtful_the_model_is_asked() -> None:
    rules, _ = decided("Cekungan, parkir liar, sampah", models=Models(), category="pohon")
    found, why = decided("Cekungan, parkir liar, sampah", category="pohon")
    assert isinstance(rules, Triaged)
    assert (type(found), found.category) == (Routed, "jalan")
    assert "pohon" in found.runners_up
    assert isinstance(why.models[0], ModelSaid)

"""What a decision of the rules rests on, told so that an officer can check it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.routing.domain import Routed, Triaged
from services.routing.explaining.explanation import (
    EXPLANATION,
    Candidate,
    Explanation,
    PlaceFound,
)
from services.routing.placing.atlas import Atlas
from services.routing.placing.places import Located
from services.routing.placing.rules import Content, PlaceSource
from services.routing.rule_versions.rules import load_rules
from shared.events.facts import Facts
from shared.events.vocabulary import Channel, TriageReason
from tests.unit.routing.cases import MANGGARAI, TEBET_TIMUR


class Pin:
    """Finds every point in Tebet Timur, by its border."""

    def locate(self, latitude: float, longitude: float) -> Located:
        return Located(TEBET_TIMUR, approximate=False)


ATLAS = Atlas(load_rules(), Pin())
TABLES = ATLAS.tables(datetime(2026, 11, 27, tzinfo=UTC))
POINT = {"latitude": -6.2, "longitude": 106.8}


def explained(
    text: str, channel: Channel = Channel.SMS, content: dict[str, Any] | None = None, **facts: Any
) -> tuple[Routed | Triaged, Explanation]:
    return ATLAS.route(channel, Facts(**facts), Content(text, **(content or {})), TABLES)


def test_it_names_rule_version_category_terms_place_and_confidence() -> None:
    found, why = explained("PJU matii di kelurahan Tebet Timur, gelap")
    assert isinstance(found, Routed)
    assert (why.rule, why.version, why.reason) == (found.rule_id, TABLES.categories.version, None)
    assert why.confidence == round(found.confidence, 4)
    assert why.category == found.category == why.candidates[0].slug
    assert why.place == PlaceFound(TEBET_TIMUR, PlaceSource.WORDS, 0.95, False, False)


def test_terms_stand_as_our_data_write_them_and_not_as_the_reporter_did() -> None:
    _, why = explained("LAMPUU JLN MATIIII depan rumah Bu Siti di kelurahan Tebet Timur")
    assert "lampu jalan mati" in why.candidates[0].terms
    said = EXPLANATION.dump_json(why).decode().lower()
    assert not [word for word in ("matiiii", "siti", "rumah bu", "jln") if word in said]


@pytest.mark.parametrize(
    ("text", "content", "facts", "source"),
    [
        ("Sampah di kelurahan Manggarai", {}, {}, PlaceSource.WORDS),
        ("Sampah menumpuk", {"address": "Kelurahan Manggarai"}, {}, PlaceSource.ADDRESS),
        ("Sampah menumpuk", {}, {"kelurahan_code": MANGGARAI}, PlaceSource.CHOSEN),
        ("Sampah menumpuk", {}, {"entered_by_unit": MANGGARAI}, PlaceSource.DESK),
        ("Sampah menumpuk", POINT, {"geotagged": True}, PlaceSource.POINT),
        ("Sampah menumpuk", {}, {}, None),
    ],
)
def test_it_says_what_told_the_place(
    text: str, content: dict[str, Any], facts: dict[str, Any], source: PlaceSource | None
) -> None:
    _, why = explained(text, content=content, **facts)
    assert (why.place.source if why.place else None) is source


def test_a_point_that_the_words_contradict_says_so() -> None:
    found, why = explained("Sampah di kelurahan Pegangsaan", content=POINT, geotagged=True)
    assert why.place == PlaceFound(TEBET_TIMUR, PlaceSource.POINT, 0.3, False, True)
    assert (type(found), why.reason) == (Triaged, TriageReason.LOW_CONFIDENCE)


def test_runners_up_stand_with_their_share_and_their_terms() -> None:
    _, why = explained("Sampah menumpuk dan parkir liar di kelurahan Manggarai")
    slugs = [each.slug for each in why.candidates]
    assert {"sampah", "parkir-liar"} <= set(slugs)
    assert all(0 < each.confidence <= 1 and each.terms for each in why.candidates)
    assert slugs == sorted(slugs, key=lambda each: -_share(why, each))


def _share(why: Explanation, slug: str) -> float:
    return next(each.confidence for each in why.candidates if each.slug == slug)


def test_a_choice_without_words_is_the_reporters_alone() -> None:
    found, why = explained("Tolong", category="parkir-liar", kelurahan_code=MANGGARAI)
    assert (found.category, why.chosen, why.candidates) == ("parkir-liar", "parkir-liar", ())


def test_what_is_another_bodys_matter_names_it() -> None:
    _, why = explained("Tagihan listrik PLN naik terus padahal token sudah diisi")
    assert why.reason is TriageReason.NO_RULE
    assert why.outside is not None
    assert why.outside.slug == "pln"


def test_what_is_kept_is_read_back_as_it_was_also_without_what_was_read() -> None:
    _, why = explained("Sampah menumpuk di kelurahan Manggarai")
    kept = EXPLANATION.dump_python(why, mode="json")
    assert EXPLANATION.validate_python(kept) == why
    assert isinstance(why.candidates[0], Candidate)
    del kept["candidates"]
    assert EXPLANATION.validate_python(kept).candidates == ()


def test_a_place_that_is_told_of_a_point_beyond_all_areas_says_so() -> None:
    class Beyond:
        def locate(self, latitude: float, longitude: float) -> None:
            return None

    atlas = Atlas(ATLAS.rules, Beyond())
    content = Content("Sampah menumpuk di kelurahan Manggarai", -6.2, 106.8)
    found, why = atlas.route(Channel.SMS, Facts(), content, TABLES)
    assert why.place == PlaceFound(MANGGARAI, PlaceSource.WORDS, 0.3, False, True)
    assert (type(found), why.reason) == (Triaged, TriageReason.LOW_CONFIDENCE)

from dataclasses import replace
from typing import Any

import pytest

from services.routing.domain import Category, Routed, Triaged
from services.routing.placing.categories import CategoryTable
from services.routing.placing.places import Located
from services.routing.placing.rules import (
    THRESHOLD,
    Content,
    Guess,
    Tables,
    guess_category,
    route,
)
from services.routing.reading.classifying import SURE_OF_TEXT, Ranked
from services.routing.reading.reader import load_reader
from shared.events.facts import Facts
from shared.events.vocabulary import Channel, TriageReason
from tests.unit.routing.cases import CATEGORIES, GAZETTEER, MANGGARAI, TEBET_TIMUR, UNITS

TABLES = Tables(UNITS, CATEGORIES, GAZETTEER)
READER = load_reader()
HERE = Located(TEBET_TIMUR, approximate=False)
ISLAND = Located("31.01.01.1001", approximate=False)


def decided(
    content: Content,
    place: Located | None = HERE,
    tables: Tables = TABLES,
    channel: str = "jaki",
    **facts: Any,
) -> Routed | Triaged:
    """About rubbish, with a point, if nothing else is said."""
    known = Facts(**{"category": "sampah", "geotagged": True, **facts})
    return route(Channel(channel), known, content, tables, place)


def outcome(
    text: str = "Mohon ditindaklanjuti", place: Located | None = HERE, **fields: Any
) -> Routed | Triaged:
    return decided(Content(text), place, **fields)


@pytest.mark.parametrize(
    ("fields", "place", "unit", "rule"),
    [
        # conflict of interest goes first, whatever else is known
        ({"about_unit": TEBET_TIMUR}, HERE, "inspektorat", "oversight"),
        ({"about_unit": "dinas-sosial"}, None, "inspektorat", "oversight"),
        ({"channel": "inspektorat", "restricted": True}, None, "inspektorat",
         "oversight"),
        # what the kelurahan handles goes to the kelurahan of the point
        ({"category": "sampah"}, HERE, TEBET_TIMUR, "kelurahan-of-the-point"),
        ({"category": "Coretan"}, HERE, TEBET_TIMUR, "kelurahan-of-the-point"),
        ({"category": "sampah", "kelurahan_code": MANGGARAI, "geotagged": False}, None,
         MANGGARAI, "kelurahan-named"),
        ({"category": "sampah", "entered_by_unit": TEBET_TIMUR, "geotagged": False}, None,
         TEBET_TIMUR, "kelurahan-named"),
        # category x area: the office of the city, else the Dinas
        ({"category": "jalan"}, HERE, "sudin-bina-marga-31.74", "category-area"),
        ({"category": "jalan"}, ISLAND, "dinas-bina-marga", "category-dinas"),
        ({"category": "pelanggaran-perda"}, HERE, "satpol-pp-31.74", "category-area"),
        ({"category": "pendidikan"}, HERE, "sudin-pendidikan-ii-31.74", "category-area"),
        ({"category": "jalan", "entered_by_unit": "31.73"}, None, "sudin-bina-marga-31.73",
         "category-area"),
        ({"category": "pendidikan", "entered_by_unit": "31.73"}, None, "dinas-pendidikan",
         "category-dinas"),
        # a card lies at no place: the Dinas has it, or the office of a place that is known
        ({"category": "KJP"}, None, "dinas-pendidikan", "category-dinas"),
        ({"category": "KJP"}, HERE, "sudin-pendidikan-ii-31.74", "category-area"),
        # a unit without offices by area needs no place
        ({"category": "perizinan"}, None, "dinas-pmptsp", "category"),
        ({"category": "air-bersih"}, HERE, "pam-jaya", "category"),
    ],
)  # fmt: skip
def test_a_complaint_goes_to_the_unit_that_the_rules_name(
    fields: dict[str, Any], place: Located | None, unit: str, rule: str
) -> None:
    found = outcome(place=place, **fields)
    assert isinstance(found, Routed)
    assert (found.unit_id, found.rule_id) == (unit, rule)


@pytest.mark.parametrize(
    ("fields", "text", "place", "reason"),
    [
        ({"channel": "gubernur"}, "Sampah", HERE, TriageReason.HUMAN_FIRST),
        ({"category": None}, "Mohon dibantu", HERE, TriageReason.NO_CATEGORY),
        ({"category": "tidak-dikenal"}, "Mohon dibantu", HERE, TriageReason.NO_CATEGORY),
        ({"category": None}, "Sampah dan banjir", HERE, TriageReason.LOW_CONFIDENCE),
        ({"category": "sampah"}, "", None, TriageReason.NO_PLACE),
        ({"category": "jalan"}, "", None, TriageReason.NO_PLACE),
        ({"category": "sampah", "entered_by_unit": "31.74.01"}, "", None, TriageReason.NO_PLACE),
        ({"category": "sampah", "entered_by_unit": "dinas-sosial"}, "", None,
         TriageReason.NO_PLACE),
        ({"category": "keluhan-pelayanan"}, "", HERE, TriageReason.NO_RULE),
        ({"about_unit": "inspektorat"}, "", HERE, TriageReason.NO_RULE),
    ],
)  # fmt: skip
def test_what_stays_doubtful_goes_to_the_triage_desk(
    fields: dict[str, Any], text: str, place: Located | None, reason: TriageReason
) -> None:
    found = outcome(text, place, **fields)
    assert isinstance(found, Triaged)
    assert found.reason is reason


def test_a_content_that_cannot_be_understood_is_left_to_people() -> None:
    unreadable = Content(readable=False)
    found = decided(unreadable)
    assert isinstance(found, Triaged)
    assert (found.reason, found.category) == (TriageReason.LOW_CONFIDENCE, "sampah")
    about_officials = decided(unreadable, None, restricted=True)
    assert isinstance(about_officials, Routed)
    assert about_officials.unit_id == "inspektorat"


def test_a_complaint_without_words_is_routed_by_what_else_is_known() -> None:
    assert isinstance(decided(Content()), Routed)


def test_a_declared_area_goes_before_the_area_of_the_desk_that_entered_it() -> None:
    found = outcome(
        place=None, category="sampah", geotagged=False, kelurahan_code=MANGGARAI,
        entered_by_unit=TEBET_TIMUR,
    )  # fmt: skip
    assert isinstance(found, Routed)
    assert (found.unit_id, found.kelurahan_code) == (MANGGARAI, MANGGARAI)


@pytest.mark.parametrize("unit", [unit.id for unit in UNITS.all()][::17])
def test_the_unit_complained_of_never_gets_the_case(unit: str) -> None:
    for category in CATEGORIES.categories:
        found = outcome(about_unit=unit, category=category)
        assert isinstance(found, Routed)
        assert found.unit_id == "inspektorat"


def test_the_category_that_the_words_are_sure_of_is_taken_with_their_confidence() -> None:
    found = outcome("Banjir di Kel. Manggarai sejak subuh", None, category=None)
    assert isinstance(found, Routed)
    assert (found.unit_id, found.category) == ("sudin-sumber-daya-air-31.74", "banjir")
    assert (found.kelurahan_code, found.area_name) == (MANGGARAI, "Manggarai")
    assert SURE_OF_TEXT <= found.confidence <= 0.95


def test_words_that_are_sure_of_another_category_go_before_the_reporters_choice() -> None:
    found = outcome("Got mampet dan bau, selokan penuh lumpur", category="jalan")
    assert isinstance(found, Routed)
    assert found.category == "saluran-air"
    assert found.runners_up[0] == "jalan"


def test_where_words_and_choice_may_both_be_right_people_decide() -> None:
    found = outcome("Di sini sampah", category="jalan")
    assert isinstance(found, Triaged)
    assert (found.reason, found.category) == (TriageReason.LOW_CONFIDENCE, "jalan")
    assert "sampah" in found.runners_up


def test_words_that_complain_of_officials_go_to_the_overseeing_unit_and_are_restricted() -> None:
    found = outcome("Petugas kelurahan minta uang 50 ribu untuk urus KTP", category=None)
    assert isinstance(found, Routed)
    assert (found.unit_id, found.rule_id, found.about_official) == (
        "inspektorat",
        "oversight",
        True,
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Cara daftar KJP bagaimana ya?", TriageReason.NO_CATEGORY),
        ("Terima kasih PPSU, gotnya sudah dibersihkan, mantap", TriageReason.NO_CATEGORY),
        ("Listrik padam dari pagi, token tidak bisa", TriageReason.NO_RULE),
    ],
)
def test_what_is_no_complaint_or_anothers_matter_goes_to_people(
    text: str, reason: TriageReason
) -> None:
    found = outcome(text)
    assert isinstance(found, Triaged)
    assert found.reason is reason


@pytest.mark.parametrize(("place", "kind"), [(HERE, Routed), (None, Triaged)])
def test_danger_now_is_marked_wherever_the_case_goes(
    place: Located | None, kind: type[Routed | Triaged]
) -> None:
    words = "Rumah di sebelah pos terbakar sekarang, api membesar, sampah ikut terbakar, tolong!"
    found = outcome(words, place)
    assert isinstance(found, kind)
    assert found.emergency
    assert not outcome("Sampah menumpuk di depan pos", place).emergency


def test_a_finer_name_has_its_own_first_unit() -> None:
    found = outcome("Lampu merah mati di perempatan, traffic light rusak", category=None)
    assert isinstance(found, Routed)
    assert found.unit_id == "up-sistem-pengendalian-lalu-lintas"


def test_several_categories_in_the_text_are_the_runners_up() -> None:
    found = outcome("Sampah menyumbat, jadi banjir", category=None)
    assert found.category == "sampah"
    assert set(found.runners_up) == {"saluran-air", "banjir"}


def guessed(category: str | None, **shares: float) -> Guess:
    ranked = tuple(Ranked(slug, None, share, ()) for slug, share in shares.items())
    reading = replace(READER.read(""), ranked=ranked)
    return guess_category(Facts(category=category), reading, CATEGORIES)


@pytest.mark.parametrize(
    ("category", "shares", "sure"),
    [
        (None, {"jalan": 0.91, "taman": 0.09}, True),
        (None, {"jalan": 0.89, "taman": 0.11}, False),
        # they confirm a choice more easily than they make one
        ("jalan", {"jalan": 0.71, "taman": 0.29}, True),
        ("jalan", {"jalan": 0.53, "taman": 0.46}, False),
        ("jalan", {"jalan": 0.31, "taman": 0.27}, True),
        ("jalan", {"taman": 0.84, "jalan": 0.16}, False),
    ],
)
def test_a_category_is_sure_by_its_share_and_by_its_rivals(
    category: str | None, shares: dict[str, float], sure: bool
) -> None:
    found = guessed(category, **shares)
    assert (found.confidence >= THRESHOLD) is sure
    assert not sure or (found.category is not None and found.category.slug == next(iter(shares)))


def test_a_street_of_several_cities_is_the_matter_of_the_unit_above_their_offices() -> None:
    words = "Lubang besar di Jl. Gatot Subroto"
    found = outcome(words, None, category="jalan", geotagged=False)
    assert isinstance(found, Routed)
    assert (found.unit_id, found.rule_id) == ("dinas-bina-marga", "category-dinas")
    assert (found.kelurahan_code, found.approximate_area) == (None, True)
    entered = outcome(words, None, category="jalan", geotagged=False, entered_by_unit="31.74")
    assert isinstance(entered, Routed)
    assert entered.unit_id == "sudin-bina-marga-31.74"
    kelurahan = outcome("Sampah di Jl. Gatot Subroto", None, geotagged=False)
    assert isinstance(kelurahan, Triaged)
    assert kelurahan.reason is TriageReason.NO_PLACE


def test_the_citizens_category_stands_and_what_the_text_adds_runs_up() -> None:
    found = outcome("Pohon tumbang di atas got mampet", category="pohon")
    assert isinstance(found, Routed)
    assert (found.category, found.confidence) == ("pohon", 0.9)
    assert found.runners_up == ("saluran-air",)


def test_an_approximate_place_lowers_the_confidence_and_is_said() -> None:
    found = outcome(place=replace(HERE, approximate=True))
    assert isinstance(found, Routed)
    assert found.approximate_area
    assert found.confidence == 0.75


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"channel": "gubernur", "category": "sampah"}, TriageReason.HUMAN_FIRST),
        ({"about_unit": "inspektorat", "category": "sampah"}, TriageReason.NO_RULE),
        ({"category": "keluhan-pelayanan"}, TriageReason.NO_RULE),
    ],
)
def test_the_triage_desk_is_handed_the_category_and_the_place_that_were_found(
    fields: dict[str, Any], reason: TriageReason
) -> None:
    found = outcome(**fields)
    assert isinstance(found, Triaged)
    assert (found.reason, found.category) == (reason, fields["category"])
    assert (found.kelurahan_code, found.area_name) == (TEBET_TIMUR, "Tebet Timur")


def test_a_complaint_without_a_category_is_handed_over_with_its_place() -> None:
    found = outcome(category=None)
    assert isinstance(found, Triaged)
    assert (found.category, found.kelurahan_code) == (None, TEBET_TIMUR)


@pytest.mark.parametrize(
    ("fields", "confidence"),
    [
        ({"about_unit": "dinas-sosial", "category": "sampah"}, 1.0),
        ({"category": "sampah"}, 0.8),
        ({"category": "jalan"}, 0.8),
        ({"category": "perizinan"}, 0.8),
    ],
)
def test_a_decision_says_place_confidence_and_the_version_of_its_table(
    fields: dict[str, Any], confidence: float
) -> None:
    found = outcome(**fields)
    assert isinstance(found, Routed)
    assert (found.kelurahan_code, found.approximate_area) == (TEBET_TIMUR, False)
    assert (found.confidence, found.rule_version) == (confidence, 1)


def test_a_complaint_about_officials_without_a_category_is_one_about_service() -> None:
    found = outcome(place=None, category=None, restricted=True)
    assert isinstance(found, Routed)
    assert (found.unit_id, found.category) == ("inspektorat", "keluhan-pelayanan")
    assert (found.kelurahan_code, found.approximate_area) == (None, False)


def test_a_text_names_its_place_beside_an_address() -> None:
    content = Content("Menumpuk sejak subuh", address="Gang Contoh, Kel. Manggarai")
    found = decided(content, None, geotagged=False)
    assert isinstance(found, Routed)
    assert (found.unit_id, found.rule_id) == (MANGGARAI, "kelurahan-named")


def test_a_point_that_the_citizen_did_not_tag_is_no_point_of_his() -> None:
    found = outcome(category="sampah", geotagged=False)
    assert isinstance(found, Routed)
    assert (found.unit_id, found.rule_id) == (TEBET_TIMUR, "kelurahan-named")


def with_category(category: Category) -> Tables:
    table = CategoryTable(CATEGORIES.version, {category.slug: category})
    return Tables(UNITS, table, GAZETTEER)


def test_a_category_of_a_unit_that_is_not_in_the_tree_goes_to_the_triage_desk_as_it_is() -> None:
    table = with_category(Category("lampu", "Lampu", unit="dinas-lampu"))
    found = decided(Content("Mati"), tables=table, category="lampu")
    assert found == Triaged(
        TriageReason.NO_RULE, "lampu", TEBET_TIMUR, "Tebet Timur", rule_version=1
    )


@pytest.mark.parametrize(
    ("geotagged", "unit", "rule"),
    [
        (True, TEBET_TIMUR, "kelurahan-of-the-point"),
        (False, "sudin-bina-marga-31.74", "category-area"),
    ],
)
def test_a_kelurahan_looks_first_at_what_has_a_point_where_the_category_says_so(
    geotagged: bool, unit: str, rule: str
) -> None:
    category = Category("lampu", "Lampu", unit="dinas-bina-marga", geotagged_to_kelurahan=True)
    found = decided(
        Content("Mati"), tables=with_category(category), category="lampu", geotagged=geotagged
    )
    assert isinstance(found, Routed)
    assert (found.unit_id, found.rule_id) == (unit, rule)


def test_what_a_kelurahan_may_handle_goes_to_it_though_a_dinas_is_named() -> None:
    category = Category("lampu", "Lampu", unit="dinas-bina-marga", handled_by_kelurahan=True)
    found = decided(Content("Mati"), tables=with_category(category), category="lampu")
    assert isinstance(found, Routed)
    assert (found.unit_id, found.rule_id) == (TEBET_TIMUR, "kelurahan-of-the-point")


def test_a_category_without_any_unit_is_a_persons_to_place() -> None:
    table = with_category(Category("lampu", "Lampu", unit=None))
    found = decided(Content("Mati"), tables=table, category="lampu")
    assert found == Triaged(
        TriageReason.NO_RULE, "lampu", TEBET_TIMUR, "Tebet Timur", rule_version=1
    )


def test_a_place_in_words_decides_where_there_is_no_point() -> None:
    found = outcome("Sampah menumpuk di Kel. Manggarai", None, geotagged=False)
    assert isinstance(found, Routed)
    assert (found.unit_id, found.rule_id) == (MANGGARAI, "kelurahan-named")
    street = outcome("Jl. Cut Meutia berlubang", None, category="jalan", geotagged=False)
    assert isinstance(street, Routed)
    assert (street.unit_id, street.approximate_area) == ("sudin-bina-marga-31.71", True)


def test_words_that_contradict_the_point_leave_the_case_to_people() -> None:
    found = outcome("Sampah di Kel. Cawang")
    assert isinstance(found, Triaged)
    assert (found.reason, found.kelurahan_code) == (TriageReason.LOW_CONFIDENCE, TEBET_TIMUR)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Sampah menumpuk di Depok", HERE),
        ("Sampah di Kel. Gambir", HERE),
        ("Sampah di Kel. Gambir", replace(HERE, approximate=True)),
        # one that is surely of another kecamatan, though no word says of which kind it is
        ("Sampah menumpuk di Jl. Cut Meutia", HERE),
    ],
)
def test_a_point_and_words_that_cannot_both_be_right_are_never_routed(
    text: str, place: Located
) -> None:
    found = outcome(text, place)
    assert isinstance(found, Triaged)
    assert found.kelurahan_code == TEBET_TIMUR


@pytest.mark.parametrize(
    "text",
    [
        "Sampah di Tebet Barat",
        "Sampah di Kec. Tebet",
        "Sampah di Jakarta Selatan",
        "Truk sampah dari Bekasi",
        "Sampah di Kel. Tebet Timur, saya warga Kel. Cawang",
        "Sampah",
    ],
)
def test_a_point_goes_before_words_that_it_can_agree_with(text: str) -> None:
    found = outcome(text)
    assert isinstance(found, Routed)
    assert (found.unit_id, found.rule_id) == (TEBET_TIMUR, "kelurahan-of-the-point")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Sampah di Tebet Timur dan Tebet Barat", None),
        ("Sampah di Kel. Manggarai dan di Kel. Cawang", None),
        ("Saya warga Kel. Cawang. Sampah di Kel. Manggarai", MANGGARAI),
        ("Sampah di Kel. Manggarai, jalan ke arah Kel. Cawang", MANGGARAI),
    ],
)
def test_of_several_places_that_of_the_matter_is_taken_or_none(text: str, unit: str | None) -> None:
    found = outcome(text, None, geotagged=False)
    assert (found.unit_id if isinstance(found, Routed) else None) == unit


BANDUNG = Content("Sampah menumpuk", latitude=-6.9147, longitude=107.6098)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Sampah menumpuk", {"kelurahan_code": MANGGARAI}),
        ("Sampah menumpuk", {"entered_by_unit": MANGGARAI}),
        ("Sampah menumpuk di Kel. Manggarai", {}),
    ],
)
def test_an_area_that_is_told_of_a_point_beyond_all_areas_is_left_to_people(
    text: str, told: dict[str, Any]
) -> None:
    found = decided(replace(BANDUNG, text=text), None, geotagged=False, **told)
    assert isinstance(found, Triaged)
    assert found.reason is TriageReason.LOW_CONFIDENCE
    assert found.kelurahan_code == MANGGARAI


def test_the_point_of_a_device_that_knows_none_contradicts_no_area() -> None:
    unknown = Content("Sampah menumpuk di Kel. Manggarai", 0.0, 0.0)
    assert isinstance(decided(unknown, None, geotagged=False), Routed)


def test_a_point_beyond_all_areas_and_no_other_place_is_no_place() -> None:
    found = decided(BANDUNG, None, geotagged=False)
    assert isinstance(found, Triaged)
    assert (found.reason, found.kelurahan_code) == (TriageReason.NO_PLACE, None)


def test_a_place_beyond_jakarta_is_not_the_desks_area() -> None:
    found = outcome("Sampah menumpuk di Bekasi", None, geotagged=False, entered_by_unit=TEBET_TIMUR)
    assert isinstance(found, Triaged)
    assert found.reason is TriageReason.NO_RULE

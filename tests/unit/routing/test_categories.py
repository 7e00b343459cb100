from datetime import date
from typing import Any

import pytest

from services.routing.placing.categories import (
    KELURAHAN,
    CategoryHistory,
    load_categories,
    plain_words,
)
from shared.unit_table import load_units

TABLE = load_categories().at(date(2024, 11, 3))


def test_every_category_leads_to_a_unit_that_exists_or_to_people() -> None:
    tree = load_units()
    for category in TABLE.categories.values():
        if category.unit not in (None, KELURAHAN):
            assert tree.find(category.unit or "") is not None, category.slug


def test_every_unit_of_a_finer_name_exists() -> None:
    tree = load_units()
    named = [sub for each in TABLE.categories.values() for sub in each.subs if sub.unit]
    assert [sub.slug for sub in named if tree.find(sub.unit or "") is None] == []
    assert len(named) > 5


def test_every_category_has_finer_names_and_no_two_have_the_same() -> None:
    slugs = [sub.slug for each in TABLE.categories.values() for sub in each.subs]
    assert all(each.subs for each in TABLE.categories.values())
    assert len(slugs) == len(set(slugs)) == 140


@pytest.mark.parametrize(
    ("name", "group", "sub"),
    [
        ("Lampu PJU", "jaringan-listrik", "penerangan-jalan-umum"),
        ("jukir liar", "parkir-liar", "juru-parkir-liar"),
        ("Adm. Kependudukan Orang Asing", "kependudukan", "orang-asing"),
        ("Jaringan Listrik", "jaringan-listrik", None),
        ("jalan", "jalan", None),
        ("tidak-dikenal", None, None),
    ],
)
def test_a_finer_name_gives_its_category_and_itself(
    name: str, group: str | None, sub: str | None
) -> None:
    found = TABLE.find(name)
    assert (found.slug if found else None, TABLE.sub_of(name)) == (group, sub)


def test_a_finer_name_has_its_own_rules_where_it_says_so_and_its_categorys_elsewhere() -> None:
    fields = TABLE.categories["kebudayaan-olahraga-perpustakaan"]
    assert fields.narrowed("perpustakaan").unit == "dinas-perpustakaan-kearsipan"
    assert fields.narrowed("seni-budaya").unit == fields.unit == "dinas-kebudayaan"
    assert fields.narrowed(None) is fields
    rptra = TABLE.categories["fasos-fasum"].narrowed("rptra")
    assert (rptra.unit, rptra.handled_by_kelurahan) == ("dinas-ppapp", False)


def test_no_two_categories_share_an_alias() -> None:
    seen: dict[str, str] = {}
    for category in TABLE.categories.values():
        finer = (name for sub in category.subs for name in (sub.name, *sub.aliases))
        for alias in (category.name, *category.aliases, *finer):
            assert seen.setdefault(plain_words(alias), category.slug) == category.slug, alias


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("sampah", "sampah"),
        ("Keluhan Fasilitas Gedung Pemda (sekolah, kantor)", "gedung-pemda"),
        ("Gangguan Ketenteraman &amp; Ketertiban", "ketertiban"),
        ("PDAM/PAM", "air-bersih"),
        ("PKL LIAR", "pkl-liar"),
        ("Lokasi Binaan", "umkm-perdagangan"),
    ],
)
def test_a_category_is_found_by_slug_name_or_alias(name: str, slug: str) -> None:
    found = TABLE.find(name)
    assert found is not None
    assert found.slug == slug


@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        ("Lampu jalan mati sejak kemarin", ("jaringan-listrik",)),
        ("Ada tumpukan SAMPAH dan banjir", ("sampah", "banjir")),
        ("Mobil parkir di trotoar", ("parkir-liar",)),
        ("𝐁𝐚𝐧𝐣𝐢𝐫 lagi", ("banjir",)),
        ("banjiran pesanan", ()),
        ("", ()),
    ],
)
def test_a_text_names_categories_by_whole_words_the_longest_phrase_first(
    text: str, slugs: tuple[str, ...]
) -> None:
    assert TABLE.named_in(text) == slugs


def test_a_category_counts_only_on_the_days_it_is_valid() -> None:
    row: dict[str, Any] = {
        "slug": "lama", "name": "Lama", "unit": None, "aliases": [],
        "handled_by_kelurahan": False, "allows_extension": False, "plan_required": False,
        "photo_required": False,
        "valid_from": "2021-07-01", "valid_to": "2022-10-01",
    }  # fmt: skip
    history = CategoryHistory(1, [row])
    assert "lama" in history.at(date(2022, 9, 30)).categories
    assert "lama" not in history.at(date(2022, 10, 1)).categories
    assert "lama" not in history.at(date(2021, 6, 30)).categories

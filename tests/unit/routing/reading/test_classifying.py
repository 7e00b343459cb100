"""Which category a text is about, and why."""

import pytest

from services.routing.placing.categories import load_categories
from services.routing.reading.data import load_normaliser, read_data
from services.routing.reading.reader import load_reader
from services.routing.reading.terms import Phrases, read_lists, read_terms

READER = load_reader()
TERMS = read_data("terms.json")


@pytest.mark.parametrize(
    ("text", "slug", "sub"),
    [
        ("gelap gulita kalau malam, tiang depan rumah padam", "jaringan-listrik",
         "penerangan-jalan-umum"),
        ("airnya keruh bau besi", "air-bersih", "air-mati"),
        ("mobil tetangga nutup gerbang", "parkir-liar", "parkir-liar"),
        ("byk lobang di aspal, ban motor pecah", "jalan", "jalan-rusak"),
        ("knalpot brong tiap malam gak bisa tidur", "ketertiban", "kebisingan"),
        ("ada sarang tawon gede di atap", "kebakaran-penyelamatan", "penyelamatan"),
        ("kjp anak saya blm cair", "pendidikan", "kjp"),
        ("dahan udah nyentuh kabel, mohon dipangkas pohonnya", "pohon", "pemangkasan-pohon"),
        ("the garbage has not been collected, sampah numpuk bau", "sampah", "tumpukan-sampah"),
    ],
)  # fmt: skip
def test_a_text_finds_its_category_though_it_does_not_name_it(
    text: str, slug: str, sub: str
) -> None:
    best = READER.read(text).ranked[0]
    assert (best.slug, best.sub) == (slug, sub)


def test_it_says_by_which_of_the_reporters_words() -> None:
    reading = READER.read("Min, PJU &amp; tiang dpn gg mt total")
    assert "PJU" in reading.ranked[0].quoted(reading.words)


def test_where_nothing_speaks_for_any_category_none_is_named() -> None:
    assert READER.read("Mohon ditindaklanjuti").ranked == ()


def test_what_only_tells_the_way_counts_little() -> None:
    best = READER.read("Sampah numpuk depan puskesmas dekat halte").ranked[0]
    assert best.slug == "sampah"


def test_the_reporters_choice_tips_the_scales_and_does_not_outweigh_clear_words() -> None:
    of_words = READER.read("got mampet bau, selokan penuh lumpur", "jalan").ranked[0]
    assert of_words.slug == "saluran-air"
    tipped = READER.read("di sini kotor", "sampah").ranked[0]
    assert tipped.slug == "sampah"


def test_shares_are_shares() -> None:
    ranked = READER.read("pohon tumbang nutup jalan, lampu PJU mati, banjir").ranked
    assert len(ranked) > 1
    assert 0 < sum(each.confidence for each in ranked) <= 1
    assert [each.confidence for each in ranked] == sorted(
        (each.confidence for each in ranked), reverse=True
    )


def test_every_target_of_a_term_is_a_category_of_the_table() -> None:
    [*periods] = load_categories().periods()
    known = {each.category.slug for each in periods}
    known |= {f"{p.category.slug}/{sub.slug}" for p in periods for sub in p.category.subs}
    assert set(TERMS["terms"]) <= known
    finer = {target for target in known if "/" in target}
    assert finer <= set(TERMS["terms"])


@pytest.mark.parametrize("written", ["@tidakada rusak", "", "!!!"])
def test_a_term_that_cannot_be_read_is_named_with_its_target(written: str) -> None:
    words = load_normaliser().words
    with pytest.raises(ValueError, match=r"jalan: the term"):
        read_terms(
            {"jalan": {"3": [written]}},
            read_lists(TERMS),
            Phrases(lambda each: words(each).roots),
        )

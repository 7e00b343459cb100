"""Which category a text is about, and why."""

from collections.abc import Mapping

import pytest

from services.routing.placing.categories import load_categories
from services.routing.reading.classifying import MENTIONED, SURE_OF_TEXT, plainly, shares_of_terms
from services.routing.reading.data import load_normaliser, read_data
from services.routing.reading.reader import Reader, load_reader, reader_of
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


@pytest.mark.parametrize("text", ["Sampah", "Jalan rusak", "PJU mati"])
def test_few_words_of_which_one_is_a_clear_term_are_sure_of_its_category(text: str) -> None:
    assert READER.read(text).ranked[0].confidence >= SURE_OF_TEXT


@pytest.mark.parametrize(
    ("scores", "chosen", "named"),
    [
        # e^2.5 / (e^2.5 + e^1.5) = 0.73, and e^2 / (e^2 + e^1.5) = 0.62
        ({"sampah": 5.0}, None, "sampah"),
        ({"sampah": 4.0}, None, None),
        # with a rival: e^2.5 / (e^2.5 + e + e^1.5) = 0.63, and e^4.5 / (e^4.5 + e + e^1.5) = 0.93
        ({"sampah": 5.0, "jalan": 2.0}, None, None),
        ({"sampah": 9.0, "jalan": 2.0}, None, "sampah"),
        # a choice is a rival: e^2.5 / (e^2.5 + e^1.35 + e^1.5) = 0.59; or speaks for it too:
        # e^2.85 / (e^2.85 + e^1.5) = 0.79
        ({"sampah": 5.0}, "jalan", None),
        ({"jalan": 3.0}, "jalan", "jalan"),
    ],
)
def test_the_terms_of_few_words_name_a_category_or_leave_it_open(
    scores: Mapping[str, float], chosen: str | None, named: str | None
) -> None:
    assert plainly(shares_of_terms(scores, chosen, None)) == named


@pytest.mark.parametrize(
    "text",
    [
        "Dekat halte busway",
        "Depan sekolah",
        "di gang dekat masjid",
        "Warga melaporkan hal ini di loket.",
        "Mohon bantuan bapak gubernur untuk wilayah kami karena sudah dua bulan lapor tidak ada "
        "yang datang menanggapi",
    ],
)
def test_words_that_hint_at_little_are_no_word_against_a_choice(text: str) -> None:
    ranked = READER.read(text, "coretan").ranked
    assert [each.slug for each in ranked[:1]] in ([], ["coretan"])


def reader_with_boats(weight: str) -> Reader:
    terms = {**TERMS, "terms": {**TERMS["terms"], "taman": {weight: ["perahu gethek"]}}}
    return reader_of(terms, read_data("signs.json"), read_data("spellings.json"))


@pytest.mark.parametrize(
    "text",
    [
        "Lampu PJU di gang kami padam sudah seminggu, yang rusak bukan perahu gethek, gelap sekali",
        "Lampu PJU di gang kami padam sudah seminggu, di depan perahu gethek itu gelap sekali",
    ],
)
def test_a_heavy_term_that_is_denied_or_only_tells_the_way_decides_nothing(text: str) -> None:
    reader = reader_with_boats("12")
    assert reader.read(text).ranked[0].slug == "jaringan-listrik"


@pytest.mark.parametrize(
    ("weight", "before", "after"),
    [
        ("8", "", ""),
        ("8", "Laporan dari warga. ", ""),
        ("12", "Laporan warga hari ini. ", " dan belum ada yang datang menolong kami di sini"),
    ],
)
def test_a_term_that_an_administrator_adds_decides_few_words_and_a_heavy_one_any_text(
    weight: str, before: str, after: str
) -> None:
    reader = reader_with_boats(weight)
    best = reader.read(f"{before}Perahu gethek kami tersangkut lagi sejak pagi{after}").ranked[0]
    assert best.slug == "taman"
    assert best.confidence >= SURE_OF_TEXT


def test_a_category_that_a_term_names_came_up_however_unlikely_it_is() -> None:
    ranked = READER.read("Sampah menyumbat, jadi banjir").ranked
    banjir = next(each for each in ranked if each.slug == "banjir")
    assert banjir.confidence < MENTIONED
    assert banjir.came_up()


def test_what_hints_at_a_category_is_quoted_after_its_terms() -> None:
    reading = READER.read("Aspal depan pasar bolong semua, tiap hujan ban motor warga meletus")
    quoted = reading.ranked[0].quoted(reading.words)
    assert reading.ranked[0].slug == "jalan"
    assert len(quoted) > 1
    assert all(piece in reading.words.source for each in quoted for piece in each.split(" … "))


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

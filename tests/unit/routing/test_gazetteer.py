"""Places in words. The oracle is written by hand: what a clerk who knows Jakarta would say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.gazetteer.loading import load_tables
from services.routing.gazetteer.settling import SURE, Mentioned, contradicts
from services.routing.gazetteer.spelling import one_mistake
from services.routing.gazetteer.wording import Wording
from shared.events.vocabulary import UnitKind
from tests.unit.routing.cases import GAZETTEER, UNITS


def place_of(text: str, address: str | None = None) -> str:
    """The area by name, with its kind; ``outside X``; ``nowhere``, also when nobody is sure."""
    found = GAZETTEER.read(text, address)
    if found.confidence < SURE:
        return "nowhere"
    if found.outside is not None:
        return f"outside {found.outside}"
    if found.across is not None:
        return f"across {found.across}"
    unit = UNITS.find(found.area_code or "")
    return unit.name if unit else "nowhere"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        # a word says of which kind the name is
        ("Sampah di Kel. Tebet Timur, dekat pasar", "Kelurahan Tebet Timur"),
        ("KELURAHAN KALI BARU sudah seminggu", "Kelurahan Kalibaru"),
        ("kelurahan: Utan Kayu Selatan", "Kelurahan Utan Kayu Selatan"),
        ("kel Jatinegara gelap", "Kelurahan Jatinegara"),
        ("Kec. Jatinegara gelap", "Kecamatan Jatinegara"),
        ("kelurahan menteng kotor", "Kelurahan Menteng"),
        ("kecamatan menteng kotor", "Kecamatan Menteng"),
        ("kel. tengah got mampet", "Kelurahan Tengah"),
        # alone, a shared name is the kecamatan, unless its neighbour says otherwise
        ("got mampet di Menteng", "Kecamatan Menteng"),
        ("Menteng, Menteng, Jakarta Pusat banjir", "Kelurahan Menteng"),
        ("banjir di Jatinegara", "Kecamatan Jatinegara"),
        ("banjir di Jatinegara, Cakung", "Kelurahan Jatinegara"),
        # spellings
        ("lampu mati di kramatjati", "Kecamatan Kramatjati"),
        ("lampu mati di Kramat Jati", "Kecamatan Kramatjati"),
        ("lampu mati di Palmerah", "Kecamatan Pal Merah"),
        ("lampu mati tn abang", "Kecamatan Tanah Abang"),
        ("lampu mati #tanahabang", "Kecamatan Tanah Abang"),
        ("#LampuMatiTanahAbang", "Kecamatan Tanah Abang"),
        ("di Kb Jeruk Jakbar", "Kecamatan Kebon Jeruk"),
        ("Ps. Minggu macet", "Kecamatan Pasar Minggu"),
        ("Tj Priok gelap", "Kecamatan Tanjung Priok"),
        ("Kp. Melayu banjir", "Kelurahan Kampung Melayu"),
        ("jalan rusak di 𝐓𝐞𝐛𝐞𝐭 𝐓𝐢𝐦𝐮𝐫", "Kelurahan Tebet Timur"),
        ("TOLONG PJU MATI DI CEMPUT", "Kecamatan Cempaka Putih"),
        ("di Cengkreng gelap", "Kecamatan Cengkareng"),
        ("di Kemayorran gelap", "Kecamatan Kemayoran"),
        ("gelap sekali di jaksel", "Kota Administrasi Jakarta Selatan"),
        # areas that people name and no code has
        ("Sunter gelap", "Kecamatan Tanjung Priok"),
        ("macet di pondok indah", "Kelurahan Pondok Pinang"),
        ("parkir liar depan stasiun palmerah", "Kelurahan Gelora"),
        ("PKL di pasar senen", "Kelurahan Senen"),
        # streets: the smallest area that holds them, narrowed by what stands beside
        ("lubang di Jl. Cut Meutia", "Kecamatan Menteng"),
        ("lubang di Jl Jend Sudirman, Karet Tengsin", "Kelurahan Karet Tengsin"),
        ("Jl. Raya Bogor depan Cijantung", "Kelurahan Cijantung"),
        ("Jl. Raya Bogor", "Kota Administrasi Jakarta Timur"),
        ("Jl Bekasi Raya gelap", "Kota Administrasi Jakarta Timur"),
        ("Jl. Daan Mogot macet", "Kota Administrasi Jakarta Barat"),
        ("jl tebet timur dalam raya", "Kelurahan Tebet Timur"),
        # where it is, not where the writer lives or whither a road leads
        ("Saya warga Manggarai. Di Tebet Timur ada sampah", "Kelurahan Tebet Timur"),
        ("Kami warga Kelurahan Tegal Alur memohon perbaikan", "Kelurahan Tegal Alur"),
        ("Jl. Raya Bogor arah Depok di Ciracas", "Kecamatan Ciracas"),
        ("di Tebet Timur dan Tebet Barat banyak sampah", "Kecamatan Tebet"),
        ("Cipayung, bukan yang di Depok, tapi Jaktim", "Kecamatan Cipayung"),
        ("Jl. Kerja Bakti gelap", "Kelurahan Makasar"),
        ("Gang H. Ten banjir", "Kelurahan Rawamangun"),
        ("AC di balkot bocor", "Kelurahan Gambir"),
        ("pompa di pintu air Cideng rusak", "Kelurahan Cideng"),
        ("sampah rt 03 rw 08 kapuk", "Kelurahan Kapuk"),
        ("lubang dpn spbu pertamina kuningan", "Kota Administrasi Jakarta Selatan"),
        # a street or a river of two cities lies in neither; what stands beside says where
        ("Jl. Gatot Subroto macet", "across 31"),
        ("kali Angke kotor", "across 31"),
        ("kali Angke di Rawa Buaya kotor", "Kelurahan Rawa Buaya"),
        ("Jl. MT Haryono depan Cikoko", "Kelurahan Cikoko"),
        # what is passed is the place if no other is named; where somebody is brought to is one
        ("tiap hari lewat Jl. Tebet Timur Dalam, lubang semua", "Kelurahan Tebet Timur"),
        ("tiap hari lewat Cawang, di Tebet Timur lubang semua", "Kelurahan Tebet Timur"),
        ("anak dibawa ke RSUD Tarakan, ditolak", "Kelurahan Cideng"),
        ("truk mogok depan pintu tol Marunda", "Kelurahan Marunda"),
        # beyond Jakarta
        ("jalan rusak di Bekasi", "outside Bekasi"),
        ("Pondok Gede banjir", "outside Bekasi"),
        ("lampu mati di Bintaro, Tangsel", "outside Tangerang Selatan"),
        ("Cibubur Bekasi banjir", "outside Bekasi"),
        ("banjir di Cibubur Ciracas", "Kelurahan Cibubur"),
        ("sampah di Bandung", "outside Bandung"),
    ],
)
def test_a_clerk_and_the_gazetteer_name_the_same_place(text: str, place: str) -> None:
    assert place_of(text) == place


@pytest.mark.parametrize(
    "text",
    [
        "Sampah di depan rumah saya",
        "keluarga besar kami",
        "kel. Sukamaju",
        "kelurahan",
        "",
        "hari Senen tidak diangkut",
        "besok senen saya lapor lagi",
        "tikus di tengah jalan baru",
        "jembatan besi sudah karatan",
        "duren tiga biji jatuh",
        "bu Kartini jualan di trotoar",
        "warung soto Bogor menutup trotoar",
        "nasi goreng kebon sirih enak",
        "kayu manis dan karet gelang",
        "bus jurusan Bogor ngetem",
        "rute Kampung Melayu - Pulogadung ugal-ugalan",
        "petugas dari Bekasi",
        "truk arah Cawang kencang",
        "tol Jakarta Tangerang",
        "kue gambir",
        # streets that bear a common word
        "warga kerja bakti, Dinas Bina Marga tidak datang",
        "ngetem di prapatan, lorong gelap",
        "sejak 1 maret mati, kursi kayu jati dicuri",
    ],
)
def test_a_word_that_is_also_a_name_names_no_place(text: str) -> None:
    assert place_of(text) == "nowhere"


def test_the_field_for_an_address_goes_before_the_text() -> None:
    assert place_of("Lapor dari Manggarai: gelap", "Jl. Mawar, Pejaten Barat") == (
        "Kelurahan Pejaten Barat"
    )
    assert place_of("gelap", "Gambir") == "Kecamatan Gambir"
    assert place_of("Kelurahan Cideng gelap", "Kec. Gambir") == "Kelurahan Cideng"


def test_a_place_says_where_it_stands_and_what_else_was_named() -> None:
    text = "🙏 mohon, di Tebet Timur"
    found = GAZETTEER.read(text)
    assert [text[start:end] for start, end in found.spans] == ["Tebet Timur"]
    together = GAZETTEER.read("gelap", "Kel. Cawang")
    assert together.spans == ((0, 11),)
    several = GAZETTEER.read("di Tebet Timur dan Manggarai")
    assert several.area_code == "31.74.01"
    assert "31.74.01.1007" in several.others


def test_the_codes_of_a_place_are_those_of_its_lineage() -> None:
    found = GAZETTEER.read("di Kel. Cawang")
    assert (found.kelurahan_code, found.kecamatan_code, found.region_code) == (
        "31.75.04.1007", "31.75.04", "31.75",
    )  # fmt: skip
    wider = GAZETTEER.read("di Kec. Kramat Jati")
    assert (wider.kelurahan_code, wider.kecamatan_code) == (None, "31.75.04")


@pytest.mark.parametrize("kind", [UnitKind.KELURAHAN, UnitKind.KECAMATAN])
def test_every_area_is_found_by_its_full_name_however_it_is_spaced(kind: UnitKind) -> None:
    for unit in UNITS.of_kind(kind):
        plain = unit.name.split(maxsplit=1)[1]
        for spelt in (unit.name, unit.name.upper(), f"di {kind} {plain.replace(' ', '')}"):
            assert GAZETTEER.read(spelt).area_code == unit.id, spelt


def test_all_areas_of_the_data_are_in_the_unit_tree() -> None:
    assert GAZETTEER.names.unknown == []


def test_a_name_stands_once_in_a_table() -> None:
    tables = load_tables()
    for rows in (tables.areas, tables.streets, tables.landmarks, tables.outside):
        names = [Wording(row.name, tables.expand).letters for row in rows]
        assert sorted(names) == sorted(set(names))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_read_and_spans_lie_in_it(text: str) -> None:
    for start, end in GAZETTEER.read(f"{text} di Cawang {text}").spans:
        assert 0 <= start < end <= 2 * len(text) + 11


@pytest.mark.parametrize(
    ("written", "name", "one"),
    [
        ("cengkreng", "cengkareng", True),
        ("cengkarang", "cengkareng", True),
        ("cengkaerng", "cengkareng", True),
        ("ccengkareng", "cengkareng", True),
        ("cengkrng", "cengkareng", False),
        ("cangkarang", "cengkareng", False),
    ],
)
def test_one_mistake_is_forgiven_and_two_are_not(written: str, name: str, one: bool) -> None:
    assert one_mistake(written, name) is one


TEBET_TIMUR, TEBET_BARAT, CAWANG = "31.74.01.1001", "31.74.01.1002", "31.75.04.1007"


@pytest.mark.parametrize(
    ("words", "point", "approximate", "against"),
    [
        ("di Kel. Tebet Timur", TEBET_TIMUR, False, False),
        ("di Kec. Tebet", TEBET_TIMUR, False, False),
        ("di Kel. Tebet Timur", CAWANG, False, True),
        ("di Kel. Tebet Timur", CAWANG, True, True),
        ("di Kel. Tebet Timur", TEBET_BARAT, False, True),
        ("di Kel. Tebet Timur", TEBET_BARAT, True, False),
        ("di Tebet Timur", TEBET_BARAT, False, False),
        ("jalan rusak di Bekasi", CAWANG, False, True),
        ("truk dari Bekasi", CAWANG, False, False),
        ("mohon dibantu", CAWANG, False, False),
        # a point of which only the kecamatan is known, or the city
        ("di Kel. Tebet Timur", "31.74.01", False, False),
        ("di Kec. Tebet", "31.74", False, False),
        ("di Kel. Cawang", "31.74.01", False, True),
    ],
)
def test_words_contradict_a_point_only_where_both_cannot_be_right(
    words: str, point: str, approximate: bool, against: bool
) -> None:
    assert contradicts(point, approximate, GAZETTEER.read(words)) is against


def test_a_text_without_a_place_is_nowhere() -> None:
    assert GAZETTEER.read("mohon dibantu") == Mentioned()

"""Who is complained of, what cannot wait, what is no complaint, and what is another's matter."""

import pytest

from services.routing.reading.reader import load_reader
from services.routing.reading.signs import Signs

READER = load_reader()


@pytest.mark.parametrize(
    "text",
    [
        "Petugas kelurahan minta uang 50 ribu untuk urus KTP",
        "Pak lurah arogan dan membentak warga",
        "oknum satpol pp malak pedagang 20rb",
        "foto tindak lanjutnya palsu, laporan saya ditutup padahal belum dikerjakan",
        "bansos dipotong ketua RT 50 ribu per kepala",
    ],
)
def test_misconduct_of_officials_is_noticed(text: str) -> None:
    assert READER.read(text).signs.about_official


@pytest.mark.parametrize(
    "text",
    [
        "jukir liar minta 5rb di indomaret",
        "preman minta uang keamanan ke sopir truk",
        "mohon petugas segera memperbaiki lampu, sudah lapor ke RT",
        "Satpol PP mohon tertibkan PKL di trotoar",
        "orang mengaku petugas kelurahan minta uang ke tetangga kami, sudah dipastikan gadungan",
        "Lurah kami tidak pernah minta apa pun, tapi antrinya lama",
        "yang malak sopir bukan aparat, tapi geng anak situ",
        "Mobil dinas kebersihan bocor, air sampahnya menetes di jalan",
    ],
)
def test_others_who_take_money_and_officials_who_are_asked_for_help_are_not_complained_of(
    text: str,
) -> None:
    assert not READER.read(text).signs.about_official


@pytest.mark.parametrize(
    ("text", "emergency"),
    [
        ("Ada kebakaran di Jl Melati, api membesar, tolong cepat", True),
        ("tolong orang terjebak di lift apartemen", True),
        ("kecelakaan motor, korban berdarah tidak sadar", True),
        ("hidran rusak, rawan kebakaran", False),
        ("kemarin ada kebakaran, puingnya belum diangkut", False),
        ("darurat sampah di pasar", False),
    ],
)
def test_danger_now_is_told_from_the_mere_word(text: str, emergency: bool) -> None:
    assert READER.read(text).signs.emergency is emergency


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Terima kasih PPSU, gotnya sudah dibersihkan, mantap", "thanks"),
        ("Terima kasih sudah diperbaiki tapi lampunya mati lagi", None),
        ("Jasa sedot wc murah hubungi wa", "advert"),
        ("cara daftar KJP gimana ya?", "question"),
        ("Lampu PJU mati sudah seminggu, terima kasih", None),
    ],
)
def test_what_is_no_complaint_is_named(text: str, what: str | None) -> None:
    assert READER.read(text).signs.no_complaint == what


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("Listrik padam dari pagi, token tidak bisa", "pln"),
        ("lubang di tol dalam kota km 5", "jalan-tol"),
        ("jalan rusak di Margonda Depok", "kota-lain"),
        ("sertifikat tanah saya di BPN belum jadi", "bpn"),
        ("Jl Raya Bogor berlubang di Ciracas", None),
        ("lampu jalan mati dekat gerbang tol", None),
        ("minta polisi tidur di gang kami", None),
    ],
)
def test_anothers_matter_is_told_from_a_mere_place(text: str, body: str | None) -> None:
    found = READER.read(text).signs.outside
    assert (found.slug if found else None) == body
    assert found is None or found.address


@pytest.mark.parametrize(
    "text",
    [
        "halo admin",
        "terima kasih lampu jalan sudah menyala lagi",
        "Apakah pemutihan pajak kendaraan masih berlaku?",
        "Nomor telepon puskesmas kecamatan tebet berapa ya",
        "kangen mantan nih min, hujan hujan gini",
    ],
)
def test_thanks_questions_and_small_talk_are_no_complaint(text: str) -> None:
    assert READER.read(text).signs.no_complaint is not None


@pytest.mark.parametrize(
    "text",
    [
        "Min kapan jadwal potong dahan? sudah kirim surat, antri terus, talang jadi mampet",
        "apa boleh buang sampah di kali, baunya sampai rumah",
        "tolong pak, sudah seminggu begini",
    ],
)
def test_who_asks_because_something_is_wrong_complains(text: str) -> None:
    assert READER.read(text).signs.no_complaint is None


@pytest.mark.parametrize("text", ["Tolong", "Tolong dibantu", "Warga melaporkan hal ini di loket."])
def test_few_words_without_a_term_show_neither_danger_nor_an_official(text: str) -> None:
    signs = READER.read(text, "jalan").signs
    assert (signs.emergency, signs.about_official, signs.no_complaint) == (False, False, None)


def test_who_chose_a_category_and_says_that_something_is_wrong_complains() -> None:
    words = (
        "Mohon bantuan bapak gubernur untuk wilayah kami karena sudah dua bulan lapor tidak ada "
        "yang datang menanggapi"
    )
    assert READER.read(words, "sampah").signs.no_complaint is None


@pytest.mark.parametrize("text", ["", "..."])
def test_where_there_are_no_words_there_are_no_signs(text: str) -> None:
    assert READER.read(text).signs == Signs()

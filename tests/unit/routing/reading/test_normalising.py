"""Indonesian as it is written, read as it is meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.reading.data import load_normaliser, read_data
from services.routing.reading.normalising import Remembered

READER = load_normaliser()
SPELLINGS = read_data("spellings.json")
AS_CITIZENS_WRITE = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("aabbnjir 2&;#x41_-𝐁é\u0301\u200bİßＡ１"),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("PJU dpn gg. mawar mt", "penerangan jalan umum depan gang mawar mati"),
        ("TL dong min", "tindak lanjut dong min"),
        ("byk PKL yg jualan di trotoar", "banyak pedagang kaki lima yang berjualan di trotoar"),
        ("lmp jln sdh 3 bln gak nyala", "lampu jalan sudah 3 bulan tidak nyala"),
        ("mhn tlg dibenerin krn bahaya bgt", "mohon tolong diperbaiki karena berbahaya banget"),
        ("BANJIIIIR lagiii", "banjir lagi"),
        ("sampahh numpuk", "sampah menumpuk"),
        ("lampu-lampu mati", "lampu mati"),
        ("jalan2 rusak", "jalan rusak"),
        ("𝐁𝐚𝐧𝐣𝐢𝐫 ｌａｇｉ", "banjir lagi"),
        ("Ketenteraman &amp; Ketertiban", "ketenteraman ketertiban"),
        ("b&#97;njir", "banjir"),
        ("ban\u200bjir", "banjir"),
        ("cafe\u0301 berisik", "kafe berisik"),
        ("aspalny blm dprbaiki", "aspalnya belum diperbaiki"),
        ("rmh trndam, tlg prhu", "rumah terendam tolong perahu"),
        ("gerobake kerendem", "gerobak kerendam"),
        ("siswa serang2an batu", "siswa serangan batu"),
        ("bangku dekat kios pasar", "bangku dekat kios pasar"),
        ("#LampuMati di #jakarta", "lampu mati di jakarta"),
        ("lampu_mati", "lampu mati"),
        ("jukir liar malak 5rb", "juru parkir liar memalak 5 ribu"),
        ("the streetlight is broken", "the lampu jalan is rusak"),
        ("", ""),
        ("🙏🙏 ... !!!", ""),
    ],
)
def test_a_text_is_read_as_it_is_meant(written: str, meant: str) -> None:
    assert READER.plain(written) == meant


@pytest.mark.parametrize(
    ("words", "root"),
    [
        ("ditutup penutup tutupnya", "tutup"),
        ("menutup nutup nutupin", "menutup"),
        ("menumpuk tumpukan numpuk penumpukan", "tumpuk"),
        ("lampunya lampu lampu-lampu", "lampu"),
        ("memangkas pemangkasan dipangkas", "pangkas"),
        ("kotor kotornya dikotorin", "kotor"),
        ("tersumbat menyumbat nyumbat", "sumbat"),
        ("merokok ngerokok perokok", "rokok"),
        ("menambal ditambal tambal", "tambal"),
        ("mengosongkan dikosongkan", "kosong"),
        ("pemohon memohon permohonan", "mohon"),
    ],
)
def test_forms_of_a_word_have_one_root(words: str, root: str) -> None:
    spoken = [READER.words(word).roots for word in words.split()]
    assert {tuple(each) for each in spoken} == {(root,)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kebakaran", "pembakaran"),
        ("keterangan", "penerangan"),
        ("kendaraan", "kendara"),
        ("saluran", "penyaluran"),
        ("angkutan", "pengangkutan"),
        ("kekerasan", "keras"),
        ("kependudukan", "duduk"),
        ("perumahan", "rumah"),
        ("pemohon", "pohon"),
        ("pemutihan", "putih"),
    ],
)
def test_words_of_different_matters_have_different_roots(one: str, other: str) -> None:
    assert READER.words(one).roots != READER.words(other).roots


def test_a_word_is_shown_as_the_reporter_wrote_it() -> None:
    text = "Min, PJU &amp; 𝐁𝐚𝐧𝐣𝐢𝐢𝐢𝐫 dpn gg"
    words = READER.words(text)
    written = [text[start:end] for start, end in words.spans()]
    assert list(zip(words.meant, written, strict=True)) == [
        ("min", "Min"),
        ("penerangan", "PJU"),
        ("jalan", "PJU"),
        ("umum", "PJU"),
        ("banjir", "𝐁𝐚𝐧𝐣𝐢𝐢𝐢𝐫"),
        ("depan", "dpn"),
        ("gang", "gg"),
    ]


@given(AS_CITIZENS_WRITE)
def test_what_is_read_of_a_reading_is_the_same(text: str) -> None:
    once = READER.plain(text)
    assert READER.plain(once) == once


@given(AS_CITIZENS_WRITE)
def test_every_word_stands_in_the_text_in_order(text: str) -> None:
    words = READER.words(text)
    spans = words.spans()
    assert len(spans) == len(words.meant) == len(words.roots)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    for word, (start, end) in zip(words.meant, spans, strict=True):
        assert word in READER.plain(text[start:end]).split()


def test_no_spelling_means_what_is_spelt_otherwise_itself() -> None:
    changed = {k: v for k, v in SPELLINGS["words"].items() if READER.plain(v) != v}
    assert changed == {}
    assert len(SPELLINGS["words"]) > 700


def test_of_the_words_that_were_read_no_more_are_kept_than_was_said() -> None:
    known = Remembered(lambda run: ((run, run),), 2)
    for run in ("lampu", "jalan", "lampu", "mati", "lampu"):
        assert known[run] == ((run, run),)
        assert len(known) <= 2

"""What tells of a person is taken out of a text; what the matter needs stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.masking import mask
from services.routing.masking.masked import LABELS, replaced

TAKEN = {
    "nik": [
        "NIK saya 3171012345670001",
        "nik 3171 0123 4567 0001",
        "ktp 31.71.01.450395.0001",
        "NIK ３１７１０１２３４５６７０００１",
        "tiga satu tujuh satu nol satu dua tiga nol empat delapan lima nol nol nol satu",
        "NIK 31710I2345670OO1",
    ],
    "kk": ["nomor KK 3171010102030004", "Kartu Keluarga: 3171 0101 0203 0004"],
    "npwp": ["NPWP 01.234.567.8-912.000", "npwp saya 012345678912000"],
    "phone": [
        "hubungi 081234567890",
        "0812-3456-7890 ya",
        "+62 812 3456 7890",
        "62812.3456.7890",
        "(0812) 3456 7890",
        "telp (021) 555 1234",
        "021-78901234",
        "nol delapan satu dua tiga empat lima enam tujuh delapan",
        "hub O8l2-34S6-7890",
        "O8I234567890",
        "０８１２３４５６７８９０",
        "0\u200b812\u200b34567890",
        "https://wa.me/6281234567890",
        "wa +65 9123 4567",
        "WA 81234567890",
    ],
    "email": [
        "budi.santoso@gmail.com",
        "budi&#64;yahoo.co.id",
        "budi (at) gmail.com",
        "budi at gmail dot com",
        "budi @ gmail . com",
        "ｂｕｄｉ＠gmail.com",
        "b u d i @ gmail.com",
        "budi titik santoso et yahoo titik com",
    ],
    "plate": ["mobil B 1234 XYZ", "B1234XYZ", "b 1234 xyz", "motor AD 5678 CD", "plat F 99 AB"],
    "account": [
        "rekening BCA 1234567890",
        "transfer ke 1234-5678-90 (Mandiri)",
        "norek bri 123401000123456",
    ],
    "handle": [
        "ini @budi_s",
        "IG: siti.aminah",
        "twitter saya warga_kesal",
        "https://instagram.com/siti.aminah",
    ],
    "name": [
        "nama saya budi santoso mau lapor",
        "Nama : Budi Santoso",
        "Nama saya Budi Santoso, warga RT 05",
        "saya, Rina Wati, mau lapor",
        "Perkenalkan, saya Rizky dari Tebet",
        "a/n Siti Aminah",
        "atas nama Dewi Lestari",
        "pelapor: Joko Susilo",
        "Mohon segera diperbaiki. Hormat saya,\nAndi Wijaya",
        "Jalan berlubang di depan halte, mohon ditambal. Terima kasih\nAndi Wijaya",
        "Kemarin Ibu Siti (warga RT 5) jatuh di got",
        "Saya yang bertanda tangan di bawah ini: Maruli Tua Simatupang",
        "nama saya abdullah bin said alhabsyi, jamaah masjid",
        "KK atas nama parjo belum jadi",
        "pak saya tukijan warga rt 9",
        "SAYA ROSMAWATI JANDA",
        "saya adalah Ketut Artana, pemilik warung",
        "Nama siswa: Aurel Hermansyah",
        "Halo min, Fikri di sini, mau lapor",
        "Terima kasih atas perhatiannya.\n\nYakobus Leto",
        "Ttd\nKetua RT 05\n(Supardi)",
        "suami saya Ricardo Manurung ditahan",
    ],
    "address": [
        "rumah saya Jl. Melati no 9A RT 03/05 banjir",
        "alamat saya jalan kenanga 3 no 7",
        "saya tinggal di Gang Mawar no 12",
        "domisili Jl. Anggrek Blok C2/15",
        "KTP saya alamat Jl. Dahlia 4 No. 8",
        "saya kost di jl salemba tengah gang 3 no. 7",
        "keluarga kami menetap di Jl. Tanah Sereal XIV/7",
        "domisili Perum Taman Harapan Indah Blok F-12",
        "tolong kirim ke rumah, Jl. Lautze Dalam No. 9",
    ],
    "number": ["BPJS saya 0001234567890", "paspor C1234567", "nomor SIM 123456789012"],
}

KEPT = [
    "Hubungi 112, 119, 1500-164, 1708 atau 0811-1272-206",
    "lapor ke dki@jakarta.go.id atau @DKIJakarta dan @BPBDJakarta",
    "kantor kelurahan telp 021-7201234 tidak diangkat",
    "laporan JK2301010001 belum selesai, juga JK 2305290094",
    "nomor tiket 20230512081234567",
    "ID pelanggan 532100012345 PLN padam",
    "no pelanggan PAM 000123456789",
    "ganti rugi Rp 1.500.000 atau 15 juta, denda Rp 500.000.000",
    "Perda No 8 Tahun 2007 dan UU 27/2022",
    "Transjakarta 6A, JAK 45, koridor 13, bus B 11 tidak lewat",
    "tanggal 08-12-2023 10.30, jam 08.00-21.00",
    "titik -6.208812, 106.845612",
    "RT 03 RW 05 banjir, got mampet di RT 03/05",
    "lampu mati di Jl. Melati depan no 12 RT 03",
    "Pak Lurah dan Gubernur Anies, Pak RT juga Bu Camat tidak peduli",
    "lurah bernama Budi minta uang",
    "Pak Joko petugas kelurahan minta uang",
    "Jalan Haji Naim rusak, warung Bu Siti di Gang Haji Mading",
    "saya tinggal di Cilandak Barat, got mampet",
    "nama jalan belum ada, nama saya tidak mau disebut",
    "saya mau lapor, dengan ini saya mohon bantuan",
    "atas nama warga RT 05",
    "3 lampu @Rp50.000",
    "saya tinggal di Kampung Melayu kebanjiran",
    "Kadishub Bapak Syafrin harus turun",
    "pelapor: anonim",
    "saya Muslim dan terganggu petasan",
    "Pak Ogah di putaran minta uang",
    "I am writing to report a pothole",
    "Hormat kami,\nWarga RT 03",
]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in TAKEN.items() for text in texts]
)
def test_what_tells_of_a_person_is_taken_out(kind: str, text: str) -> None:
    masked = mask(text)
    assert [span.kind for span in masked.spans] == [kind]
    assert LABELS[kind] in masked.text


@pytest.mark.parametrize("text", KEPT)
def test_what_the_matter_needs_stays_readable(text: str) -> None:
    assert mask(text).text == text


def test_several_pieces_of_one_text_are_taken_each_for_itself() -> None:
    text = (
        "saya Rina Wati, hp 0812-3456-7890 / 0813 9876 5432, NIK 3171012345670001. "
        "Lampu di Jl. Mawar depan no 5 mati. Email rina@gmail.com. Terima kasih"
    )
    assert mask(text).text == (
        "saya [nama], hp [nomor telepon] / [nomor telepon], NIK [NIK]. "
        "Lampu di Jl. Mawar depan no 5 mati. Email [alamat surel]. Terima kasih"
    )


def test_a_kelurahan_behind_the_writers_house_stays_readable() -> None:
    text = "rumah saya Jl. Melati no 9A RT 03/05 Kel. Kebon Jeruk kebanjiran"
    assert mask(text).text == "rumah saya [alamat rumah] Kel. Kebon Jeruk kebanjiran"


def test_offsets_are_code_points_of_the_original() -> None:
    text = "😀 &#64; ke budi&#64;gmail.com ya"
    (span,) = mask(text).spans
    assert text[span.start : span.end] == "budi&#64;gmail.com"


PIECES = st.sampled_from(
    [text for texts in TAKEN.values() for text in texts] + KEPT + [*LABELS.values(), "nama saya "]
    + ["0", "8", "12 ", "-", " ", "\n", "@", ".", "B ", "saya ", "rumah saya ", "no ", "(", "&amp;"]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join))


@given(TEXTS)
def test_a_masked_text_is_masked_no_further(text: str) -> None:
    once = mask(text).text
    assert mask(once).text == once


@given(TEXTS)
def test_spans_are_in_order_apart_and_make_the_masked_text(text: str) -> None:
    masked = mask(text)
    ends = [0, *(span.end for span in masked.spans)]
    assert all(end <= span.start < span.end for end, span in zip(ends, masked.spans, strict=False))
    assert replaced(text, masked.spans) == masked.text


@pytest.mark.parametrize(
    "piece",
    ["0", "1 ", "0812-", "nama saya ", "rumah saya jl ", "a@", "a@b.", "b 1234 xyz ", "satu ",
     "rp1", "(at)", "terima kasih ", "i d u b ", "O8l2", "12-12-", "A.", "a ", "\u200b", "&#64;"],
)  # fmt: skip
def test_a_long_row_of_one_piece_comes_to_an_end(piece: str) -> None:
    """A pattern that tries again from each place would not: pytest would stop it."""
    text = piece * (20_000 // len(piece)) + "@gmail.com"
    assert replaced(text, mask(text).spans) == mask(text).text

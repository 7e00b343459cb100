"""The words of a mail: decoded byte by byte, joined from its forms, quoted and shortened."""

from email.mime.text import MIMEText
from quopri import encodestring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.email.letter import Envelope, IncomingMail
from services.intake.channels.email.our_letters import OUR_SENTENCES
from services.intake.words.mail_bytes import decoded, header_text, text_of
from services.intake.words.mail_parts import split
from services.intake.words.mail_text import with_what_more_says
from services.intake.words.quotes import Letter, OurLetters
from tests.unit.intake.channels.test_mail import a_mail, submitted

OURS = OurLetters("dki@jakarta.go.id", OUR_SENTENCES)


@pytest.mark.parametrize(
    ("raw", "charset", "text"),
    [
        (b"caf\xe9 dan caf\xc3\xa9", "utf-8", "café dan café"),
        (b"\xe2\x80\x94 satu \xff dua \xe2\x80\x94", "utf-8", "— satu ÿ dua —"),
        (b"\x93satu\x94", "iso-8859-1", "“satu”"),
        (b"caf\xc3\xa9", "us-ascii", "café"),
        (b"caf\xe9", "us-ascii", "café"),
        (b"caf\xe9", "", "café"),
        (b"caf\xc3\xa9", "utf8mb4", "café"),
        (b"caf\xc3\xa9", "'utf-8'", "café"),
        (b"caf\xc3\xa9", "hex", "café"),
        (b"caf\xc3\xa9", "unicode_escape", "café"),
        ("日本語".encode("shift_jis") + b"\xff", "shift_jis", "日本語ÿ"),
        ("jalan é".encode("utf-16"), "utf-16", "jalan é"),
        (b"\x81\x8d", "windows-1252", "\ufffd\ufffd"),
        (b"a\x00b", "utf-8", "ab"),
        (b"\xed\xa0\xbd", "utf-8", "í\xa0½"),
        (b"+2D0-", "utf-7", "\ufffd"),
    ],
)
def test_a_wrong_byte_or_charset_costs_no_other_byte_its_meaning(
    raw: bytes, charset: str, text: str
) -> None:
    assert text_of(raw, charset) == text


@given(st.binary(max_size=200), st.sampled_from(["utf-8", "utf-16", "utf-7", "gb18030", "hz", ""]))
def test_any_bytes_become_text_that_can_be_stored(raw: bytes, charset: str) -> None:
    text = text_of(raw, charset)
    assert "\x00" not in text.encode().decode()


@pytest.mark.parametrize(
    ("raw", "encoding", "plain"),
    [
        (b"SmFsYW4=", "base64", b"Jalan"),
        (b"SmFsYW4", "base64", b"Jalan"),
        (b"SmF\nsYW4=\n", "base64", b"Jalan"),
        (b"!SmF*sYW4=", "base64", b"Jalan"),
        (b"SmFsYW4=\ncnVzYWs=\n", "base64", b"Jalanrusak"),
        (b"SmFsYW4=\n-- \nKaki surat\n", "base64", b"Jalan\n-- \nKaki surat"),
        (b"Jalan rusak, bukan base64.\n", "base64", b"Jalan rusak, bukan base64."),
        (b"Jal=\nan =C3=A9 =3D =ZZ", "quoted-printable", b"Jalan \xc3\xa9 = =ZZ"),
        (b"Jal=  \nan", "quoted-printable", b"Jalan"),
        (b"Jalan", "x-tak-dikenal", b"Jalan"),
    ],
)
def test_damaged_encodings_give_what_can_be_had(raw: bytes, encoding: str, plain: bytes) -> None:
    assert decoded(raw, encoding).strip() == plain


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("=?utf-8?b?SmFsYW4=?= =?utf-8?q?_rusak?=", "Jalan rusak"),
        ("=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=", "café"),
        ("=?tak-dikenal?q?caf=E9?= baru", "café baru"),
        ("Jalan =?utf-8?q?rusak", "Jalan =?utf-8?q?rusak"),
        ("=?utf-8?b?!!?= tetap", "tetap"),
    ],
)
def test_encoded_words_are_read(line: str, text: str) -> None:
    assert header_text(line) == text


@pytest.mark.parametrize(
    ("told", "more", "both"),
    [
        ("Jalan rusak", "Jalan\nrusak", "Jalan rusak"),
        ("*Jalan* rusak", "Jalan rusak", "*Jalan* rusak"),
        ("", "Jalan", "Jalan"),
        ("\u200b\xa0", "Jalan", "Jalan"),
        ("Jalan", "", "Jalan"),
        ("Jalan", "Jalan rusak", "Jalan rusak"),
        ("Jalan ini", "Jalan itu\nJalan ini", "Jalan itu\nJalan ini"),
        ("Pasar.\nJalan rusak.", "Pasar rusak.", "Pasar.\nJalan rusak.\n\nPasar rusak."),
        ("lokasi ini", "lokasi <https://x.example/a> ini", "lokasi <https://x.example/a> ini"),
        ("HTML saja", "Jalan", "HTML saja\n\nJalan"),
    ],
)  # fmt: skip
def test_of_two_forms_of_a_text_nothing_is_missing(told: str, more: str, both: str) -> None:
    assert with_what_more_says(told, more) == both


def cut(text: str, subject: str = "Re: Laporan") -> str:
    return Letter.of(text, subject).without(OURS).fitted(10_000)


CODE_LINE = "Kode lacak: 7K3M-Q9TX-2BZD-0W4R"
TRACK = "Lacak laporan di x.example dengan kode tersebut. Kode ini rahasia; mohon disimpan."


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"Ya.\n> {CODE_LINE}\n> {TRACK}", "Ya."),
        (f"> {CODE_LINE}\n> Apakah masih?\nYa.", "> Apakah masih?\nYa."),
        (f"> {CODE_LINE}\nYa.\n> {TRACK}\nMasih.", "Ya.\nMasih."),
        (f">> {CODE_LINE}\n> Kata orang lain", "> Kata orang lain"),
        (f"> {TRACK[:50]}\n> {TRACK[50:]}", ""),
        (f"> {CODE_LINE} tidak jalan", f"> {CODE_LINE} tidak jalan"),
        (f"{CODE_LINE}\nIni tulisan saya", f"{CODE_LINE}\nIni tulisan saya"),
        (
            "Laporan Anda sedang ditangani oleh siapa pun.\n> lama",
            "Laporan Anda sedang ditangani oleh siapa pun.\n> lama",
        ),
        (
            "From: dki@jakarta.go.id\nSent: x\nTo: y\nSubject: z\n\n"
            f"{CODE_LINE}\nHormat kami,\nLaporan Anda dibuka oleh siapa.",
            "From: dki@jakarta.go.id\nSent: x\nTo: y\nSubject: z\n\n"
            "Hormat kami,\nLaporan Anda dibuka oleh siapa.",
        ),
    ],
)
def test_only_lines_that_are_known_to_be_ours_are_cut(text: str, kept: str) -> None:
    assert cut(text).strip() == kept


@pytest.mark.parametrize(
    "opening",
    [
        "---------- Forwarded message ---------",
        "---------- Pesan terusan ---------",
        "----- Pesan yang Diteruskan -----",
        "-------- Forwarded Message --------",
        "Begin forwarded message:",
        "Mulai pesan yang diteruskan:",
    ],
)
def test_a_forwarded_letter_stays_whole_even_where_it_is_ours(opening: str) -> None:
    text = f"Lihat.\n\n{opening}\nFrom: dki@jakarta.go.id\n\n{CODE_LINE}\n> {TRACK}"
    assert cut(text) == text


def test_the_subject_tells_a_forwarded_letter_from_an_answered_one() -> None:
    text = f"From: dki@jakarta.go.id\nSent: x\nTo: y\nSubject: z\n\n{CODE_LINE}"
    assert cut(text, "FW: Laporan") == text
    assert CODE_LINE not in cut(text, "RE: Laporan")


def test_a_quotation_is_shortened_before_the_writers_own_words() -> None:
    quoted = "\n".join(f"> baris lama nomor {number}" for number in range(2_000))
    own = "kata sendiri " * 500
    text = submitted(a_mail(f"Awal.\n{quoted}\n{own}\n{quoted}\nAkhir.")).text
    assert len(text) <= 10_000
    assert own.strip() in text
    assert text.endswith("> [...]\nAkhir.")
    assert "> baris lama nomor 0" in text


def test_text_that_is_not_quoted_from_us_is_kept_word_for_word() -> None:
    body = f"Ya.\n\nPada Kam, 8 Jul 2021 tetangga@example.net menulis:\n> {TRACK}\n> Kata tetangga."
    assert submitted(a_mail(body)).text == f"Laporan\n\n{body}"


@given(st.text(alphabet="ab \n>-:\u200b", max_size=80))
def test_no_visible_sign_of_a_mail_that_is_none_of_ours_is_lost(body: str) -> None:
    seen = [sign for sign in body if sign in "ab:-"]
    kept = Letter.of(body).without(OURS).fitted(10_000)
    assert [sign for sign in kept if sign in "ab:-"] == seen


def test_a_name_with_its_own_charset_is_read() -> None:
    raw = (
        b"Content-Disposition: attachment; filename*0*=utf-8''laporan%20; filename*1*=caf%C3%A9.pdf"
        b"\nContent-Type: application/pdf; name=x\n\n"
    )
    assert split(raw).top.file_name == "laporan café.pdf"


def test_a_comment_behind_the_encoding_is_passed_over() -> None:
    raw = b"Content-Transfer-Encoding: BASE64 (x); y=z\n\nSmFsYW4="
    assert split(raw).top.body == b"Jalan"


WRITTEN = (
    "jalan", "> ", ">> ", "\n", "\n\n", " ", "From: a\n", "Sent: b\n", "To: c\n", "Subject: d\n",
    "menulis:", "On 1 @ wrote:\n", "dki@jakarta.go.id menulis:\n", "-- \n", "--b\n", "--b--\n",
    "---------- Forwarded message ----------\n", "-----Original Message-----\n", "é", "日本", "=",
    "&amp;", "<b>", "<", "\u200b", "\t",
)  # fmt: skip
"""Pieces that a reader of mail could take for something else than words."""


@given(
    st.lists(st.sampled_from(WRITTEN), max_size=25).map("".join),
    st.sampled_from(["8bit", "base64", "quoted-printable"]),
    st.booleans(),
    st.sampled_from(["", "In-Reply-To: <1@jakarta.go.id>\n"]),
)
def test_each_sign_that_was_written_is_read(
    body: str, encoding: str, parted: bool, reply: str
) -> None:
    plain = MIMEText(body, "plain", "utf-8") if encoding == "base64" else None
    encoded = plain.get_payload() if plain else quoted_or_not(body, encoding)
    part = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n"
    whole = f"{part}{encoded}"
    if parted:
        whole = f"Content-Type: multipart/mixed; boundary=batas\n\n--batas\n{whole}\n--batas--\n"
    mail = IncomingMail.read(f"{reply}{whole}".encode(), Envelope(""), OURS)
    assert signs(mail.text) == signs(body)


def quoted_or_not(body: str, encoding: str) -> str:
    return body if encoding == "8bit" else encodestring(body.encode()).decode()


def signs(text: str) -> str:
    return "".join(text.replace("\u200b", "").split())

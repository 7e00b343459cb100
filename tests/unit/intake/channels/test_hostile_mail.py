"""Mail that a stranger wrote to hold the mailbox up, and mail that is merely written badly."""

import sys
from types import FrameType
from typing import Any

import pytest

from services.intake.channels.submission import Ignored
from services.intake.words.markup import html_to_text
from tests.unit.intake.channels.test_mail import SENDER, a_mail, read, submitted

FROM = f"From: {SENDER}\r\n".encode()


def a_raw_mail(headers: bytes = b"", body: bytes = b"Jalan rusak.") -> bytes:
    return FROM + headers + b"\r\n" + body


@pytest.mark.parametrize("name", [b"Message-ID", b"Content-Type", b"Date", b"To", b"In-Reply-To"])
def test_a_header_nested_without_end_loses_no_mail(name: bytes) -> None:
    assert submitted(a_raw_mail(name + b": " + b"(" * 3_000 + b"\r\n")).text == "Jalan rusak."


def test_a_senders_header_nested_without_end_loses_no_mail() -> None:
    raw = b"From: " + b"(" * 3_000 + b"\r\n\r\nJalan rusak."
    assert submitted(raw).text == "Jalan rusak."


@pytest.mark.parametrize("piece", [b"a,", b'"a" ', b"<a@b>,", b"=?utf-8?q?a?= ", b"a:b;"])
def test_a_header_without_end_is_read_to_a_point(piece: bytes) -> None:
    """Read whole, it would keep the parser for hours."""
    raw = b"From: " + piece * (2**22 // len(piece)) + b"\r\n\r\nJalan rusak."
    assert submitted(raw).text.startswith("Jalan rusak.")


def test_mails_within_mails_without_end_lose_no_word() -> None:
    within = b"Content-Type: message/rfc822\r\n\r\n" * 900
    raw = a_raw_mail(b"Content-Type: message/rfc822\r\n", within + b"\r\nJalan rusak.")
    assert "Jalan rusak." in submitted(raw).text


@pytest.mark.parametrize(
    "piece",
    [
        "<a b='",
        "<!--",
        "<a",
        "<![CDATA[",
        "</script",
        "<",
        "<script>",
        '<a b="<',
        "<?",
        "&#",
        "<blockquote>",
        "<a href=http://x>",
        "<pre>\n",
        "<!---->",
        "<style></style>",
        "<td>",
    ],
)
def test_markup_without_end_does_not_hold_up_the_mailbox(piece: str) -> None:
    """Read by a parser that starts anew at each sign, it would for days."""
    html_to_text(f"Jalan {piece * 100_000}")


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<html><head><meta charset=utf-8><body><p>Jalan</p></body>", "Jalan"),
        ("<blockquote><p>Jalan</p></blockquote>", "> Jalan"),
        ("<p>Isi</p><blockquote>Lama</blockquote>", "Isi\n\n> Lama"),
        (
            '<a href="https://example.org/?a>b" title=\'"\'>Jalan</a>',
            "Jalan <https://example.org/?a>b>",
        ),
        ("<style>p > a {}</style>Jalan", "Jalan"),
        ("<!-- <p>a</p> -->Jalan<!--[if mso]>x<![endif]-->", "Jalan"),
        ("<!DOCTYPE html><?xml version='1.0'?>Jalan", "Jalan"),
        ("Lebar < 3 m &amp; rusak", "Lebar < 3 m & rusak"),
        ("Jalan<br/>rusak<BR>lagi", "Jalan\nrusak\nlagi"),
    ],
)
def test_words_in_loose_markup_are_found(markup: str, words: str) -> None:
    assert html_to_text(markup) == words


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "hex", "x"])
def test_a_charset_that_is_none_is_passed_over(charset: str) -> None:
    headers = f"Content-Type: text/plain; charset={charset}\r\n".encode()
    assert submitted(a_raw_mail(headers, b"Jalan +2AA- \\ud800 rusak")).text == (
        "Jalan +2AA- \\ud800 rusak"
    )


def test_a_nul_in_a_mail_loses_no_mail() -> None:
    assert submitted(a_raw_mail(b"Subject: a\r\n", b"Jalan\x00 rusak")).text == "a\n\nJalan rusak"


def test_words_around_a_picture_are_all_read() -> None:
    parts = (
        b"--q\r\nContent-Type: text/plain\r\n\r\nJalan rusak\r\n"
        b"--q\r\nContent-Type: image/png\r\nContent-Disposition: inline\r\n\r\nx\r\n"
        b"--q\r\nContent-Type: text/plain\r\n\r\ndi depan pasar\r\n--q--"
    )
    mail = submitted(a_raw_mail(b"Content-Type: multipart/mixed; boundary=q\r\n", parts))
    assert mail.text == "Jalan rusak\n\ndi depan pasar\n\n(foto)"


FORWARDED = (
    b"--q\r\nContent-Type: text/plain\r\n\r\n%b\r\n"
    b"--q\r\nContent-Type: message/rfc822\r\n\r\nSubject: lama\r\n\r\nSurat lama\r\n--q--"
)


@pytest.mark.parametrize("own", [b"Lihat ini", b""])
def test_a_mail_that_is_passed_on_is_read_with_what_it_passes_on(own: bytes) -> None:
    headers = b"Content-Type: multipart/mixed; boundary=q\r\n"
    passed_on = "---------- Pesan yang diteruskan ----------\nPerihal: lama\n\nSurat lama"
    assert submitted(a_raw_mail(headers, FORWARDED % own)).text == (
        "\n\n".join(filter(None, (own.decode(), passed_on)))
    )


def test_an_absence_notice_that_calls_itself_generated_is_no_answer() -> None:
    notice = a_mail(
        "Saya cuti.",
        Subject="JK2107080001",
        In_Reply_To="<2@x.test>",
        Auto_Submitted="auto-generated",
    )
    assert read(notice) == Ignored(reason="automatic_mail")


def test_a_message_id_used_twice_hides_no_second_complaint() -> None:
    first, second = submitted(a_mail("Jalan rusak.")), submitted(a_mail("Lampu padam."))
    assert first.external_id != second.external_id
    assert submitted(a_mail("Jalan rusak.")).external_id == first.external_id


def test_a_date_beyond_the_calendar_loses_no_mail() -> None:
    mail = submitted(a_mail(Date="Fri, 31 Dec 9999 23:59:59 -1200"))
    assert mail.reported_at is None


NESTED = b"".join(
    b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (level, level + 1)
    for level in range(300)
)
NESTING = b"Content-Type: multipart/mixed; boundary=b0\r\n"
MIXED = b"Content-Type: multipart/mixed; boundary=q\r\n"
ALTERNATIVES = b"Content-Type: multipart/alternative; boundary=q\r\n"
MEGABYTE = 1024 * 1024


def filled(piece: bytes, size: int = MEGABYTE) -> bytes:
    return piece * (size // len(piece))


def test_three_hundred_multiparts_within_each_other_are_read_to_the_last_word() -> None:
    body = NESTED + b"--b300\r\n\r\nJalan rusak.\r\n" + b"\r\n" * 150_000
    assert submitted(a_raw_mail(NESTING, body)).text == "Jalan rusak."


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (MIXED, filled(b"--q\r\n")),
        (MIXED, filled(b"--x\r\n")),
        (MIXED, filled(b"--q\r\nContent-Type: text/html\r\n\r\n<<<\r\n")),
        (
            MIXED,
            filled(
                b"--q\r\nContent-Type: text/plain" + b'; a="b' * 300 + b"\r\n\r\n", 4 * MEGABYTE
            ),
        ),
        (ALTERNATIVES, filled(b"--q\r\n\r\n" + b"kata lain " * 40 + b"\r\n")),
        (b"", filled(b"a")),
        (b"Content-Type: text/html\r\n", filled(b"<a href=http://x>y")),
        (b"In-Reply-To: <1@jakarta.go.id>\r\n", filled(b"> Laporan Anda sedang\r\nya\r\n")),
        (filled(b"a:\r\n", 3 * MEGABYTE), b""),
    ],
    ids=["parts", "dashes", "html", "parameters", "forms", "line", "links", "quotes", "headers"],
)
def test_over_budget_the_headers_and_the_first_words_are_filed_with_a_mark(
    headers: bytes, body: bytes
) -> None:
    mail = submitted(a_raw_mail(b"Subject: Jalan rusak\r\n" + headers, body))
    assert mail.text.startswith("Jalan rusak")
    assert "(surat ini terlalu rumit untuk dibaca mesin; aslinya disimpan)" in mail.text
    assert (mail.reporter.email, len(mail.text) <= 10_000) == (SENDER, True)


@pytest.mark.parametrize("copies", [1, 4])
def test_the_work_grows_with_the_length_of_a_mail_and_no_faster(copies: int) -> None:
    """Counted and not timed: a fourfold mail may take four times the steps, with a little more."""
    assert steps(copies) <= copies * steps(1) * 1.2


def steps(copies: int) -> int:
    """Lines of our code that run while a mail with a bit of everything is read."""
    piece = b"--q\r\nContent-Type: text/html\r\n\r\n<p>a <<b>c</b>&amp;</p>\r\n> d\r\n-- \r\n"
    raw = a_raw_mail(MIXED, piece * 20 * copies)
    count = 0

    def counted(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return counted

    before = sys.gettrace()
    sys.settrace(counted)
    try:
        read(raw)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("alternates", ["\u0300\u0316", "\u05b0\u0591"])
def test_a_row_of_accents_without_end_is_cut(alternates: str) -> None:
    """Normalised whole, forty thousand of them would hold the process for a second."""
    text = submitted(a_raw_mail(b"", f"Jala{alternates * 20_000}n".encode())).text
    assert text == f"Jala{alternates * 15}n" or len(text) < 100

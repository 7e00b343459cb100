"""Odd mails by the hundred: no word of the writer is missing, no letter of ours is read back."""

from functools import cache
from html import escape

import pytest

from services.intake.channels.submission import Submission, Supplement
from services.intake.words.mail_parts import split
from tests.unit.intake.channels.mail_programs import PROGRAMS, Program
from tests.unit.intake.channels.odd_mails import CODE, OddMail, all_odd_mails, our_letter
from tests.unit.intake.channels.test_mail import SENDER, read

MAILS = all_odd_mails()
OUR_WORDS = ("Yth. Bapak/Ibu Pelapor", "Kode ini rahasia", "Kode lacak", CODE)


@cache
def stored(mail: OddMail) -> str:
    inbound = read(mail.raw)
    assert isinstance(inbound, Submission | Supplement), mail.name
    return inbound.text


@pytest.mark.parametrize("style", sorted({mail.style for mail in MAILS}))
def test_no_word_of_the_writer_is_missing(style: str) -> None:
    missing = [
        (mail.name, word)
        for mail in MAILS
        if mail.style == style
        for word in mail.planted
        if word not in stored(mail)
    ]
    assert not missing


def test_nothing_of_our_own_letters_stands_in_a_reply() -> None:
    left = [
        (mail.name, words)
        for mail in MAILS
        if mail.ours
        for words in OUR_WORDS
        if words in stored(mail)
    ]
    assert not left


def test_every_mail_is_read_to_its_end() -> None:
    assert [mail.name for mail in MAILS if not split(mail.raw).complete] == []


def test_the_mails_are_as_many_as_the_city_was_promised_and_differ() -> None:
    assert len({mail.raw for mail in MAILS}) == 300


def test_an_absence_notice_is_filed_as_automatic_and_a_forwarded_bounce_as_a_persons() -> None:
    automatic = {
        mail.style: inbound.automatic
        for mail in MAILS
        if isinstance(inbound := read(mail.raw), Submission | Supplement)
    }
    assert automatic == {style: style == "absence" for style in automatic}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
@pytest.mark.parametrize("subtype", ["plain", "html"])
def test_a_forwarded_letter_of_ours_stays_whole_but_for_its_code(
    program: Program, subtype: str
) -> None:
    written = f"{program.forward}\n\n{our_letter(0)}\n\nTolong dijelaskan."
    body = written if subtype == "plain" else "<br>".join(escape(written).split("\n"))
    head = f"From: {SENDER}\nSubject: Fwd: Laporan\nContent-Type: text/{subtype}\n\n"
    inbound = read(f"{head}{body}".encode())
    assert isinstance(inbound, Submission)
    assert "Terima kasih, laporan Anda telah kami terima." in inbound.text
    assert inbound.text.endswith("Tolong dijelaskan.")
    assert CODE not in inbound.text
    assert CODE.replace("-", "") not in inbound.text

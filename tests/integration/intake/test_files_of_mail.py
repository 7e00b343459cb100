"""Mails with pictures and documents: they are laid down, and the original keeps refs alone."""

import base64
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tests.integration.intake.conftest import House
from tests.integration.intake.parcels import a_file, laid_down
from tests.integration.intake.test_filing import originals
from tests.integration.intake.test_mail import Deliver, deliver

__all__ = ["deliver"]

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40


def letter(house: House, number: str = "1") -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = "pelapor.contoh@example.org", "dki@jakarta.go.id"
    mail["Subject"], mail["Message-ID"] = "Jembatan lepas", f"<surat-{number}@example.org>"
    mail.set_content("Papan jembatan lepas.")
    return mail


def attach(
    mail: EmailMessage, data: bytes, media: str = "image/jpeg", disposition: str = "attachment"
) -> None:
    main, _, sub = media.partition("/")
    name = "IMG-rumah-saya.jpg"
    mail.add_attachment(data, maintype=main, subtype=sub, filename=name, disposition=disposition)


async def sent(house: House, mail: EmailMessage | bytes) -> int:
    """By the raw door; SMTP has a test of its own."""
    raw = mail if isinstance(mail, bytes) else mail.as_bytes()
    headers = {"content-type": "message/rfc822"}
    answer = await house.door.post("/v1/channels/email/raw", headers=headers, content=raw)
    return answer.status_code


async def test_a_mail_over_smtp_brings_its_picture(house: House, deliver: Deliver) -> None:
    mail, photo = house.mail("m-1", "Jembatan lepas."), a_file(120_000)
    letter_ = letter(house)
    attach(letter_, photo)
    code, _ = await deliver(type(mail)(mail.sender, mail.recipient, letter_.as_bytes()))
    assert code == 250
    assert [each.data for each in await laid_down(house)] == [photo]


async def test_pictures_and_documents_come_in_their_order(house: House) -> None:
    mail, photos = letter(house), [a_file(30_000), a_file(50_000)]
    attach(mail, photos[0], disposition="inline")
    attach(mail, PDF, "application/pdf")
    attach(mail, photos[1], "application/octet-stream")
    attach(mail, b"PK\x03\x04 an archive, which nobody takes", "application/zip")
    assert await sent(house, mail) == 200
    assert [each.data for each in await laid_down(house)] == [photos[0], PDF, photos[1]]


async def test_the_original_keeps_refs_where_files_were(house: House) -> None:
    mail, photo = letter(house), a_file(3_000, canary=b"KENARI-GPS-KENARI-GPS-KENARI-GPS")
    attach(mail, photo)
    assert await sent(house, mail) == 200
    [original] = await originals(house)
    [file] = await laid_down(house)
    assert b"Papan jembatan lepas." in original
    assert str(file.ref).encode() in original
    inside = base64.b64encode(photo)
    assert not any(inside[at : at + 60] in original for at in range(0, len(inside) - 60, 4))


async def test_a_file_name_is_told_to_nobody(house: House) -> None:
    mail = letter(house)
    attach(mail, a_file(3_000))
    await sent(house, mail)
    [row] = await house.rows("intake", "SELECT text FROM contents")
    assert "(foto)" in row["text"]
    assert "rumah-saya" not in row["text"]


async def test_a_forwarded_mail_brings_its_picture(house: House) -> None:
    inner, mail, photo = letter(house, "2"), letter(house), a_file(30_000)
    attach(inner, photo)
    mail.add_attachment(inner)
    assert await sent(house, mail) == 200
    assert [each.data for each in await laid_down(house)] == [photo]


async def test_a_forwarded_mail_that_was_encoded_whole_brings_its_picture(house: House) -> None:
    inner, photo = letter(house, "2"), a_file(3_000)
    attach(inner, photo)
    encoded = base64.encodebytes(inner.as_bytes()).decode()
    raw = (
        "From: pelapor.contoh@example.org\nSubject: Diteruskan\nMessage-ID: <b-1@example.org>\n"
        "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + encoded
    )
    assert await sent(house, raw.encode()) == 200
    [file] = await laid_down(house)
    assert file.data == photo
    [original] = await originals(house)
    whole = base64.b64decode(original.partition(b"\n\n")[2])
    assert str(file.ref).encode() in whole
    assert base64.b64encode(photo)[:60] not in whole


async def test_a_winmail_dat_brings_what_it_holds(house: House) -> None:
    photo = a_file(4_000)

    def attribute(name: int, value: bytes) -> bytes:
        head = b"\x02" + name.to_bytes(4, "little") + len(value).to_bytes(4, "little")
        return head + value + (sum(value) & 0xFFFF).to_bytes(2, "little")

    tnef = (0x223E9F78).to_bytes(4, "little") + b"\x01\x00"
    tnef += attribute(0x00069002, bytes(14)) + attribute(0x0006800F, photo)
    mail = letter(house)
    attach(mail, tnef, "application/ms-tnef")
    assert await sent(house, mail) == 200
    assert [each.data for each in await laid_down(house)] == [photo]


@pytest.mark.parametrize("cut", [4, 10, 20, 2_000])
async def test_a_broken_winmail_dat_costs_no_word(house: House, cut: int) -> None:
    tnef = (0x223E9F78).to_bytes(4, "little") + b"\x01\x00\x02" + b"\x0f\x80\x06\x00"
    tnef += (1_000_000).to_bytes(4, "little") + bytes(1_000)
    mail = letter(house)
    attach(mail, tnef[:cut], "application/ms-tnef")
    assert await sent(house, mail) == 200
    assert await house.count("intake", "complaints") == 1
    assert await laid_down(house) == []


async def test_photos_come_before_logos_and_the_rest_stays_in_the_original(house: House) -> None:
    logo, photos = a_file(900), [a_file(20_000) for _ in range(6)]
    mail = letter(house)
    for each in (logo, *photos):
        attach(mail, each)
    assert await sent(house, mail) == 200
    assert [each.data for each in await laid_down(house)] == photos[:5]
    [original] = await originals(house)
    assert base64.b64encode(photos[5])[:60] in original.replace(b"\n", b"")
    assert base64.b64encode(photos[4])[:60] not in original.replace(b"\n", b"")


async def test_a_mail_that_comes_twice_brings_its_picture_once(house: House) -> None:
    mail = letter(house)
    attach(mail, a_file(5_000))
    assert [await sent(house, mail), await sent(house, mail)] == [200, 200]
    assert len(await laid_down(house)) == 1


async def test_what_is_ignored_lays_nothing_down(house: House) -> None:
    mail = letter(house)
    mail["Auto-Submitted"] = "auto-replied"
    attach(mail, a_file(5_000))
    assert await sent(house, mail) == 200
    assert await house.count("media", "spool") == 0

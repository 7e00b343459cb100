"""The mailbox: 250 only after the commit, 4xx when it must come again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiosmtplib
import pytest

from deploy.rehearsal.callers import Mail
from services.intake.app import build
from services.intake.doors.smtp import MailServer
from tests.integration.intake.conftest import House

TEXT = "Kantor tetap buka penuh."

Deliver = Callable[[Mail], Awaitable[tuple[int, str]]]


@asynccontextmanager
async def listening(house: House, **changes: object) -> AsyncIterator[MailServer]:
    service = build(house.settings(**changes))
    house.extra.append(service)
    [server] = service.servers
    assert isinstance(server, MailServer)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture
async def deliver(house: House) -> AsyncIterator[Deliver]:
    """Hand a mail over as the city's mail server does; the server's answer."""
    async with listening(house) as server:
        yield lambda mail: hand_over(server, mail)


async def hand_over(server: MailServer, mail: Mail) -> tuple[int, str]:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=server.port, timeout=20) as client:
        try:
            _, message = await client.sendmail(mail.sender, mail.recipient, mail.raw)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            return refused.recipients[0].code, refused.recipients[0].message
        except aiosmtplib.SMTPResponseException as refused:
            return refused.code, refused.message
        return 250, message


async def test_a_mail_is_accepted_once_it_is_written(house: House, deliver: Deliver) -> None:
    code, _ = await deliver(house.mail("m-1", TEXT))
    assert code == 250
    [event] = await house.events()
    assert (event["channel"], event["reachable"]) == ("email", True)


async def test_a_mail_that_comes_twice_is_one_complaint(house: House, deliver: Deliver) -> None:
    for _ in range(2):
        assert (await deliver(house.mail("m-1", TEXT)))[0] == 250
    assert await house.count("intake", "complaints") == 1


async def test_a_mail_to_another_mailbox_is_refused(house: House, deliver: Deliver) -> None:
    mail = house.mail("m-1", TEXT)
    code, _ = await deliver(Mail(mail.sender, "lain@jakarta.go.id", mail.raw))
    assert code == 550
    assert await house.count("intake", "complaints") == 0


async def test_a_tagged_address_is_the_same_mailbox(house: House, deliver: Deliver) -> None:
    mail = house.mail("m-1", TEXT)
    local, _, domain = mail.recipient.partition("@")
    tagged = Mail(mail.sender, f"{local.upper()}+tanda@{domain}", mail.raw)
    assert (await deliver(tagged))[0] == 250


async def test_a_mail_with_very_long_lines_is_not_lost(house: House, deliver: Deliver) -> None:
    mail = house.mail("m-1", TEXT)
    long = mail.raw.rstrip() + b"\r\n" + b"panjang " * 2000 + b"\r\n"
    assert (await deliver(Mail(mail.sender, mail.recipient, long)))[0] == 250


async def test_a_mail_that_is_too_large_is_refused(house: House) -> None:
    mail = house.mail("m-1", TEXT)
    large = mail.raw + b"isi\r\n" * 2000
    async with listening(house, mail_max_bytes=4096) as server:
        code, _ = await hand_over(server, Mail(mail.sender, mail.recipient, large))
    assert code == 552
    assert await house.count("intake", "complaints") == 0


async def test_a_mail_waits_at_its_server_while_the_database_is_away(house: House) -> None:
    async with listening(house, database_url="postgresql://x:x@127.0.0.1:1/x") as server:
        code, _ = await hand_over(server, house.mail("m-1", TEXT))
    assert code == 451


async def test_lmtp_is_spoken_too(house: House) -> None:
    async with listening(house, smtp_protocol="lmtp") as server:
        answers = await lmtp(server, house.mail("m-1", TEXT))
    assert answers == ["500", "250", "250", "250", "354", "250"]
    assert await house.count("intake", "complaints") == 1


async def test_lmtp_answers_for_each_recipient(house: House) -> None:
    """A mail server that waits for the second answer would hand the mail over for ever."""
    mail = house.mail("m-1", TEXT)
    local, _, domain = mail.recipient.partition("@")
    async with listening(house, smtp_protocol="lmtp") as server:
        answers = await lmtp(server, mail, f"{local}+tanda@{domain}")
    assert answers == ["500", "250", "250", "250", "250", "354", "250", "250"]
    assert await house.count("intake", "complaints") == 1


async def lmtp(server: MailServer, mail: Mail, *also_to: str) -> list[str]:
    """The codes of a delivery, the first for an EHLO that does not belong to LMTP."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    await reader.readline()
    codes = []
    for line in (
        b"EHLO mx.example.org",
        b"LHLO mx.example.org",
        f"MAIL FROM:<{mail.sender}>".encode(),
        *(f"RCPT TO:<{each}>".encode() for each in (mail.recipient, *also_to)),
        b"DATA",
        mail.raw.replace(b"\n", b"\r\n") + b"\r\n.",
    ):
        writer.write(line + b"\r\n")
        codes.append(await answer_code(reader))
    codes.extend([await asyncio.wait_for(answer_code(reader), 10) for _ in also_to])
    writer.close()
    await writer.wait_closed()
    return codes


async def answer_code(reader: asyncio.StreamReader) -> str:
    """The code of an answer of one line or more."""
    line = await reader.readline()
    while line[3:4] == b"-":
        line = await reader.readline()
    return line[:3].decode()

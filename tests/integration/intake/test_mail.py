"""The mailbox: 250 only after the commit, 4xx when it must come again."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import aiosmtplib
import pytest

from deploy.rehearsal.callers import Mail
from services.intake.app import build
from services.intake.channels.email.adapter import MailAdapter
from services.intake.channels.submission import Inbound
from services.intake.doors.smtp import MailServer
from tests.integration.intake.conftest import House

TEXT = "Kantor tetap buka penuh."

Deliver = Callable[[Mail], Awaitable[tuple[int, str]]]


@asynccontextmanager
async def listening(
    house: House, reads: type[MailAdapter] = MailAdapter, **changes: object
) -> AsyncIterator[MailServer]:
    service = build(house.settings(**changes))
    house.extra.append(service)
    [server] = service.servers
    assert isinstance(server, MailServer)
    server.adapter = reads(server.adapter.secrets)
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


@pytest.mark.parametrize("pieces", [2_000, 100_000])
async def test_a_mail_with_very_long_lines_is_not_lost(
    house: House, deliver: Deliver, pieces: int
) -> None:
    """Its writer cannot be asked to break the lines."""
    mail = house.mail("m-1", TEXT)
    long = mail.raw.rstrip() + b"\r\n" + b"panjang " * pieces + b"\r\n"
    assert (await deliver(Mail(mail.sender, mail.recipient, long)))[0] == 250
    assert (await words_of(house)).startswith(f"Laporan pelanggaran pembatasan kegiatan\n\n{TEXT}")


async def words_of(house: House) -> str:
    [row] = await house.rows("intake", "SELECT text FROM contents")
    return str(row["text"])


@pytest.mark.parametrize(
    "body",
    [".", "..", ".satu.\n.\n..dua.", "satu.\n\n.", "\n.\n.\n", "a.\n" * 40_000 + "."],
    ids=["dot", "dots", "stuffed", "last", "between", "sentences"],
)
async def test_dots_at_the_beginning_of_lines_are_kept(
    house: House, deliver: Deliver, body: str
) -> None:
    mail = house.mail("m-1", "PENGGANTI")
    raw = mail.raw.replace(b"PENGGANTI", f"awal\n{body}\nakhir".encode())
    assert (await deliver(Mail(mail.sender, mail.recipient, raw)))[0] == 250
    assert (
        (await words_of(house))[:9_000]
        .split("\n\n", 1)[1]
        .startswith("\n".join(("awal", re.sub("\n{3,}", "\n\n", body), "akhir"))[:5_000])
    )


async def test_a_mail_without_a_line_is_answered(house: House, deliver: Deliver) -> None:
    mail = house.mail("m-1", TEXT)
    assert (await deliver(Mail(mail.sender, mail.recipient, b"")))[0] == 250
    assert await house.count("intake", "complaints") == 0


async def test_a_mail_that_our_code_cannot_read_is_filed_unread(house: House) -> None:
    """Its writer can correct nothing, and a mail server that tries again meets the same fault."""
    mail = house.mail("m-1", TEXT)
    async with listening(house, reads=BrokenAdapter) as server:
        for _ in range(2):
            assert (await hand_over(server, mail))[0] == 250
    assert await words_of(house) == "(surat ini terlalu rumit untuk dibaca mesin; aslinya disimpan)"
    [event] = await house.events()
    assert event["reachable"] is False


class BrokenAdapter(MailAdapter):
    def parse_message(
        self, raw: bytes, envelope_sender: str | None, recipients: Sequence[str] = ()
    ) -> tuple[Inbound, ...]:
        raise RecursionError


async def test_bytes_that_no_program_should_send_are_filed(house: House, deliver: Deliver) -> None:
    mail = house.mail("m-1", TEXT)
    raw = mail.raw.rstrip() + b" satu\x00dua \xed\xa0\xbd \xff\xfe tiga\r\n"
    assert (await deliver(Mail(mail.sender, mail.recipient, raw)))[0] == 250
    text = await words_of(house)
    assert "satudua" in text
    assert text.endswith("tiga")


async def test_a_mail_to_more_tags_than_anybody_has_is_asked_to_come_in_parts(house: House) -> None:
    mail = house.mail("m-1", TEXT)
    local, _, domain = mail.recipient.partition("@")
    tags = [f"{local}+{number}@{domain}" for number in range(101)]
    async with listening(house, smtp_protocol="lmtp") as server:
        answers = await lmtp(server, mail, *tags)
    assert answers.count("452") == 2
    assert answers.count("250") == 2 + 100 + 100


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


async def test_a_mail_that_is_under_way_at_the_end_of_a_process_is_tried_again(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each time a release is rolled out; it is nobody's fault, so nobody is alarmed."""
    mail = house.mail("m-1", TEXT)
    async with (
        listening(house) as server,
        aiosmtplib.SMTP(hostname="127.0.0.1", port=server.port, timeout=20) as client,
    ):
        await client.mail(mail.sender)
        await client.rcpt(mail.recipient)
        await server.stop()
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await client.data(mail.raw)
    assert refused.value.code == 451
    said = "".join(capsys.readouterr())
    assert "mail_deferred" in said
    assert "mail_bug" not in said
    assert await house.count("intake", "complaints") == 0


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
    accepted = codes[3 : 3 + 1 + len(also_to)].count("250")
    codes.extend([await asyncio.wait_for(answer_code(reader), 10) for _ in range(accepted - 1)])
    writer.close()
    await writer.wait_closed()
    return codes


async def answer_code(reader: asyncio.StreamReader) -> str:
    """The code of an answer of one line or more."""
    line = await reader.readline()
    while line[3:4] == b"-":
        line = await reader.readline()
    return line[:3].decode()

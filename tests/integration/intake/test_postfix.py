"""A real Postfix in front of the mailbox, by SMTP and by LMTP, set up as operators are told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiosmtplib
import pytest

from deploy.local.ports import free_ports
from tests.gateways.elsewhere import Elsewhere
from tests.gateways.guide import told
from tests.gateways.postfix import Postfix, postfix
from tests.integration.intake.conftest import House
from tests.integration.intake.letters import HOLE, LETTERS, Letter, in_parts, part, picture
from tests.integration.intake.test_mail import listening

PROTOCOLS = ("smtp", "lmtp")
LARGEST = 400_000


@dataclass(frozen=True, slots=True)
class Gateway:
    """The city's mail server; it hands over to ``door`` and sends bounces ``elsewhere``."""

    postfix: Postfix
    protocol: str
    door: int
    elsewhere: Elsewhere

    async def send(self, *letters: Letter) -> None:
        """As other mail servers would, one connection for all."""
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self.postfix.port) as client:
            for letter in letters:
                await hand_over(client, self.postfix.port, letter)


async def hand_over(client: aiosmtplib.SMTP, port: int, letter: Letter) -> None:
    if letter.pipelined or letter.chunked:
        await at_once(port, letter)
        return
    await client.sendmail(
        letter.sender, letter.recipients, letter.raw, mail_options=[*letter.options]
    )


async def at_once(port: int, letter: Letter) -> None:
    """A client that does not wait between commands (RFC 2920), or uses BDAT (RFC 3030)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    content = letter.raw.replace(b"\n", b"\r\n")
    writer.write(b"EHLO mx.example.org\r\n")
    await until(reader, b"220 ")
    await until(reader, b"250 ")
    commands = f"MAIL FROM:<{letter.sender}>\r\nRCPT TO:<{letter.recipients[0]}>\r\n".encode()
    if letter.chunked:
        half = len(content) // 2
        writer.write(commands + b"BDAT %d\r\n" % half + content[:half])
        writer.write(b"BDAT %d LAST\r\n" % (len(content) - half) + content[half:] + b"QUIT\r\n")
    else:
        writer.write(commands + b"DATA\r\n")
        await until(reader, b"354 ")
        writer.write(content.replace(b"\r\n.", b"\r\n..") + b".\r\nQUIT\r\n")
    await until(reader, b"221 ")
    writer.close()
    await writer.wait_closed()


async def until(reader: asyncio.StreamReader, code: bytes) -> None:
    """Reads on to the answer with ``code``; a refusal before it fails the test."""
    line = await asyncio.wait_for(reader.readline(), 10)
    while not line.startswith(code):
        assert line[:1] == b"2", line
        line = await asyncio.wait_for(reader.readline(), 10)


@pytest.fixture(scope="module")
async def gateways() -> AsyncIterator[dict[str, Gateway]]:
    ports = free_ports(len(PROTOCOLS))
    async with AsyncExitStack() as stack:
        elsewhere = await stack.enter_async_context(Elsewhere.listening())
        servers = [
            await stack.enter_async_context(postfix(handing_over(protocol, port, elsewhere.port)))
            for protocol, port in zip(PROTOCOLS, ports, strict=True)
        ]
        yield {
            protocol: Gateway(server, protocol, port, elsewhere)
            for protocol, server, port in zip(PROTOCOLS, servers, ports, strict=True)
        }


def handing_over(protocol: str, door: int, elsewhere: int) -> str:
    """As operators are told, but for the ports; bounces go ``elsewhere``."""
    way = f"smtp:[127.0.0.1]:{door}" if protocol == "smtp" else f"lmtp:inet:127.0.0.1:{door}"
    guide = told("main.cf", ("lmtp:inet:127.0.0.1:8025", way), ("lmtp_line", f"{protocol}_line"))
    return f"{guide}default_transport = smtp:[127.0.0.1]:{elsewhere}\n"


@pytest.fixture(params=PROTOCOLS)
def gateway(request: pytest.FixtureRequest, gateways: dict[str, Gateway]) -> Gateway:
    gateway = gateways[request.param]
    gateway.elsewhere.mails.clear()
    return gateway


async def filed(house: House) -> dict[str, str]:
    """The texts of all complaints by their first line, which is the mail's subject."""
    rows = await house.rows("intake", "SELECT text FROM contents")
    texts = [row["text"] for row in rows]
    by_subject = {text.partition("\n")[0]: text for text in texts}
    assert len(by_subject) == len(texts)
    return by_subject


async def test_every_mail_that_postfix_hands_over_is_filed_with_its_words(
    house: House, gateway: Gateway
) -> None:
    async with listening(house, smtp_port=gateway.door, smtp_protocol=gateway.protocol):
        await gateway.send(*LETTERS)
        await gateway.postfix.empty()
    texts = await filed(house)
    assert {letter.subject for letter in LETTERS} == texts.keys()
    assert [each for letter in LETTERS for each in wrong(letter, texts[letter.subject])] == []
    assert gateway.elsewhere.mails == []


def wrong(letter: Letter, text: str) -> list[str]:
    """What an officer would not read as it was written."""
    if letter.whole:
        return [] if text == letter.text else [f"{letter.subject}: {text!r}"]
    at = 0
    for phrase in letter.phrases:
        at = text.find(phrase, at)
        if at < 0:
            return [f"{letter.subject}: no {phrase!r} in {text!r}"]
    return []


async def test_a_mail_waits_in_postfix_while_the_door_or_the_database_is_away_and_is_filed_once(
    house: House, gateway: Gateway
) -> None:
    letter = LETTERS[0]
    await gateway.send(letter)
    async with asyncio.timeout(20):
        while "Connection refused" not in gateway.postfix.log:
            await asyncio.sleep(0.05)
    place: dict[str, Any] = {"smtp_port": gateway.door, "smtp_protocol": gateway.protocol}
    async with listening(house, database_url="postgresql://x:x@127.0.0.1:1/x", **place):
        await gateway.postfix.try_now()
        async with asyncio.timeout(20):
            while "451 4.3.0" not in gateway.postfix.log:
                await asyncio.sleep(0.05)
    assert await house.count("intake", "complaints") == 0
    async with listening(house, **place):
        await gateway.postfix.try_now()
        await gateway.postfix.empty()
    assert await filed(house) == {letter.subject: letter.text}
    assert gateway.elsewhere.mails == []


async def test_the_author_of_a_mail_that_is_too_large_is_told_by_postfix(
    house: House, gateway: Gateway
) -> None:
    raw = in_parts("terlalu besar", "mixed", part("text/plain", HOLE), picture(LARGEST))
    large = Letter("terlalu besar", raw, (HOLE,))
    place: dict[str, Any] = {"smtp_port": gateway.door, "smtp_protocol": gateway.protocol}
    async with listening(house, mail_max_bytes=LARGEST, **place):
        await gateway.send(large)
        await gateway.postfix.empty()
    assert await house.count("intake", "complaints") == 0
    [bounce] = gateway.elsewhere.mails
    assert (bounce.sender, bounce.recipients) == ("<>", [large.sender])
    assert "5.3.4" in bounce.text

"""A real Kannel in front of the SMS door, set up as operators are told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.ports import free_ports
from tests.gateways.guide import told
from tests.gateways.kannel import Kannel, kannel
from tests.integration.intake.conftest import House
from tests.integration.intake.open_door import open_door
from tests.integration.intake.short_messages import IN_UTF_8, MESSAGES, Sms


@dataclass(frozen=True, slots=True)
class Gateway:
    """The city's SMS gateway; it hands over to ``door``."""

    kannel: Kannel
    door: int

    async def send(self, messages: Sequence[Sms]) -> None:
        for message in messages:
            for part in message.parts:
                await self.kannel.receive(message.sender, *part)


@pytest.fixture(scope="module")
async def gateway(
    standing_house: House, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Gateway]:
    home: Path = tmp_path_factory.mktemp("kannel")
    (port,) = free_ports(1)
    secret = standing_house.credentials.channel_secrets["sms"]["kannel_secret"]
    service = told(
        "kannel.conf",
        ("127.0.0.1:8001", f"127.0.0.1:{port}"),
        ("SECRET", secret),
        ("http-queue-delay = 10", "http-queue-delay = 1"),
    )
    async with kannel(home, service) as running:
        yield Gateway(running, port)


async def filed(house: House, count: int) -> list[str]:
    """The texts of ``count`` messages, or of those that have come when that takes too long."""
    texts: list[str] = []
    for _ in range(400):
        rows = await house.rows("intake", "SELECT text FROM contents")
        texts = [row["text"] for row in rows]
        if len(texts) >= count:
            break
        await asyncio.sleep(0.05)
    return sorted(texts)


async def test_every_message_that_kannel_hands_over_is_filed_with_its_words(
    house: House, gateway: Gateway
) -> None:
    async with open_door(house, http_port=gateway.door):
        await gateway.send(MESSAGES)
        texts = await filed(house, len(MESSAGES))
    assert texts == sorted(message.text for message in MESSAGES)


async def test_a_message_waits_in_kannel_while_the_door_is_away_and_is_filed_once(
    house: House, gateway: Gateway
) -> None:
    message = IN_UTF_8[0]
    await gateway.send([message])
    async with open_door(house, http_port=gateway.door):
        assert await filed(house, 1) == [message.text]

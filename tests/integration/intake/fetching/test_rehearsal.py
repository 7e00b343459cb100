"""The platforms of the local stack hand their photographs over as the real ones do, and only
because the stack's settings let them in."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from pydantic import ValidationError

from deploy.local.credentials import TWILIO_ACCOUNT, Addresses, environment
from deploy.rehearsal.callers import Mail, wire_request
from deploy.services import NAMES
from services.intake.channels.submission import Submission, Supplement
from services.intake.media.app import CALL_SECONDS, fetcher_of
from services.intake.media.fetching.asking import Declined, Unfetchable
from services.intake.media.fetching.fetcher import Fetcher
from services.intake.media.settings import MediaSettings
from shared.clock import system_clock
from shared.errors import Transient
from shared.outbound import StrangersClient
from tests.integration.notify.servers import Outside, outside_world
from tests.unit.intake.channels import wire


@dataclass
class Stack:
    """The outside world, and media's fetcher as the local stack sets it up."""

    outside: Outside
    base: str
    fetcher: Fetcher

    async def fetch(self, source: str, address: str) -> bytes:
        async with self.fetcher.opened(source, address) as parts:
            return b"".join([part async for part in parts])


def as_the_stack_tells(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> MediaSettings:
    at = Addresses(
        {"media": "postgresql://x/x"}, "nobody:1", True, dict.fromkeys(NAMES, 1), 0,
        outside.at.outside_port, 0,
    )  # fmt: skip
    for name, value in environment("media", outside.credentials, at).items():
        monkeypatch.setenv(name, value)
    return MediaSettings()


@pytest.fixture
async def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stack]:
    async with outside_world(tmp_path) as outside:
        settings = as_the_stack_tells(outside, monkeypatch)
        client = StrangersClient(CALL_SECONDS, settings.fetch_local_hosts)
        yield Stack(outside, outside.at.outside_url, fetcher_of(settings, client, system_clock))
        await client.close()


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("x", "{base}/x/media/1.jpg"),
        ("meta", "{base}/meta/v/1.jpg?oh=00_AT"),
        ("whatsapp", "1003383421387256"),
        ("twilio", "{base}/twilio/2010-04-01/Accounts/{account}/Messages/MM1/Media/ME1"),
        ("qlue", "{base}/qlue/uploads/1.jpg"),
    ],
)
async def test_each_platform_hands_a_photograph_over(
    stack: Stack, source: str, address: str
) -> None:
    """With camera, time and place in it, as people's phones write them."""
    found = await stack.fetch(source, address.format(base=stack.base, account=TWILIO_ACCOUNT))
    with Image.open(io.BytesIO(found)) as picture:
        picture.load()
        assert (picture.format, picture.size) == ("JPEG", (1280, 960))
        exif = picture.getexif()
        assert exif[0x010F] == "Kamera Contoh"
        assert dict(exif.get_ifd(0x8825))
    assert (
        await stack.fetch(source, address.format(base=stack.base, account=TWILIO_ACCOUNT)) == found
    )


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("x", "{base}/whatsapp/bytes/1"),
        ("meta", "{base}/meta/v/1.jpg"),
        ("qlue", "{base}/twilio/2010-04-01/Accounts/{account}/Messages/MM1/Media/ME1"),
        ("twilio", "{base}/twilio/2010-04-01/Accounts/AC2/Messages/MM1/Media/ME1"),
    ],
)
async def test_a_platform_gives_nothing_without_its_proof(
    stack: Stack, source: str, address: str
) -> None:
    with pytest.raises((Declined, Transient)):
        await stack.fetch(source, address.format(base=stack.base, account=TWILIO_ACCOUNT))


async def test_no_other_port_of_the_machine_is_let_in(stack: Stack) -> None:
    with pytest.raises(Unfetchable, match="not_allowed"):
        await stack.fetch("x", f"http://127.0.0.1:{stack.outside.at.outside_smtp_port}/")


async def test_without_the_stacks_setting_nothing_of_the_machine_is_let_in(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CRM_FETCH_LOCAL_HOSTS")
    settings = MediaSettings()
    assert settings.fetch_local_hosts == ()
    client = StrangersClient(CALL_SECONDS, settings.fetch_local_hosts)
    bare = Stack(stack.outside, stack.base, fetcher_of(settings, client, system_clock))
    for source, address in (("x", f"{stack.base}/x/media/1.jpg"), ("whatsapp", "1003")):
        with pytest.raises(Unfetchable, match="not_allowed"):
            await bare.fetch(source, address)
    await client.close()


@pytest.mark.parametrize(
    "name",
    ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "PBS.twimg.com", "a b.com", "", ".", "com",
     "*.twimg.com", "https://pbs.twimg.com"],
)  # fmt: skip
async def test_no_setting_lets_an_address_in_as_a_host(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("CRM_FETCH_HOSTS", f'{{"x": ["{name}"]}}')
    with pytest.raises(ValidationError):
        MediaSettings()


@pytest.mark.parametrize("channel", ["twitter", "facebook", "qlue", "sms", "gubernur"])
async def test_a_caller_of_the_demonstration_brings_a_photograph_that_is_there(
    stack: Stack, channel: str
) -> None:
    request = wire_request(
        channel, wire.SECRETS, external_id="17001", text="Jalan rusak di Tebet",
        operator_token=None, now=datetime.now(UTC), photographs=stack.base,
    )  # fmt: skip
    assert not isinstance(request, Mail)
    [message] = wire.come_in(wire.as_raw(request))
    assert isinstance(message, Submission | Supplement)
    [file] = message.files
    found = await stack.fetch(file.source, file.address)  # type: ignore[union-attr]
    assert found.startswith(b"\xff\xd8\xff")

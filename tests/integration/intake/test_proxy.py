"""Behind a proxy: who is believed to say who called, and which address a caller has signed."""

from base64 import b64encode
from dataclasses import replace
from hmac import digest
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI, Request

from services.intake.app import build
from shared.errors import StopTheLine
from tests.integration.intake.conftest import House
from tests.integration.intake.open_door import open_door, opened

TWILIO = "/v1/channels/sms/twilio"
RAW_MAIL = "/v1/channels/email/raw"
PUBLIC = "https://lapor.jakarta.go.id/crm"
FIELDS = {"MessageSid": "SM1", "From": "+628110000001", "Body": "Jalan berlubang di gang kami."}
THIS_MACHINE = ["127.0.0.0/8"]
ELSEWHERE = ["192.0.2.0/24"]


def signature(house: House, url: str) -> str:
    """As Twilio describes it: HMAC-SHA1 over the URL and the sorted fields."""
    signed = url + "".join(f"{name}{FIELDS[name]}" for name in sorted(FIELDS))
    token = house.credentials.channel_secrets["sms"]["twilio_auth_token"]
    return b64encode(digest(token.encode(), signed.encode(), "sha1")).decode()


async def sms_by_twilio(house: House, base: str, signed: str, **headers: str) -> int:
    """A message whose signature is over ``signed``, passed on to ``base`` by a proxy that takes a
    prefix away and speaks plain HTTP behind it; the status of the answer."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    proof = {"x-twilio-signature": signature(house, signed)}
    async with httpx.AsyncClient() as proxy:
        answer = await proxy.post(
            f"{base}{TWILIO}", content=urlencode(FIELDS), headers={**form, **proof, **headers}
        )
    return answer.status_code


async def test_twilio_is_known_by_the_public_address_of_the_door(house: House) -> None:
    async with open_door(house, public_url=PUBLIC) as base:
        assert await sms_by_twilio(house, base, f"{PUBLIC}{TWILIO}") == 200
        assert await sms_by_twilio(house, base, f"{base}{TWILIO}") == 401
    assert await house.count("intake", "complaints") == 1


async def test_without_a_public_address_a_caller_is_known_by_the_address_it_used(
    house: House,
) -> None:
    async with open_door(house) as base:
        assert await sms_by_twilio(house, base, f"{base}{TWILIO}") == 200
        assert await sms_by_twilio(house, base, f"{PUBLIC}{TWILIO}") == 401


async def test_the_scheme_is_believed_from_a_trusted_proxy_alone(house: House) -> None:
    said = {"x-forwarded-proto": "https", "host": "lapor.jakarta.go.id"}
    signed = f"https://lapor.jakarta.go.id{TWILIO}"
    async with open_door(house, trusted_proxies=THIS_MACHINE) as base:
        assert await sms_by_twilio(house, base, signed, **said) == 200
    async with open_door(house, trusted_proxies=ELSEWHERE) as base:
        assert await sms_by_twilio(house, base, signed, **said) == 401


async def test_no_proxy_is_believed_about_the_host(house: House) -> None:
    said = {"x-forwarded-host": "lapor.jakarta.go.id", "x-forwarded-proto": "https"}
    async with open_door(house, trusted_proxies=THIS_MACHINE) as base:
        signed = f"https://lapor.jakarta.go.id{TWILIO}"
        assert await sms_by_twilio(house, base, signed, **said) == 401


def test_a_public_address_of_no_door_stops_the_start(house: House) -> None:
    urls = {"/v1/channels/sms/twillio": "https://lapor.jakarta.go.id/x"}
    with pytest.raises(StopTheLine, match="no doors: /v1/channels/sms/twillio"):
        build(house.settings(public_urls=urls))


@pytest.mark.parametrize("url", ["lapor.jakarta.go.id", "ftp://x", "https://x?a=1", "https://x#a"])
def test_a_public_address_that_is_none_stops_the_start(house: House, url: str) -> None:
    with pytest.raises(ValueError, match="public_url"):
        house.settings(public_url=url)


def who_calls() -> FastAPI:
    """An app that says whom it believes to have called."""
    app = FastAPI()

    @app.get("/")
    async def who(request: Request) -> str:
        return request.client.host if request.client else ""

    return app


@pytest.mark.parametrize(
    ("trusted", "said", "believed"),
    [
        ([], [("x-forwarded-for", "203.0.113.7")], "127.0.0.1"),
        (ELSEWHERE, [("x-forwarded-for", "203.0.113.7")], "127.0.0.1"),
        (THIS_MACHINE, [], "127.0.0.1"),
        (THIS_MACHINE, [("x-forwarded-for", "203.0.113.7")], "203.0.113.7"),
        (THIS_MACHINE, [("x-forwarded-for", "198.51.100.1, 203.0.113.7")], "203.0.113.7"),
        (THIS_MACHINE, [("x-forwarded-for", "127.0.0.1, 203.0.113.7")], "203.0.113.7"),
        (THIS_MACHINE, [("x-forwarded-for", "203.0.113.7, 127.0.0.9")], "203.0.113.7"),
        (THIS_MACHINE, [("x-forwarded-for", "203.0.113.7:4711")], "203.0.113.7"),
        (THIS_MACHINE, [("x-forwarded-for", "[2001:db8::7]:4711")], "2001:db8::7"),
        (
            THIS_MACHINE,
            [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-for", "203.0.113.7")],
            "203.0.113.7",
        ),
        (
            [*THIS_MACHINE, *ELSEWHERE],
            [("x-forwarded-for", "203.0.113.7"), ("x-forwarded-for", "192.0.2.1")],
            "203.0.113.7",
        ),
        (THIS_MACHINE, [("forwarded", "for=203.0.113.7")], "127.0.0.1"),
        (THIS_MACHINE, [("x-real-ip", "203.0.113.7")], "127.0.0.1"),
    ],
)
async def test_who_called_is_the_last_address_that_no_trusted_proxy_has(
    house: House, trusted: list[str], said: list[tuple[str, str]], believed: str
) -> None:
    settings = house.settings(trusted_proxies=trusted)
    service = replace(house.intake, app=who_calls(), settings=settings)
    async with opened(service) as url, httpx.AsyncClient() as proxy:
        assert (await proxy.get(url, headers=said)).json() == believed


async def test_mail_that_a_proxy_passes_on_does_not_come_from_this_machine(house: House) -> None:
    raw = house.mail("m-1", "Kantor tetap buka penuh.").raw
    media = {"content-type": "message/rfc822"}
    async with open_door(house) as base, httpx.AsyncClient() as client:
        for header in ("x-forwarded-for", "forwarded", "via"):
            said = {**media, header: "127.0.0.1"}
            answer = await client.post(f"{base}{RAW_MAIL}", content=raw, headers=said)
            assert answer.status_code == 401
        assert await house.count("intake", "complaints") == 0
        straight = await client.post(f"{base}{RAW_MAIL}", content=raw, headers=media)
    assert straight.status_code == 200

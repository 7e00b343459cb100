"""What JAKI, Qlue and LAPOR! receive: as the guide shows it, with signatures that hold."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.notify.providers.adapter import Adapter, Reply
from services.notify.providers.jaki import Jaki
from services.notify.providers.lapor import Lapor
from services.notify.providers.qlue import Qlue
from services.notify.sending.outcomes import Sent
from services.notify.settings import PartnerGateway, SignedGateway
from services.notify.wording.message import Message, render
from shared.events.vocabulary import Channel, NotificationTemplate
from shared.outbound import OutboundClient
from shared.reply_kinds import ReplyKind
from shared.testing import FixedClock
from tests.builders import T0
from tests.integration.notify.servers import CODE, Provider, served
from tests.unit.notify.cases import a_case, a_delivery

GUIDE = (Path(__file__).parents[3] / "docs" / "integrators.md").read_text()
SECRET = "whsec_Y29udG9oLXJhaGFzaWEtYnVrYW4tdW50dWstcGFrYWk="
OLDER = "whsec_" + base64.b64encode(b"yang lama dan segera diganti....").decode()

Partner = Callable[[OutboundClient, str, dict[str, Any]], Adapter]
PARTNERS: list[tuple[str, ReplyKind, str, Partner]] = [
    ("jaki", "push", "JAKI-1", lambda client, url, secrets: Jaki(
        client, SignedGateway(url=f"{url}/webhook", **secrets), FixedClock(T0))),
    ("qlue", "qlue_post", "4711", lambda client, url, secrets: Qlue(
        client, PartnerGateway(url=f"{url}/webhook", api_key="kunci", **secrets),
        FixedClock(T0))),
    ("lapor_1708", "lapor_ticket", "LPR-2024-0001", lambda client, url, secrets: Lapor(
        client, PartnerGateway(url=url, api_key="kunci", **secrets), FixedClock(T0))),
]  # fmt: skip
each_partner = pytest.mark.parametrize(
    ("channel", "kind", "address", "partner"), PARTNERS, ids=[name for name, *_ in PARTNERS]
)


def block(language: str) -> str:
    found = re.search(rf"^```{re.escape(language)}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    assert found, language
    return found[1]


def shown(channel: str) -> tuple[str, dict[str, str], bytes]:
    """The path, the headers by lower-case name, and the body of the guide's example."""
    head, _, body = block(f"http {channel}").partition("\n\n")
    request, *lines = head.splitlines()
    headers = dict(line.split(": ", 1) for line in lines)
    return request.split()[1], {k.lower(): v for k, v in headers.items()}, body.strip().encode()


def signed_by_hand(secret: str, headers: dict[str, str], body: bytes) -> str:
    """The signature, as the specification of Standard Webhooks describes it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()


def a_message(channel: str) -> Message:
    delivery = a_delivery(
        id=UUID("0193059e-3d5c-7a10-8d4c-000000000001"),
        channel=Channel(channel),
        template=NotificationTemplate.COMPLETED,
        unit_name="Kelurahan Tebet Timur",
    )
    return render(delivery, a_case(channel=channel), CODE, "crm.jakarta.go.id", "Sudah diangkut.")


@each_partner
async def test_the_guides_example_is_what_is_sent(
    client: OutboundClient, channel: str, kind: ReplyKind, address: str, partner: Partner
) -> None:
    provider = Provider()
    async with served(provider.app()) as url:
        adapter = partner(client, url, {"secret": SECRET})
        assert await adapter.send(a_message(channel), Reply(kind, address)) == Sent()
    path, headers, body = shown(channel)
    [(called, sent, _)] = provider.calls
    assert called == path.replace("{address}", "" if channel == "lapor_1708" else "/webhook")
    assert provider.raw == [body]
    assert {name: sent.get(name) for name in headers} == headers
    known = {"webhook-id", "webhook-timestamp", "webhook-signature", "idempotency-key"}
    assert known <= set(headers)


@each_partner
async def test_the_signature_of_the_guides_example_holds(
    channel: str, kind: ReplyKind, address: str, partner: Partner
) -> None:
    _, headers, body = shown(channel)
    assert headers["webhook-signature"] == signed_by_hand(SECRET, headers, body)


@each_partner
async def test_while_a_secret_is_replaced_either_verifies(
    client: OutboundClient, channel: str, kind: ReplyKind, address: str, partner: Partner
) -> None:
    provider = Provider()
    async with served(provider.app()) as url:
        adapter = partner(client, url, {"secret": SECRET, "previous_secret": OLDER})
        await adapter.send(a_message(channel), Reply(kind, address))
    [(_, headers, _)], [body] = provider.calls, provider.raw
    signatures = headers["webhook-signature"].split(" ")
    assert signatures == [signed_by_hand(each, headers, body) for each in (SECRET, OLDER)]


def test_the_guides_verification_takes_the_example_and_nothing_else() -> None:
    example: dict[str, Any] = {"__name__": "example"}
    exec(compile(block("python verify"), "integrators.md", "exec"), example)  # noqa: S102
    verify, now = example["verify"], T0.timestamp()
    _, headers, body = shown("qlue")
    assert verify(headers, body, [SECRET], now)
    assert verify(headers, body, [OLDER, SECRET], now + 299)
    two = headers | {"webhook-signature": f"v1a,AAAA {headers['webhook-signature']}"}
    assert verify(two, body, [SECRET], now)
    for wrong in (
        (headers, body + b" ", [SECRET], now),
        (headers, body, [OLDER], now),
        (headers, body, [SECRET], now + 301),
        (headers, body, [SECRET], now - 301),
        (headers | {"webhook-id": "another"}, body, [SECRET], now),
        (headers | {"webhook-signature": "v1,"}, body, [SECRET], now),
        (headers | {"webhook-timestamp": "soon"}, body, [SECRET], now),
        ({}, body, [SECRET], now),
    ):
        assert not verify(*wrong)


@pytest.mark.parametrize("secret", ["", "whsec_", "kunci", "whsec_***", "whsec_a b"])
def test_a_secret_that_would_sign_nothing_stops_the_start(secret: str) -> None:
    for wrong in ({"secret": secret}, {"secret": SECRET, "previous_secret": secret}):
        with pytest.raises(ValidationError, match="whsec_ and the secret"):
            PartnerGateway.model_validate({"url": "http://x", "api_key": "k", **wrong})

"""The operators' door of notify."""

import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.notify.api import create_router
from services.notify.reading import MessageReaders
from services.notify.store import NotifyStore
from shared.auth import OperatorTokens
from shared.clock import system_clock
from shared.events.routing import WorkStarted
from shared.health import Health
from shared.http.app import create_app
from shared.telemetry import Metrics
from tests.builders import a_case_event, a_complaint, a_complaint_id, in_envelope
from tests.integration.notify.bench import PHONE, Bench
from tests.integration.notify.servers import CODE, served

KEY = Ed25519PrivateKey.generate()


class Issuer:
    """A key set with one key."""

    async def get(self, url: str) -> Any:
        key = jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": "k1", "alg": "EdDSA", "use": "sig"}]}


def token(role: str) -> dict[str, str]:
    now = int(time.time())
    claims = {
        "iss": "crm-local", "aud": "crm", "sub": "o1", "role": role, "unit": "dinas-kominfotik",
        "iat": now, "exp": now + 60,
    }  # fmt: skip
    signed = jwt.encode(claims, KEY, algorithm="EdDSA", headers={"kid": "k1"})
    return {"authorization": f"Bearer {signed}"}


@pytest.fixture
async def door(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    operators = OperatorTokens(Issuer(), "", "crm-local", "crm", clock=system_clock)
    readers = MessageReaders(bench.routing_client, operators.units)
    router = create_router(bench.works, NotifyStore(), operators, readers)
    app = create_app("notify", "CRM notify", [router], Health(), Metrics())
    async with served(app) as url, httpx.AsyncClient(base_url=url) as http:
        yield http


async def test_an_auditor_sees_the_ledger_of_a_complaint_and_no_contact(
    bench: Bench, door: httpx.AsyncClient
) -> None:
    await bench.hear(in_envelope(a_complaint("sms"), 1), in_envelope(a_case_event(WorkStarted), 2))
    await bench.send_all()
    answer = await door.get(
        "/v1/deliveries", params={"complaint_id": str(a_complaint_id())}, headers=token("auditor")
    )
    assert answer.status_code == 200
    shown = answer.json()["deliveries"]
    assert [(d["template"], d["status"], d["attempt"]) for d in shown] == [
        ("confirmation", "sent", 1),
        ("in_progress", "sent", 1),
    ]
    assert shown[0]["next_attempt_at"] is None
    assert shown[0]["concluded_at"] is not None
    assert PHONE not in answer.text
    assert CODE not in answer.text


async def test_a_complaint_without_deliveries_has_an_empty_ledger(
    door: httpx.AsyncClient,
) -> None:
    answer = await door.get(
        "/v1/deliveries", params={"complaint_id": str(UUID(int=5))}, headers=token("admin")
    )
    assert answer.json() == {"deliveries": []}


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("desk_officer", 403)])
async def test_the_ledger_is_not_for_everyone(
    door: httpx.AsyncClient, role: str | None, status: int
) -> None:
    headers = token(role) if role else {}
    answer = await door.get(
        "/v1/deliveries", params={"complaint_id": str(a_complaint_id())}, headers=headers
    )
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_whoever_sees_the_case_reads_what_became_of_its_messages(
    bench: Bench, door: httpx.AsyncClient
) -> None:
    await bench.hear(in_envelope(a_complaint("sms"), 1))
    await bench.send_all()

    async def asked() -> httpx.Response:
        case = {"complaint_id": str(a_complaint_id())}
        return await door.get("/v1/deliveries", params=case, headers=token("unit_officer"))

    assert (await asked()).json() == {"deliveries": []}
    bench.routing.seen[a_complaint_id()] = {("unit_officer", "dinas-kominfotik")}
    answer = await asked()
    assert [each["status"] for each in answer.json()["deliveries"]] == ["sent"]
    assert PHONE not in answer.text
    bench.routing.away = True
    assert (await asked()).status_code == 503


async def test_who_may_look_sees_which_gateway_is_held_back_and_an_admin_resumes_it(
    bench: Bench, door: httpx.AsyncClient
) -> None:
    await bench.hear(in_envelope(a_complaint("sms"), 1))
    bench.outside.fail("sms", 403)
    await bench.send_all()
    for role, status in (("auditor", 200), ("unit_officer", 403)):
        answer = await door.get("/v1/gateways", headers=token(role))
        assert answer.status_code == status
    [shown] = (await door.get("/v1/gateways", headers=token("admin"))).json()["gateways"]
    assert (shown["name"], shown["reason"], shown["ours"], shown["waiting"]) == (
        "sms", "http_403", True, 1
    )  # fmt: skip
    resume = "/v1/gateways/{}/resume"
    for name, role, status in (
        ("sms", "auditor", 403), ("x", "admin", 422), ("jaki", "admin", 404), ("sms", "admin", 204)
    ):  # fmt: skip
        answer = await door.post(resume.format(name), headers=token(role))
        assert answer.status_code == status
    await bench.send_all()
    assert (await door.get("/v1/gateways", headers=token("admin"))).json() == {"gateways": []}
    assert [row.status for row in await bench.deliveries()] == ["sent"]


async def test_a_wrong_id_is_named_and_not_repeated(door: httpx.AsyncClient) -> None:
    answer = await door.get(
        "/v1/deliveries", params={"complaint_id": "x-secret-x"}, headers=token("admin")
    )
    assert answer.status_code == 422
    assert answer.json()["field"] == "complaint_id"
    assert "x-secret-x" not in answer.text


async def test_a_muted_complaint_is_told_nothing_more_until_it_is_unmuted(
    bench: Bench, door: httpx.AsyncClient
) -> None:
    await bench.hear(in_envelope(a_complaint("sms"), 1))
    address = f"/v1/complaints/{a_complaint_id()}/mute"
    assert (
        await door.put(address, json={"muted": True}, headers=token("auditor"))
    ).status_code == 403
    assert (
        await door.put(address, json={"muted": True}, headers=token("admin"))
    ).status_code == 204
    await bench.hear(in_envelope(a_case_event(WorkStarted), 2))
    assert [row.status for row in await bench.deliveries()] == ["waiting", "suppressed"]
    unknown = f"/v1/complaints/{UUID(int=5)}/mute"
    assert (
        await door.put(unknown, json={"muted": True}, headers=token("admin"))
    ).status_code == 404

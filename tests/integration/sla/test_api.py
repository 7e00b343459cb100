"""What operators are shown, and what the Biro may waive."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from services.sla.api import OVERDUE_KEYSET, create_router
from shared.auth import OperatorTokens
from shared.clock import system_clock
from shared.events.routing import CaseRouted
from shared.health import Health
from shared.http.app import create_app
from shared.http.paging import Cursors
from shared.telemetry import Metrics
from tests.builders import a_complaint, a_complaint_id, at, in_envelope
from tests.integration.sla.conftest import Sla
from tests.unit.sla.story import DINAS, KELURAHAN, case_event

ISSUER, AUDIENCE = "https://issuer.example.org", "crm"
REASON = "Izin pihak ketiga terlambat"


class Issuer:
    """An issuer of operators' tokens, with its key set."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()

    async def get(self, url: str) -> Any:
        jwk = OKPAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**jwk, "kid": "k1", "alg": "EdDSA", "use": "sig"}]}

    def headers(self, role: str, unit: str) -> dict[str, str]:
        now = int(system_clock().timestamp())
        claims = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": "o-1", "role": role, "unit": unit,
            "iat": now, "exp": now + 300,
        }  # fmt: skip
        token = jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": "k1"})
        return {"authorization": f"Bearer {token}"}


class Door:
    """The service's HTTP door as an operator finds it."""

    def __init__(self, client: httpx.AsyncClient, issuer: Issuer) -> None:
        self._client = client
        self._issuer = issuer

    async def get(
        self, path: str, role: str, of: str = "biro-pemerintahan", **params: Any
    ) -> httpx.Response:
        """``of``: the operator's own unit."""
        headers = self._issuer.headers(role, of)
        return await self._client.get(path, headers=headers, params=params)

    async def post(self, path: str, role: str, body: Any) -> httpx.Response:
        headers = self._issuer.headers(role, "biro-pemerintahan")
        return await self._client.post(path, headers=headers, json=body)


@pytest.fixture
async def door(sla: Sla) -> AsyncIterator[Door]:
    issuer = Issuer()
    tokens = OperatorTokens(
        issuer, "https://issuer.example.org/jwks", ISSUER, AUDIENCE, clock=system_clock
    )
    cursors = Cursors(b"k" * 32, "overdue", OVERDUE_KEYSET)
    router = create_router(sla.works, sla.store, tokens, cursors)
    app = create_app("sla", "CRM sla", [router], Health(), Metrics())
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sla") as client:
        yield Door(client, issuer)


async def routed_and_forgotten(sla: Sla, days: float, count: int = 1) -> None:
    for n in range(1, count + 1):
        routed = case_event(CaseRouted, n, at=at(hours=1), case_version=1)
        await sla.hear([in_envelope(a_complaint(number=n), n), in_envelope(routed, 1000 + n)])
    sla.clock.advance(timedelta(days=days))
    await sla.ticker().step()


DEADLINES = f"/v1/deadlines/{a_complaint_id()}"
WAIVE = f"/v1/evaluations/{a_complaint_id()}/waive"


async def test_the_holding_unit_sees_its_limits(sla: Sla, door: Door) -> None:
    await routed_and_forgotten(sla, days=0)
    answer = await door.get(DEADLINES, "unit_officer", KELURAHAN)
    assert answer.status_code == 200
    dues = {clock["clock"]: clock["due_at"] for clock in answer.json()["clocks"]}
    assert dues["follow_up"] == at(days=7).isoformat().replace("+00:00", "Z")
    assert answer.json()["holdings"][0]["unit_id"] == KELURAHAN


@pytest.mark.parametrize(
    ("role", "unit", "status"),
    [
        ("unit_officer", DINAS, 404),
        ("biro", "biro-pemerintahan", 200),
        ("auditor", "inspektorat", 200),
        ("admin", "dinas-kominfotik", 200),
        ("desk_officer", KELURAHAN, 403),
    ],
)
async def test_who_may_see_the_limits_of_a_case(
    sla: Sla, door: Door, role: str, unit: str, status: int
) -> None:
    await routed_and_forgotten(sla, days=0)
    assert (await door.get(DEADLINES, role, unit)).status_code == status


async def test_a_unit_that_is_complained_of_sees_and_waives_nothing(sla: Sla, door: Door) -> None:
    about = sla.facts.silent(about_unit="biro-pemerintahan")
    routed = case_event(CaseRouted, at=at(hours=1), case_version=1, unit_id="inspektorat")
    await sla.hear([in_envelope(about, 1), in_envelope(routed, 2)])
    sla.clock.advance(timedelta(days=31))
    await sla.ticker().step()
    assert (await door.get(DEADLINES, "biro", "biro-pemerintahan")).status_code == 404
    assert (await door.post(WAIVE, "biro", {"reason": REASON})).status_code == 404
    assert (await door.get(DEADLINES, "unit_officer", "inspektorat")).status_code == 200


async def test_what_is_overdue_comes_in_pages_of_ones_own_unit(sla: Sla, door: Door) -> None:
    await routed_and_forgotten(sla, days=8, count=3)
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 2, "clock": "follow_up", **({"cursor": cursor} if cursor else {})}
        page = (await door.get("/v1/overdue", "unit_officer", KELURAHAN, **params)).json()
        seen.extend(row["complaint_id"] for row in page["overdue"])
        if not (cursor := page["next_cursor"]):
            break
    assert seen == [str(a_complaint_id(n)) for n in (1, 2, 3)]
    other = await door.get("/v1/overdue", "unit_officer", DINAS)
    assert other.json() == {"overdue": [], "next_cursor": None}
    refused = await door.get("/v1/overdue", "unit_officer", DINAS, unit=KELURAHAN)
    assert (refused.status_code, refused.json()["field"]) == (403, "unit")


@pytest.mark.parametrize("cursor", ["x", "bm90LWEtY3Vyc29y", "\u00e9", "2024-01-01"])
async def test_a_cursor_of_ones_own_making_is_refused(door: Door, cursor: str) -> None:
    answer = await door.get("/v1/overdue", "biro", cursor=cursor)
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


async def test_the_biro_waives_an_evaluation_with_a_reason_that_stays_here(
    sla: Sla, door: Door
) -> None:
    await routed_and_forgotten(sla, days=31)
    answer = await door.post(WAIVE, "biro", {"reason": f"  {REASON} "})
    assert answer.status_code == 200
    [[note, reason]] = await sla.rows("SELECT note_id, reason FROM waivers")
    assert reason == REASON
    [[body]] = await sla.rows("SELECT body FROM outbox ORDER BY seq DESC LIMIT 1")
    assert (str(note) in body.decode(), REASON in body.decode()) == (True, False)
    assert (await door.post(WAIVE, "biro", {"reason": REASON})).status_code == 409
    rows = await sla.rows("SELECT overdue FROM clocks WHERE clock = 'evaluation'")
    assert rows == [(False,)]


@pytest.mark.parametrize(
    ("role", "body", "status"),
    [
        ("unit_officer", {"reason": REASON}, 403),
        ("biro", {"reason": "   "}, 422),
        ("biro", {"reason": "a\x00b"}, 422),
        ("biro", {"reason": "a" * 2001}, 422),
        ("biro", {}, 422),
        ("biro", {"reason": REASON}, 409),
    ],
)
async def test_a_waiver_that_is_refused_leaves_nothing(
    sla: Sla, door: Door, role: str, body: Any, status: int
) -> None:
    await routed_and_forgotten(sla, days=2)
    assert (await door.post(WAIVE, role, body)).status_code == status
    assert await sla.rows("SELECT 1 FROM waivers") == []


async def test_a_waiver_for_an_unknown_complaint_is_not_found(door: Door) -> None:
    assert (await door.post(WAIVE, "biro", {"reason": REASON})).status_code == 404

"""Who judges a unit's work: sla asks routing, which alone knows the rule and the complaint."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from deploy.local.credentials import generate
from deploy.services import NAMES
from services.routing.case.commands import CoordinateCase
from services.routing.internal_api import MAX_CASES, create_router
from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.health import Health
from shared.http.app import create_app
from shared.telemetry import Metrics
from tests.builders import a_complaint_id, in_envelope
from tests.integration.routing.world import ATLAS, World
from tests.unit.routing.cases import MANGGARAI, an_officer

ONE = a_complaint_id(1)
PATH = "/internal/v1/reviewers/claim"
KEYS = generate().service_keys
BIRO, INSPEKTORAT = "biro-pemerintahan", "inspektorat"


class Counter:
    """Routing's internal door, with the token of another service."""

    def __init__(self, door: httpx.AsyncClient) -> None:
        self._door = door

    async def ask(self, *cases: tuple[UUID, str], caller: str = "sla") -> httpx.Response:
        token = ServiceTokens(caller, KEYS[caller].private, {}, system_clock).sign("routing")
        body = {"cases": [{"complaint_id": str(key), "unit_id": unit} for key, unit in cases]}
        return await self._door.post(PATH, json=body, headers={"authorization": f"Bearer {token}"})

    async def claim(self, *cases: tuple[UUID, str]) -> list[dict[str, Any]]:
        answer = await self.ask(*cases)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["reviewers"])


@pytest.fixture
async def counter(world: World) -> AsyncIterator[Counter]:
    public = {name: pair.public for name, pair in KEYS.items()}
    tokens = ServiceTokens("routing", "", public, system_clock)
    router = create_router(world.works, world.store, ATLAS.units, tokens)
    app = create_app("routing", "CRM routing", [router], Health(), Metrics())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://routing.test") as door:
        yield Counter(door)


async def received(world: World, about_unit: str | None = None) -> None:
    complaint = world.letters.facts.silent(kelurahan_code=MANGGARAI, about_unit=about_unit)
    await world.hear([in_envelope(complaint)])


async def test_the_biro_judges_the_work_of_a_kelurahan(counter: Counter, world: World) -> None:
    await received(world)
    assert await counter.claim((ONE, MANGGARAI)) == [
        {"complaint_id": str(ONE), "unit_id": MANGGARAI, "status": "ok", "reviewer": BIRO}
    ]


@pytest.mark.parametrize(
    ("about", "judged", "reviewer"),
    [
        (BIRO, INSPEKTORAT, INSPEKTORAT),
        (BIRO, MANGGARAI, INSPEKTORAT),
        (None, BIRO, INSPEKTORAT),
        (INSPEKTORAT, MANGGARAI, BIRO),
        (INSPEKTORAT, BIRO, BIRO),
    ],
)
async def test_neither_the_biro_nor_the_inspektorat_judges_itself(
    counter: Counter, world: World, about: str | None, judged: str, reviewer: str
) -> None:
    await received(world, about)
    [claimed] = await counter.claim((ONE, judged))
    assert claimed["reviewer"] == reviewer


async def test_the_unit_asked_about_is_judged_also_when_the_case_has_moved_on(
    counter: Counter, world: World
) -> None:
    await received(world)
    await world.act(ONE, CoordinateCase(to_unit=BIRO), an_officer(MANGGARAI))
    reviewers = await counter.claim((ONE, MANGGARAI), (ONE, BIRO))
    assert [each["reviewer"] for each in reviewers] == [BIRO, INSPEKTORAT]


async def test_one_answer_per_case_in_their_order_also_for_what_is_not_known(
    counter: Counter, world: World
) -> None:
    await received(world)
    nobodys = a_complaint_id(9)
    unknown, known = await counter.claim((nobodys, MANGGARAI), (ONE, MANGGARAI))
    assert unknown == {
        "complaint_id": str(nobodys), "unit_id": MANGGARAI, "status": "unknown", "reviewer": None,
    }  # fmt: skip
    assert (known["complaint_id"], known["status"]) == (str(ONE), "ok")
    assert await counter.claim() == []


async def test_cases_are_bounded_and_must_be_named(counter: Counter) -> None:
    cases = [(UUID(int=number + 1), MANGGARAI) for number in range(MAX_CASES + 1)]
    assert len(await counter.claim(*cases[:MAX_CASES])) == MAX_CASES
    too_many = await counter.ask(*cases)
    assert (too_many.status_code, too_many.json()["field"]) == (422, "cases")
    bad = await counter.ask((ONE, "Dinas Sihir"))
    assert (bad.status_code, bad.json()["field"]) == (422, "cases.0.unit_id")
    assert "Sihir" not in bad.text


@pytest.mark.parametrize("caller", NAMES)
async def test_only_sla_may_ask(counter: Counter, caller: str) -> None:
    answer = await counter.ask(caller=caller)
    assert answer.status_code == (200 if caller == "sla" else 403)

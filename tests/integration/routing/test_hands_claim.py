"""Whether a case is in an officer's hands: media asks it before it takes evidence."""

from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from deploy.local.credentials import generate
from deploy.services import NAMES
from services.routing.case.commands import AcceptCase, CoordinateCase
from services.routing.internal_api import create_router
from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.health import Health
from shared.http.app import create_app
from shared.telemetry import Metrics
from tests.builders import a_complaint_id, in_envelope
from tests.integration.routing.world import ATLAS, World
from tests.unit.routing.cases import MANGGARAI, an_officer

ONE = a_complaint_id(1)
PATH = "/internal/v1/hands/claim"
KEYS = generate().service_keys
DINAS = "dinas-bina-marga"


async def ask(
    world: World, unit: str, role: str = "unit_officer", caller: str = "media", of: UUID = ONE
) -> httpx.Response:
    tokens = ServiceTokens(
        "routing", "", {name: pair.public for name, pair in KEYS.items()}, system_clock
    )
    router = create_router(world.works, world.store, ATLAS.units, tokens)
    app = create_app("routing", "CRM routing", [router], Health(), Metrics())
    token = ServiceTokens(caller, KEYS[caller].private, {}, system_clock).sign("routing")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://routing.test"
    ) as door:
        body = {"role": role, "unit": unit, "complaint_id": str(of)}
        return await door.post(PATH, json=body, headers={"authorization": f"Bearer {token}"})


async def hands(world: World, unit: str, role: str = "unit_officer") -> dict[str, Any]:
    answer = await ask(world, unit, role)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def received(world: World) -> None:
    await world.hear([in_envelope(world.letters.facts.silent(kelurahan_code=MANGGARAI))])


async def test_a_case_is_in_the_hands_of_its_unit_since_it_came_there(world: World) -> None:
    await received(world)
    [first] = await world.rows("SELECT min(at) FROM history WHERE unit_id = :unit", unit=MANGGARAI)
    found = await hands(world, MANGGARAI)
    assert (found["status"], UUID(found["complaint_id"])) == ("ok", ONE)
    assert datetime.fromisoformat(found["since"]) == first[0]


async def test_a_unit_that_has_handed_the_case_on_shows_no_work_on_it(world: World) -> None:
    await received(world)
    officer = an_officer(MANGGARAI)
    await world.act(ONE, AcceptCase(), officer)
    await world.act(ONE, CoordinateCase(to_unit=DINAS), officer)
    assert (await hands(world, MANGGARAI))["status"] == "unknown"
    assert (await hands(world, DINAS))["status"] == "ok"


@pytest.mark.parametrize("role", ["biro", "auditor", "admin", "desk_officer"])
async def test_who_only_reads_the_case_has_it_not_in_hand(world: World, role: str) -> None:
    await received(world)
    assert (await hands(world, "biro-pemerintahan", role))["status"] == "unknown"


async def test_of_no_case_and_of_a_foreign_one_the_same_is_told(world: World) -> None:
    await received(world)
    foreign = (await ask(world, "satpol-pp")).json()
    none = (await ask(world, "satpol-pp", of=a_complaint_id(9))).json()
    assert {**foreign, "complaint_id": None} == {**none, "complaint_id": None}
    assert none["since"] is None


@pytest.mark.parametrize("caller", sorted(set(NAMES) - {"media"}))
async def test_nobody_but_media_asks(world: World, caller: str) -> None:
    assert (await ask(world, MANGGARAI, caller=caller)).status_code == 403

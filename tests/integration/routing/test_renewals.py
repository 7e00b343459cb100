"""Two replicas of the console do not renew one session at the same time: routing gives the turn."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy.local.credentials import generate
from services.routing.renewals.api import create_router
from services.routing.renewals.store import KEPT, TURN
from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.health import Health
from shared.http.app import create_app
from shared.telemetry import Metrics
from shared.testing import FixedClock
from tests.builders import T0
from tests.integration.routing.world import World

KEYS = generate().service_keys
ONE, TWO = "1" * 64, "2" * 64
MINE, TAKEN = {"mine": True, "outcome": None}, {"mine": False, "outcome": None}
SECOND = timedelta(seconds=1)


@dataclass
class Replica:
    door: httpx.AsyncClient

    async def ask(
        self, what: str, body: Any, caller: str = "console", key: str = ""
    ) -> httpx.Response:
        token = ServiceTokens(caller, KEYS[caller].private, {}, system_clock).sign("routing")
        headers = {"authorization": f"Bearer {token}", "idempotency-key": key or str(uuid4())}
        return await self.door.post(f"/internal/v1/renewals/{what}", json=body, headers=headers)

    async def turn(self, name: str, key: str = "") -> Any:
        return (await self.ask("turn", {"name": name}, key=key)).json()

    async def leave(self, name: str, outcome: str) -> None:
        left = await self.ask("outcome", {"name": name, "outcome": outcome})
        assert left.status_code == 200, left.text


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(T0)


@pytest.fixture
async def console(world: World) -> AsyncIterator[Replica]:
    public = {name: pair.public for name, pair in KEYS.items()}
    router = create_router(world.works, ServiceTokens("routing", "", public, system_clock))
    app = create_app("routing", "CRM routing", [router], Health(), Metrics())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://routing.test") as door:
        yield Replica(door)


async def test_who_has_claimed_the_turn_and_got_no_answer_claims_it_again(
    console: Replica, clock: FixedClock
) -> None:
    assert await console.turn(ONE, "lost") == MINE
    assert await console.turn(ONE, "another") == TAKEN
    clock.advance(TURN - SECOND)
    assert await console.turn(ONE, "lost") == MINE
    clock.advance(TURN - SECOND)
    assert await console.turn(ONE) == TAKEN, "the turn is as long as if it were the first claim"
    await console.leave(ONE, "sealed")
    assert await console.turn(ONE, "lost") == {"mine": False, "outcome": "sealed"}


async def test_a_claim_that_was_overtaken_is_no_turn_any_more(
    console: Replica, clock: FixedClock
) -> None:
    await console.turn(ONE, "first")
    clock.advance(TURN)
    assert await console.turn(ONE, "second") == MINE
    assert await console.turn(ONE, "first") == TAKEN


async def test_one_replica_gets_the_turn_and_the_others_what_it_leaves(
    console: Replica, clock: FixedClock
) -> None:
    turns = await asyncio.gather(*(console.turn(ONE) for _ in range(8)))
    assert sorted(turns, key=str) == [TAKEN] * 7 + [MINE]
    assert await console.turn(TWO) == MINE, "another session has a turn of its own"

    await console.leave(ONE, "sealed-1")
    await console.leave(ONE, "sealed-2")
    assert await console.turn(ONE) == {"mine": False, "outcome": "sealed-1"}

    clock.advance(TURN - SECOND)
    assert await console.turn(TWO) == TAKEN
    clock.advance(SECOND)
    assert await console.turn(TWO) == MINE, "the one who had it has died"
    assert await console.turn(ONE) == {"mine": False, "outcome": "sealed-1"}

    clock.advance(KEPT + SECOND)
    await console.turn("3" * 64)
    assert await console.turn(ONE) == MINE, "nothing is kept for longer"

    assert (await console.ask("turn", {"name": ONE}, caller="sla")).status_code == 403
    for body in ({"name": "1"}, {"name": ONE, "token": "x"}, {}):
        assert (await console.ask("turn", body)).status_code == 422

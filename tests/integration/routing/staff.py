"""Officers with names, in one office for all tests of a module; each test has cases of its own."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from deploy.local.tokens import Role
from shared.testing import FixedClock
from tests.builders import T0, a_complaint_id
from tests.databases import Databases
from tests.integration.routing.test_api import Office, an_office, received
from tests.integration.routing.world import World
from tests.unit.routing.cases import MANGGARAI, TEBET_TIMUR


@dataclass(frozen=True)
class Person:
    """An officer: what he asks is asked with his own token."""

    office: Office
    subject: str
    name: str | None = None
    role: Role = "unit_officer"
    unit: str = MANGGARAI

    async def ask(self, method: str, path: str, body: Any = None, **said: Any) -> httpx.Response:
        return await self.office.ask(
            method, path, self.role, self.unit, subject=self.subject, name=self.name, json=body,
            **said,
        )  # fmt: skip

    async def read(self, path: str) -> Any:
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def id(self) -> str:
        """By which colleagues name him."""
        found: str = (await self.read("/v1/me"))["officer_id"]
        return found


class Town:
    """A kelurahan with two officers, its neighbour with one, and those who judge and place."""

    def __init__(self, world: World, office: Office, clock: FixedClock) -> None:
        self.world = world
        self.clock = clock
        self.office = office
        self.ani = Person(office, "s-ani", "Ani Rahayu")
        self.budi = Person(office, "s-budi", "Budi Santoso")
        self.cici = Person(office, "s-cici", "Cici Lestari", unit=TEBET_TIMUR)
        self.biro = Person(office, "s-dodi", "Dodi Pratama", "biro", "biro-pemerintahan")
        self._numbers = itertools.count(1)

    @classmethod
    @asynccontextmanager
    async def built(cls, postgres: Databases) -> AsyncIterator["Town"]:
        clock = FixedClock(T0)
        works = await postgres.service("routing", clock=clock)
        world = World.on(works)
        async with an_office(world) as office:
            await world.warm_up(4)
            yield cls(world, office, clock)
        await works.engine.dispose()

    async def case(self, **fields: Any) -> tuple[UUID, str]:
        """A new case of Ani's and Budi's unit, at version 1, and its address."""
        number = next(self._numbers)
        await received(self.world, number, **fields)
        complaint_id = a_complaint_id(number)
        return complaint_id, f"/v1/cases/{complaint_id}"

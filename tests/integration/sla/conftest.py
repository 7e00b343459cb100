"""The sla service on a real database, with a clock that moves when told to."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from services.sla.handler import SlaHandler
from services.sla.reviewers import Reviewers
from services.sla.store import ClockStore
from services.sla.ticker import Ticker
from shared import inbox
from shared.events.event import Envelope
from shared.facts_claim import FactsClaim
from shared.holders_claim import HoldersClaim
from shared.testing import FixedClock
from shared.unit_table import load_units
from shared.visibility import SYSTEM
from shared.work import Works
from tests.builders import T0
from tests.databases import Databases
from tests.facts import ToldFacts
from tests.integration.sla.servers import Routing, routing_nearby
from tests.unit.sla.story import policy_table


@dataclass
class Sla:
    """The service without its doors: what the loop and the ticker do, and what comes of it."""

    works: Works
    clock: FixedClock
    store: ClockStore
    handler: SlaHandler
    routing: Routing
    facts: ToldFacts

    async def hear(self, envelopes: Sequence[Envelope]) -> None:
        """As the loop does it: claimed and applied in one transaction."""
        prepared = await self.handler.prepare(envelopes)
        async with self.works.open(SYSTEM) as work:
            fresh = await inbox.claim(work.connection, envelopes)
            if fresh:
                await self.handler.apply(work, fresh, prepared)

    def ticker(self, batch: int = 500) -> Ticker:
        return Ticker(self.works, self.store, batch)

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        async with self.works.read(SYSTEM) as connection:
            return [tuple(row) for row in await connection.execute(text(statement))]

    async def stated(self) -> list[str]:
        """Names of the events in the outbox, in order."""
        found = await self.rows("SELECT type FROM outbox ORDER BY seq")
        return [row[0].removeprefix("id.go.jakarta.crm.").removesuffix(".v1") for row in found]

    async def snapshot(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that this service has written."""
        return {
            table: await self.rows(f"SELECT t.*, t.xmin FROM {table} t ORDER BY 1, 2")
            for table in ("cases", "clocks", "outbox", "inbox")
        }


@pytest.fixture
async def sla(postgres: Databases) -> AsyncIterator[Sla]:
    clock = FixedClock(T0)
    works = await postgres.service("sla", clock=clock)
    store = ClockStore(load_units())
    async with routing_nearby() as (routing, client):
        facts = ToldFacts()
        handler = SlaHandler(
            store, policy_table(), Reviewers(client), FactsClaim(facts), HoldersClaim(client)
        )
        yield Sla(works, clock, store, handler, routing, facts)
    await works.engine.dispose()

"""Routing on a real database: events come in, officers act, the clock stands still."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.routing.case.commands import AcceptCase, Command
from services.routing.contents import CLAIM_PATH, REFS_PATH, Contents
from services.routing.domain import Actor, Case
from services.routing.handler import RoutingHandler
from services.routing.media.links import Links
from services.routing.model.in_force import ModelsInForce
from services.routing.placing.atlas import Atlas
from services.routing.placing.places import load_locator
from services.routing.rule_versions.in_force import RulesInForce
from services.routing.rule_versions.rules import load_rules
from services.routing.store import CaseStore
from services.routing.tables import metadata
from services.routing.work.acts import Acts
from shared import inbox
from shared.clock import Clock, system_clock
from shared.errors import Transient
from shared.events.event import Envelope, Event
from shared.facts_claim import CLAIM_PATH as FACTS_PATH
from shared.facts_claim import FactsClaim
from shared.telemetry import Metrics
from shared.visibility import SYSTEM
from shared.work import Works
from tests.builders import in_envelope
from tests.facts import ToldFacts
from tests.integration.routing.shelf import Shelf

ATLAS = Atlas(load_rules(), load_locator(None))


class Letters:
    """Intake's internal API in memory: what was written, by reference; None is erased. ``facts``:
    of complaints of which the stream is silent."""

    def __init__(self) -> None:
        self.written: dict[UUID, dict[str, Any] | None] = {}
        self.facts = ToldFacts()
        self.claims: list[int] = []
        self.filed: dict[UUID, list[UUID]] = {}
        self.away = False

    async def post(self, path: str, body: Any) -> Any:
        if self.away:
            raise Transient("intake is away")
        if path == REFS_PATH:
            refs = self.filed.get(UUID(body["complaint_id"]), [])
            return {"complaint_id": body["complaint_id"], "refs": [str(ref) for ref in refs]}
        if path == FACTS_PATH:
            return await self.facts.post(path, body)
        assert path == CLAIM_PATH
        refs = [UUID(ref) for ref in body["refs"]]
        self.claims.append(len(refs))
        return {"contents": [self._answer(ref) for ref in refs]}

    def _answer(self, ref: UUID) -> dict[str, Any]:
        if ref not in self.written:
            return {"ref": str(ref), "status": "unknown"}
        content = self.written[ref]
        if content is None:
            return {"ref": str(ref), "status": "gone"}
        return {"ref": str(ref), "status": "ok", "kind": "complaint", **content}


async def emptied(works: Works) -> "World":
    """A world on a database that others have used: sooner there than a new one."""
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    async with works.open(SYSTEM) as work:
        await work.connection.execute(text(f"TRUNCATE {tables}"))
    return World.on(works)


@dataclass
class World:
    works: Works
    letters: Letters
    store: CaseStore
    handler: RoutingHandler
    acts: Acts
    shelf: Shelf
    links: Links
    in_force: RulesInForce
    models: ModelsInForce
    metrics: Metrics

    @classmethod
    def on(cls, works: Works, clock: Clock = system_clock) -> "World":
        letters, store, shelf = Letters(), CaseStore(ATLAS.units), Shelf()
        contents, atlas, metrics = Contents(letters), Atlas(load_rules(), ATLAS.locator), Metrics()
        in_force = RulesInForce(works, atlas, clock, metrics)
        return cls(
            works,
            letters,
            store,
            RoutingHandler(store, contents, FactsClaim(letters), atlas, in_force),
            Acts(works, store, atlas, contents),
            shelf,
            Links(shelf, shelf),
            in_force,
            ModelsInForce(works, atlas),
            metrics,
        )

    async def hear(self, envelopes: Sequence[Envelope]) -> None:
        """As the consume loop does it: prepare, then inbox and handler in one transaction."""
        prepared = await self.handler.prepare(envelopes)
        async with self.works.open(SYSTEM) as work:
            fresh = await inbox.claim(work.connection, envelopes)
            if fresh:
                await self.handler.apply(work, fresh, prepared)

    async def hear_twice(self, *events: Event) -> None:
        """Every event is delivered twice, the batch too."""
        envelopes = [in_envelope(event, number) for number, event in enumerate(events, 1)]
        await self.hear([*envelopes, *envelopes])
        await self.hear(envelopes)

    async def warm_up(self, connections: int) -> None:
        """Opens them and prepares their statements: else requests would come one by one."""
        nobody = Actor("nobody", "unit_officer", "31.71")
        for _ in range(2):
            tries = (
                self.acts.apply(UUID(int=0), 0, AcceptCase(), nobody) for _ in range(connections)
            )
            await asyncio.gather(*tries, return_exceptions=True)

    async def case(self, complaint_id: UUID) -> Case:
        async with self.works.read(SYSTEM) as connection:
            found = await self.store.find_many(connection, [complaint_id])
        return found[complaint_id]

    async def act(self, complaint_id: UUID, command: Command, actor: Actor) -> Case:
        """The command on the version that stands now."""
        seen = (await self.case(complaint_id)).version
        return await self.acts.apply(complaint_id, seen, command, actor)

    async def told(self, complaint_id: UUID) -> list[str]:
        """Names of the events about a complaint, in the order of the outbox."""
        rows = await self.rows(
            "SELECT type FROM outbox WHERE complaint_id = :id ORDER BY seq", id=complaint_id
        )
        return [row[0].split(".")[-2] for row in rows]

    async def recorded(self, event: str) -> list[Any]:
        """Rows of the outbox with events of a kind, in their order."""
        return await self.rows(
            "SELECT complaint_id, causation_id, traceparent FROM outbox"
            " WHERE type LIKE '%.' || :event || '.v%' ORDER BY seq",
            event=event,
        )

    async def until_somebody_waits_for_a_lock(self, at_least: int = 1) -> None:
        waiting = (
            "SELECT 1 FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with asyncio.timeout(10):
            while len(await self.rows(waiting)) < at_least:
                await asyncio.sleep(0.02)

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async with self.works.read(SYSTEM) as connection:
            return list(await connection.execute(text(statement), values))

    async def everything(self) -> dict[str, list[Any]]:
        """What this service keeps, except for the bus's own tables."""
        return {
            name: await self.rows(f"SELECT * FROM {name} ORDER BY 1, 2")
            for name in ("cases", "notes", "history", "outbox")
        }

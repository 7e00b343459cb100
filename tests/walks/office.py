"""The officers' interface as it is, in this process, on a real database; and citizens' events."""

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import httpx

from deploy.local.credentials import (
    OPERATOR_AUDIENCE,
    OPERATOR_ISSUER,
    Credentials,
    generate,
)
from deploy.local.tokens import mint_operator_token
from services.routing import internal_api
from services.routing.api import create_router
from services.routing.casefile import api as casefile_api
from services.routing.contents import Contents
from services.routing.work.lists import ListCursors
from shared.auth import OperatorTokens, ServiceTokens
from shared.case_file import CaseFileKey
from shared.clock import system_clock
from shared.events.event import Event
from shared.health import Health
from shared.http.app import create_app
from shared.http.paging import Cursors
from shared.telemetry import Metrics
from shared.testing import FixedClock
from shared.work import Works
from tests.builders import in_envelope
from tests.integration.routing.world import ATLAS, World
from tests.walks.model import Officer

POOL = 8
"""Connections that the database's pool keeps open: a ninth would be made for one request alone."""
NOTES_AT_ONCE = 500


class _Issuer:
    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    async def get(self, url: str) -> Any:
        return self._credentials.jwks()


@dataclass
class Office:
    """``key``: under which case files are signed."""

    world: World
    clock: FixedClock
    client: httpx.AsyncClient
    key: CaseFileKey
    credentials: Credentials
    tally: Counter[str] = field(default_factory=Counter)
    """Refusals by their reason, and steps from state to state: what the walks have met."""
    requests: int = 0
    _at_once: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(POOL))
    _tokens: dict[Officer, str] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @classmethod
    @asynccontextmanager
    async def on(cls, works: Works, clock: FixedClock) -> AsyncIterator["Office"]:
        """Closes the database's connections too."""
        world, credentials = World.on(works), generate()
        key = CaseFileKey.of_service(credentials.derived_from("routing"))
        operators = OperatorTokens(
            _Issuer(credentials), "", OPERATOR_ISSUER, OPERATOR_AUDIENCE, clock=system_clock
        )
        contents = Contents(world.letters)
        routers = [
            create_router(
                works, world.store, world.acts, contents, ATLAS, operators,
                ListCursors.of(partial(Cursors, b"key")), clock, world.links,
            ),
            casefile_api.create_router(
                works, world.store, contents, ATLAS, operators, key, [], clock
            ),
            internal_api.create_router(works, world.store, ATLAS.units, _callers(credentials)),
        ]  # fmt: skip
        app = create_app("routing", "CRM routing", routers, Health(), Metrics())
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://routing.test") as client:
            yield cls(world, clock, client, key, credentials)
        await works.engine.dispose()

    @property
    def now(self) -> datetime:
        return self.clock()

    def number(self) -> int:
        """Of a complaint, an event or a text that nobody has numbered yet."""
        return next(self._numbers)

    async def ask(
        self,
        officer: Officer,
        method: str,
        path: str,
        seen: int | None = None,
        body: Any = None,
        key: str | None = None,
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {self._token(officer)}"}
        if key is not None:
            headers["idempotency-key"] = key
        if seen is not None:
            headers["if-match"] = f'"{seen}"' if seen >= 0 else '"of another house"'
        self.requests += 1
        async with self._at_once:
            return await self.client.request(method, path, headers=headers, json=body)

    def _token(self, officer: Officer) -> str:
        if officer not in self._tokens:
            self._tokens[officer] = mint_operator_token(
                self.credentials, officer.role, officer.unit, subject=officer.subject
            )
        return self._tokens[officer]

    async def hear_twice(self, events: Sequence[Event]) -> None:
        """In one batch, each event twice; then the whole batch anew."""
        if events:
            batch = [in_envelope(event, self.number()) for event in events]
            await self.world.hear([*batch, *batch])
            await self.world.hear(batch)

    async def open_question(self, complaint_id: UUID) -> UUID | None:
        return (await self.world.case(complaint_id)).question_ref

    async def told(self, complaints: Sequence[UUID]) -> dict[UUID, list[Mapping[str, Any]]]:
        """The events of the outbox by complaint, in their order; their names as ``event``."""
        found: dict[UUID, list[Mapping[str, Any]]] = {}
        statement = (
            "SELECT complaint_id, type, body FROM outbox"
            " WHERE complaint_id = ANY(CAST(:ids AS uuid[])) ORDER BY seq"
        )
        for row in await self.world.rows(statement, ids=list(complaints)):
            event = {**json.loads(row.body), "event": row.type.split(".")[-2]}
            found.setdefault(row.complaint_id, []).append(event)
        return found

    async def standings(self, notes: Sequence[UUID]) -> dict[UUID, str]:
        """What another service is told of officers' words, by their reference."""
        private = self.credentials.service_keys["tracking"].private
        token = ServiceTokens("tracking", private, {}, system_clock).sign("routing")
        found: dict[UUID, str] = {}
        for start in range(0, len(notes), NOTES_AT_ONCE):
            refs = notes[start : start + NOTES_AT_ONCE]
            answer = await self.client.post(
                "/internal/v1/notes/claim", json={"refs": [str(ref) for ref in refs]},
                headers={"authorization": f"Bearer {token}"},
            )  # fmt: skip
            found |= {UUID(each["ref"]): each["status"] for each in answer.json()["notes"]}
        return found


def _callers(credentials: Credentials) -> ServiceTokens:
    """Whom routing answers."""
    public = {name: pair.public for name, pair in credentials.service_keys.items()}
    return ServiceTokens("routing", "", public, system_clock)

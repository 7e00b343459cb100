"""Real servers on free ports: the outside world, a provider that answers as told, a vault."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import uvicorn
from fastapi import FastAPI, Request, Response

from deploy.local.credentials import Addresses, Credentials, gateways
from deploy.local.ports import free_ports
from deploy.local.settings import OutsideSecrets, OutsideSettings
from deploy.rehearsal.outside.app import build
from deploy.rehearsal.outside.faults import Fault
from deploy.rehearsal.outside.ledger import Message as Kept
from deploy.rehearsal.outside.world import World
from services.notify.settings import Gateways
from shared.auth import ServiceTokens
from tests.doors import EndsAtOnce


@asynccontextmanager
async def served(app: FastAPI, port: int = 0, *, date_header: bool = True) -> AsyncIterator[str]:
    """The base address of ``app`` behind a real HTTP server; ``port`` 0: any that is free.
    ``date_header``: the server dates the answers, unless the app does."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, access_log=False,
        date_header=date_header,
    )  # fmt: skip
    server = EndsAtOnce(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await server.end(serving)


@dataclass(frozen=True)
class Outside:
    """The outside world in a box, and where its gateways are."""

    world: World
    credentials: Credentials
    at: Addresses
    gateways: Gateways

    def kept(self, kind: str | None = None) -> list[Kept]:
        """What has arrived, the oldest first."""
        return [*self.world.ledger.newest_first(kind)][::-1]

    def fail(self, kind: str, status: int, **order: Any) -> None:
        self.world.faults.order(Fault(kind=kind, status=status, **order))


@asynccontextmanager
async def outside_world(home: Path) -> AsyncIterator[Outside]:
    credentials = Credentials.load(home)
    (smtp_port,) = free_ports(1)
    secrets = OutsideSecrets(gateways=credentials.gateway_secrets, jwks=credentials.jwks())
    app = build(
        OutsideSettings(
            http_port=0, smtp_port=smtp_port, secrets=cast(Any, secrets.model_dump_json()),
            home=home,
        )
    )  # fmt: skip
    async with served(app) as url:
        at = Addresses({}, "", False, {}, 0, int(url.rpartition(":")[2]), smtp_port)
        ways = Gateways.model_validate(gateways(credentials, at))
        yield Outside(app.state.world, credentials, at, ways)


@dataclass
class Provider:
    """Answers each call with the next of ``statuses``, then with 200; remembers all calls.

    answers: the bodies of the first answers. raw: the bytes that came.
    """

    statuses: list[int] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    calls: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.calls]

    @property
    def keys(self) -> list[str]:
        return [headers["idempotency-key"] for _, headers, _ in self.calls]

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/{path:path}")
        async def take(path: str, request: Request) -> Response:
            self.raw.append(await request.body())
            self.calls.append((f"/{path}", dict(request.headers), json.loads(self.raw[-1])))
            await asyncio.sleep(self.delay)
            status = self.statuses.pop(0) if self.statuses else 200
            answer = self.answers.pop(0) if self.answers else {}
            return Response(json.dumps(answer), status, self.headers)

        return app


@dataclass
class Routing:
    """Routing's door as notify meets it: words by reference; None is withheld."""

    tokens: ServiceTokens
    words: dict[UUID, str | None] = field(default_factory=dict)
    claims: list[list[UUID]] = field(default_factory=list)
    away: bool = False
    """It answers 503; ``gone_mad`` with what no contract knows."""
    gone_mad: bool = False
    of_the_next_release: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    """What it says of a note beyond the contract of today."""
    seen: dict[UUID, set[tuple[str, str]]] = field(default_factory=dict)
    """Roles and units of the officers who see a case."""

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/internal/v1/sights/claim")
        async def claim_sights(request: Request) -> Any:
            if self.away:
                return Response("{}", 503)
            asked = await request.json()
            who = (asked["role"], asked["unit"])
            named = asked["complaint_ids"]
            return {"seen": [each for each in named if who in self.seen.get(UUID(each), ())]}

        @app.post("/internal/v1/notes/claim")
        async def claim(request: Request) -> Any:
            _, _, token = request.headers["authorization"].partition(" ")
            if self.tokens.verify(token) != "notify" or self.away:
                return Response("{}", 503)
            if self.gone_mad:
                return {"notes": "fine"}
            asked = [UUID(ref) for ref in (await request.json())["refs"]]
            self.claims.append(asked)
            return {"notes": [self._answer(ref) for ref in asked]}

        return app

    def _answer(self, ref: UUID) -> dict[str, Any]:
        if ref not in self.words:
            return {"ref": str(ref), "status": "unknown", "text": None}
        words = self.words[ref]
        status = "private" if words is None else "ok"
        changes = self.of_the_next_release.get(ref, {})
        return {"ref": str(ref), "status": status, "text": words, **changes}


CODE = "7K3M-Q9TX-2BZD-0W4R"


@dataclass
class Vault:
    """The vault's door as notify meets it; ``contacts`` by reporter, anyone else is unknown."""

    tokens: ServiceTokens
    contacts: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    claims: list[list[UUID]] = field(default_factory=list)
    away: bool = False
    gone_mad: bool = False
    """It answers what no contract knows."""

    def knows(self, reporter: UUID, kind: str, address: str, *also: dict[str, Any]) -> None:
        self.contacts[reporter] = {
            "status": "ok",
            "reply": {"kind": kind, "address": address, "thread": None},
            "also": list(also),
            "tracking_code": CODE,
            "language": "id",
        }

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/internal/v1/contacts/claim")
        async def claim(request: Request) -> Any:
            _, _, token = request.headers["authorization"].partition(" ")
            if self.tokens.verify(token) != "notify" or self.away:
                return Response("{}", 503)
            if self.gone_mad:
                return {"contacts": "fine"}
            body = await request.json()
            assert body["purpose"] == "notification"
            asked = [UUID(item["reporter_ref"]) for item in body["items"]]
            self.claims.append(asked)
            unknown = {"status": "unknown"}
            return {
                "contacts": [
                    {"reporter_ref": str(each), **self.contacts.get(each, unknown)}
                    for each in asked
                ]
            }

        return app

"""Routing's internal door as sla meets it, behind a real HTTP server."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Request, Response

from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.outbound import OutboundClient, ServiceClient
from tests.holders import ToldHolders
from tests.integration.notify.servers import served

BIRO = "biro-pemerintahan"


@dataclass
class Routing:
    """Names the Biro as judge of every case but those in ``unknown``, as long as it is there.

    ``items``: said of a complaint instead of what the contract says. ``claims``: units asked for.
    """

    tokens: ServiceTokens
    status: int = 200
    unknown: set[str] = field(default_factory=set)
    items: dict[str, Any] = field(default_factory=dict)
    claims: list[list[str]] = field(default_factory=list)
    holders: ToldHolders = field(default_factory=ToldHolders)

    def app(self) -> FastAPI:
        app = FastAPI()
        self.holders.serve(app, self.tokens, "sla")

        @app.post("/internal/v1/reviewers/claim")
        async def claim(request: Request) -> Any:
            _, _, token = request.headers["authorization"].partition(" ")
            assert self.tokens.verify(token) == "sla"
            cases = (await request.json())["cases"]
            self.claims.append([case["unit_id"] for case in cases])
            if self.status != 200:
                return Response("{}", self.status)
            return {"reviewers": [self._answer(case) for case in cases]}

        return app

    def _answer(self, case: dict[str, str]) -> Any:
        if (complaint := case["complaint_id"]) in self.items:
            return self.items[complaint]
        known = complaint not in self.unknown
        return {**case, "status": "ok" if known else "unknown", "reviewer": BIRO if known else None}


@asynccontextmanager
async def routing_nearby() -> AsyncIterator[tuple[Routing, ServiceClient]]:
    """Routing, and what sla calls it with."""
    key = Ed25519PrivateKey.generate()
    private = base64.b64encode(key.private_bytes_raw()).decode()
    public = {"sla": base64.b64encode(key.public_key().public_bytes_raw()).decode()}
    routing = Routing(ServiceTokens("routing", "", public, system_clock))
    client, signing = OutboundClient(), ServiceTokens("sla", private, {}, system_clock)
    async with served(routing.app()) as url:
        yield routing, ServiceClient(client, signing, "routing", url)
        await client.close()

"""Routing's internal door as tracking meets it, behind a real HTTP server."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Request, Response

from shared.auth import ServiceTokens
from shared.outbound import OutboundClient, ServiceClient
from tests.integration.notify.servers import served


@dataclass
class Routing:
    """Hands out ``words`` by reference, as its state says: status 200, after ``delay`` seconds."""

    tokens: ServiceTokens
    words: dict[UUID, str] = field(default_factory=dict)
    status: int = 200
    delay: float = 0.0
    claims: list[list[UUID]] = field(default_factory=list)
    answer: Any = None
    """Given instead of what the contract says."""

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/internal/v1/notes/claim")
        async def claim(request: Request) -> Any:
            _, _, token = request.headers["authorization"].partition(" ")
            assert self.tokens.verify(token) == "tracking"
            asked = [UUID(ref) for ref in (await request.json())["refs"]]
            self.claims.append(asked)
            await asyncio.sleep(self.delay)
            if self.status != 200:
                return Response("{}", self.status)
            return self.answer or {"notes": [self._note(ref) for ref in asked]}

        return app

    def _note(self, ref: UUID) -> dict[str, Any]:
        words = self.words.get(ref)
        return {"ref": str(ref), "status": "ok" if words else "private", "text": words}


@asynccontextmanager
async def a_routing_server() -> AsyncIterator[tuple[Routing, ServiceClient]]:
    """Routing, and tracking's client for it."""
    key = Ed25519PrivateKey.generate()
    private = base64.b64encode(key.private_bytes_raw()).decode()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    routing = Routing(ServiceTokens("routing", "", {"tracking": public}))
    client = OutboundClient()
    async with served(routing.app()) as url:
        signing = ServiceTokens("tracking", private, {})
        yield routing, ServiceClient(client, signing, "routing", url)
        await client.close()

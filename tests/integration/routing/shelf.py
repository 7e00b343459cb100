"""Media's internal API as routing meets it: in memory, or behind a real HTTP server."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Request

from services.routing.media.links import CLAIM_PATH, PAGE_SECONDS, Links
from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.errors import Transient
from shared.outbound import OutboundClient, ServiceClient
from tests.builders import T0
from tests.integration.notify.servers import served

SIZES = ("small", "medium", "large")


class Shelf:
    """Files by ref, as media's contract says them. ``said``: each call's body."""

    def __init__(self) -> None:
        self.files: dict[UUID, dict[str, Any]] = {}
        self.said: list[dict[str, Any]] = []
        self.away = False
        self.silent = False
        self.speaks_again = asyncio.Event()

    def lay(self, ref: UUID, **fields: Any) -> None:
        self.files[ref] = {"status": "ok", **fields}

    async def post(self, path: str, body: Any) -> Any:
        assert path == CLAIM_PATH
        if self.away:
            raise Transient("media is away")
        self.said.append(body)
        return {"media": [self._answer(UUID(ref)) for ref in body["refs"]]}

    def _answer(self, ref: UUID) -> dict[str, Any]:
        known = self.files.get(ref)
        if known is None:
            return {"ref": str(ref), "status": "unknown", "links": {}, "flags": []}
        sizes = SIZES if known["status"] == "ok" else ("original",)
        links = {size: address(ref, size) for size in sizes}
        return {"ref": str(ref), "links": links, "expires_at": T0.isoformat(), "flags": [],
                "taken_near": "unknown", "reason": None, "number": 1, **known}  # fmt: skip

    def app(self, tokens: ServiceTokens) -> FastAPI:
        app = FastAPI()

        @app.post(CLAIM_PATH)
        async def claim(request: Request) -> Any:
            _, _, token = request.headers["authorization"].partition(" ")
            assert tokens.verify(token) == "routing"
            if self.silent:
                await self.speaks_again.wait()
            return await self.post(CLAIM_PATH, await request.json())

        return app


def address(ref: UUID, size: str) -> str:
    return f"http://media.test/v1/media/{ref}/{size}?signature=x"


@asynccontextmanager
async def linked(shelf: Shelf, seconds: float = PAGE_SECONDS) -> AsyncIterator[Links]:
    """Links claimed over HTTP, as the service is wired. ``seconds``: the patience of a page."""
    key = Ed25519PrivateKey.generate()
    private = base64.b64encode(key.private_bytes_raw()).decode()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    signing = ServiceTokens("routing", private, {}, system_clock)
    hasty, patient = OutboundClient(seconds, whole=seconds), OutboundClient()
    async with served(
        shelf.app(ServiceTokens("media", "", {"routing": public}, system_clock))
    ) as url:
        yield Links(*(ServiceClient(each, signing, "media", url) for each in (hasty, patient)))
        shelf.speaks_again.set()
        for each in (hasty, patient):
            await each.close()

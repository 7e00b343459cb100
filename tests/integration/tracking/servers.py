"""Routing's and intake's internal doors as tracking meets them, behind real HTTP servers."""

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
from shared.clock import system_clock
from shared.outbound import OutboundClient, ServiceClient
from tests.facts import ToldFacts
from tests.holders import ToldHolders
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
    holders: ToldHolders = field(default_factory=ToldHolders)

    def app(self) -> FastAPI:
        app = FastAPI()
        self.holders.serve(app, self.tokens, "tracking")

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


@dataclass
class Intake:
    """Takes answers and gives ``contents`` as its state says: with ``status``, after ``delay``
    seconds. A ref without contents is unknown, one with None is erased."""

    tokens: ServiceTokens
    status: int = 200
    delay: float = 0.0
    taken: list[dict[str, str]] = field(default_factory=list)
    facts: ToldFacts = field(default_factory=ToldFacts)
    contents: dict[UUID, dict[str, Any] | None] = field(default_factory=dict)
    claims: list[list[UUID]] = field(default_factory=list)
    digests: dict[UUID, tuple[str, str]] = field(default_factory=dict)
    """By complaint the digest of its code by the key that writes now, and the id of that key."""
    answer: Any = None
    """Given instead of what the contract says of contents."""

    def app(self) -> FastAPI:
        app = FastAPI()
        self.facts.serve(app, self.tokens, "tracking")

        @app.post("/internal/v1/tracking-digests/claim")
        async def claim_digests(request: Request) -> Any:
            _, _, token = request.headers["authorization"].partition(" ")
            assert self.tokens.verify(token) == "tracking"
            asked = [UUID(each) for each in (await request.json())["complaint_ids"]]
            return {"digests": [self._digest(each) for each in asked]}

        @app.post("/internal/v1/answers")
        async def take(request: Request) -> Any:
            _, _, token = request.headers["authorization"].partition(" ")
            assert self.tokens.verify(token) == "tracking"
            self.taken.append(await request.json())
            await asyncio.sleep(self.delay)
            return Response("{}", self.status)

        @app.post("/internal/v1/contents/claim")
        async def claim(request: Request) -> Any:
            _, _, token = request.headers["authorization"].partition(" ")
            assert self.tokens.verify(token) == "tracking"
            asked = [UUID(ref) for ref in (await request.json())["refs"]]
            self.claims.append(asked)
            await asyncio.sleep(self.delay)
            if self.status != 200:
                return Response("{}", self.status)
            return self.answer or {"contents": [self._content(ref) for ref in asked]}

        return app

    def _digest(self, complaint_id: UUID) -> dict[str, Any]:
        if complaint_id not in self.digests:
            return {"complaint_id": str(complaint_id), "status": "unknown"}
        digest, key_id = self.digests[complaint_id]
        return {
            "complaint_id": str(complaint_id), "status": "ok", "tracking_digest": digest,
            "lookup_key_id": key_id,
        }  # fmt: skip

    def _content(self, ref: UUID) -> dict[str, Any]:
        if ref not in self.contents:
            return {"ref": str(ref), "status": "unknown"}
        kept = self.contents[ref]
        return {
            "ref": str(ref),
            **({"status": "gone"} if kept is None else {"status": "ok", **kept}),
        }


@dataclass
class Media:
    """Gives links to ``files`` as its state says: with ``status``, after ``delay`` seconds. A file
    is what the contract says of it, without its ref; one that it does not have is unknown."""

    tokens: ServiceTokens
    status: int = 200
    delay: float = 0.0
    files: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    claims: list[list[UUID]] = field(default_factory=list)
    answer: Any = None
    """Given instead of what the contract says."""

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/internal/v1/links/claim")
        async def claim(request: Request) -> Any:
            _, _, token = request.headers["authorization"].partition(" ")
            assert self.tokens.verify(token) == "tracking"
            body = await request.json()
            assert body["viewer"] == "code"
            asked = [UUID(ref) for ref in body["refs"]]
            self.claims.append(asked)
            await asyncio.sleep(self.delay)
            if self.status != 200:
                return Response("{}", self.status)
            return self.answer or {"media": [self._file(ref) for ref in asked]}

        return app

    def _file(self, ref: UUID) -> dict[str, Any]:
        known = self.files.get(ref)
        return {"ref": str(ref), "status": "unknown"} if known is None else {
            "ref": str(ref), "kind": None, "reason": None, "links": {}, "expires_at": None,
            "number": 1, "taken_near": "unknown", "flags": [], **known,
        }  # fmt: skip


@dataclass(frozen=True)
class Neighbours:
    """The services around, and what tracking calls them with."""

    routing: Routing
    intake: Intake
    media: Media
    routing_client: ServiceClient
    intake_client: ServiceClient
    media_client: ServiceClient


@asynccontextmanager
async def neighbours() -> AsyncIterator[Neighbours]:
    key = Ed25519PrivateKey.generate()
    private = base64.b64encode(key.private_bytes_raw()).decode()
    public = {"tracking": base64.b64encode(key.public_key().public_bytes_raw()).decode()}
    routing = Routing(ServiceTokens("routing", "", public, system_clock))
    intake = Intake(ServiceTokens("intake", "", public, system_clock))
    media = Media(ServiceTokens("media", "", public, system_clock))
    client, signing = OutboundClient(), ServiceTokens("tracking", private, {}, system_clock)
    async with (
        served(routing.app()) as routing_url,
        served(intake.app()) as intake_url,
        served(media.app()) as media_url,
    ):
        yield Neighbours(
            routing,
            intake,
            media,
            ServiceClient(client, signing, "routing", routing_url),
            ServiceClient(client, signing, "intake", intake_url),
            ServiceClient(client, signing, "media", media_url),
        )
        await client.close()

"""A service's door with routes that show what ``shared.http`` does, and a client of it."""

from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Form, Request, Response
from prometheus_client import generate_latest
from pydantic import BaseModel, ConfigDict, Field

from shared import errors
from shared.errors import DomainError, StaleVersion, Transient
from shared.health import Health
from shared.http.app import create_app
from shared.http.conditional import etag, if_match
from shared.http.input import parse_model
from shared.http.operation import Router
from shared.telemetry import Metrics

CANARY = "Pelapor-Contoh-0811000"
DOMAIN_ERRORS: list[type[DomainError]] = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, DomainError)
]


class Place(BaseModel):
    model_config = ConfigDict(extra="forbid")
    latitude: Annotated[float, Field(ge=-90, le=90)]


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(max_length=40)]
    count: int = 0
    place: Place | None = None
    words: tuple[str, ...] = ()


def a_router() -> Router:
    router = Router(prefix="/v1")

    @router.post("/things")
    async def modelled(thing: Thing) -> dict[str, str]:
        return {"is": "good"}

    @router.post("/raw")
    async def raw(request: Request) -> dict[str, str]:
        parse_model(Thing, await request.body())
        return {"is": "good"}

    @router.post("/form")
    async def form(code: Annotated[str, Form()] = "") -> dict[str, int]:
        return {"characters": len(code)}

    @router.post("/small", max_body_size=64)
    async def small(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @router.put("/things/{thing_id}")
    async def change(
        thing_id: int, seen: Annotated[int, Depends(if_match)], response: Response
    ) -> dict[str, int]:
        if seen != 7:
            raise StaleVersion("The thing has changed. Read it again.", field="if-match")
        response.headers["etag"] = etag(seen + 1)
        return {"seen": seen}

    @router.get("/fails/{word}")
    async def fail(word: str) -> None:
        kinds: dict[str, type[Exception]] = {kind.slug: kind for kind in DOMAIN_ERRORS}
        kinds |= {"transient": Transient, "bug": ValueError}
        raise kinds[word](CANARY if word in ("transient", "bug") else "Do this.")

    return router


class World:
    """An app with its health and metrics, and a client that talks to it without a network."""

    def __init__(self) -> None:
        self.health = Health()
        self.metrics = Metrics()
        self.app: FastAPI = create_app("door", "Door", [a_router()], self.health, self.metrics)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://door")

    @property
    def measured(self) -> str:
        return generate_latest(self.metrics.registry).decode()


def problem_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("https://")
    assert body["title"]
    assert body["detail"]
    return body

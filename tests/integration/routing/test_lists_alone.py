"""Routing asks nobody while it draws a list: it has heard what a list shows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from deploy.local.tokens import Role, mint_operator_token
from tests.contract.operations import CREDENTIALS, built
from tests.databases import Databases
from tests.integration.notify.servers import served
from tests.integration.routing.test_api import CASE, WORDS, received, silent
from tests.integration.routing.world import World
from tests.unit.routing.cases import MANGGARAI

Who = tuple[Role, str]
WORKER: Final[Who] = ("unit_officer", MANGGARAI)
TRIAGE: Final[Who] = ("triage_officer", "triage")
FOUND: Final = {"words": "tumpukan"}
LISTS: Final[tuple[tuple[Who, str, str, Any], ...]] = (
    (WORKER, "GET", "/v1/inbox", None),
    (WORKER, "GET", "/v1/inbox?tab=new", None),
    (WORKER, "GET", "/v1/unread", None),
    (TRIAGE, "GET", "/v1/triage", None),
    (WORKER, "POST", "/v1/search", FOUND),
    (WORKER, "GET", f"{CASE}/neighbours", None),
    (("desk_officer", MANGGARAI), "POST", "/v1/neighbours", {"text": WORDS}),
    (WORKER, "GET", "/v1/export?format=csv", None),
    (WORKER, "GET", "/v1/export?format=xlsx", None),
)
NOT_READ_HERE: Final = ("/v1/unread", "/v1/neighbours", "/v1/export?format=xlsx")
"""Answers without a report number in plain text: two of them are empty here, one is packed."""


class Others:
    """The issuer's keys, and intake; which paths it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/keys")
        async def keys() -> Any:
            return JSONResponse(CREDENTIALS.jwks())

        @app.post("/intake/{path:path}")
        async def intake(path: str, request: Request) -> Response:
            self.asked.append(path)
            return Response(status_code=503)

        return app


@asynccontextmanager
async def routing_before(others: str, database: str) -> AsyncIterator[httpx.AsyncClient]:
    """Routing as it is built, with all addresses of others at one."""
    service = built("routing", {
        "CRM_DATABASE_URL": database, "CRM_OPERATOR_JWKS_URL": f"{others}/keys",
        "CRM_INTAKE_URL": f"{others}/intake",
    })  # fmt: skip
    door = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=door, base_url="http://routing.test") as client:
        yield client
    for closer in reversed(service.closers):
        await closer()


@pytest.fixture
async def database(postgres: Databases) -> str:
    """With cases; in one of them it hangs on intake what is open to its officer."""
    url = (await postgres.urls("routing"))["routing"]
    works = await postgres.service("routing", url=url)
    world = World.on(works)
    await silent(world)
    for number in (2, 3):
        await received(world, number)
    await received(world, 4, kelurahan_code=None)
    return url


async def test_no_list_asks_another_service_and_a_single_case_does(database: str) -> None:
    others = Others()
    async with served(others.app()) as url, routing_before(url, database) as client:
        for (role, unit), method, path, body in LISTS:
            token = mint_operator_token(CREDENTIALS, role, unit)
            answer = await client.request(
                method, path, json=body, headers={"authorization": f"Bearer {token}"}
            )
            assert answer.status_code == 200, (path, answer.text)
            assert others.asked == [], path
            assert "JK" in answer.text or path in NOT_READ_HERE, path
        bearing = {"authorization": f"Bearer {mint_operator_token(CREDENTIALS, *WORKER)}"}
        await client.get(CASE, headers=bearing)
        assert others.asked != [], "what is open in a case may hang on words on their way"

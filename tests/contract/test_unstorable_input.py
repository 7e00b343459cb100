"""No text that PostgreSQL cannot store gets past the door of any service: a 500 would be ours.

A table over all operations whose input the framework reads: each member of the body and each
parameter of the query, with a NUL and with half a surrogate pair, in turn. The channels' doors
read their bytes themselves, after the signature, and have their own tests.
"""

import importlib
import json
import tempfile
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from deploy import contracts
from deploy.local.credentials import Credentials, environment
from deploy.services import NAMES, service_of

CANARY = "Pelapor-Contoh-0811000"
OWN_READERS = ("/v1/channels/", "/v1/desks/")

odd = pytest.mark.parametrize(
    "odd", [pytest.param("\x00", id="NUL"), pytest.param("\ud800", id="half a surrogate pair")]
)


def operations() -> Iterator[tuple[str, str, str, dict[str, Any], dict[str, Any]]]:
    for service in NAMES:
        text = (contracts.CONTRACTS / f"openapi/{service}.json").read_text()
        document = json.loads(text)
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if not path.startswith(OWN_READERS):
                    yield service, method, path, operation, document["components"]["schemas"]


def bodies() -> Iterator[Any]:
    for service, method, path, operation, schemas in operations():
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        found = [schema, *schema.get("anyOf", ())]
        names = [each["$ref"].rpartition("/")[2] for each in found if "$ref" in each]
        for member in (member for name in names for member in schemas[name].get("properties", {})):
            yield pytest.param(service, method, path, member, id=f"{service} {path} {member}")


def queries() -> Iterator[Any]:
    for service, method, path, operation, _ in operations():
        for parameter in operation.get("parameters", ()):
            if (name := parameter["name"]) and parameter["in"] == "query":
                yield pytest.param(service, method, path, name, id=f"{service} {path} {name}")


@cache
def app_of(service: str) -> FastAPI:
    """Built once, with throw-away settings; it opens no connection."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as surroundings:
        told = environment(service, Credentials.load(Path(home)), contracts.nowhere())
        for name, value in told.items():
            surroundings.setenv(name, value)
        build = importlib.import_module(f"{service_of(service).package}.app").build
        app: FastAPI = build(typing.get_type_hints(build)["settings"]()).app
    return app


async def ask(service: str, method: str, path: str, **sent: Any) -> httpx.Response:
    door = httpx.ASGITransport(app_of(service), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=door, base_url="http://crm.test") as client:
        return await client.request(method, path.format_map(Placeholders()), **sent)


class Placeholders(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "1" if name == "parked_id" else "00000000-0000-7000-8000-000000000001"


def assert_refused(answer: httpx.Response, field: str) -> None:
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field
    assert CANARY not in answer.text


@odd
@pytest.mark.parametrize(("service", "method", "path", "member"), list(bodies()))
async def test_a_body_with_text_that_cannot_be_stored_is_refused_by_its_field(
    service: str, method: str, path: str, member: str, odd: str
) -> None:
    body = json.dumps({member: f"{CANARY}{odd}"}).encode()
    sent = {"content": body, "headers": {"content-type": "application/json", "if-match": '"1"'}}
    answer = await ask(service, method, path, **sent)
    assert_refused(answer, member)


@pytest.mark.parametrize(("service", "method", "path", "name"), list(queries()))
async def test_a_query_with_a_nul_is_refused_by_its_parameter(
    service: str, method: str, path: str, name: str
) -> None:
    answer = await ask(service, method, path, params={name: f"{CANARY}\x00"})
    assert_refused(answer, name)

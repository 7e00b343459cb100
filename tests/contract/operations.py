"""All operations of all services, each callable in this process by who may call it.

The apps are real and have no database behind them: what is refused at the door never asks it, and
what gets through answers 503.
"""

import importlib
import json
import re
import typing
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from fastapi import FastAPI

from deploy import contracts
from deploy.local.credentials import Credentials, environment, generate
from deploy.local.tokens import Role, mint_operator_token
from deploy.services import WITH_API, service_of
from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.runtime import Service
from tests.unit.intake.channels import wire

UPLOADS = "/uploads"
SOME_ID = "00000000-0000-7000-8000-000000000001"
CREDENTIALS: Credentials = generate()
SECRETS = {**wire.SECRETS, "email": {**wire.SECRETS["email"], "api_key": "mail-api-key"}}
"""Of the channels; without a key of its own, mail is taken from this machine's own server only."""

ROLE_AT: Mapping[str, Role] = {
    "intake": "admin",
    "routing": "biro",
    "sla": "biro",
    "notify": "admin",
    "tracking": "biro",
    "media": "biro",
}
"""A role that may call the officers' operations of a service; parked events are the admin's."""
ROLE_OF: Mapping[str, Role] = {
    "/v1/classifier-examples": "admin",
    "/v1/classifier-models": "admin",
    "/v1/classifier-models/{number}": "admin",
    "/v1/classifier-models/{number}/switch": "admin",
    "/v1/openings": "auditor",
    "/v1/rule-corrections": "admin",
    "/v1/rule-versions": "admin",
    "/v1/rule-versions/{number}": "admin",
    "/v1/rule-versions/{number}/activate": "admin",
    "/v1/rule-versions/{number}/changes": "admin",
    "/v1/rule-versions/{number}/trial": "admin",
    "/v1/webhooks": "admin",
    "/v1/webhooks/{webhook_id}": "admin",
    "/v1/webhooks/{webhook_id}/deliveries": "admin",
    "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay": "admin",
}
"""Where an operation is for others."""
UNIT_AT_DESK: Mapping[str, str] = {
    "kelurahan": "31.74.01.1001",
    "kecamatan": "31.74.01",
    "walikota": "31.74",
    "pendopo": "biro-pemerintahan",
    "inspektorat": "inspektorat",
}
CALLER_OF: Mapping[str, str] = {
    "/internal/v1/answers": "tracking",
    "/internal/v1/categories/claim": "console",
    "/internal/v1/contents/claim": "routing",
    "/internal/v1/contents/refs": "routing",
    "/internal/v1/facts/claim": "sla",
    "/internal/v1/tracking-digests/claim": "tracking",
    "/internal/v1/contacts/claim": "notify",
    "/internal/v1/hands/claim": "media",
    "/internal/v1/holders/claim": "sla",
    "/internal/v1/links/claim": "tracking",
    "/internal/v1/notes/claim": "notify",
    "/internal/v1/renewals/outcome": "console",
    "/internal/v1/renewals/turn": "console",
    "/internal/v1/reviewers/claim": "sla",
    "/internal/v1/sights/claim": "notify",
}


REFUSE_NO_CONTENT = (
    "/v1/channels/lapor_1708", "/v1/channels/qlue", "/v1/channels/sms/", "/v1/channels/twitter/",
    "/v1/channels/facebook/", "/v1/channels/gubernur/",
)  # fmt: skip
"""Platforms and gateways: nobody there reads a refusal, and the message would be lost."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation, as the contract of its service describes it."""

    service: str
    method: str
    path: str
    described: Mapping[str, Any]
    document: Mapping[str, Any]

    @property
    def schemas(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.document["components"]["schemas"]
        return found

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.path}"

    @property
    def scheme(self) -> str | None:
        """How the caller is known; None where anybody may call."""
        named = [name for scheme in self.described.get("security", ()) for name in scheme]
        return named[0] if named else None

    @property
    def media(self) -> str | None:
        """The media type of its body."""
        return next(iter(self.described.get("requestBody", {}).get("content", ())), None)

    @property
    def takes_files(self) -> bool:
        """Whether its message may come with files beside it."""
        content = self.described.get("requestBody", {}).get("content", {})
        return "multipart/form-data" in content

    @property
    def body_schema(self) -> Mapping[str, Any]:
        """Of its body of JSON; empty where it has none."""
        content = self.described.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        found = [schema, *schema.get("anyOf", ())]
        named = [each["$ref"].rpartition("/")[2] for each in found if "$ref" in each]
        found_schema: Mapping[str, Any] = self.schemas[named[0]] if named else schema
        return found_schema

    def parameters(self, place: str) -> list[Mapping[str, Any]]:
        found = [self.resolved(each) for each in self.described.get("parameters", ())]
        return [each for each in found if each["in"] == place]

    def resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a reference to a component stands for."""
        if "$ref" not in node:
            return node
        _, _, kind, name = node["$ref"].split("/")
        found: Mapping[str, Any] = self.document["components"][kind][name]
        return found

    def answer(self, status: int) -> Mapping[str, Any] | None:
        """What the contract says of the answer with ``status``; None where it knows none."""
        said = self.described["responses"].get(str(status))
        return None if said is None else self.resolved(said)

    def is_at(self, url: str) -> bool:
        """Whether ``url`` is an address of this operation."""
        pattern = re.sub(r"\\{[^}]*\\}", "[^/]*", re.escape(self.path))
        return re.fullmatch(pattern, url.partition("?")[0]) is not None

    @property
    def url(self) -> str:
        """The path with some id in the place of each parameter."""
        return self.url_with({})

    def url_with(self, ids: Mapping[str, str]) -> str:
        """The same with these ids."""
        return self.path.format_map(_SomeIds(ids))

    def proof(self, body: bytes = b"") -> dict[str, str]:
        """Headers that prove a caller who may ask this."""
        if self.scheme == "operator":
            return bearing(mint_operator_token(CREDENTIALS, self._role(), self._unit()))
        if self.scheme == "service":
            caller = CALLER_OF[self.path]
            key = CREDENTIALS.service_keys[caller].private
            return bearing(ServiceTokens(caller, key, {}, system_clock).sign(self.service))
        if self.path == wire.RAW_MAIL:
            return {"x-api-key": SECRETS["email"]["api_key"]}
        # A file is handed over by the key that its report is sent with.
        signer = wire.SIGNERS.get(self.path.removesuffix(UPLOADS))
        if signer and self.path.endswith(UPLOADS):
            return {"x-api-key": signer.headers(body)["x-api-key"]}
        return dict(signer.headers(body)) if signer and self.method != "GET" else {}

    def _role(self) -> Role:
        if self.path.startswith("/v1/desks/"):
            return "desk_officer"
        if self.path.startswith("/internal/"):
            return "admin"
        return ROLE_OF.get(self.path, ROLE_AT[self.service])

    def _unit(self) -> str:
        parts = self.path.split("/")
        return UNIT_AT_DESK[parts[3]] if parts[2] == "desks" else "biro-pemerintahan"

    @property
    def refuses_no_content(self) -> bool:
        return self.path.startswith(REFUSE_NO_CONTENT)

    @property
    def is_read_by_its_adapter(self) -> bool:
        """Whether the door reads its bytes itself, after it knows who sent them."""
        return self.path.startswith(("/v1/channels/", "/v1/desks/"))


def bearing(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


class _SomeIds(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return {"parked_id": "1", "aside_id": "1", "number": "1", "size": "small"}.get(
            name, SOME_ID
        )


@cache
def every_operation() -> tuple[Asked, ...]:
    """Of the contracts as they are committed; `test_contracts.py` compares them with the apps."""
    return tuple(
        Asked(service, method.upper(), path, described, document)
        for service in WITH_API
        for document in [json.loads(_contract(service).read_text())]
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    )


@cache
def operations() -> tuple[Asked, ...]:
    """What several services do alike, by the same code, is asked of the first of them alone."""
    alike: dict[str, Asked] = {}
    for each in every_operation():
        alike.setdefault(json.dumps([each.method, each.path, each.described]), each)
    return tuple(alike.values())


def _contract(service: str) -> Path:
    return contracts.CONTRACTS / f"openapi/{service}.json"


def each(wanted: typing.Callable[[Asked], object] = bool) -> pytest.MarkDecorator:
    """The test once for each operation that is ``wanted``."""
    found: Iterator[Any] = (pytest.param(op, id=str(op)) for op in operations() if wanted(op))
    return pytest.mark.parametrize("operation", list(found))


@cache
def app_of(service: str) -> FastAPI:
    """Built once, believing the issuer of this session."""
    return build(service, _ISSUER["url"])


def build(service: str, issuer: str = "http://127.0.0.1:1/jwks.json") -> FastAPI:
    """The app of a service, with throw-away settings. ``issuer``: where its keys are found."""
    return built(service, {"CRM_OPERATOR_JWKS_URL": issuer}).app


def built(service: str, changes: dict[str, str]) -> Service:
    """The service whole, with throw-away settings but for ``changes``, by their names."""
    with pytest.MonkeyPatch.context() as surroundings:
        told = environment(service, CREDENTIALS, contracts.nowhere())
        told |= {"CRM_CHANNEL_SECRETS": json.dumps(SECRETS)} if service == "intake" else {}
        for name, value in (told | changes).items():
            surroundings.setenv(name, value)
        own = importlib.import_module(f"{service_of(service).package}.app").build
        made: Service = own(typing.get_type_hints(own)["settings"]())
    return made


_ISSUER: dict[str, str] = {}


def issuer() -> str:
    """Where they are found in this session."""
    return _ISSUER["url"]


def issued_by(url: str) -> None:
    """Where the issuer's keys are found; said before the first app is built."""
    _ISSUER["url"] = url


async def ask(
    operation: Asked,
    *,
    method: str | None = None,
    url: str | None = None,
    content: bytes | AsyncIterator[bytes] | None = None,
    headers: Mapping[str, str] | None = None,
    params: Any = None,
) -> httpx.Response:
    """Asks the operation, or its neighbour at ``method`` and ``url``, with these headers alone."""
    door = httpx.ASGITransport(app_of(operation.service), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=door, base_url=wire.HOST) as client:
        answer = await client.request(
            method or operation.method, url or operation.url, content=content,
            params=params,
            headers=httpx.Headers(dict(headers or {}), encoding="latin-1"),
        )  # fmt: skip
    if method is None and operation.described and operation.is_at(url or operation.url):
        assert_as_described(operation, answer)
    return answer


def assert_as_described(operation: Asked, answer: httpx.Response) -> None:
    """The answer is one of those that the contract has: status, headers, media type, body."""
    said = operation.answer(answer.status_code)
    assert said is not None, f"{operation} has no answer {answer.status_code}: {answer.text}"
    for name, header in said["headers"].items():
        if operation.resolved(header).get("required"):
            assert name in answer.headers, f"{operation} {answer.status_code} {name}"
    media = answer.headers.get("content-type", "").partition(";")[0]
    content = said.get("content", {})
    assert media in content or (not content and not answer.content), f"{operation} {media}"
    if media.endswith("json"):
        whole = {**content[media].get("schema", {}), "components": operation.document["components"]}
        jsonschema.Draft202012Validator(whole).validate(answer.json())


async def ask_rightly(operation: Asked, body: bytes = b"", **changes: Any) -> httpx.Response:
    """The same by who may ask, with the body's own media type."""
    media = {"content-type": operation.media} if operation.media and body else {}
    headers = {**media, "if-match": '"1"', **operation.proof(body), **changes.pop("headers", {})}
    url = changes.pop("url", operation.url)
    if operation.scheme == "kannel_secret":
        url = f"{url}{'&' if '?' in url else '?'}secret={wire.SECRETS['sms']['kannel_secret']}"
    return await ask(operation, content=body or None, headers=headers, url=url, **changes)


def problem_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The refusal, which no cache may keep. Fails where the answer is anything else."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]
    told: dict[str, Any] = answer.json()
    assert told["type"].startswith("https://crm.jakarta.go.id/problems/")
    assert (told["status"], bool(told["title"]), bool(told["detail"])) == (status, True, True)
    return told

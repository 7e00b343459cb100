"""What stands in every service's OpenAPI document and the framework does not know.

Nothing here is said by an operation itself: which problems it answers with follows from what it
uses (``refusals.py``), which headers from what it depends on, where its answer leads from the
addresses of the others (``links.py``), examples from the names of its fields (``examples.py``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from shared.http import links
from shared.http.conditional import etag_writer, if_match
from shared.http.examples import add_examples
from shared.http.idempotency import HEADER, PATTERN, idempotency_key
from shared.http.operation import Operation
from shared.http.paging import next_writer
from shared.http.refusals import (
    Json,
    by_status,
    calls_of,
    name_of,
    response_of,
    schema_of,
)

TAGS: Mapping[str, str] = {
    "channels": "Complaints by the official channels: partners, platforms, gateways, a form.",
    "desks": "Complaints that an officer enters for somebody who stands at the desk.",
    "cases": "Officers' work: lists, a case, one address for each act; the unit's own affairs.",
    "case files": "The whole record of a case as a signed file, and the keys to verify it.",
    "deadlines": "The clocks of cases, what is overdue, evaluations.",
    "notifications": "What was sent to reporters, and silence where it is wished.",
    "track": "Where a complaint stands, for whoever holds its code.",
    "media": "Pictures and files, by links that services give to those who may see them.",
    "operators": "Search and figures over the cases that an officer may see.",
    "operations": "Events that a service has set aside.",
    "rules": "Versions of the rules: proposed, tried, compared, activated by a second officer.",
    "webhooks": "Agencies' own systems, which are told what happens to their units' cases.",
    "internal": "What services ask of each other, and acts that take two administrators.",
}
"""Every tag that an operation may have."""

HEADERS: Mapping[str, Json] = {
    "ETag": {
        "description": "The version of the case that is answered. Send it back as If-Match.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9]{1,18}"$'},
        "example": '"3"',
    },
    "Link": {
        "description": "Where the next page is (RFC 8288); not on the last one.",
        "required": False,
        "schema": {"type": "string"},
        "example": '</v1/inbox?tab=new&cursor=c2lnbmF0dXJl>; rel="next"',
    },
    "Retry-After": {
        "description": "Seconds to wait before the same is sent again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
        "example": 2,
    },
    "WWW-Authenticate": {
        "description": "How a caller proves who they are (RFC 9110, 11.6.1).",
        "required": True,
        "schema": {"type": "string"},
        "example": "Bearer",
    },
    "Accept-Encoding": {
        "description": "The coding of a body that is read (RFC 9110, 15.5.16).",
        "schema": {"type": "string"},
        "example": "identity",
    },
    "X-Request-Id": {
        "description": "Names the request in our log: the caller's, if it could be an id.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
        "example": "019300aa-0000-7000-8000-000000000009",
    },
}
PARAMETERS: Mapping[str, Json] = {
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "The ETag of the version that was read (RFC 9110, 13.1.1).",
        "schema": {"type": "string", "pattern": '^(W/)?"[0-9]{1,18}"$', "maxLength": 22},
        "example": '"3"',
    },
    HEADER: {
        "name": HEADER,
        "in": "header",
        "required": False,
        "description": "The caller's own key of this request, new for each: a repeat under it gets"
        " the first answer, for 24 hours. What was refused leaves no key behind.",
        "schema": {"type": "string", "pattern": PATTERN, "maxLength": 66},
        "example": "019300aa-0000-7000-8000-00000000000a",
    },
    "X-Request-Id": {
        "name": "X-Request-Id",
        "in": "header",
        "required": False,
        "description": "The caller's own id of this request: letters, digits, `.`, `_`, `-`."
        " Anything else is passed over, and the answer has an id of ours.",
        "schema": {"type": "string"},
        "example": "019300aa-0000-7000-8000-000000000009",
    },
}
SERVERS: Sequence[Json] = (
    {
        "url": "https://{host}",
        "description": "Behind the city's gateway.",
        "variables": {"host": {"default": "crm.jakarta.go.id"}},
    },
    {
        "url": "http://127.0.0.1:{port}",
        "description": "On one machine. `.crm/run.json` says the port of each service.",
        "variables": {"port": {"default": "8000"}},
    },
)
FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
"""Schemas of an answer that no service of ours gives."""


@dataclass(frozen=True, slots=True)
class Described:
    """An operation, and its part of the document."""

    path: str
    method: str
    route: Operation
    calls: tuple[Any, ...]
    said: Json

    @property
    def success(self) -> Json:
        """Its only answer that is no problem."""
        found: Json = next(self.said["responses"][code] for code in self._successes())
        return found

    def _successes(self) -> Iterator[str]:
        return (code for code in self.said["responses"] if code.startswith("2"))


def complete(document: Json, routes: Sequence[BaseRoute]) -> Json:
    """The framework's document, completed in place."""
    described = list(_described(document, routes))
    components = document.setdefault("components", {})
    for name in FRAMEWORKS_OWN:
        components.get("schemas", {}).pop(name, None)
    components["headers"] = {name: dict(each) for name, each in HEADERS.items()}
    components["parameters"] = {name: dict(each) for name, each in PARAMETERS.items()}
    for operation in described:
        operation.said.setdefault("security", [])
        _add_answers(operation, components)
        _add_headers(operation)
    links.add_links(document["paths"], components)
    add_examples(document)
    used = {tag for operation in described for tag in operation.said.get("tags", ())}
    document["tags"] = [
        {"name": name, "description": about} for name, about in TAGS.items() if name in used
    ]
    document["servers"] = [dict(server) for server in SERVERS]
    return document


def _described(document: Json, routes: Sequence[BaseRoute]) -> Iterator[Described]:
    for context in iter_route_contexts(routes):
        route = context.original_route
        if isinstance(route, Operation) and context.include_in_schema:
            yield from _of_route(document, context, route)


def _of_route(document: Json, context: RouteContext, route: Operation) -> Iterator[Described]:
    calls = tuple(calls_of(route.dependant))
    for method in route.methods or ():
        said = document["paths"][context.path][method.lower()]
        yield Described(str(context.path), method, route, calls, said)


def _add_answers(operation: Described, components: Json) -> None:
    """Each problem under its status; what an endpoint describes itself, such as a page, stays."""
    said = operation.said["responses"]
    if "422" in said and "application/json" in said["422"].get("content", {}):
        del said["422"]
    refusals = operation.route.refusals(takes_a_body="requestBody" in operation.said)
    for status, same in by_status(refusals).items():
        if str(status) in said:
            continue
        name = name_of(same)
        said[str(status)] = {"$ref": f"#/components/responses/{name}"}
        answer = _with_request_id(response_of(same))
        components.setdefault("responses", {})[name] = answer
        components.setdefault("schemas", {})[f"{name}Problem"] = schema_of(same)


def _with_request_id(answer: Json) -> Json:
    reference = {"$ref": "#/components/headers/X-Request-Id"}
    return answer | {"headers": answer.get("headers", {}) | {"X-Request-Id": reference}}


def _add_headers(operation: Described) -> None:
    said, answers = operation.said, operation.said["responses"]
    for status, answer in answers.items():
        if "$ref" not in answer:
            answers[status] = _with_request_id(answer)
    if etag_writer in operation.calls:
        operation.success["headers"]["ETag"] = {"$ref": "#/components/headers/ETag"}
    if next_writer in operation.calls:
        operation.success["headers"]["Link"] = {"$ref": "#/components/headers/Link"}
    takes = {"If-Match": if_match, HEADER: idempotency_key}
    sent = [name for name, reader in takes.items() if reader in operation.calls]
    said.setdefault("parameters", []).extend(
        {"$ref": f"#/components/parameters/{name}"} for name in (*sent, "X-Request-Id")
    )

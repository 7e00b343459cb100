"""HTTP doors: the app factory, problem+json (RFC 9457), correlation, limits, health, metrics."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from time import perf_counter
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Request, params
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import DomainError, Malformed, StaleVersion, Transient, VersionRequired
from shared.health import Health
from shared.ids import new_id
from shared.telemetry import Metrics, describe, get_logger

M = TypeVar("M", bound=BaseModel)

MAX_BODY_BYTES = 1024 * 1024
PROBLEM_JSON = "application/problem+json"
PROBLEM_BASE = "https://crm.jakarta.go.id/problems/"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ETAG = re.compile(r'(?:W/)?"(\d{1,18})"')


class Problem(BaseModel):
    """RFC 9457 problem details. ``field`` names the part of the input that is wrong."""

    type: str
    title: str
    status: int
    detail: str
    field: Annotated[str | None, Field(default=None)] = None


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Problem details (RFC 9457)",
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def problem(status: int, slug: str, title: str, detail: str, field: str | None = None) -> Response:
    body = Problem(
        type=f"{PROBLEM_BASE}{slug}", title=title, status=status, detail=detail, field=field
    )
    headers = {"www-authenticate": "Bearer"} if status == 401 else None
    return Response(
        body.model_dump_json(exclude_none=True), status, headers, media_type=PROBLEM_JSON
    )


def problem_of(error: DomainError) -> Response:
    return problem(error.status, error.slug, error.title, error.detail, error.field)


def field_path(location: Sequence[str | int]) -> str:
    """``("body", "position", "latitude") -> position.latitude``"""
    parts = [str(part) for part in location if part not in ("body", "query", "path")]
    return ".".join(parts) or "body"


def malformed(errors: Sequence[Any]) -> Malformed:
    """The first of pydantic's errors as ours: field and rule, never the value."""
    first = errors[0]
    field = field_path(first["loc"])
    if first["type"] in ("json_invalid", "value_error.jsondecode"):
        return Malformed("The body is not valid JSON.", field="body")
    if first["type"] == "extra_forbidden":
        # The name of an unknown field is the caller's text: it is not echoed either.
        parent = field_path(first["loc"][:-1])
        return Malformed("A field that the contract does not know was sent.", field=parent)
    if first["type"].endswith("_parsing"):
        # These messages quote the character that upset the parser.
        return Malformed(f"{field}: not a valid {first['type'][:-8]}.", field=field)
    return Malformed(f"{field}: {first['msg']}.", field=field)


def refuse_unstorable(text: str, field: str) -> str:
    """``text``, unless it holds NUL or a lone surrogate, which PostgreSQL cannot store."""
    if "\x00" in text:
        raise Malformed(f"{field} holds a NUL character. Remove it.", field=field)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Malformed(
            f"{field} holds half of a surrogate pair. Send well-formed Unicode.", field=field
        ) from None
    return text


def refuse_unstorable_values(value: Any, field: str = "") -> None:
    """The same for every string inside a parsed value; the field is named by its path.

    Without recursion: JSON may be nested deeper than Python's stack.
    """
    left = [(value, field)]
    while left:
        value, field = left.pop()
        match value:
            case str():
                refuse_unstorable(value, field or "body")
            case dict():
                for key, inner in value.items():
                    # A key is the caller's text as well: its parent is named.
                    refuse_unstorable(str(key), field or "body")
                    left.append((inner, f"{field}.{key}" if field else str(key)))
            case list() | tuple():
                left.extend(
                    (inner, f"{field}.{place}" if field else str(place))
                    for place, inner in enumerate(value)
                )


async def refuse_unstorable_input(request: Request) -> None:
    """A dependency of every route: path, query and the body, where the framework reads it.

    A door that reads its body itself checks it itself, after it has checked who sends it.
    """
    for name, value in (*request.path_params.items(), *request.query_params.items()):
        refuse_unstorable_values(value, name if name.isidentifier() else "query")
    body_field = getattr(request.scope.get("route"), "body_field", None)
    if body_field is None:
        return
    try:
        # A form leaves no bytes that could be read a second time.
        is_form = isinstance(body_field.field_info, params.Form)
        refuse_unstorable_values(dict(await request.form()) if is_form else await request.json())
    except Malformed as refusal:
        named = _known_part(refusal.field or "body", body_field.field_info.annotation)
        what = refusal.detail.partition(" holds ")[2]
        raise Malformed(f"{named} holds {what}", field=named) from None
    except (ValueError, RecursionError):
        return  # No JSON: the framework says so.


def _known_part(path: str, annotation: Any) -> str:
    """The path as far as the contract knows it: a made-up name is the caller's text."""
    known = set(_property_names(TypeAdapter(annotation).json_schema()))
    parts = takewhile(lambda part: part in known or part.isdigit(), path.split("."))
    return ".".join(parts) or "body"


def _property_names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from _property_names(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _property_names(inner)


def parse_model(model: type[M], body: bytes) -> M:
    """JSON bytes as ``model``; raises Malformed that names the field and echoes nothing."""
    try:
        parsed = model.model_validate_json(body)
    except ValidationError as error:
        raise malformed(error.errors(include_input=False, include_url=False)) from None
    refuse_unstorable_values(parsed.model_dump())
    return parsed


def etag(version: int) -> str:
    return f'"{version}"'


async def if_match(request: Request) -> int:
    """The version the caller has seen; 428 without ``If-Match``, 412 when it is not one of ours."""
    value = request.headers.get("if-match")
    if value is None:
        raise VersionRequired(
            "Send If-Match with the ETag of the version you have read.", field="if-match"
        )
    match = _ETAG.fullmatch(value.strip())
    if match is None:
        raise StaleVersion("If-Match is not an ETag of this resource.", field="if-match")
    return int(match[1])


class Correlation:
    """Gives each request an id and a traceparent, measures it, logs one line without values.

    Plain ASGI: a middleware that wraps the body in a stream costs more than the request.
    """

    def __init__(self, app: ASGIApp, service: str, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._log = get_logger(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        request_id = self._request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()), (b"x-request-id", request_id.encode()),
                ]  # fmt: skip
            await send(message)

        try:
            await self._app(scope, receive, _TooLargeAsProblem(scope, receive, send_with_id))
        finally:
            self._account(scope, status, perf_counter() - started, request_id)

    def _account(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        # The route's pattern and not the path: a path may hold an id, a pattern cannot.
        route = getattr(scope.get("route"), "path", "unknown")
        self._metrics.http_seconds.labels(scope["method"], route, str(status)).observe(seconds)
        # Not ready is a state that is asked for every moment, not a failure of the request.
        if status >= 500 and not scope["path"].startswith("/health/"):
            self._log.error(
                "request_failed", method=scope["method"], path=route, status=status,
                request_id=request_id,
            )  # fmt: skip

    @staticmethod
    def _request_id(scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _REQUEST_ID.fullmatch(value.decode("latin-1")):
                return str(value.decode("latin-1"))
        return str(new_id())


class _TooLargeAsProblem:
    """The framework refuses a large body in plain text, before any handler of ours is asked."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._replaced = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._is_plain_refusal(message):
            self._replaced = True
            await _plain_problem(413)(self._scope, self._receive, self._send)
        elif not self._replaced:
            await self._send(message)

    @staticmethod
    def _is_plain_refusal(message: Message) -> bool:
        headers = dict(message.get("headers", ()))
        return message["status"] == 413 and headers.get(b"content-type") != PROBLEM_JSON.encode()


class App(FastAPI):
    """FastAPI with correlation outside of everything, also of what answers for a bug."""

    def __init__(self, service: str, metrics: Metrics, **options: Any) -> None:
        super().__init__(**options)
        self._service = service
        self._metrics = metrics

    def build_middleware_stack(self) -> ASGIApp:
        return Correlation(super().build_middleware_stack(), self._service, self._metrics)


def create_app(
    service: str,
    title: str,
    routers: Sequence[APIRouter],
    health: Health,
    metrics: Metrics,
    description: str = "",
) -> FastAPI:
    """An app with our routers, problem+json for every error, health and metrics."""
    app = App(
        service,
        metrics,
        title=title,
        version="1",
        description=description,
        # The documentation pages would load scripts from other hosts.
        docs_url=None,
        redoc_url=None,
        max_body_size=MAX_BODY_BYTES,
        responses=PROBLEM_RESPONSES,
    )
    _add_problem_handlers(app, service)
    app.include_router(_operations(health, metrics))
    for router in routers:
        app.include_router(router, dependencies=[Depends(refuse_unstorable_input)])
    _describe_problem(app)
    return app


def _add_problem_handlers(app: FastAPI, service: str) -> None:
    log = get_logger(service)

    async def domain(_: Request, error: Exception) -> Response:
        assert isinstance(error, DomainError)  # noqa: S101 (for the type checker)
        return problem_of(error)

    async def validation(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return problem_of(malformed(error.errors()))

    async def http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        return _plain_problem(error.status_code)

    async def transient(_: Request, error: Exception) -> Response:
        log.warning("request_unavailable", error=describe(error))
        answer = problem(
            503, "unavailable", "Try again later", "A part of the system is away. Try again."
        )
        answer.headers["retry-after"] = "2"
        return answer

    async def bug(_: Request, error: Exception) -> Response:
        log.error("request_bug", error=describe(error))
        return _plain_problem(500)

    app.add_exception_handler(DomainError, domain)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Transient, transient)
    app.add_exception_handler(Exception, bug)


_PLAIN = {
    400: ("bad-request", "Bad request", "The request cannot be read. Check body and headers."),
    404: ("not-found", "Not found", "There is nothing at this address."),
    405: ("method-not-allowed", "Method not allowed", "Use a method this address knows."),
    413: ("too-large", "Body too large", "Send a smaller body."),
    415: ("unsupported-media", "Unsupported media type", "Send a content type of the contract."),
    500: ("internal", "Internal error", "The fault is ours. Try again; quote the request id."),
}


def _plain_problem(status: int) -> Response:
    slug, title, detail = _PLAIN.get(status, ("error", "Error", "The request was not served."))
    field = "body" if status in (400, 413) else None
    return problem(status, slug, title, detail, field)


def _operations(health: Health, metrics: Metrics) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/health/ready")
    async def ready() -> Response:
        for name, status in health.report().items():
            metrics.progress.labels(name).set(status == "ok")
        return JSONResponse(
            {"status": "ok" if health.ready else "waiting", "tasks": health.report()},
            200 if health.ready else 503,
        )

    @router.get("/metrics")
    async def measured() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router


def _describe_problem(app: FastAPI) -> None:
    """Put the Problem schema, which no route returns as a model, into the OpenAPI document."""
    original: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        document = original()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault("Problem", Problem.model_json_schema())
        return document

    app.openapi = openapi  # type: ignore[method-assign]

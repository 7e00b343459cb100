"""The app of a service: its routers, problem+json for every error, limits, health, metrics."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import ASGIApp

from shared.errors import DomainError, Transient, Unavailable, UnreadableState
from shared.health import Health
from shared.http import contract
from shared.http.correlation import Correlation
from shared.http.date import DateField, Known
from shared.http.input import malformed
from shared.http.operation import LenientOperation, Router, take_over
from shared.http.problem import plain_problem, problem_of
from shared.http.replies import Replies
from shared.spans import Spans
from shared.telemetry import Metrics, describe, get_logger

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
NO_TELEMETRY: TelemetryConfig = {
    "tracing": False, "metrics": False, "logs": False, "operation_spans": False,
    "auto_configure": False,
}  # fmt: skip
"""FastAPI's own spans tell the address and its query as they came: phone numbers and codes stand
there. With the SDK installed a variable of the machine would be enough to switch them on."""
CLIENT_GONE = 499
"""Counted where the caller hung up before an answer: no status of HTTP, but of many proxies."""


class App(FastAPI):
    """FastAPI with correlation outside of everything, also of what answers for a bug."""

    def __init__(
        self, service: str, metrics: Metrics, date: DateField, spans: Spans | None, **options: Any
    ) -> None:
        super().__init__(telemetry=NO_TELEMETRY, **options)
        self.date = date
        self._spans = spans
        self._service = service
        self._metrics = metrics

    def openapi(self) -> dict[str, Any]:
        """The contract: made when it is first asked for, not when a service starts."""
        if self.openapi_schema is None:
            self.openapi_schema = contract.complete(super().openapi(), self.routes)
        return self.openapi_schema

    def build_middleware_stack(self) -> ASGIApp:
        replies = Replies(super().build_middleware_stack(), self.date)
        return Correlation(replies, self._service, self._metrics, self._spans)


def create_app(
    service: str,
    title: str,
    routers: Sequence[Router],
    health: Health,
    metrics: Metrics,
    description: str = "",
    refresh: Callable[[], Awaitable[None]] | None = None,
    dated_by: Known = lambda: None,
    spans: Spans | None = None,
) -> FastAPI:
    """An app with our routers, problem+json for every error, health and metrics.

    ``refresh``: brings gauges up to date before they are scraped. ``dated_by``: the clock of the
    ``Date`` of all answers; they have none unless it is given. ``spans``: told of each
    request where spans are exported.
    """
    app = App(
        service,
        metrics,
        DateField(dated_by),
        spans,
        title=title,
        version="1",
        description=description,
        # The documentation pages would load scripts from other hosts.
        docs_url=None,
        redoc_url=None,
        # A redirect is built from the Host header, and would name http:// behind a proxy's TLS.
        redirect_slashes=False,
    )
    _add_problem_handlers(app, service)
    for router in (_operations(health, metrics, refresh), *routers):
        take_over(app.router, router)
    return app


def _add_problem_handlers(app: FastAPI, service: str) -> None:
    log = get_logger(service)

    async def domain(_: Request, error: Exception) -> Response:
        assert isinstance(error, DomainError)  # noqa: S101 (for the type checker)
        return problem_of(error)

    async def validation(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return problem_of(malformed(error.errors()))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        return (
            _other_method(app, request)
            if error.status_code == 405
            else plain_problem(error.status_code)
        )

    async def gone(_: Request, __: Exception) -> Response:
        return Response(status_code=CLIENT_GONE)

    async def transient(_: Request, error: Exception) -> Response:
        log.warning("request_unavailable", error=describe(error))
        return problem_of(Unavailable("A part of the system is away. Try again."))

    async def unreadable(_: Request, error: Exception) -> Response:
        log.error("request_meets_unreadable_row", error=describe(error))
        return problem_of(
            Unavailable("What is stored of it cannot be read. An administrator sees it set aside.")
        )

    async def bug(_: Request, error: Exception) -> Response:
        log.error("request_bug", error=describe(error))
        return plain_problem(500)

    app.add_exception_handler(DomainError, domain)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(ClientDisconnect, gone)
    app.add_exception_handler(Transient, transient)
    app.add_exception_handler(UnreadableState, unreadable)
    app.add_exception_handler(Exception, bug)


def _other_method(app: FastAPI, request: Request) -> Response:
    """To OPTIONS what may be asked here, to any other method that it may not."""
    allowed = [method for method in METHODS if _is_served(app, request.url.path, method)]
    answer = Response(status_code=204) if request.method == "OPTIONS" else plain_problem(405)
    answer.headers["allow"] = ", ".join([*allowed, "OPTIONS"])
    return answer


def _is_served(app: FastAPI, path: str, method: str) -> bool:
    asked = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    return any(route.matches(asked)[0] is Match.FULL for route in app.routes)


def _operations(
    health: Health, metrics: Metrics, refresh: Callable[[], Awaitable[None]] | None
) -> Router:
    router = Router(route_class=LenientOperation, dependencies=(), include_in_schema=False)

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    def note_progress() -> None:
        # A trouble that is over has no status any more, and its last one would stand for ever.
        metrics.progress.clear()
        for name, status in health.report().items():
            metrics.progress.labels(name).set(status == "ok")
        for name, (silent, patience) in health.silences().items():
            metrics.silent_seconds.labels(name).set(silent)
            metrics.patience_seconds.labels(name).set(patience)

    @router.get("/health/ready")
    async def ready() -> Response:
        return JSONResponse(
            {
                "status": "ok" if health.ready else "waiting",
                "needed": health.needed,
                "tasks": health.report(),
            },
            200 if health.ready else 503,
        )

    @router.get("/metrics")
    async def measured() -> Response:
        # Whoever reads the figures alone must see a task that died, too.
        note_progress()
        if refresh is not None:
            await refresh()
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router

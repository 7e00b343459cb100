"""Each request's id and trace, its measurement, its one line in the log."""

import re
from time import perf_counter
from typing import Any
from uuid import UUID

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as AsgiMessage

from shared.ids import new_id
from shared.spans import Spans
from shared.telemetry import Metrics, get_logger, named
from shared.trace_context import Act, acting, trace_id

REQUEST_ID = "x-request-id"
_FIELD = REQUEST_ID.encode()
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_PROBES = ("/health/", "/metrics")
_MACHINES = "/internal/"
_OF_OPERATORS = "operations"
"""Tag of those operations below ``/internal/`` that people call."""


class Correlation:
    """Gives each request an id and a trace, measures it, logs one line without values.

    What our own services and probes ask is logged at the level of debugging: each batch of a
    service asks several times, and the line of the batch says what it was for.

    Plain ASGI: a middleware that wraps the body in a stream costs more than the request.
    """

    def __init__(
        self, app: ASGIApp, service: str, metrics: Metrics, spans: Spans | None = None
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._spans = spans
        self._log = get_logger(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        link = trace_id(_field_of(scope, b"traceparent"))
        act = Act(new_id(), link, sampled=self._spans is not None)
        request_id = self._request_id(scope) or str(act.trace)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 500

        async def send_with_id(message: AsgiMessage) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()), (_FIELD, request_id.encode()),
                ]  # fmt: skip
            await send(message)

        try:
            with acting(act):
                await self._app(scope, receive, send_with_id)
        finally:
            self._account(scope, status, perf_counter() - started, request_id, act)

    def _account(
        self, scope: Scope, status: int, seconds: float, request_id: str, act: Act
    ) -> None:
        # The route's pattern and not the path: a path may hold an id, a pattern cannot.
        route = getattr(scope.get("route"), "path", "unknown")
        self._metrics.http_seconds.labels(scope["method"], route, str(status)).observe(seconds)
        # Not ready is a state that is asked for every moment, not a failure of the request.
        if scope["path"].startswith(_PROBES):
            return
        about = _about(scope, act)
        if self._spans:
            self._spans.request(act.trace, scope["method"], route, status, seconds, about)
        line: dict[str, Any] = {
            "method": scope["method"], "path": route, "status": status,
            "ms": round(seconds * 1000), "trace_id": act.trace.hex,
            **named(about),
        }  # fmt: skip
        if act.link:
            line["link"] = act.link
        if status >= 500:
            self._log.error("request_failed", **line, request_id=request_id)
        elif _is_of_machines(scope):
            self._log.debug("request", **line)
        else:
            self._log.info("request", **line)

    @staticmethod
    def _request_id(scope: Scope) -> str | None:
        found = _field_of(scope, _FIELD)
        return found if found and _REQUEST_ID.fullmatch(found) else None


def _field_of(scope: Scope, name: bytes) -> str | None:
    """The first field of this name."""
    return next((v.decode("latin-1") for key, v in scope["headers"] if key == name), None)


def _is_of_machines(scope: Scope) -> bool:
    tags = getattr(scope.get("route"), "tags", ())
    return str(scope["path"]).startswith(_MACHINES) and _OF_OPERATORS not in tags


def _about(scope: Scope, act: Act) -> list[UUID]:
    """The complaints that the request is about, where it has named or made any."""
    try:
        return act.complaints or [UUID(scope["path_params"]["complaint_id"])]
    except (KeyError, ValueError):
        return []

"""Each request's id, its measurement, its one line in the log."""

import re
from time import perf_counter

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as AsgiMessage

from shared.ids import new_id
from shared.telemetry import Metrics, get_logger

REQUEST_ID = "x-request-id"
_FIELD = REQUEST_ID.encode()
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


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

        async def send_with_id(message: AsgiMessage) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()), (_FIELD, request_id.encode()),
                ]  # fmt: skip
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
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
            if name == _FIELD and _REQUEST_ID.fullmatch(value.decode("latin-1")):
                return str(value.decode("latin-1"))
        return str(new_id())

"""A collector of traces as services meet it: OTLP over HTTP on the loopback address."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.doors import EndsAtOnce


@dataclass(frozen=True)
class Kept:
    """A span as it came, ids as hexadecimal digits. links: (trace, span)."""

    service: str
    name: str
    kind: int
    trace: str
    span: str
    parent: str
    links: list[tuple[str, str]]
    told: Mapping[str, Any]
    failed: bool
    seconds: float


@dataclass
class Collector:
    """Keeps what it is sent. ``hangs``: it takes the request and never answers; ``status``: what it
    answers."""

    url: str = ""
    hangs: bool = False
    status: int = 200
    asked: int = 0
    raw: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> list[Kept]:
        return [
            _kept(resource, span)
            for body in self.raw
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name: str) -> list[Kept]:
        return [each for each in self.spans if each.name == name]

    async def until(self, name: str, count: int = 1) -> list[Kept]:
        async with asyncio.timeout(20):
            while len(self.named(name)) < count:
                await asyncio.sleep(0.05)
        return self.named(name)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/v1/traces")
        async def take(request: Request) -> Response:
            self.asked += 1
            while self.hangs:
                await asyncio.sleep(0.05)
            if self.status == 200:
                self.raw.append(await request.body())
            return Response(status_code=self.status)

        return app


def _kept(resource: Any, span: Any) -> Kept:
    return Kept(
        _values(resource.resource.attributes)["service.name"], span.name, span.kind,
        span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(),
        [(each.trace_id.hex(), each.span_id.hex()) for each in span.links],
        _values(span.attributes), span.status.code == 2,
        (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
    )  # fmt: skip


def _values(attributes: Any) -> dict[str, Any]:
    return {each.key: _value(each.value) for each in attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return getattr(value, kind)


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """A collector on any port that is free."""
    collector = Collector()
    config = uvicorn.Config(
        collector.app(), host="127.0.0.1", port=0, log_config=None, access_log=False
    )
    server = EndsAtOnce(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    collector.url = f"http://127.0.0.1:{port}"
    try:
        yield collector
    finally:
        collector.hangs = False
        await server.end(serving)

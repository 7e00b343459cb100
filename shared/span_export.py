"""The way of spans to a collector: OTLP over HTTP, from a thread beside the service.

The only file that imports OpenTelemetry, and it is imported only where a collector is named. A
collector that hangs or is away costs spans and nothing else: what waits is bounded, who brings a
span never waits, and the end waits a second at most.
"""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version

import requests
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from shared.spans import Kind, Span
from shared.telemetry import Metrics, get_logger
from shared.trace_context import Spot

MOST_WAITING = 8192
"""Spans and their links that wait for the collector. What comes then is lost: some 4 MB are held
at most, links counted, as the span of a batch has one for each of its events."""

AT_ONCE = 256
"""Spans in one request."""

PAUSE_SECONDS = 1.0
"""Between two requests while spans are few."""

CALL_SECONDS = 5.0
"""For a request and the tries after it; then its spans are lost."""

FLUSH_SECONDS = 1.0
"""For what is left when the process stops."""

TAKEN, LOST = "taken", "lost"
"""What comes of a span."""

_KINDS: dict[Kind, SpanKind] = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}


class SpanExport:
    """Takes spans; starts its thread with the first of them."""

    def __init__(self, service: str, endpoint: str, metrics: Metrics) -> None:
        """``endpoint``: the collector's address, as ``http://collector:4318``; opens nothing."""
        release = version("cepat-respon-masyarakat")
        self._resource = Resource({"service.name": service, "service.version": release})
        self._telling = _Telling(_exporter(endpoint), service, metrics)
        self._processor: BatchSpanProcessor | None = None
        self._closed = False

    def add(self, span: Span) -> None:
        """Lost where too many wait, or all has ended."""
        processor = None if self._closed else self._started()
        if processor is None or not self._telling.has_room(1 + len(span.links)):
            self._telling.lost(1)
            return
        processor.on_end(_readable(span, self._resource))

    def _started(self) -> BatchSpanProcessor | None:
        """None where the machine has no thread to give: a request must not fail for it."""
        if self._processor is None:
            with suppress(RuntimeError):
                self._processor = BatchSpanProcessor(
                    self._telling, MOST_WAITING, PAUSE_SECONDS * 1000, AT_ONCE
                )
        return self._processor

    async def close(self) -> None:
        """Sends what is left; what the collector has not taken within ``FLUSH_SECONDS`` is lost."""
        self._closed = True
        if self._processor is None:
            return
        flushed, loop = asyncio.Event(), asyncio.get_running_loop()

        def flush(processor: BatchSpanProcessor) -> None:
            processor.shutdown()  # type: ignore[no-untyped-call]
            # The loop has ended where the collector hung.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(flushed.set)

        # No thread of the loop's own: the loop would wait for it when it ends.
        threading.Thread(target=flush, args=[self._processor], daemon=True).start()
        with suppress(TimeoutError):
            await asyncio.wait_for(flushed.wait(), FLUSH_SECONDS)
        self._telling.ends()


class _Telling(SpanExporter):
    """Counts what the collector takes and what is lost, and says once that it is away and once that
    it is back. ``has_room`` is called by the loop, ``export`` by the thread: each figure has one
    that writes it."""

    def __init__(self, exporter: SpanExporter, service: str, metrics: Metrics) -> None:
        self._exporter = exporter
        self._counter = metrics.spans
        self._log = get_logger(service)
        self._brought = self._dealt_with = 0
        self._away = self._shut = False
        for outcome in (TAKEN, LOST):
            self._counter.labels(outcome)

    def has_room(self, weight: int) -> bool:
        if self._brought - self._dealt_with + weight > MOST_WAITING:
            return False
        self._brought += weight
        return True

    def lost(self, count: int) -> None:
        self._counter.labels(LOST).inc(count)
        if not self._away:
            self._away = True
            self._log.warning("spans_lost", detail="the collector of traces does not take them")

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            result = self._exporter.export(spans)
        finally:
            self._dealt_with += sum(1 + len(span.links) for span in spans)
        if result is not SpanExportResult.SUCCESS:
            self.lost(len(spans))
            return result
        self._counter.labels(TAKEN).inc(len(spans))
        if self._away:
            self._away = False
            self._log.info("spans_taken_again")
        return result

    def shutdown(self) -> None:
        if not self._shut:
            self._shut = True
            self._exporter.shutdown()

    def ends(self) -> None:
        """Says what is left behind, and lets go of tries that go on."""
        if self._brought > self._dealt_with:
            self._log.warning("spans_left_behind", count=self._brought - self._dealt_with)
        self.shutdown()


def _exporter(endpoint: str) -> OTLPSpanExporter:
    # Neither proxies nor passwords of the machine are for a collector of our own.
    session = requests.Session()
    session.trust_env = False
    return OTLPSpanExporter(
        f"{endpoint.rstrip('/')}/v1/traces", timeout=CALL_SECONDS, session=session,
        compression=Compression.NoCompression,
    )  # fmt: skip


def _readable(span: Span, resource: Resource) -> ReadableSpan:
    ended = round(span.ended.timestamp() * 1e9)
    return ReadableSpan(
        name=span.name,
        context=_context(span.spot),
        parent=_context(span.parent) if span.parent else None,
        resource=resource,
        attributes=span.attributes,
        links=[Link(_context(each)) for each in span.links],
        kind=_KINDS[span.kind],
        status=Status(StatusCode.ERROR) if span.failed else Status(),
        start_time=ended - round(span.seconds * 1e9),
        end_time=ended,
    )


def _context(spot: Spot) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED)
    return SpanContext(int(spot.trace, 16), int(spot.span, 16), is_remote=False, trace_flags=flags)

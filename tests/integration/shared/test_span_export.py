"""Spans on their way to a real collector: through a service's door, its outbox and the stream."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import ClassVar
from uuid import UUID

import httpx
import pytest
from pydantic import BaseModel, SecretStr
from structlog.testing import capture_logs

from deploy.local.ports import LOOPBACK, free_ports
from shared.clock import DatabaseClock
from shared.consumer import Consumer
from shared.faults import FaultPoints
from shared.foundation import Foundation
from shared.health import Heart
from shared.http.operation import Router
from shared.ids import new_id
from shared.outbox import Relay
from shared.runtime import Running
from shared.settings import ServiceSettings
from shared.shard_lease import ShardLease
from shared.span_export import FLUSH_SECONDS, MOST_WAITING, SpanExport
from shared.spans import of_request
from shared.telemetry import Metrics
from shared.testing import MemoryBus
from shared.trace_context import trace_id
from shared.visibility import SYSTEM
from tests.builders import T0, a_complaint
from tests.collectors import Collector, collecting
from tests.databases import Databases
from tests.integration.shared.tally import TallyHandler, tally_works

NOWHERE = "http://127.0.0.1:9"
TEXT, PHONE, CODE = "Kanari jalan berlubang", "081280008128", "7K3MQ9TX2BZD0W4R"
HEX = "0812800081280812800081280812ca4a"
"""What a stranger may write into the trace id of a header."""

SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
"""SpanKind of OTLP."""


class TallySettings(ServiceSettings):
    service: ClassVar[str] = "sla"


def settings(url: str = "postgresql://nobody@127.0.0.1:9/none", endpoint: str = "",
             port: int = 0) -> TallySettings:  # fmt: skip
    return TallySettings(
        database_url=SecretStr(url),
        kafka_bootstrap_servers="127.0.0.1:9",
        http_port=port,
        otlp_endpoint=endpoint,
    )


class Said(BaseModel):
    text: str
    phone: str


@dataclass
class House:
    """A service with one door, at which a complaint is recorded; its relay and its consumer stand
    on a bus in memory."""

    foundation: Foundation
    bus: MemoryBus = field(default_factory=MemoryBus)

    def router(self) -> Router:
        router = Router()

        @router.post("/v1/things/{thing_id}", status_code=202)
        async def record(thing_id: str, said: Said, code: str) -> dict[str, str]:
            async with self.foundation.works.open(SYSTEM) as work:
                work.record(a_complaint(), cause=None)
            return {}

        return router

    @asynccontextmanager
    async def running(self) -> AsyncIterator[httpx.AsyncClient]:
        own, metrics, spans = self.foundation, self.foundation.metrics, self.foundation.spans
        service = own.service(None, [self.router()])
        lease = ShardLease(
            own.works.engine, "sla", new_id(), metrics, 6.0, DatabaseClock(), Heart("database", 10)
        )
        service.relay = Relay(
            own.works.engine, "sla", self.bus.producer(), lease, FaultPoints(), metrics,
            Heart("relay", 30), spans=spans,
        )  # fmt: skip
        own.works.on_recorded = service.relay.wake
        service.consumer = Consumer(
            TallyHandler(), self.bus.subscription("crm.tally"), own.works, FaultPoints(), metrics,
            Heart("consumer", 30), spans=spans,
        )  # fmt: skip
        service.schema = None
        async with self.served(service) as client:
            yield client

    @asynccontextmanager
    async def served(self, service: object) -> AsyncIterator[httpx.AsyncClient]:
        stop = asyncio.Event()
        task = asyncio.create_task(Running(service).until(stop))  # type: ignore[arg-type]
        port = self.foundation.settings.http_port
        async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") as client:
            async with asyncio.timeout(20):
                while not await answers(client):
                    await asyncio.sleep(0.02)
            yield client
        stop.set()
        await asyncio.wait_for(task, 20)


async def answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/health/live")).status_code == 200
    except httpx.TransportError:
        return False


async def house_on(postgres: Databases, endpoint: str) -> House:
    url = await postgres.bare("sla")
    await (await tally_works(url)).engine.dispose()
    return House(Foundation.of(settings(url, endpoint, free_ports(1)[0])))


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    async with collecting() as made:
        yield made


def figure(metrics: Metrics, outcome: str) -> float:
    return metrics.registry.get_sample_value("crm_spans_total", {"outcome": outcome}) or 0.0


async def report(client: httpx.AsyncClient) -> None:
    """With what a person may write wherever a caller may write anything."""
    answer = await client.post(
        f"/v1/things/{PHONE}?code={CODE}",
        json={"text": TEXT, "phone": PHONE},
        headers={
            "traceparent": f"00-{HEX}-0812800081280812-01", "tracestate": f"budi={PHONE}",
            "baggage": f"text={CODE}", "x-request-id": CODE, "user-agent": TEXT,
        },
    )  # fmt: skip
    assert answer.status_code == 202


async def test_a_request_and_what_it_publishes_are_one_trace_and_the_batch_is_linked_to_it(
    postgres: Databases, collector: Collector
) -> None:
    house = await house_on(postgres, collector.url)
    async with house.running() as client:
        await report(client)
        [request] = await collector.until("POST /v1/things/{thing_id}")
        [received] = await collector.until("publish ComplaintReceived.v1")
        [withdrawn] = await collector.until("publish ComplaintWithdrawn.v1")
        batches = await collector.until("apply")
    carried = [dict(each.headers)["ce_traceparent"].decode() for each in house.bus.records]
    assert {trace_id(each) for each in carried} == {request.trace}
    assert [each.split("-")[2] for each in carried] == [received.span, withdrawn.span]
    assert (received.trace, withdrawn.trace) == (request.trace, request.trace)
    assert (received.parent, withdrawn.parent) == (request.span, request.span)
    assert (request.trace, received.span) in [link for each in batches for link in each.links]
    assert request.trace not in {each.trace for each in batches}
    assert [request.kind, received.kind, batches[0].kind] == [SERVER, PRODUCER, CONSUMER]
    assert {each.service for each in collector.spans} == {"sla"}
    assert request.told["http.response.status_code"] == 202
    assert received.told["crm.complaint_ids"] == [str(a_complaint().complaint_id)]


async def test_nothing_that_a_caller_wrote_is_in_what_is_exported(
    postgres: Databases, collector: Collector
) -> None:
    house = await house_on(postgres, collector.url)
    async with house.running() as client:
        await report(client)
        await client.request("BUDI", f"/{CODE}/{PHONE}?text={TEXT}")
        await collector.until("apply")
        await collector.until("publish ComplaintWithdrawn.v1")
    exported = b"".join(collector.raw)
    assert b"/v1/things/{thing_id}" in exported, "what is looked through holds the request"
    planted = [TEXT, PHONE, CODE, "Kanari", "BUDI", "budi", HEX]
    assert [each for each in planted if each.encode() in exported] == []
    for digits in (HEX, "0812800081280812"):
        assert bytes.fromhex(digits) not in exported


async def test_a_probe_makes_no_span(postgres: Databases, collector: Collector) -> None:
    house = await house_on(postgres, collector.url)
    async with house.running() as client:
        for path in ("/health/live", "/health/ready", "/metrics"):
            await client.get(path)
        await report(client)
    assert not [each for each in collector.spans if "health" in each.name]
    assert not collector.named("GET /metrics")


async def test_what_is_published_at_the_end_is_sent_before_the_process_ends(
    postgres: Databases, collector: Collector
) -> None:
    house = await house_on(postgres, collector.url)
    async with house.running() as client:
        await report(client)
    assert collector.named("POST /v1/things/{thing_id}")
    assert figure(house.foundation.metrics, "taken") == len(collector.spans)
    assert figure(house.foundation.metrics, "lost") == 0


@pytest.mark.parametrize("trouble", ["hangs", "is away", "refuses"])
async def test_a_collector_in_trouble_costs_spans_and_neither_answers_nor_the_end(
    postgres: Databases, collector: Collector, trouble: str
) -> None:
    collector.hangs, collector.status = trouble == "hangs", 503
    house = await house_on(postgres, NOWHERE if trouble == "is away" else collector.url)
    with capture_logs() as lines:
        async with house.running() as client:
            slowest = 0.0
            for _ in range(60):
                began = monotonic()
                await report(client)
                slowest = max(slowest, monotonic() - began)
                await asyncio.sleep(0.03)
            ending = monotonic()
        ended = monotonic() - ending
    assert trouble == "is away" or collector.asked, "it was asked meanwhile"
    assert slowest < 1.0
    assert ended < FLUSH_SECONDS + 3.0
    said = [each["event"] for each in lines]
    assert "stop_cut_short" not in said
    assert said.count("spans_lost") + said.count("spans_left_behind") in (1, 2)
    assert figure(house.foundation.metrics, "taken") == 0


def spans(count: int) -> Sequence[UUID]:
    return [new_id() for _ in range(count)]


async def brought(export: SpanExport, count: int) -> float:
    """Seconds that it took to bring so many."""
    began = monotonic()
    for act in spans(count):
        export.add(of_request(act, "GET", "/v1/cases", 200, [], T0, 0.01))
    return monotonic() - began


async def test_what_waits_is_bounded_and_the_rest_is_counted_and_told_once(
    collector: Collector,
) -> None:
    collector.hangs, metrics = True, Metrics()
    export = SpanExport("sla", collector.url, metrics)
    with capture_logs() as lines:
        seconds = await brought(export, MOST_WAITING + 500)
        lost = figure(metrics, "lost")
        await export.close()
    assert lost == 500
    assert seconds < 5
    assert [each["event"] for each in lines] == ["spans_lost", "spans_left_behind"]
    export.add(of_request(new_id(), "GET", "/v1/cases", 200, [], T0, 0.01))
    assert figure(metrics, "lost") == 501, "after the end nothing is kept"


async def test_a_collector_that_is_back_is_told_once_and_gets_what_comes_then(
    collector: Collector,
) -> None:
    collector.status, metrics = 400, Metrics()
    export = SpanExport("sla", collector.url, metrics)
    with capture_logs() as lines:
        await brought(export, 3)
        async with asyncio.timeout(10):
            while figure(metrics, "lost") < 3:
                await asyncio.sleep(0.05)
        collector.status = 200
        await brought(export, 2)
        await collector.until("GET /v1/cases", 2)
        await export.close()
    assert [each["event"] for each in lines] == ["spans_lost", "spans_taken_again"]
    assert (figure(metrics, "taken"), figure(metrics, "lost")) == (2, 3)


BUILD = """
import sys
{first}
from pydantic import SecretStr
from services.sla.app import build
from services.sla.settings import SlaSettings
from shared.starting import wrong_settings_told
with wrong_settings_told():
    build(SlaSettings(
        database_url=SecretStr("postgresql://nobody@127.0.0.1:9/none"), service_key={key!r},
        kafka_bootstrap_servers="127.0.0.1:9", routing_url="http://127.0.0.1:9",
        intake_url="http://127.0.0.1:9", otlp_endpoint={endpoint!r},
    ))
print(*sys.modules)
"""
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
OF_THE_EXTRA = ("opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.proto", "requests",
                "google", "shared.span_export")  # fmt: skip
WITHOUT_THE_EXTRA = (
    "sys.modules['opentelemetry.sdk'] = sys.modules['opentelemetry.exporter'] = None"
)


def built(endpoint: str, first: str = "") -> "subprocess.CompletedProcess[str]":
    program = BUILD.format(first=first, endpoint=endpoint, key=KEY)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


def test_without_a_collector_nothing_of_opentelemetry_is_imported() -> None:
    done = built("")
    assert done.returncode == 0, done.stderr
    # FastAPI brings the interface of OpenTelemetry, which does nothing by itself.
    found = {each for each in done.stdout.split() if each.startswith(OF_THE_EXTRA)}
    assert found == set()


def test_lost_spans_are_counted_from_zero_and_only_where_a_collector_is_named() -> None:
    """An alarm on their increase is raised by the first loss, and never where none are exported."""

    def lost(endpoint: str) -> float | None:
        registry = Foundation.of(settings(endpoint=endpoint)).metrics.registry
        return registry.get_sample_value("crm_spans_total", {"outcome": "lost"})

    assert lost("") is None
    assert lost("http://collector:4318") == 0.0


def test_without_the_extra_a_named_collector_is_refused_at_the_start_with_a_sentence() -> None:
    assert built("http://collector:4318").returncode == 0
    done = built("http://collector:4318", WITHOUT_THE_EXTRA)
    assert done.returncode == 2
    assert "CRM_OTLP_ENDPOINT" in done.stderr
    assert "cepat-respon-masyarakat[otel]" in done.stderr
    assert "Traceback" not in done.stderr
    assert built("", WITHOUT_THE_EXTRA).returncode == 0


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="otlp_endpoint"):
        settings(endpoint="collector:4318")
    assert Foundation.of(settings()).spans is None


OF_THE_FRAMEWORK = """
import asyncio, httpx
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from shared.health import Health
from shared.http.app import create_app
from shared.telemetry import Metrics
kept, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(kept))
trace.set_tracer_provider(provider)
app = create_app("door", "Door", [], Health(), Metrics())
async def ask():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a") as client:
        print((await client.get("/health/live?phone=0812")).status_code)
asyncio.run(ask())
print([dict(each.attributes) for each in kept.get_finished_spans()])
"""


def test_the_framework_makes_no_spans_for_they_tell_the_address_and_its_query() -> None:
    done = subprocess.run([sys.executable, "-c", OF_THE_FRAMEWORK], capture_output=True, text=True)
    assert done.stdout.split() == ["200", "[]"], done.stderr

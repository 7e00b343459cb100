"""What a backend of traces is told of a delivery, and what it is not told."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from deploy.local.ports import free_ports, http_status
from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.ids import new_id
from shared.span_export import SpanExport
from shared.spans import Spans
from tests.builders import a_complaint, in_envelope
from tests.collectors import Collector, collecting
from tests.integration.notify.bench import PHONE, Bench, key_pair
from tests.integration.notify.servers import CODE, served
from tests.integration.notify.test_process import environment, process

TRACE = "0192f0000000700080000000000000aa"
CAUSE = "80000000000000bb"
CONFIRMATION = replace(in_envelope(a_complaint("sms"), 1), traceparent=f"00-{TRACE}-{CAUSE}-01")


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    async with collecting() as made:
        yield made


@pytest.fixture
def told(bench: Bench, collector: Collector) -> Bench:
    export = SpanExport("notify", collector.url, bench.metrics)
    bench.spans = Spans(export, bench.clock, new_id)
    return bench


async def flushed(bench: Bench) -> None:
    assert bench.spans is not None
    await bench.spans.close()


async def test_a_delivery_is_a_child_of_the_event_that_called_for_it(
    told: Bench, collector: Collector
) -> None:
    await told.hear(CONFIRMATION)
    await told.sender().step()
    await flushed(told)
    [tried] = collector.spans
    assert (tried.trace, tried.parent, tried.failed) == (TRACE, CAUSE, False)
    assert (tried.name, tried.kind) == ("deliver confirmation", 3)
    assert tried.told == {
        "crm.template": "confirmation", "crm.channel": "sms", "crm.gateway": "sms",
        "crm.attempt": 1, "crm.complaint_ids": [str(CONFIRMATION.complaint_id)],
    }  # fmt: skip
    exported = b"".join(collector.raw)
    planted = [PHONE, PHONE[1:], CODE, CODE.replace("-", ""), "JK2411030001"]
    assert [each for each in planted if each.encode() in exported] == []


async def test_each_try_has_its_span_and_a_late_one_is_linked_to_the_event(
    told: Bench, collector: Collector
) -> None:
    await told.hear(CONFIRMATION)
    told.outside.fail("sms", 503)
    await told.sender().step()
    told.pass_time(3600)
    await told.send_all()
    await flushed(told)
    first, second = collector.spans
    assert (first.trace, first.failed) == (TRACE, True)
    assert (second.parent, second.failed) == ("", False)
    assert second.links == [(TRACE, CAUSE)]
    assert second.trace != TRACE


async def test_a_process_whose_collector_hangs_answers_and_ends_in_time(
    bench: Bench, collector: Collector
) -> None:
    collector.hangs = True
    private, public = key_pair()
    bench.vault.tokens = ServiceTokens("vault", "", {"notify": public}, system_clock)
    [port] = free_ports(1)
    given = {"CRM_OTLP_ENDPOINT": collector.url, "CRM_NOTIFY_HTTP_PORT": str(port)}
    async with (
        served(bench.vault.app()) as url,
        process(environment(bench, url, private, **given)) as child,
    ):
        async with asyncio.timeout(60):
            # Whoever names no operator is refused, and that is an answer.
            while not collector.asked:
                await http_status(port, "/v1/notifications/failed")
                await asyncio.sleep(0.05)
        began = time.monotonic()
        assert await http_status(port, "/health/live") == 200
        assert time.monotonic() - began < 2
        child.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(child.wait(), 15) == 0
        assert time.monotonic() - began < 10

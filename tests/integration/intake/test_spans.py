"""What people write to intake does not reach a collector of traces, by whichever door it comes."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from deploy.rehearsal.callers import PHONE
from services.intake.app import build
from shared.runtime import Service
from shared.trace_context import trace_id
from tests.collectors import Collector, collecting
from tests.integration.intake.conftest import House, client_of
from tests.integration.intake.test_mail import hand_over, listening

TEXT = "Kanari lampu jalan padam"
ID = "kanari-8128000"


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    async with collecting() as made:
        yield made


def found(collector: Collector, *secrets: str) -> list[str]:
    """What of a person, or of a platform's proof, is in what was exported."""
    persons = [TEXT, "Kanari", ID, PHONE, PHONE.removeprefix("+62"), "Pelapor", "example.org"]
    exported = b"".join(collector.raw)
    return [each for each in [*persons, *secrets] if each.encode() in exported]


async def traces_of_events(house: House) -> set[str | None]:
    rows = await house.rows("intake", "SELECT traceparent FROM outbox")
    return {trace_id(row["traceparent"]) for row in rows}


async def ended(service: Service) -> None:
    for closer in reversed(service.closers):
        await closer()


@pytest.mark.parametrize(
    "channel",
    [
        "jaki",
        "qlue",
        "twitter",
        "facebook",
        "balai_warga",
        "lapor_1708",
        "sms",
    ],
)
async def test_of_a_report_a_span_tells_its_trace_and_its_complaint_alone(
    house: House, collector: Collector, channel: str
) -> None:
    service = build(house.settings(otlp_endpoint=collector.url))
    async with client_of(service) as door:
        request = house.request(channel, ID, TEXT)
        answer = await house.send(request, door)
    await asyncio.wait_for(ended(service), 10)
    assert answer.status_code < 300, answer.text
    [span] = collector.spans
    assert {span.trace} == await traces_of_events(house)
    [row] = await house.rows("intake", "SELECT complaint_id FROM outbox")
    assert span.told["crm.complaint_ids"] == [str(row["complaint_id"])]
    proofs = [value for value in request.headers.values() if len(value) > 20]
    assert found(collector, *proofs) == []


async def test_a_mail_is_a_span_of_the_trace_that_it_begins(
    house: House, collector: Collector
) -> None:
    async with listening(house, otlp_endpoint=collector.url) as server:
        code, _ = await hand_over(server, house.mail(ID, TEXT))
        assert code == 250
        [span] = await collector.until("mail")
    assert {span.trace} == await traces_of_events(house)
    rows = await house.rows("intake", "SELECT traceparent FROM outbox")
    assert all(row["traceparent"].endswith("-01") for row in rows)
    assert found(collector) == []

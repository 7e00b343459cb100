"""Events that no service of ours has written, straight on the topic, and where they are parked."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.cloudevents import BusMessage, encode
from shared.events.event import Envelope, Event
from shared.events.intake import ComplaintReceived
from shared.events.vocabulary import Channel
from shared.ids import new_id
from shared.kafka import KafkaProducer
from tests.e2e.books import TOPIC
from tests.e2e.city import AUDITOR, City, until

PARKED = "/internal/v1/parked"


def received(digest: str | None = None) -> ComplaintReceived:
    """A complaint that no channel took: its refs lead nowhere, nobody is to be answered."""
    complaint_id = new_id()
    return ComplaintReceived(
        complaint_id=complaint_id, at=datetime.now(UTC),
        report_number=f"JK200101{complaint_id.int % 9000 + 1000}",
        tracking_digest=digest or f"{complaint_id.int:064x}", channel=Channel.QLUE,
        content_ref=new_id(), reporter_ref=new_id(), reachable=False,
    )  # fmt: skip


def message(event: Event) -> BusMessage:
    return encode(Envelope(new_id(), "intake", event))


async def publish(city: City, *messages: BusMessage) -> None:
    """Straight on the topic, past every outbox."""
    broker = city.stack.broker
    producer = KafkaProducer(broker.bootstrap, TOPIC, broker.idempotence)
    try:
        await producer.send(messages)
    finally:
        await producer.stop()


async def parked(city: City, service: str, complaint_id: UUID) -> list[dict[str, Any]]:
    answer = await city.running.get(service, PARKED, city.token(AUDITOR))
    assert answer.status == 200
    mine = str(complaint_id)
    return [event for event in answer.body["parked"] if event["complaint_id"] == mine]


async def wait_parked(
    city: City, service: str, complaint_id: UUID, count: int = 1
) -> list[dict[str, Any]]:
    async def look() -> list[dict[str, Any]]:
        found = await parked(city, service, complaint_id)
        return found if len(found) >= count else []

    return await until(look, f"{count} parked in {service}")

"""What the system has written down (schemas, stream, outside world), and when it is at rest."""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from deploy.contracts import hears
from deploy.local.broker import topics
from deploy.local.stack import Stack
from deploy.services import EMITTING, HEARING
from shared.bus import Record
from shared.cloudevents import header
from shared.events.event import Event, type_of
from shared.kafka import KafkaSubscription
from shared.visibility import SYSTEM, settings_of
from tests.e2e.city import City, until

HEARERS: Mapping[str, frozenset[type[Event]]] = {name: hears(name) for name in HEARING}
BOOKKEEPING = ("inbox", "outbox", "parked", "relay_shards", "alembic_version")
TOPIC = topics()[0].name
Rows = list[dict[str, Any]]


async def query(stack: Stack, service: str, sql: str, *values: Any) -> Rows:
    """Rows as the service's own role sees them."""
    connection = await asyncpg.connect(stack.urls[service], server_settings=settings_of(SYSTEM))
    try:
        return [dict(row) for row in await connection.fetch(sql, *values)]
    finally:
        await connection.close()


async def execute(stack: Stack, service: str, sql: str, *values: Any) -> None:
    connection = await asyncpg.connect(stack.urls[service], server_settings=settings_of(SYSTEM))
    try:
        await connection.execute(sql, *values)
    finally:
        await connection.close()


async def tables(stack: Stack, service: str, *, bookkeeping: bool = False) -> list[str]:
    """Names of a service's tables, with or without those of the bus."""
    rows = await query(
        stack, service,
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = $1 AND table_type = 'BASE TABLE' ORDER BY 1",
        service,
    )  # fmt: skip
    names = [row["table_name"] for row in rows]
    return names if bookkeeping else [name for name in names if name not in BOOKKEEPING]


async def state_of(stack: Stack, service: str) -> dict[str, list[str]]:
    """Every row of every state table, as text, in a fixed order."""
    found = {}
    for table in await tables(stack, service):
        sql = f'SELECT to_jsonb(t)::text AS row FROM {service}."{table}" AS t ORDER BY 1'
        found[table] = [row["row"] for row in await query(stack, service, sql)]
    return found


async def counts(stack: Stack, *services: str) -> dict[str, int]:
    """Rows per table, bookkeeping too."""
    found = {}
    for service in services:
        for table in await tables(stack, service, bookkeeping=True):
            rows = await query(stack, service, f'SELECT count(*) AS n FROM {service}."{table}"')
            found[f"{service}.{table}"] = int(rows[0]["n"])
    return found


async def recorded(stack: Stack) -> dict[UUID, str]:
    """Every event that a service has recorded, with its type."""
    found: dict[UUID, str] = {}
    for service in EMITTING:
        rows = await query(stack, service, f"SELECT event_id, type FROM {service}.outbox")
        found.update({row["event_id"]: row["type"] for row in rows})
    return found


async def _has_unfinished_business(stack: Stack) -> bool:
    for service in EMITTING:
        sql = f"SELECT 1 FROM {service}.outbox WHERE published_at IS NULL LIMIT 1"
        if await query(stack, service, sql):
            return True
    sql = "SELECT 1 FROM notify.deliveries WHERE concluded_at IS NULL LIMIT 1"
    if await query(stack, "notify", sql):
        return True
    events = await recorded(stack)
    for service, heard in HEARERS.items():
        names = {type_of(event) for event in heard}
        sql = (
            f"SELECT event_id FROM {service}.inbox UNION"
            f" SELECT event_id FROM {service}.parked WHERE event_id IS NOT NULL"
        )
        known = {row["event_id"] for row in await query(stack, service, sql)}
        if any(name in names and event not in known for event, name in events.items()):
            return True
    return False


async def at_rest(stack: Stack) -> None:
    """Returns when all is published, heard and sent, and stays so for a moment."""

    async def look() -> bool:
        if await _has_unfinished_business(stack):
            return False
        before = len(await recorded(stack))
        await asyncio.sleep(0.7)
        return before == len(await recorded(stack)) and not await _has_unfinished_business(stack)

    await until(look, "everything published, heard and sent", 60)


async def whole_log(stack: Stack, patience: float = 2.5) -> list[Record]:
    """Every record of the topic that can be read, in order per partition; ends when nothing new
    comes."""
    subscription = KafkaSubscription(stack.broker.bootstrap, TOPIC, f"crm.test.{uuid4()}")
    records: list[Record] = []
    quiet_since = time.monotonic()
    try:
        while time.monotonic() - quiet_since < patience:
            found = await subscription.fetch(1000, 0.5)
            records.extend(record for record in found if record.unreadable is None)
            if found:
                # A member that meets what it cannot read goes on from where it has committed.
                await subscription.commit({each.partition: each.next_offset for each in found})
            if found or not subscription.joined:
                quiet_since = time.monotonic()
    finally:
        await subscription.stop()
    return records


def event_ids(records: Sequence[Record]) -> set[UUID]:
    """Ids of all records that have one (a poison event may have none)."""
    ids = (header(record.headers, "ce_id") for record in records)
    return {UUID(event_id) for event_id in ids if event_id}


async def metric(city: City, service: str, name: str) -> float:
    """The sum of a metric of a process over its labels; 0.0 while it does not answer."""
    answer = await city.request(service, "GET", "/metrics")
    pattern = rf"^{name}(?:\{{[^}}]*\}})? ([0-9.e+]+)$"
    return sum(float(value) for value in re.findall(pattern, answer.body.decode(), re.M))


async def outside(city: City) -> list[dict[str, Any]]:
    """Every message that ever left; ``repeats`` says how often it left again."""
    answer = await city.running.client.request("GET", f"{city.running.url('outside')}/messages")
    found: list[dict[str, Any]] = answer.json()
    return found

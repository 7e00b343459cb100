"""Everything again from the beginning: the same state, nothing sent a second time."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from deploy.local.stack import Stack
from deploy.rehearsal.demo import Demonstration
from deploy.services import NAMES
from shared.bus import Record, group_of
from shared.cloudevents import header
from shared.errors import Transient
from shared.kafka import KafkaAdmin
from tests.e2e.books import (
    HEARERS,
    at_rest,
    event_ids,
    execute,
    metric,
    outside,
    query,
    recorded,
    state_of,
    tables,
    whole_log,
)
from tests.e2e.city import City, until
from tests.e2e.cli import crm

pytestmark = pytest.mark.e2e

DECIDERS = ("routing", "sla", "notify")
Dump = dict[str, dict[str, list[str]]]


@pytest.fixture
async def lived_in(city: City, demonstration: Demonstration) -> City:
    """A city in which something has happened, at rest."""
    assert demonstration.channels
    await at_rest(city.stack)
    return city


async def dump(city: City, *services: str) -> Dump:
    return {service: await state_of(city.stack, service) for service in services}


async def left_outside(city: City) -> list[tuple[int, int]]:
    return [(message["id"], message["repeats"]) for message in await outside(city)]


async def public_views(city: City) -> list[str]:
    """Tracking's rows of complaints that a channel took (tests put others on the topic)."""
    rows = await query(city.stack, "intake", "SELECT complaint_id FROM intake.complaints")
    sql = (
        "SELECT to_jsonb(t)::text AS row FROM tracking.cases AS t"
        " WHERE complaint_id = ANY($1) ORDER BY 1"
    )
    ids = [row["complaint_id"] for row in rows]
    return [row["row"] for row in await query(city.stack, "tracking", sql, ids)]


async def forget_offsets(stack: Stack) -> None:
    """All groups read from offset 0 when they start again. No service may run."""
    async with KafkaAdmin(stack.broker.bootstrap) as admin:
        await admin.delete_groups([group_of(service) for service in HEARERS])


async def truncate_tracking(stack: Stack) -> None:
    """Tracking loses all it had, in its own schema and as its own role."""
    names = [n for n in await tables(stack, "tracking", bookkeeping=True) if "alembic" not in n]
    listed = ", ".join(f'tracking."{name}"' for name in names)
    await execute(stack, "tracking", f"TRUNCATE {listed}")


async def consumed_again(city: City, length: int) -> None:
    """Every service has read a log of that length since its process started."""

    async def look() -> bool:
        return min([await metric(city, name, "crm_batch_events_sum") for name in HEARERS]) >= length

    await until(look, f"{length} events read again", 90)
    await at_rest(city.stack)


async def test_a_full_replay_changes_nothing_sends_nothing_and_rebuilds_the_public_view(
    lived_in: City,
) -> None:
    city, stack = lived_in, lived_in.stack
    before, views = await dump(city, *DECIDERS), await public_views(city)
    sent, events = await left_outside(city), await recorded(stack)
    log = await whole_log(stack)
    assert event_ids(log) >= events.keys()
    assert views
    async with stack.turn:
        await stack.stop_services()
        await forget_offsets(stack)
        await truncate_tracking(stack)
        assert await public_views(city) == []
        await stack.start_services()
    await consumed_again(city, len(log))
    assert await metric(city, "sla", "crm_events_repeated_total") > 0
    assert await dump(city, *DECIDERS) == before
    assert await public_views(city) == views
    assert await left_outside(city) == sent
    assert await recorded(stack) == events


async def test_a_bus_that_was_wiped_is_rebuilt_from_the_outboxes_cause_before_effect(
    lived_in: City,
) -> None:
    """It holds all that the public view is made of: tracking, which has lost everything, has it
    again afterwards."""
    city, stack = lived_in, lived_in.stack
    before, views = await dump(city, *DECIDERS), await public_views(city)
    sent, events = await left_outside(city), await recorded(stack)
    assert views
    await truncate_tracking(stack)
    done = await crm(stack.home, "bus", "rebuild")
    assert done.code == 0, done
    assert f"{len(events)} events" in done.out
    assert [name for name in NAMES if not await _ready(city, name)] == []
    log = await _new_log(city, len(events))
    assert event_ids(log) == events.keys()
    assert len(log) == len(events), "nothing is in it twice"
    assert effects_before_their_cause(log) == []
    assert effects_before_their_cause(backwards(log))
    await consumed_again(city, len(log))
    assert await dump(city, *DECIDERS) == before
    assert await public_views(city) == views
    assert await left_outside(city) == sent
    assert await recorded(stack) == events


async def test_life_goes_on_after_a_rebuild(lived_in: City) -> None:
    case = await lived_in.report("coretan")
    await lived_in.completed(case, await lived_in.holder(case))
    await lived_in.tracked_state(case, "completed")


async def _new_log(city: City, length: int) -> list[Record]:
    """The log after a rebuild, once all services are up and no process of the old ones is left."""

    async def up() -> bool:
        return all([await _ready(city, service) for service in NAMES])

    await until(up, "all services ready again", 60)
    log = await whole_log(city.stack)
    assert len(log) >= length
    return log


async def _ready(city: City, service: str) -> bool:
    try:
        return (await city.running.get(service, "/health/ready")).status == 200
    except Transient:
        return False


def effects_before_their_cause(log: Sequence[Record]) -> list[str]:
    """Types of events that lie before an event of the same complaint that caused them."""
    complaints = {header(record.headers, "ce_id"): record.key for record in log}
    out: set[str | None] = set()
    wrong = []
    for record in sorted(log, key=lambda r: (r.partition, r.offset)):
        cause = header(record.headers, "ce_causationid")
        if complaints.get(cause) == record.key and cause not in out:
            wrong.append(header(record.headers, "ce_type") or "")
        out.add(header(record.headers, "ce_id"))
    return wrong


def backwards(log: Sequence[Record]) -> list[Record]:
    """What the check must find fault with."""
    return [replace(record, offset=-record.offset) for record in log]

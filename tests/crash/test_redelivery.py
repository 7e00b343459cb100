"""Every event delivered a second time, in two ways: nothing changes anywhere.

Decisions absorb much of a second application by themselves. What they do not absorb, and only an
inbox keeps from doubling: stages and notices in tracking, contents of a case in routing. The
ledger compares those with the stream, and all tables are compared with themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from deploy.services import EMITTING, NAMES, WITH_DATABASE
from shared.bus import group_of
from shared.kafka import KafkaAdmin
from tests.crash.books import HEARERS
from tests.crash.facts import Filed
from tests.crash.rig import Rig
from tests.e2e.books import counts, execute, metric, state_of
from tests.e2e.city import City

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

COMPLAINTS, RATE = 32, 5.0
Snapshot = dict[str, object]


@pytest.fixture(scope="module")
async def lived(rig: Rig) -> list[Filed]:
    """Complaints with whole lives behind them, at rest; all that were ever sent."""
    with rig.trial():
        await rig.load.send(COMPLAINTS, RATE)
        filed = rig.load.filed()
        verdict = await rig.verdict(filed, rig.witness.began)
        assert verdict.flawless, verdict.details()
    return filed


async def snapshot(rig: Rig) -> Snapshot:
    """All rows of all services, how many rows the boxes have, and what is outside."""
    found: Snapshot = {name: await state_of(rig.stack, name) for name in WITH_DATABASE}
    found["rows"] = await counts(rig.stack, *WITH_DATABASE)
    found["outside"] = [(m["id"], m["repeats"]) for m in await rig.running.left("")]
    return found


async def read(rig: Rig) -> dict[str, float]:
    """Records that each service's process has read."""
    city = City(rig.stack, rig.running)
    return {name: await metric(city, name, "crm_batch_events_sum") for name in HEARERS}


async def until_read(rig: Rig, before: dict[str, float], more: int) -> None:
    """Until each service has read so many records more."""
    async with asyncio.timeout(90):
        while True:
            after = await read(rig)
            if all(after[name] >= before[name] + more for name in HEARERS):
                return
            await asyncio.sleep(0.3)


async def published_again(rig: Rig) -> None:
    """Every relay forgets that it has published, while all services run."""
    before, length = await read(rig), await recorded(rig)
    for service in EMITTING:
        await execute(rig.stack, service, f"UPDATE {service}.outbox SET published_at = NULL")
    await until_read(rig, before, length)


async def killed_and_read_again_from_offset_zero(rig: Rig) -> None:
    """All services die at once, and the broker has lost how far they were."""
    length = await recorded(rig)
    await asyncio.gather(*(rig.stack.kill(name) for name in NAMES))
    async with KafkaAdmin(rig.stack.broker.bootstrap) as admin:
        await admin.delete_groups([group_of(name) for name in HEARERS])
    async with rig.stack.turn:
        await rig.stack.start_services()
    await until_read(rig, dict.fromkeys(HEARERS, 0.0), length)


async def recorded(rig: Rig) -> int:
    found = await counts(rig.stack, *EMITTING)
    return sum(found[f"{service}.outbox"] for service in EMITTING)


@pytest.mark.parametrize(
    "again", [published_again, killed_and_read_again_from_offset_zero], ids=lambda f: f.__name__
)
async def test_every_event_delivered_again_changes_nothing(
    rig: Rig, lived: list[Filed], again: Callable[[Rig], Awaitable[None]]
) -> None:
    with rig.trial():
        before = await snapshot(rig)
        await again(rig)
        verdict = await rig.verdict(lived, rig.witness.began)
        assert verdict.flawless, f"{verdict.details()}\nsee {rig.stack.home}"
        assert verdict.repeats > 0 or again is not published_again
        after = await snapshot(rig)
        assert [name for name in before if before[name] != after[name]] == []


def test_the_load_has_every_story(rig: Rig, lived: list[Filed]) -> None:
    events = {deed.event for deed in rig.load.officers.deeds}
    assert events >= {
        "CaseAccepted", "CaseCoordinated", "CaseDelegated", "CitizenQuestioned", "PlanApproved",
        "WorkStarted", "FollowUpRefused", "CaseCompleted", "CaseRejected", "CaseReopened",
    }  # fmt: skip
    assert sum(filed.supplements for filed in lived) > 1
    assert any(filed.withdrawn for filed in lived)
    assert any(filed.erased for filed in lived)

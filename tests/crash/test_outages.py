"""Restarts and stops that are ordered, whatever is away; crashes are in ``test_random_faults``."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from deploy.services import NAMES
from tests.crash.rig import Rig, now
from tests.crash.store_away import store_away

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

COMPLAINTS, RATE = 16, 2.0
"""Each channel twice, once with a picture, while a trouble of some seconds lasts."""
SHORT = 4.0
"""The rate for a trouble that is soon over."""

STOP_SECONDS = 10.0


async def ledger_is_in_order_after(
    rig: Rig, trouble: Callable[[], Awaitable[None]], rate: float = RATE
) -> None:
    """Complaints come in all the while; the ledger is asked when everything is up again."""
    with rig.trial():
        began = now()
        load = asyncio.create_task(rig.load.send(COMPLAINTS, rate))
        try:
            await asyncio.sleep(2)
            await trouble()
            filed = await load
        finally:
            load.cancel()
        await rig.all_ready()
        verdict = await rig.verdict(filed, began)
        assert verdict.accepted == COMPLAINTS
        assert verdict.flawless, f"{verdict.details()}\nsee {rig.stack.home}"


async def test_a_database_that_is_restarted_in_place_costs_no_complaint(rig: Rig) -> None:
    async def trouble() -> None:
        await rig.stack.restart("postgres")

    await ledger_is_in_order_after(rig, trouble, SHORT)


async def test_services_killed_while_the_broker_is_away_publish_what_they_had_recorded(
    rig: Rig,
) -> None:
    async def trouble() -> None:
        await rig.stack.kill("broker")
        await asyncio.sleep(3)
        await asyncio.gather(*(rig.stack.kill(name) for name in NAMES))
        await rig.stack.restart("broker")
        async with rig.stack.turn:
            await rig.stack.start_services()

    await ledger_is_in_order_after(rig, trouble)


async def test_while_the_store_is_away_complaints_are_taken_and_their_pictures_cleared_afterwards(
    rig: Rig,
) -> None:
    with rig.trial():
        began, before = now(), rig.load.accepted
        with store_away(rig.stack.at.pictures):
            load = asyncio.create_task(rig.load.send(COMPLAINTS, SHORT))
            while rig.load.accepted < before + COMPLAINTS:
                await asyncio.sleep(0.1)
            waiting = await rig.files("waiting")
        filed = await load
        assert waiting >= sum(each.pictured for each in filed if each.channel == "jaki") > 0
        verdict = await rig.verdict(filed, began)
        assert verdict.flawless, f"{verdict.details()}\nsee {rig.stack.home}"
        assert await rig.files("waiting") == 0


async def test_every_service_ends_orderly_within_ten_seconds_under_load(rig: Rig) -> None:
    async def trouble() -> None:
        ends = await stop_all(rig)
        async with rig.stack.turn:
            await rig.stack.start_services()
        assert ends == dict.fromkeys(NAMES, 0)

    await ledger_is_in_order_after(rig, trouble)


async def test_every_service_ends_within_ten_seconds_also_without_broker_and_database(
    rig: Rig, record_property: Callable[[str, object], None]
) -> None:
    async def trouble() -> None:
        await asyncio.gather(rig.stack.kill("broker"), rig.stack.kill("postgres"))
        await asyncio.sleep(3)
        ends = await stop_all(rig)
        await rig.stack.restart("postgres")
        await rig.stack.restart("broker")
        async with rig.stack.turn:
            await rig.stack.start_services()
        record_property("ends", ends)
        late = [name for name, code in ends.items() if code is None]
        assert not late, f"still running after {STOP_SECONDS} s: {late}"
        # 0 also here: a stop that was ordered is no failure, whatever was away.
        assert ends == dict.fromkeys(NAMES, 0)

    await ledger_is_in_order_after(rig, trouble)


async def stop_all(rig: Rig) -> dict[str, int | None]:
    """SIGTERM to all services at once; how each ended, None for one that did not in time."""
    for name in NAMES:
        rig.terminate(name)
    ends = await asyncio.gather(*(rig.ended(name, STOP_SECONDS) for name in NAMES))
    return dict(zip(NAMES, ends, strict=True))

"""The state machine through the interface, as in the ten thousand of ``python -m tests.walks``."""

import asyncio

from shared.testing import FixedClock
from tests.builders import T0
from tests.databases import Databases
from tests.walks.office import Office
from tests.walks.walking import walk_at_random

WALKS, SEED = 40, 2


async def test_no_walk_leads_to_an_illegal_state_an_untyped_refusal_or_a_broken_chain(
    postgres: Databases,
) -> None:
    clock = FixedClock(T0)
    works = await postgres.service("routing", clock=clock)
    async with Office.on(works, clock) as office:
        loop = asyncio.get_running_loop()
        await asyncio.to_thread(walk_at_random, office, loop, WALKS, SEED)

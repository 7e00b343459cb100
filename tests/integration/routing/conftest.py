from collections.abc import AsyncIterator

import pytest

from shared.clock import Clock
from shared.testing import FixedClock
from tests.builders import T0
from tests.databases import Databases
from tests.integration.routing.world import World


@pytest.fixture
def clock() -> Clock:
    return FixedClock(T0)


@pytest.fixture
async def world(postgres: Databases, clock: Clock) -> AsyncIterator[World]:
    works = await postgres.service("routing", clock=clock)
    yield World.on(works)
    await works.engine.dispose()

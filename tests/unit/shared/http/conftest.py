"""The door that every test of ``shared.http`` calls."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.shared.http.door import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    async with world.client:
        yield world

"""Intake's HTTP door on a real socket, as the runtime opens it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.intake.app import build
from shared.runtime import Door, Service
from tests.doors import EndsAtOnce
from tests.integration.intake.conftest import House


class QuickDoor(EndsAtOnce, Door):
    """The runtime's door, with an end that no test of this folder is about."""


@asynccontextmanager
async def opened(service: Service) -> AsyncIterator[str]:
    """The base address of the service's door."""
    door = QuickDoor.of(service)
    serving = asyncio.create_task(door.serve())
    while not door.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{door.servers[0].sockets[0].getsockname()[1]}"
    finally:
        await door.end(serving)


@asynccontextmanager
async def open_door(house: House, **changes: object) -> AsyncIterator[str]:
    """The base address of intake with those settings."""
    service = build(house.settings(**changes))
    house.extra.append(service)
    async with opened(service) as base:
        yield base

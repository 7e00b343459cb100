"""One whole running stack for the folder: every process, the real doors, the best broker.

It ends with the folder, not with the session: idle it takes a quarter of a core from the tests
that come after it.
"""

import shutil
from collections.abc import AsyncIterator
from typing import Final

import pytest

from deploy.local.broker import apache_available
from deploy.local.stack import Stack
from deploy.rehearsal.demo import Demo, Demonstration
from deploy.running import RunningStack
from tests.brokers import LIBRARIES
from tests.e2e.city import City
from tests.integration.deploy.homes import fresh_home

PATIENT: Final = {"console": {"CRM_ANSWER_SECONDS": "30"}}
"""On a busy machine a part may be slower than a page waits: then the page says that it is away."""


@pytest.fixture(scope="package")
async def stack() -> AsyncIterator[Stack]:
    """The running stack; its supervisor starts again what dies."""
    home = fresh_home()
    kind = "embedded" if apache_available() else "apache"
    running = Stack(home, kind, libraries=LIBRARIES, supervise=True, extra=PATIENT)
    try:
        async with running:
            yield running
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="package")
async def city(stack: Stack) -> AsyncIterator[City]:
    """The stack as citizens and officers see it."""
    async with RunningStack(stack.description()) as running:
        yield City(stack, running)


@pytest.fixture(scope="package")
async def demonstration(city: City) -> Demonstration:
    """What the demonstration of ``crm demo`` saw, run once."""
    return await Demo(city.running).run()

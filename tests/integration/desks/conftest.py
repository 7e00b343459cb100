from collections.abc import AsyncIterator, Callable

import pytest

from shared.auth import Role
from tests.integration.desks.parts import CATEGORIES, Browser, Parts, browser_of, console_at
from tests.integration.notify.servers import served

Desk = Callable[[Role, str], Browser]


@pytest.fixture
def parts() -> Parts:
    found = Parts()
    found.answer("routing", "GET", "/v1/categories", CATEGORIES)
    return found


@pytest.fixture
async def desk(parts: Parts) -> AsyncIterator[Desk]:
    """The console before the parts; called with role and unit, an officer's browser."""
    async with served(parts.app()) as url:
        service = console_at(url)
        yield lambda role, unit: browser_of(service, role, unit)
        for closer in reversed(service.closers):
            await closer()

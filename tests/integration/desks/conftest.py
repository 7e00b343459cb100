from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from shared.auth import Role
from shared.runtime import Service
from tests.integration.desks.parts import Browser, Parts, browser_of, console_at
from tests.integration.notify.servers import served

Desk = Callable[[Role, str], Browser]


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[tuple[Parts, Service]]:
    """The parts and the console before them, once for all tests of a file."""
    parts = Parts()
    async with served(parts.app()) as url:
        service = console_at(url)
        yield parts, service
        for closer in reversed(service.closers):
            await closer()


@pytest.fixture
def parts(house: tuple[Parts, Service]) -> Iterator[Parts]:
    """They know nothing of other tests. What the pages ask of them, and what
    tests answer, is in the services' contracts."""
    found, _ = house
    found.forget()
    yield found
    assert not found.strange, "\n".join(sorted(set(found.strange)))


@pytest.fixture
def desk(house: tuple[Parts, Service], parts: Parts) -> Desk:
    """Called with role and unit: an officer's browser."""
    _, service = house
    return lambda role, unit: browser_of(service, role, unit)

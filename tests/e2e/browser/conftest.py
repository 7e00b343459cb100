"""A real browser before the running stack's console."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial

import pytest
from playwright.async_api import Browser

from tests import browsers
from tests.e2e.browser.days import Office, Offices
from tests.e2e.browser.officer import OfficerAtWork, at_work
from tests.e2e.city import City

Opens = Callable[..., AbstractAsyncContextManager[OfficerAtWork]]


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with browsers.started() as running:
        yield running


@pytest.fixture
def opens(city: City, browser: Browser) -> Opens:
    """``async with opens(officer, DESK) as at: ...``: an officer who has signed in."""
    return partial(at_work, browser, city)


@pytest.fixture(scope="package")
async def offices(city: City, browser: Browser) -> AsyncIterator[Offices]:
    async with AsyncExitStack() as leaves:
        yield Offices(city, browser, leaves)


@pytest.fixture
async def office(offices: Offices, request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    """Where a day is done, with browsers of the kind that the day names."""
    opened = offices.open(request.param)
    yield opened
    await opened.end_of_day()

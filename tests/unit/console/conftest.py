from collections.abc import AsyncIterator

import pytest

from tests.unit.console.city import Browser, City, a_city


@pytest.fixture(scope="module")
async def one_city() -> AsyncIterator[City]:
    async with a_city() as running:
        yield running


@pytest.fixture
def city(one_city: City) -> City:
    """One for all tests of a module, as if it were new."""
    one_city.anew()
    return one_city


@pytest.fixture
async def officer(city: City) -> AsyncIterator[Browser]:
    """A browser in which an officer of a kelurahan is signed in."""
    async with city.browser() as browser:
        await browser.sign_in()
        yield browser

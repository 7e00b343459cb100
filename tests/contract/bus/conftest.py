"""One broker of each kind for all tests of the bus."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.broker import EmbeddedBroker, apache_available
from deploy.local.broker.own import OwnBroker
from tests.brokers import apache

KINDS = ["memory", "embedded", *([] if apache_available() else ["apache"])]


@pytest.fixture(scope="package", params=KINDS)
async def broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[OwnBroker | None]:
    """A running broker of the kind; None for the one in memory."""
    if request.param == "memory":
        yield None
        return
    home = tmp_path_factory.mktemp(request.param)
    made: OwnBroker = apache(home) if request.param == "apache" else EmbeddedBroker(home)
    await made.start()
    yield made
    await made.stop()

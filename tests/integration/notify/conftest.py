"""The world around notify."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.notify.providers.registry import Adapters, create_adapters
from shared.clock import system_clock
from shared.outbound import OutboundClient, ServiceClient
from shared.testing import FixedClock
from tests.builders import T0
from tests.databases import Databases
from tests.integration.notify.bench import PHONE, Bench, reporter, tokens
from tests.integration.notify.servers import Outside, Routing, Vault, outside_world, served


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    async with outside_world(tmp_path) as world:
        yield world


@pytest.fixture
async def client() -> AsyncIterator[OutboundClient]:
    client = OutboundClient(timeout=2.0)
    yield client
    await client.close()


@pytest.fixture
async def adapters(outside: Outside, client: OutboundClient) -> AsyncIterator[Adapters]:
    """All adapters, each aimed at its door of the outside world."""
    adapters, hang_up = create_adapters(outside.gateways, client, system_clock, timeout=2.0)
    yield adapters
    await hang_up()


@pytest.fixture
async def bench(
    postgres: Databases, outside: Outside, client: OutboundClient, adapters: Adapters
) -> AsyncIterator[Bench]:
    """Notify at 09:00, a vault that knows one reporter by phone, and routing."""
    clock = FixedClock(T0)
    works = await postgres.service("notify", clock=clock)
    signing, vaults, routings = tokens()
    vault, routing = Vault(vaults), Routing(routings)
    vault.knows(reporter(), "phone", PHONE)
    async with served(vault.app()) as vault_url, served(routing.app()) as routing_url:
        yield Bench(
            works,
            clock,
            outside,
            adapters,
            vault,
            ServiceClient(client, signing, "vault", vault_url),
            routing,
            ServiceClient(client, signing, "routing", routing_url),
        )
    await works.engine.dispose()

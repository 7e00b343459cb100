"""A real Prometheus at a whole stack: rules and dashboard get what they ask for."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.contracts.dashboard import panels
from deploy.services import NAMES
from tests.e2e.city import City
from tests.gateways.installed import need
from tests.prometheus import Prometheus

pytestmark = [pytest.mark.e2e]

PATIENCE_SECONDS = 60.0
OF_MACHINES = "node_filesystem"


async def test_every_rule_and_every_panel_gets_its_figures_from_a_running_stack(
    city: City, tmp_path: Path
) -> None:
    need("prometheus")
    await city.report("sampah")
    services = {name: urlsplit(city.running.url(name)).netloc for name in NAMES}
    async with Prometheus(tmp_path, services, "1s") as prometheus:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while lacking := [
                panel.title
                for panel in panels()
                if not (panel.quiet or OF_MACHINES in panel.query)
                and not await prometheus.query(panel.query)
            ]:
                assert lacking
                await asyncio.sleep(0.5)
        for panel in panels():
            await prometheus.query(panel.query)
        assert {each["metric"]["service"] for each in await prometheus.query("up == 1")} == {*NAMES}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while {rule["health"] for rule in await prometheus.rules()} != {"ok"}:
                await asyncio.sleep(0.5)

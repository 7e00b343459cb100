"""A real Prometheus (Debian's package) that asks processes of a test, as long as it runs."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import yaml

from deploy.contracts.documents import ROOT
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.process import Child

RULES = ROOT / "deploy" / "prometheus" / "rules.yaml"
START_SECONDS = 30.0


class Prometheus:
    """Its state is in ``home``; use as ``async with``."""

    def __init__(
        self,
        home: Path,
        services: Mapping[str, str],
        every: str,
        machine: str = "",
        disk: Path | None = None,
    ) -> None:
        """``services``: ``host:port`` by name. ``every``: between two scrapes and evaluations.
        ``machine``: ``host:port`` of an exporter of disks. ``disk``: the only one that counts."""
        [port] = free_ports(1)
        self._url = f"http://{LOOPBACK}:{port}"
        home.mkdir(parents=True, exist_ok=True)
        config = home / "prometheus.yaml"
        config.write_text(yaml.safe_dump(_config(services, every, machine, disk)))
        command = [
            "/usr/bin/prometheus", f"--config.file={config}",
            f"--storage.tsdb.path={home / 'data'}",
            f"--web.listen-address={LOOPBACK}:{port}", "--log.level=warn",
        ]  # fmt: skip
        self._child = Child("prometheus", command, home / "prometheus.log", env={}, cwd=home)
        self._client = httpx.AsyncClient(base_url=self._url, timeout=10)

    async def __aenter__(self) -> Self:
        await self._child.start()
        async with asyncio.timeout(START_SECONDS):
            while not await self._is_ready():
                assert self._child.alive, self._child.last_lines()
                await asyncio.sleep(0.1)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()
        await self._child.stop(10)

    async def _is_ready(self) -> bool:
        try:
            return (await self._client.get("/-/ready")).status_code == 200
        except httpx.TransportError:
            return False

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """What an expression gives now: label sets with their values."""
        answer = await self._client.get("/api/v1/query", params={"query": expression})
        told = answer.json()
        assert told["status"] == "success", (expression, told)
        found: list[dict[str, Any]] = told["data"]["result"]
        return found

    async def firing(self) -> list[dict[str, str]]:
        """The labels of the alerts that are raised now."""
        told = (await self._client.get("/api/v1/alerts")).json()
        alerts = told["data"]["alerts"]
        return [each["labels"] for each in alerts if each["state"] == "firing"]

    async def rules(self) -> list[dict[str, Any]]:
        """The rules, each with its ``health`` and ``lastError``."""
        told = (await self._client.get("/api/v1/rules")).json()
        return [rule for group in told["data"]["groups"] for rule in group["rules"]]


def _config(
    services: Mapping[str, str], every: str, machine: str, disk: Path | None
) -> dict[str, Any]:
    jobs: list[dict[str, Any]] = [
        {
            "job_name": "crm",
            "static_configs": [
                {"targets": [target], "labels": {"service": name}}
                for name, target in services.items()
            ],
        }
    ]
    if machine:
        ours = {"source_labels": ["mountpoint"], "regex": str(disk or ".*"), "action": "keep"}
        jobs.append(
            {
                "job_name": "machines",
                "static_configs": [{"targets": [machine]}],
                "metric_relabel_configs": [ours],
            }
        )
    return {
        "global": {
            "scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every
        },
        "rule_files": [str(RULES)],
        "scrape_configs": jobs,
    }  # fmt: skip

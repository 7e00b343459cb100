"""What containers are told: by `setup`, each in its own folder."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import asyncpg

from deploy.containers import setup
from deploy.local.broker import EmbeddedBroker
from deploy.local.postgres import Postgres
from deploy.local.settings import LauncherSettings
from deploy.services import NAMES, WITH_DATABASE


async def test_setup_leaves_each_service_its_own_settings_and_a_schema_it_can_use(
    home: Path, tmp_path: Path
) -> None:
    postgres, broker = Postgres(home), EmbeddedBroker(home)
    await postgres.start()
    try:
        await broker.start()
        settings = LauncherSettings(
            home=tmp_path,
            database_url=postgres.admin_url,
            kafka_bootstrap_servers=broker.bootstrap,
        )
        await setup(settings)
        first = _told(tmp_path)
        await setup(settings)
        assert _told(tmp_path) == first
        await _check(first)
    finally:
        await broker.stop()
        await postgres.stop()


def _told(home: Path) -> dict[str, dict[str, str]]:
    told = {}
    for name in (*NAMES, "outside"):
        file = home / name / "settings.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        told[name] = json.loads(file.read_text())
    return told


async def _check(told: dict[str, dict[str, str]]) -> None:
    assert told["routing"]["CRM_INTAKE_URL"] == "http://intake:8000"
    assert told["notify"]["CRM_VAULT_URL"] == "http://vault:8000"
    for name in ("sla", "notify", "tracking"):
        assert told[name]["CRM_ROUTING_URL"] == "http://routing:8000"
        assert told[name]["CRM_SERVICE_KEY"]
    assert told["tracking"]["CRM_INTAKE_URL"] == "http://intake:8000"
    assert told["sla"]["CRM_OPERATOR_JWKS_URL"] == "http://outside:8000/issuer/jwks.json"
    for name in WITH_DATABASE:
        connection = await asyncpg.connect(told[name]["CRM_DATABASE_URL"])
        try:
            assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1
        finally:
            await connection.close()

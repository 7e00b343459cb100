"""What containers are told: by `setup` each in its own folder, or by whoever starts them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import asyncpg
import pytest

from deploy.containers import prepare, setup, with_given
from deploy.local.broker import EmbeddedBroker
from deploy.local.credentials import generate
from deploy.local.postgres import Postgres
from deploy.local.postgres.roles import password_in
from deploy.local.settings import LauncherSettings, PrepareSettings, given_service_urls
from deploy.secret_files import secret_files, write_secret_files
from deploy.services import NAMES, WITH_DATABASE
from shared.errors import StopTheLine
from shared.settings import SECRETS_DIR


async def test_setup_leaves_each_service_its_own_settings_and_a_schema_it_can_use(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
        monkeypatch.setenv(SECRETS_DIR, str(tmp_path / "addresses"))
        assert given_service_urls() == {
            name: first[name]["CRM_DATABASE_URL"] for name in WITH_DATABASE
        }
    finally:
        await broker.stop()
        await postgres.stop()


async def test_a_data_centre_prepares_what_its_services_are_told_and_invents_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres, broker = Postgres(home), EmbeddedBroker(home)
    await postgres.start()
    try:
        await broker.start()
        write_secret_files(tmp_path / "new", secret_files(generate(), postgres.admin_url))
        monkeypatch.setenv(SECRETS_DIR, str(tmp_path / "new" / "prepare"))
        settings = PrepareSettings(kafka_bootstrap_servers=broker.bootstrap)
        await prepare(settings)
        await prepare(settings)
        for name in WITH_DATABASE:
            url = (tmp_path / "new" / name / "CRM_DATABASE_URL").read_text()
            await _check_schema(url)
    finally:
        await broker.stop()
        await postgres.stop()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://crm_owner:word@db:5432/crm",
        "postgresql://crm_sla:word@db:5432/postgres",
        "postgresql://crm_sla@db:5432/crm",
    ],
)
def test_an_address_for_which_nothing_would_be_prepared_is_refused(url: str) -> None:
    with pytest.raises(StopTheLine, match=r"^CRM_SLA_DATABASE_URL must be postgresql://crm_sla:"):
        password_in(url, "sla")


def test_what_a_container_is_given_goes_before_what_setup_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CRM_OPERATOR_ISSUER", "https://sso.example.go.id")
    monkeypatch.setenv("UNRELATED", "x")
    told = with_given({"CRM_OPERATOR_ISSUER": "crm-local", "CRM_HTTP_PORT": "8000"})
    assert told["CRM_OPERATOR_ISSUER"] == "https://sso.example.go.id"
    assert told["CRM_HTTP_PORT"] == "8000"
    assert "UNRELATED" not in told


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
        await _check_schema(told[name]["CRM_DATABASE_URL"])


async def _check_schema(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1
    finally:
        await connection.close()

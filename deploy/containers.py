"""What containers do before services run in them.

With Docker on one machine: `setup` once, then `run <service>` in each. `setup` makes the secrets,
the roles, the schemas and the topic, and leaves each service a folder with its own settings. Each
container sees its own folder only. In a data centre: `prepare` alone, before each version; it
invents nothing, and services are told their settings by whoever starts them.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from deploy.local.broker import topics
from deploy.local.credentials import (
    Addresses,
    Credentials,
    environment,
    outside_environment,
    write_private,
)
from deploy.local.modules import migrate, module_of
from deploy.local.postgres import provision
from deploy.local.postgres.roles import password_in
from deploy.local.settings import (
    LauncherSettings,
    PrepareSettings,
    inherited,
    inherited_settings,
    kafka_security,
    launcher_settings,
    setting_of,
)
from deploy.services import NAMES, SERVICES, WITH_DATABASE
from shared.settings import KafkaSettings
from shared.starting import wrong_settings_told

OWN_SETTINGS = Path("/run/crm/settings.json")
HTTP_PORT, SMTP_PORT = 8000, 8025
OPENED = {each.name: each.opens for each in SERVICES if each.opens} | {"outside": 8090}
"""Ports of the machine at which compose.yaml lets browsers in."""
CONTAINERS = (*NAMES, "outside")
ADDRESSES = "addresses"
"""Of the databases, in the home of `setup`, for those who look after all of them."""


async def setup(settings: LauncherSettings) -> None:
    """Prepares database, stream and settings; done again it changes nothing."""
    if settings.database_url is None or settings.kafka_bootstrap_servers is None:
        raise SystemExit("CRM_DATABASE_URL and CRM_KAFKA_BOOTSTRAP_SERVERS must be set")
    credentials = Credentials.load(settings.home)
    urls = await provision(settings.database_url, credentials.databases)
    await asyncio.to_thread(migrate, urls, WITH_DATABASE)
    await _make_topics(settings.kafka_bootstrap_servers, settings)
    _leave_settings(settings, credentials, urls, settings.kafka_bootstrap_servers)


async def prepare(settings: PrepareSettings) -> None:
    """Makes the roles, schemas and the topic that the given settings name; done again it changes
    nothing. Raises StopTheLine naming the service whose address is not that of its role."""
    urls = settings.service_urls()
    passwords = {name: password_in(url, name) for name, url in urls.items()}
    await provision(settings.database_url.get_secret_value(), passwords)
    await asyncio.to_thread(migrate, urls, WITH_DATABASE)
    await _make_topics(settings.kafka_bootstrap_servers, settings)


async def _make_topics(bootstrap: str, settings: KafkaSettings) -> None:
    from shared.kafka import ensure_topic

    security = kafka_security(settings, "url")
    for topic in topics(settings):
        await ensure_topic(bootstrap, topic, security)


def _leave_settings(
    settings: LauncherSettings, credentials: Credentials, urls: dict[str, str], bootstrap: str
) -> None:
    """`home/<service>/settings.json`; the names of compose.yaml are the host names."""
    at = Addresses(
        databases=urls,
        bootstrap=bootstrap,
        idempotence=True,
        ports=dict.fromkeys(NAMES, HTTP_PORT),
        smtp_port=SMTP_PORT,
        outside_port=HTTP_PORT,
        outside_smtp_port=SMTP_PORT,
        hosts={name: name for name in CONTAINERS},
        listen="0.0.0.0",
        opened=OPENED,
        kafka=settings.kafka_variables(),
    )
    told = {name: environment(name, credentials, at) for name in NAMES}
    told["outside"] = outside_environment(credentials, at, Path("/data"))
    for name, values in told.items():
        own = settings.home / name
        own.mkdir(mode=0o700, exist_ok=True)
        write_private(own / "settings.json", json.dumps(values))
    _leave_addresses(settings.home / ADDRESSES, urls)


def _leave_addresses(folder: Path, urls: dict[str, str]) -> None:
    """As files, so that `crm archive` and `crm bus rebuild` find them there (CRM_SECRETS_DIR)."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for service, url in urls.items():
        write_private(folder / setting_of(service), url)


def run(name: str) -> None:
    """Becomes the process of one service, with the settings that were left for it."""
    own = json.loads(OWN_SETTINGS.read_text(encoding="utf-8"))
    os.execve(sys.executable, [sys.executable, "-m", module_of(name)], with_given(own))  # noqa: S606


def with_given(own: dict[str, str]) -> dict[str, str]:
    """The settings that `setup` left, and over them those that the container is given: the city's
    own gateways and issuer take the place of the ones that stand in for them."""
    environment = inherited("PATH", "HOME", "LANG", "TZ", "PYTHONPATH", "PYTHONUNBUFFERED")
    return {**environment, **own, **inherited_settings()}


def main(arguments: list[str]) -> None:
    """`setup`, `run <service>`, or `prepare`."""
    match arguments:
        case ["setup"]:
            asyncio.run(setup(launcher_settings()))
        case ["prepare"]:
            with wrong_settings_told():
                asyncio.run(prepare(PrepareSettings()))
        case ["run", name] if name in CONTAINERS:
            run(name)
        case _:
            raise SystemExit(f"usage: setup | prepare | run {'|'.join(CONTAINERS)}")


if __name__ == "__main__":
    main(sys.argv[1:])

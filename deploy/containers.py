"""How containers learn their settings: `setup` once, then `run <service>` in each.

`setup` makes the secrets, the roles, the schemas and the topic, and leaves each service a
folder with its own settings. Each container sees its own folder only.
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
from deploy.local.settings import LauncherSettings, inherited
from deploy.services import NAMES, SERVICES, WITH_DATABASE

OWN_SETTINGS = Path("/run/crm/settings.json")
HTTP_PORT, SMTP_PORT = 8000, 8025
OPENED = {each.name: each.opens for each in SERVICES if each.opens} | {"outside": 8090}
"""Ports of the machine at which compose.yaml lets browsers in."""
CONTAINERS = (*NAMES, "outside")


async def setup(settings: LauncherSettings) -> None:
    """Prepares database, stream and settings; done again it changes nothing."""
    if settings.database_url is None or settings.kafka_bootstrap_servers is None:
        raise SystemExit("CRM_DATABASE_URL and CRM_KAFKA_BOOTSTRAP_SERVERS must be set")
    credentials = Credentials.load(settings.home)
    urls = await provision(settings.database_url, credentials)
    await asyncio.to_thread(migrate, urls, WITH_DATABASE)
    await _make_topics(settings.kafka_bootstrap_servers)
    _leave_settings(settings.home, credentials, urls, settings.kafka_bootstrap_servers)


async def _make_topics(bootstrap: str) -> None:
    from shared.kafka import ensure_topic

    for topic in topics():
        await ensure_topic(bootstrap, topic)


def _leave_settings(
    home: Path, credentials: Credentials, urls: dict[str, str], bootstrap: str
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
    )
    told = {name: environment(name, credentials, at) for name in NAMES}
    told["outside"] = outside_environment(credentials, at, Path("/data"))
    for name, values in told.items():
        (home / name).mkdir(mode=0o700, exist_ok=True)
        write_private(home / name / "settings.json", json.dumps(values))


def run(name: str) -> None:
    """Becomes the process of one service, with the settings that were left for it."""
    own = json.loads(OWN_SETTINGS.read_text(encoding="utf-8"))
    given = inherited("PATH", "HOME", "LANG", "TZ", "PYTHONPATH", "PYTHONUNBUFFERED")
    os.execve(sys.executable, [sys.executable, "-m", module_of(name)], {**given, **own})  # noqa: S606


def main(arguments: list[str]) -> None:
    """`setup`, or `run <service>`."""
    match arguments:
        case ["setup"]:
            asyncio.run(setup(LauncherSettings()))
        case ["run", name] if name in CONTAINERS:
            run(name)
        case _:
            raise SystemExit(f"usage: setup | run {'|'.join(CONTAINERS)}")


if __name__ == "__main__":
    main(sys.argv[1:])

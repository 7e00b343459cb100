"""Where `crm upgrade --check` looks: the databases of an installation, or of a home's stack."""

from __future__ import annotations

import json
from pathlib import Path

from deploy.failures import NotRunning
from deploy.local.settings import given_service_urls
from deploy.upgrade.check import check


async def check_upgrade(home: Path) -> int:
    """The exit code. Raises NotRunning where no database is named."""
    return await check(urls_of(home))


def urls_of(home: Path) -> dict[str, str]:
    """By service the address of its role: those that are given as CRM_<NAME>_DATABASE_URL, else
    those of the stack that runs in ``home``."""
    given = given_service_urls()
    if given is not None:
        return given
    running = home.resolve() / "run.json"
    if not running.exists():
        raise NotRunning(
            f"no stack runs in {home}, and no CRM_<SERVICE>_DATABASE_URL is given: start the stack"
            " with 'crm up', or give the address of each service's role"
        )
    urls: dict[str, str] = json.loads(running.read_text(encoding="utf-8"))["postgres"]["urls"]
    return urls

"""Which Python modules are the processes, in which environment they run, and their schemas."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from deploy.local.settings import inherited

MODULES: Mapping[str, str] = {
    "intake": "services.intake",
    "vault": "services.intake.vault",
    "routing": "services.routing",
    "sla": "services.sla",
    "notify": "services.notify",
    "tracking": "services.tracking",
}
OUTSIDE = "deploy.rehearsal.outside"
_ROOT = Path(__file__).resolve().parents[2]
_INHERITED = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH")


def migrate(urls: Mapping[str, str], services: Iterable[str]) -> None:
    """Brings every schema to its newest revision; the vault first, intake writes into it.

    One after the other: alembic keeps its context in a global.
    """
    from shared.database import run_migrations

    for name in sorted(services, key=lambda service: service != "vault"):
        run_migrations(MODULES[name], urls[name])


def python_environment() -> dict[str, str]:
    """No secret of the person's shell reaches a service; the checkout can be imported."""
    kept = inherited(*_INHERITED)
    path = os.pathsep.join(part for part in (str(_ROOT), kept.get("PYTHONPATH", "")) if part)
    return {**kept, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}

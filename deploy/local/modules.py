"""Which Python module a process is, the environment it runs in, and its schema."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from deploy.local.settings import inherited
from deploy.services import in_order_of_migration, service_of
from shared.settings import SECRETS_DIR

OUTSIDE = "deploy.rehearsal.outside"
_ROOT = Path(__file__).resolve().parents[2]
_INHERITED = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH")


def module_of(name: str) -> str:
    """What `python -m` runs for a service, or for the outside world."""
    return OUTSIDE if name == "outside" else service_of(name).package


def load_migrations() -> None:
    """Loads what `migrate` needs. It takes half a second, in which PostgreSQL can start."""
    import shared.migrations  # noqa: F401


def migrate(urls: Mapping[str, str], services: Iterable[str]) -> None:
    """Brings the schemas of these services to their newest revision.

    One after the other: alembic keeps its context in a global.
    """
    from shared.migrations import run_migrations

    for name in in_order_of_migration(services):
        run_migrations(service_of(name).package, urls[name])


def python_environment() -> dict[str, str]:
    """No secret of the person's shell reaches a service; the checkout can be imported."""
    kept = inherited(*_INHERITED)
    path = os.pathsep.join(part for part in (str(_ROOT), kept.get("PYTHONPATH", "")) if part)
    # No folder: what is for the launcher lies there under the same names.
    files = {SECRETS_DIR: os.devnull}
    return {**kept, **files, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}

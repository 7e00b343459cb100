"""Migrations outside of a start of the stack."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from deploy.local.lock import take_lock
from deploy.local.modules import migrate
from deploy.local.postgres import Postgres, provision
from deploy.local.process import ProcessFailed
from deploy.local.settings import LauncherSettings
from deploy.services import WITH_DATABASE


async def migrate_home(settings: LauncherSettings) -> tuple[str, ...]:
    """Migrates the given server, the running stack's, or starts the local one for it."""
    home = settings.home.resolve()
    running = home / "run.json"
    try:
        lock = take_lock(home)
    except ProcessFailed:
        if not running.exists():
            raise
        urls = json.loads(running.read_text(encoding="utf-8"))["postgres"]["urls"]
        await asyncio.to_thread(migrate, urls, WITH_DATABASE)
        return WITH_DATABASE
    with lock:
        await _migrate_stopped(home, settings.database_url)
    return WITH_DATABASE


async def _migrate_stopped(home: Path, database_url: str | None) -> None:
    postgres = Postgres(home, database_url=database_url)
    try:
        await postgres.start()
        urls = await provision(postgres.admin_url, postgres.credentials.databases)
        await asyncio.to_thread(migrate, urls, WITH_DATABASE)
    finally:
        await postgres.stop()

"""`crm seed`: a database of the bench with as many cases as the city has in years."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.local.credentials import Addresses, environment
from deploy.local.lock import take_lock
from deploy.local.modules import migrate, python_environment
from deploy.local.postgres import Postgres, provision
from deploy.local.process import ProcessFailed
from deploy.local.settings import launcher_settings
from deploy.rehearsal.bench.run import clear
from deploy.services import NAMES, WITH_DATABASE
from shared.clock import JAKARTA

SEEDED = "services.routing.seeding.run"
WHILE_SEEDING = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
    "max_wal_size": "8GB", "shared_buffers": "512MB",
}  # fmt: skip
"""A machine that stops in the middle leaves nothing that is worth having; it is seeded anew."""


def bench_home() -> Path:
    """Where the bench keeps its own database; no stack of anybody's."""
    return (launcher_settings().home / "bench").resolve()


async def run_seed(cases: int, seed: int, until: datetime) -> int:
    """Makes the bench's home anew and fills it. Returns the exit code."""
    home, console = bench_home(), Console(stderr=True)
    await clear(home)
    with take_lock(home):
        postgres = Postgres(home, settings=WHILE_SEEDING)
        try:
            await postgres.start()
            urls = await provision(postgres.admin_url, postgres.credentials.databases)
            console.print("[dim]migrating[/]")
            await asyncio.to_thread(migrate, urls, WITH_DATABASE)
            at = Addresses(urls, "127.0.0.1:9", True, dict.fromkeys(NAMES, 0), 0, 0, 0)
            order = {
                "cases": cases, "seed": seed, "until": until.isoformat(),
                "processes": len(os.sched_getaffinity(0)),
            }  # fmt: skip
            own = environment("routing", postgres.credentials, at)
            await _fill(order, {**python_environment(), **own}, console)
        finally:
            await postgres.stop()
    console.print(f"{cases} cases in {home}; measure them with: python -m tests.scale")
    return 0


async def _fill(order: dict[str, object], env: dict[str, str], console: Console) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", SEEDED, env=env,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    asked, told = child.stdin, child.stdout
    if asked is None or told is None:
        raise ProcessFailed("the system gave no pipe to the process that seeds")
    try:
        asked.write(json.dumps(order).encode())
        asked.close()
        await _show(told, order, console)
        if await child.wait():
            raise ProcessFailed("the cases could not be seeded; the last lines say why")
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def _show(lines: asyncio.StreamReader, order: dict[str, object], console: Console) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("cases", total=float(str(order["cases"])))
        async for line in lines:
            told = json.loads(line)
            bar.update(task, advance=told["cases"], description=told["phase"] or "cases")


def midnight(day: str | None) -> datetime:
    """The beginning of a day (YYYY-MM-DD) in Jakarta; today's by default."""
    local = datetime.fromisoformat(day) if day else datetime.now(UTC).astimezone(JAKARTA)
    return local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=JAKARTA)

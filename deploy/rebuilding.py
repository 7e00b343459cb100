"""`crm bus rebuild` on a running stack: services down, topic anew, services up.

The services are told to end by their pids; the file ``hold`` keeps the supervisor from starting
them again until the topic is whole.
"""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import psutil
from rich.console import Console

from deploy.local.broker import topics
from deploy.running import RunningStack
from shared.rebuild import rebuild_bus

STOP_SECONDS = 15.0


async def rebuild(home: Path) -> int:
    """Returns the exit code; the services are up again, or being started, in every case."""
    console = Console()
    async with RunningStack.of(home) as stack:
        services = stack.description["services"]
        hold = home / "hold"
        hold.touch()
        try:
            await _end([entry["pid"] for entry in services.values()])
            done = await _republish(stack)
        finally:
            hold.unlink(missing_ok=True)
    console.print(f"the bus was rebuilt: {done} events; the services are starting again")
    return 0


async def _end(pids: list[int]) -> None:
    for pid in pids:
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGTERM)
    async with asyncio.timeout(STOP_SECONDS):
        while not all(_is_gone(pid) for pid in pids):  # noqa: ASYNC110 (they are no children)
            await asyncio.sleep(0.1)


def _is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def _republish(stack: RunningStack) -> int:
    urls = {
        name: url for name, url in stack.description["postgres"]["urls"].items() if name != "vault"
    }
    kafka = stack.description["kafka"]
    done = 0
    for topic in topics():
        done += await rebuild_bus(
            urls,
            kafka["bootstrap"],
            topic.name,
            partitions=topic.partitions,
            retention_ms=topic.retention_ms,
            idempotence=kafka["kind"] != "embedded",
        )
    return done

"""`crm bus rebuild` on a running stack: services down, topic anew, services up.

The services are told to end by their pids; ``hold.py`` keeps the supervisor from starting
them again until the topic is whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

import psutil
from rich.console import Console

from deploy.local.broker import topics
from deploy.local.hold import holding
from deploy.running import RunningStack
from deploy.services import EMITTING, HEARING
from shared.rebuild import rebuild_bus

STOP_SECONDS = 15.0


async def rebuild(home: Path) -> int:
    """Returns the exit code; the services are up again, or being started, in every case."""
    console = Console()
    async with RunningStack.of(home) as stack:
        services = stack.description["services"]
        with holding(home):
            await _end([entry["pid"] for entry in services.values()])
            console.print("the services have stopped; publishing the outboxes anew")
            try:
                done = await _republish(stack)
            except BaseException:
                console.print("the stream is NOT whole: run 'crm bus rebuild' again")
                raise
    console.print(f"the bus was rebuilt: {done} events; the services are starting again")
    return 0


async def _end(pids: list[int]) -> None:
    for pid in pids:
        _send(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while left := [pid for pid in pids if not _is_gone(pid)]:
        if time.monotonic() > deadline:
            # A service that still publishes while the topic is made anew would break its order.
            for pid in left:
                _send(pid, signal.SIGKILL)
        await asyncio.sleep(0.1)


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def _republish(stack: RunningStack) -> int:
    urls = stack.description["postgres"]["urls"]
    kafka = stack.description["kafka"]
    done = 0
    for topic in topics():
        done += await rebuild_bus(
            {name: url for name, url in urls.items() if name in EMITTING},
            HEARING,
            kafka["bootstrap"],
            topic,
            idempotence=kafka["kind"] != "embedded",
        )
    return done

"""`crm bus rebuild` on a running stack: services down, topic anew, services up.

The services are told to end by their pids; ``hold.py`` keeps the supervisor from starting
them again until the topic is whole. A process that this stack did not start would go on reading
and publishing meanwhile, so the rebuild is refused while there is one.

In a data centre whoever runs the services stops them and starts them again; the rebuild is refused
while one of them is connected.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Collection, Mapping
from pathlib import Path
from typing import Any

import asyncpg
import psutil
from rich.console import Console

from deploy.given import refuse_strange_databases
from deploy.local.broker import topics
from deploy.local.hold import holding
from deploy.local.ports import http_status
from deploy.local.settings import given_kafka, kafka_security, launcher_settings
from deploy.local.stack import READY_SECONDS
from deploy.running import RunningStack
from deploy.services import EMITTING, HEARING
from shared.errors import ArchiveSpoiled, InUse, StopTheLine
from shared.rebuild import rebuild_bus

STOP_SECONDS = 15.0
GONE_SECONDS = 10.0
"""A session of a process that has ended is gone within so long, and its lease has run out."""

_SESSIONS = """
    SELECT host(client_addr) AS host, client_port AS port FROM pg_stat_activity
    WHERE application_name = $1 AND usename = current_user AND pid <> pg_backend_pid()
"""
_LEASED = "SELECT EXISTS (SELECT 1 FROM relay_shards WHERE holder IS NOT NULL AND until > now())"


async def rebuild(home: Path, archive: Path) -> int:
    """``archive``: the folder of archived months. Returns the exit code when the services answer
    again, or do not in time; in every case they are being started. Raises InUse, and changes
    nothing, while a process that is not of this stack works for one of its services; ArchiveSpoiled
    where a file is missing, and the stream is as it was."""
    console = Console()
    async with RunningStack.of(home) as stack:
        urls, kafka = stack.description["postgres"]["urls"], stack.description["kafka"]
        await _refuse_strangers(urls, _pids(stack.description))
        with holding(home):
            await _end_all(home)
            await _refuse_who_stays(urls)
            console.print("the services have stopped; publishing the outboxes anew")
            done = await _republish(urls, kafka["bootstrap"], kafka["kind"], archive, console)
        console.print(f"the bus was rebuilt: {done} events; the services are starting again")
        return await _answering(stack.description, console)


async def rebuild_given(
    urls: Mapping[str, str],
    bootstrap: str | None,
    archive: Path,
    patience: float = GONE_SECONDS,
) -> int:
    """The same of databases and brokers that are given; ``urls``: by service the address of its
    role. The services must have been stopped: raises InUse while one is connected after
    ``patience`` seconds. Raises StopTheLine where an address leads to no database of its service,
    ArchiveSpoiled as above."""
    if bootstrap is None:
        raise StopTheLine("CRM_KAFKA_BOOTSTRAP_SERVERS must name the brokers. Nothing was done.")
    await refuse_strange_databases(urls)
    await _refuse_who_stays(urls, patience)
    console = Console()
    done = await _republish(urls, bootstrap, "url", archive, console)
    console.print(f"the bus was rebuilt: {done} events; start the services again")
    return 0


# --- who else works for these services ------------------------------------------------------


async def _refuse_strangers(urls: Mapping[str, str], ours: Collection[int]) -> None:
    """By their sessions of the database: also intake, which reads nothing, and a process that was
    frozen have some."""
    ports = {port for pid in ours for port in _local_ports(pid)}
    for service, url in urls.items():
        sessions = await _sessions(service, url)
        strangers = [(host, port) for host, port in sessions if port not in ports]
        if strangers:
            host, port = strangers[0]
            raise InUse(
                f"another {service}, which this stack did not start, is connected to its database"
                f" (from {host or 'this machine'}, port {port}): stop it, then rebuild the bus"
            )


async def _refuse_who_stays(urls: Mapping[str, str], patience: float = GONE_SECONDS) -> None:
    """When all services have ended nobody is connected, and nobody renews a relay's lease."""
    deadline = time.monotonic() + patience
    while True:
        try:
            await _refuse_strangers(urls, ())
            return await _refuse_relays(urls)
        except InUse:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)


async def _refuse_relays(urls: Mapping[str, str]) -> None:
    for service, url in urls.items():
        if await is_leased(service, url):
            raise InUse(f"another {service} publishes its outbox: stop it, then rebuild the bus")


async def _sessions(service: str, url: str) -> list[tuple[str | None, int]]:
    """Host and port of each process that works for the service."""
    async with _asking(service, url) as connection:
        rows = await connection.fetch(_SESSIONS, f"crm-{service}")
        return [(row["host"], row["port"]) for row in rows]


async def is_leased(service: str, url: str) -> bool:
    """Whether a relay of the service holds a shard of its outbox now."""
    async with _asking(service, url) as connection:
        if await connection.fetchval("SELECT to_regclass('relay_shards') IS NULL"):
            return False
        return bool(await connection.fetchval(_LEASED))


@contextlib.asynccontextmanager
async def _asking(service: str, url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(url, server_settings={"search_path": service})
    try:
        yield connection
    finally:
        await connection.close()


def _local_ports(pid: int) -> list[int]:
    try:
        return [end.laddr.port for end in psutil.Process(pid).net_connections("tcp") if end.laddr]
    except psutil.NoSuchProcess:
        return []


# --- stop and start ------------------------------------------------------------------------


def _pids(description: Mapping[str, Any]) -> list[int]:
    processes = description.get("replicas", description["services"])
    return [entry["pid"] for entry in processes.values()]


async def _end_all(home: Path) -> None:
    """Also one that the supervisor was about to start when the stack was held: it is in the note
    a moment later."""
    while pids := _pids(_noted(home)):
        await _end(pids)
        await asyncio.sleep(0.3)
        if _pids(_noted(home)) == pids:
            return


def _noted(home: Path) -> Mapping[str, Any]:
    noted: Mapping[str, Any] = json.loads((home / "run.json").read_text(encoding="utf-8"))
    return noted


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


async def _answering(description: Mapping[str, Any], console: Console) -> int:
    """0 when all services answer again; 1, and which do not, after a minute."""
    ports = {
        name: int(entry["url"].rpartition(":")[2])
        for name, entry in description["services"].items()
    }
    deadline = time.monotonic() + READY_SECONDS
    while silent := [n for n, p in ports.items() if await http_status(p, "/health/ready") != 200]:
        if time.monotonic() > deadline:
            console.print(f"still not ready: {', '.join(silent)}; the logs say why")
            return 1
        await asyncio.sleep(0.25)
    console.print("the services answer again")
    return 0


async def _republish(
    urls: Mapping[str, str], bootstrap: str, kind: str, archive: Path, console: Console
) -> int:
    """``kind``: of the broker."""
    try:
        return await _publish_all(urls, bootstrap, kind, archive)
    except (InUse, ArchiveSpoiled):
        raise
    except BaseException:
        console.print("the stream is NOT whole: run 'crm bus rebuild' again")
        raise


async def _publish_all(urls: Mapping[str, str], bootstrap: str, kind: str, archive: Path) -> int:
    settings = given_kafka(launcher_settings(), kind)
    done, security = 0, kafka_security(settings, kind)
    for topic in topics(settings):
        done += await rebuild_bus(
            {name: url for name, url in urls.items() if name in EMITTING},
            HEARING,
            bootstrap,
            topic,
            idempotence=kind != "embedded",
            security=security,
            archive=archive,
        )
    return done

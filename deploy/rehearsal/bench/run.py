"""`crm bench`: figures of this machine, as ratios within one run.

1. End to end. Complaints are offered faster than the system can take them, and the clock runs
   until the last one is visible in tracking. Then they are offered at half of the rate that was
   reached, and for each the time from its answer to its visibility is taken.
2. Pictures: reports with a photograph each, and how they are cleared (`pictures`).
3. Intake. It takes turns with a door that stores nothing, while the services that hear the
   stream are stopped. Then one of them reads the records that a bare consumer has read before it.

4. Places: the processor's time to find the kelurahan of a point (`places`); it needs no stack.

Each of the four can be had alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Collection
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import psutil
from rich.console import Console
from rich.table import Table

from deploy.local.credentials import TOPIC, environment
from deploy.local.lock import take_lock
from deploy.local.ports import LOOPBACK, free_ports, http_status
from deploy.local.postgres import Postgres
from deploy.local.process import Child
from deploy.local.replicas import ReplicatedStack, each
from deploy.local.settings import borders_in, inherited, launcher_settings
from deploy.rehearsal.bench.limits import flat, limits_of
from deploy.rehearsal.bench.load import Order, Report, by_another_process
from deploy.rehearsal.bench.pictures import Pictures
from deploy.rehearsal.bench.places import microseconds_a_point
from deploy.rehearsal.bench.use import resident_bytes
from deploy.rehearsal.bench.visibility import Visibility, percentile
from deploy.services import EMITTING, HEARING
from shared.kafka import KafkaSubscription
from shared.visibility import SYSTEM, settings_of

OFFERED_PER_S = 600.0
OFFERED_SECONDS = 10.0
STEADY_SECONDS = 10.0
TURN_SECONDS = 3.0
TURNS = 3
CONNECTIONS = 64
MEASURED = "sla"
PATIENCE = 90.0

Say = Callable[[str], None]


class Part(StrEnum):
    """What can be measured alone."""

    END_TO_END = "end-to-end"
    PICTURES = "pictures"
    INTAKE = "intake"
    PLACES = "places"


async def run_bench(
    broker: str, json_file: Path | None, parts: Collection[Part], replicas: int = 1
) -> int:
    """``replicas``: of every service; several are measured end to end alone.

    Returns the exit code: 0 when every figure was taken. One that is over its limit is said: on
    another machine it is no fault of the code.
    """
    console = Console(stderr=True)
    home = (launcher_settings().home / "bench").resolve()
    await clear(home)
    bench = Bench(home, broker, lambda line: console.print(f"[dim]{line}[/]"), replicas)
    figures = await bench.run(parts)
    Console().print(as_table(figures))
    if json_file is not None:
        text = json.dumps(figures, indent=2) + "\n"
        json_file.write_text(text, encoding="utf-8")  # noqa: ASYNC240 (the last thing done)
    return 0


async def clear(home: Path) -> None:
    """Takes away what an earlier run left; ProcessFailed when a bench runs there now."""
    with take_lock(home):
        if (home / "credentials.json").exists():
            await Postgres(home).erase()
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)


class Bench:
    """One run on a fresh stack."""

    def __init__(self, home: Path, broker: str, say: Say, replicas: int = 1) -> None:
        self._say = say
        self._stack = ReplicatedStack(
            home, broker, libraries=launcher_settings().home.resolve() / "kafka" / "libs",
            supervise=False, replicas=each(replicas),
        )  # fmt: skip
        self._loads = 0
        self._photographs = 0
        self._figures: dict[str, Any] = {
            "cores": len(os.sched_getaffinity(0)),
            "broker": self._stack.broker.kind,
            "replicas": replicas,
        }

    async def run(self, parts: Collection[Part] = tuple(Part)) -> dict[str, Any]:
        """The figures, by the names of `crm bench --json`."""
        if Part.PLACES in parts:
            self._say("points to their kelurahan")
            found = microseconds_a_point(borders_in(launcher_settings().home))
            self._figures["place_us"] = round(found, 1)
        if set(parts) - {Part.PLACES}:
            await self._on_a_stack(parts)
        return self._figures

    async def _on_a_stack(self, parts: Collection[Part]) -> None:
        self._say("starting a fresh stack")
        try:
            async with self._stack:
                if Part.END_TO_END in parts:
                    await self._end_to_end()
                if Part.PICTURES in parts:
                    pictures = Pictures(
                        self._stack, self._load_of_photographs, self._settle, self._say
                    )
                    self._figures |= await pictures.figures()
                self._figures["rss_mb"] = self._memory()
                if Part.INTAKE in parts:
                    # Last, because it ends the services that hear the stream.
                    await self._intake()
                    await self._consumption()
        finally:
            await self._stack.postgres.erase()

    async def _end_to_end(self) -> None:
        self._say(f"end to end: offering {OFFERED_PER_S:.0f}/s for {OFFERED_SECONDS:.0f} s")
        async with Visibility(self._stack.urls["tracking"]) as tracking:
            await self._load("intake", seconds=1.0, rate=50.0)
            before = await tracking.count()
            began = time.time()
            load = await self._load("intake", seconds=OFFERED_SECONDS, rate=OFFERED_PER_S)
            done = await tracking.until(before + load.ok, PATIENCE)
            per_second = load.ok / (done - began)
            self._figures["end_to_end_per_s"] = round(per_second, 1)
            await self._settle()
            await self._latency(tracking, per_second / 2)

    async def _latency(self, tracking: Visibility, rate: float) -> None:
        self._say(f"accepted to visible: {rate:.0f}/s for {STEADY_SECONDS:.0f} s")
        before = await tracking.newest()
        load = asyncio.create_task(self._load("intake", seconds=STEADY_SECONDS, rate=rate))
        seen: dict[UUID, float] = {}
        async with asyncio.timeout(PATIENCE):
            while not load.done() or len(seen) < load.result().ok:
                fresh = await tracking.newest() - before - seen.keys()
                seen.update(dict.fromkeys(fresh, time.time()))
                await asyncio.sleep(0.01)
        waits = [max(0.0, seen[UUID(name)] - at) * 1000 for name, at in load.result().accepted]
        self._figures["accepted_to_visible_ms"] = {
            "p50": round(percentile(waits, 0.50), 1),
            "p99": round(percentile(waits, 0.99), 1),
        }

    async def _settle(self) -> None:
        """Until every service has published and consumed what there is."""
        for name in EMITTING:
            await self._drained(name)

    async def _drained(self, name: str) -> None:
        connection = await asyncpg.connect(
            self._stack.urls[name], server_settings=settings_of(SYSTEM)
        )
        query = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        if name == "notify":
            query = "SELECT count(*) FROM deliveries WHERE status IN ('waiting', 'leased')"
        try:
            async with asyncio.timeout(PATIENCE):
                while await connection.fetchval(query):  # noqa: ASYNC110 (another's table)
                    await asyncio.sleep(0.1)
        finally:
            await connection.close()

    async def _intake(self) -> None:
        self._say("intake in turns with a door that stores nothing")
        await self._settle()
        async with self._stack.turn:
            for name in HEARING:
                await self._stack.end(name)
        noop, port = await self._start_noop()
        rates: dict[str, list[float]] = {"noop": [], "intake": []}
        try:
            for _ in range(TURNS):
                for name in rates:
                    load = await self._load(name, seconds=TURN_SECONDS, port=port)
                    rates[name].append(load.ok / load.seconds)
        finally:
            await noop.stop(10.0)
        mean = {name: sum(turns) / len(turns) for name, turns in rates.items()}
        self._figures["noop_per_s"] = round(mean["noop"], 1)
        self._figures["intake_per_s"] = round(mean["intake"], 1)
        self._figures["intake_ratio"] = round(mean["intake"] / mean["noop"], 3)

    async def _start_noop(self) -> tuple[Child, int]:
        [port] = free_ports(1)
        own = environment("intake", self._stack.credentials, self._stack.at)
        child = Child(
            "noop",
            [sys.executable, "-m", "services.intake.noop"],
            self._stack.home / "logs" / "noop.log",
            env={**inherited("PATH", "HOME"), **own, "CRM_HTTP_PORT": str(port)},
        )
        await child.start()
        async with asyncio.timeout(30):
            while await http_status(port, "/health/ready") != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return child, port

    async def _consumption(self) -> None:
        await self._drained("intake")
        self._say("bare consumption of what intake has published")
        count, seconds = await self._consume_bare()
        self._figures["bare_consume_per_s"] = round(count / seconds, 1)
        self._say(f"the same records through {MEASURED}")
        per_second = await self._consume_by_service()
        self._figures["service_per_s"] = round(per_second, 1)
        self._figures["service_ratio"] = round(per_second / (count / seconds), 3)

    async def _consume_bare(self) -> tuple[int, float]:
        subscription = KafkaSubscription(self._stack.broker.bootstrap, TOPIC, "crm.bench")
        count, began, last = 0, 0.0, time.time()
        while time.time() - last < 2.0 or not count:
            records = await subscription.fetch(500, 0.2)
            if records:
                began = began or time.time()
                last = time.time()
                count += len(records)
        await subscription.stop()
        return count, max(last - began, 0.001)

    async def _consume_by_service(self) -> float:
        """Events per second between the first and the last transaction of the service."""
        connection = await asyncpg.connect(
            self._stack.urls[MEASURED], server_settings=settings_of(SYSTEM)
        )
        [[start]] = await connection.fetch("SELECT coalesce(max(received_at), now()) FROM inbox")
        async with self._stack.turn:
            await self._stack.launch(MEASURED)
        await self._stack.wait_ready(MEASURED)
        query = (
            "SELECT count(*), extract(epoch FROM max(received_at) - min(received_at))"
            " FROM inbox WHERE received_at > $1"
        )
        previous, quiet = -1, 0
        async with asyncio.timeout(PATIENCE):
            while quiet < 10 or previous <= 0:
                [[count, seconds]] = await connection.fetch(query, start)
                quiet = quiet + 1 if count == previous else 0
                previous = count
                await asyncio.sleep(0.2)
        await connection.close()
        return float(count) / max(float(seconds), 0.001)

    async def _load(
        self,
        name: str,
        *,
        seconds: float,
        rate: float = 0.0,
        port: int = 0,
    ) -> Report:
        count = int((rate or 4000) * seconds) + CONNECTIONS
        return await self._ordered(name, seconds, rate, count, port, None)

    async def _load_of_photographs(self, seconds: float, rate: float, most: int) -> Report:
        first, count = self._photographs, most + CONNECTIONS
        self._photographs += count
        return await self._ordered("intake", seconds, rate, count, 0, first)

    async def _ordered(
        self,
        name: str,
        seconds: float,
        rate: float,
        count: int,
        port: int,
        first_photograph: int | None,
    ) -> Report:
        """A load from a process of its own."""
        self._loads += 1
        order = Order(
            host=LOOPBACK,
            port=port if name == "noop" else self._stack.at.ports["intake"],
            connections=CONNECTIONS,
            count=count,
            seconds=seconds,
            rate=rate,
            first_photograph=first_photograph,
            prefix=f"{os.getpid()}-{self._loads}",
            secrets=self._stack.credentials.channel_secrets,
        )
        report = await by_another_process(order)
        if report.failed:
            self._say(f"{report.failed} of {report.ok + report.failed} requests were refused")
        return report

    def _memory(self) -> dict[str, float]:
        """Resident memory in MB (10^6 bytes); PostgreSQL's processes by their own share."""
        figures = {}
        for name in self._stack.names():
            process = psutil.Process(self._stack.pid(name))
            # Media opens pictures in children of its own, for seconds; they are bounded elsewhere.
            workers = [] if name in self._stack.services else process.children(recursive=True)
            size = resident_bytes(process, workers)
            figures[name] = round(size / 1e6, 1)
        return figures


LABELS = {
    "noop_per_s": "no-op door, requests/s",
    "intake_per_s": "intake, accepted complaints/s",
    "intake_ratio": "  ratio",
    "bare_consume_per_s": "bare consumption, events/s",
    "service_per_s": f"through {MEASURED}, events/s",
    "service_ratio": "  ratio of the two",
    "end_to_end_per_s": "end to end, complaints/s",
    "accepted_to_visible_ms.p50": "accepted to visible, p50 ms",
    "accepted_to_visible_ms.p99": "accepted to visible, p99 ms",
    "picture_reports_per_s": "reports with a photograph, accepted/s",
    "picture_receipt_p95_ms.at_work": "receipt, p95 ms, clearing at work",
    "picture_receipt_p95_ms.idle": "receipt, p95 ms, without clearing",
    "picture_receipt_ratio": "  ratio of the two",
    "pictures_cleared_beside_per_s": "photographs cleared/s, beside receipts",
    "pictures_cleared_per_s": "photographs cleared/s, media alone",
    "pictures_cleared_per_core_s": "  for each second of a core",
    "place_us": "a point to its kelurahan, us of the processor",
}
"""For people, in this order; memory follows."""
MEMORY_LABELS = {
    "picture_rss_mb": "most memory of {}, with photographs, MB",
    "rss_mb": "memory of {}, MB",
}


def as_table(figures: dict[str, Any]) -> Table:
    """The figures for people, as far as they were measured."""
    table = Table(title=_title(figures))
    table.add_column("figure", no_wrap=True)
    table.add_column("value", justify="right")
    table.add_column("limit")
    found = dict(flat(figures))
    rows = {name: label for name, label in LABELS.items() if name in found}
    for group, label in MEMORY_LABELS.items():
        rows |= {f"{group}.{name}": label.format(name) for name in figures.get(group, {})}
    for name, label in rows.items():
        table.add_row(label, str(found[name]), said_of(name, found[name]))
    return table


def _title(figures: dict[str, Any]) -> str:
    several = f", {figures['replicas']} of each service" if figures.get("replicas", 1) > 1 else ""
    return f"{figures['cores']} cores, broker {figures['broker']}{several}"


def said_of(name: str, value: float) -> str:
    """Whether a figure is within its limit; nothing of one that has none."""
    limits = limits_of(name)
    if not limits.at_most and not limits.at_least:
        return ""
    return limits.verdict({name: value})

"""``python -m tests.growth_figures [--complaints 1000000] [--rounds 40] [--json FILE]``

What the hottest statements cost on an empty database and on one that has served for five years:
relay, inbox claim, timers, tracking look-up. Told are pages that the server looks at, and
microseconds of its processor. Both databases are asked in turn on one server, in two states:
*settled*, when vacuum has just been there, and *before vacuum*, when as many rows are dead as the
settings of a table allow, and a reader that has ended since has kept all of them from being tidied
up.

Ends with 1 where a settled statement takes over 1.2 times its time on the empty database. A million
complaints need 8 GB of disk.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

import asyncpg
import uvloop
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from deploy.local.postgres import Postgres
from deploy.rehearsal.bench.verdicts import WITHIN, Limits
from services.notify.store import NotifyStore
from services.sla.store import ClockStore
from services.tracking.store import find_by_digest
from shared import inbox, outbox
from shared.events.event import Envelope
from shared.ids import new_id
from shared.shard_lease import SHARDS
from shared.unit_table import load_units
from shared.visibility import SYSTEM
from shared.work import Work, Works
from tests.builders import a_complaint
from tests.databases import FAST, Databases, with_database
from tests.growth_figures.filling import Connection, Filled
from tests.scale.alike import a_home

COMPLAINTS = 1_000_000
RATIO = 1.2
BATCH = 100
"""Rows of a statement: what a busy second brings."""
ARRIVED = 5_000_000
"""Numbers of the complaints that are worked on now begin here."""
SETTLED, BEFORE_VACUUM = "settled", "before vacuum"

Call: TypeAlias = Callable[[Work], Awaitable[Any]]


@dataclass(slots=True)
class Cost:
    pages: list[int] = field(default_factory=list)
    took: list[float] = field(default_factory=list)


class Database:
    """One service's database: what it is asked, and what that has cost."""

    def __init__(self, works: Works, filled: Filled, beside: Connection) -> None:
        """``beside``: a connection that looks at the figures of the server."""
        self.works, self.filled = works, filled
        self._beside = beside
        self.costs: dict[tuple[str, str], Cost] = {}

    async def ask(self, name: str, state: str, call: Call) -> Any:
        """Once, in a transaction of its own."""
        before = await self.filled.pages(self._beside)
        async with self.works.open(SYSTEM) as work:
            session = await work.connection.scalar(text("SELECT pg_backend_pid()"))
            began = cpu_nanoseconds(session)
            answer = await call(work)
            # The answer is sent a moment before the session rests.
            await asyncio.sleep(0.001)
            took = (cpu_nanoseconds(session) - began) / 1000
            await work.connection.execute(text("SELECT pg_stat_force_next_flush()"))
        cost = self.costs.setdefault((name, state), Cost())
        cost.pages.append(await self.filled.pages(self._beside) - before)
        cost.took.append(took)
        return answer


def cpu_nanoseconds(session: int) -> int:
    """What a session's process has had of a processor: what else the machine does is not in it
    (Linux, proc_pid_schedstat)."""
    return int(Path(f"/proc/{session}/schedstat").read_text(encoding="ascii").split()[0])


def events() -> list[Envelope]:
    return [
        Envelope(new_id(), "sla", a_complaint(complaint_id=new_id(), number=n), None)
        for n in range(1, BATCH + 1)
    ]


async def relay(database: Database, state: str) -> None:
    """A hundred events are recorded, taken and marked; then a round that finds nothing."""
    shards, made = range(SHARDS), events()
    await database.ask("outbox insert", state, lambda w: outbox.write(w.connection, made))
    rows = await database.ask(
        "relay take", state, lambda w: outbox.take(w.connection, shards, BATCH)
    )
    await database.ask("relay mark", state, lambda w: outbox.mark(w.connection, rows))
    await database.ask(
        "relay, nothing there", state, lambda w: outbox.take(w.connection, shards, BATCH)
    )


async def timers(database: Database, state: str) -> None:
    """The same hundred cases fall due in each round."""
    store = ClockStore(load_units())
    await database.ask("timers due", state, lambda w: store.take_due(w.connection, w.now, BATCH))


async def deliveries(database: Database, state: str) -> None:
    store = NotifyStore()

    async def lease(work: Work) -> Any:
        until = work.now + timedelta(minutes=1)
        return await store.lease(work.connection, work.now, until, BATCH)

    await database.ask("deliveries due", state, lease)
    again = "UPDATE deliveries SET status = 'waiting', next_attempt_at = created_at, attempt = 1"
    await database.filled.run(f"{again} WHERE status = 'leased'")


_CLAIM_WITHOUT_FLOOR = text(
    "INSERT INTO inbox (event_id) SELECT unnest(CAST(:ids AS uuid[]))"
    " ON CONFLICT DO NOTHING RETURNING event_id"
)


async def claims(database: Database, state: str) -> None:
    """Beside the claim that knows a floor, the one that there was before floors."""
    plain = {"ids": [new_id() for _ in range(BATCH)]}
    await database.ask(
        "inbox claim, no floor", state, lambda w: w.connection.execute(_CLAIM_WITHOUT_FLOOR, plain)
    )
    fresh = [new_id() for _ in range(BATCH)]
    await database.ask("inbox claim", state, lambda w: inbox.claim_ids(w.connection, fresh))
    await database.ask("inbox, known", state, lambda w: inbox.claim_ids(w.connection, fresh))


async def look_up(database: Database, state: str) -> None:
    digest = hashlib.sha256(str(ARRIVED + 1).encode()).hexdigest()
    found = await database.ask(
        "tracking look-up", state, lambda w: find_by_digest(w.connection, [digest])
    )
    assert len(found) == 1


ASKED: Mapping[str, Sequence[Callable[[Database, str], Awaitable[None]]]] = {
    "sla": (relay, timers),
    "notify": (deliveries,),
    "tracking": (claims, look_up),
}


async def opened(databases: Databases, service: str, complaints: int) -> Database:
    """A database of the service in which so many complaints have been dealt with."""
    url = (await databases.urls(service))[service]
    admin = with_database(databases.server.admin_url, url.rpartition("/")[2])
    filled = Filled(admin, service)
    if complaints:
        await filled.fill(complaints)
    await filled.arrive(ARRIVED, BATCH)
    await filled.vacuum()
    works, beside = await databases.service(service, url=url), await asyncpg.connect(admin)
    await beside.execute(f"SET search_path = {service}")
    return Database(works, filled, beside)


async def compare(both: Sequence[Database], service: str, state: str, rounds: int) -> None:
    """The same questions to both databases in turn: what else the machine does hits both."""
    for _ in range(rounds):
        for database in both:
            for ask in ASKED[service]:
                await ask(database, state)


async def measure(
    home: Path, complaints: int, rounds: int, console: Console
) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    databases = Databases(
        Postgres(home, settings={**FAST, "max_wal_size": "8GB", "autovacuum": "off",
                                 "shared_buffers": "512MB", "synchronous_commit": "off"})
    )  # fmt: skip
    found: dict[str, dict[str, float]] = {}
    sizes: dict[str, int] = {}
    await databases.start()
    try:
        for service in ASKED:
            console.print(f"[dim]{service}: five years[/]")
            both = [await opened(databases, service, count) for count in (0, complaints)]
            # The first rounds fill caches and plans, and count for nothing.
            await compare(both, service, "cold", 8)
            for database in both:
                await database.filled.vacuum()
            await compare(both, service, SETTLED, rounds)
            sizes |= {f"{service}.{k}": v for k, v in (await both[1].filled.sizes()).items()}
            if await both[1].filled.grow_old():
                await compare(both, service, BEFORE_VACUUM, max(rounds // 4, 3))
            found |= figures(*both)
            await databases.drop()
    finally:
        await databases.stop()
    return found, sizes


def figures(empty: Database, grown: Database) -> dict[str, dict[str, float]]:
    found = {}
    for (name, state), cost in empty.costs.items():
        after = grown.costs[name, state]
        if state == "cold":
            continue
        took = [_typical(each.took) for each in (cost, after)]
        found[f"{name}, {state}"] = {
            "pages_empty": median(cost.pages), "pages": median(after.pages),
            "us_empty": round(took[0]), "us": round(took[1]), "ratio": round(took[1] / took[0], 2),
        }  # fmt: skip
    return found


def _typical(took: Sequence[float]) -> float:
    """The lower quartile: on a busy machine caches are cold half of the time."""
    return sorted(took)[len(took) // 4]


def verdict_of(name: str, told: Mapping[str, float]) -> str:
    """What takes over 1.2 times as long. Before vacuum the figures are told and not judged."""
    limits = Limits({"ratio": RATIO}) if name.endswith(SETTLED) else Limits()
    return limits.verdict(told)


def as_table(found: Mapping[str, Mapping[str, float]]) -> Table:
    table = Table(title="an empty database, and one of five years")
    for column in ("asked", "pages", "of 5 years", "µs", "of 5 years", "ratio", "verdict"):
        table.add_column(column, justify="left" if column in ("asked", "verdict") else "right")
    for name, told in found.items():
        table.add_row(name, *(f"{value:g}" for value in told.values()), verdict_of(name, told))
    return table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.growth_figures")
    parser.add_argument("--complaints", type=int, default=COMPLAINTS)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--json", type=Path, default=None)
    given = parser.parse_args()
    console = Console(stderr=True)
    with a_home() as home, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found, sizes = runner.run(measure(home, given.complaints, given.rounds, console))
    Console(width=120).print(as_table(found))
    for name, size in sorted(sizes.items(), key=lambda each: -each[1])[:12]:
        Console().print(f"{name:24} {size / 1e6:8.0f} MB")
    if given.json is not None:
        given.json.write_text(json.dumps({"asked": found, "bytes": sizes}, indent=2) + "\n")
    over = [name for name, told in found.items() if verdict_of(name, told) != WITHIN]
    Console().print(f"over={len(over)} {'; '.join(over)}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())

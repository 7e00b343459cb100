"""``python -m tests.rules_figures [--rate 100 --seconds 40]``: versions of the rules take turns.

On a whole stack with two replicas of routing complaints flow at a rate, texts alone and reports of
a desk. Meanwhile administrators propose, try and activate two versions, and a broken one is
refused. Then all decisions are read: each names one version that was in force and is what this
version alone decides, and no batch was decided by two.

The last line is for programs. Ends with 1 where a decision is mixed, unnamed or wrong, a complaint
was refused or is not decided, or a version has decided nothing. How long a version takes to reach
the replicas is printed and not judged.
"""

import argparse
import asyncio
import random
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.local.replicas import EACH_ONCE, ReplicatedStack, replicas_of
from deploy.running import RunningStack
from tests.integration.deploy.homes import fresh_home
from tests.rules_figures.administrators import Administrators, say
from tests.rules_figures.findings import Findings, findings
from tests.rules_figures.reading import database, decided, rows_of, unlike
from tests.rules_figures.sending import Sending
from tests.rules_figures.versions import EXPECTED, MADE

REPLICAS = 2
"""Of routing."""
SAMPLE = 600
REST_SECONDS = 5.0
"""Of complaints before the first act and behind the last one."""
PATIENCE_SECONDS = 120.0


@asynccontextmanager
async def a_stack(home: Path) -> AsyncIterator[tuple[ReplicatedStack, RunningStack]]:
    stack = ReplicatedStack(home, replicas={**EACH_ONCE, "routing": REPLICAS}, supervise=False)
    async with stack, RunningStack(stack.description()) as running:
        yield stack, running


async def with_load(sending: Sending, officers: Administrators, seconds: float) -> float:
    """The administrators' acts while complaints come in; the complaints of a second."""
    ended, began = asyncio.Event(), time.monotonic()
    load = asyncio.create_task(sending.until(ended))
    try:
        await asyncio.sleep(REST_SECONDS)
        await officers.bring(2)
        await officers.is_refused()
        await officers.bring(3)
        await officers.end()
        await asyncio.sleep(max(REST_SECONDS, began + seconds - time.monotonic()))
    finally:
        ended.set()
        lasted = await load
    return sending.taken / lasted


async def all_decided(url: str, count: int) -> int:
    """How many cases there are when all are there, or patience has ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    async with database(url) as connection:
        while True:
            found: int = await connection.fetchval("SELECT count(*) FROM cases")
            if found >= count or time.monotonic() > deadline:
                return found
            await asyncio.sleep(0.5)


async def measured(home: Path, rate: float, seconds: float) -> bool:
    async with a_stack(home) as (stack, running):
        replicas = {name: stack.at.ports[name] for name in replicas_of("routing", REPLICAS)}
        officers = Administrators(home, home / "versions", running, replicas)
        await officers.begin()
        sending = Sending(running, rate)
        reached = await with_load(sending, officers, seconds)
        say(f"{sending.taken} complaints, {reached:.0f}/s; refused: {sending.failed}")
        cases = await all_decided(stack.urls["routing"], sending.taken)
        rows = await rows_of(stack.urls["routing"], stack.urls["intake"])
    found = findings([decided(row) for row in rows], officers.since, EXPECTED)
    sample = random.Random(1).sample(rows, min(SAMPLE, len(rows)))
    alone = unlike(sample, officers.documents)
    tell(found, len(sample))
    lost = sending.failed + abs(sending.taken - cases) + abs(cases - len(rows))
    if lost:
        say(f"refused, not decided or not to be read: {lost}")
    wrong = found.wrong + alone
    say(
        f"versions={len(found.versions)} cases={cases}"
        f" mixed={found.mixed} unnamed={found.unnamed} wrong={wrong}"
    )
    return len(found.versions) == len(MADE) + 1 and not (
        found.mixed or found.unnamed or wrong or lost
    )


def tell(found: Findings, sample: int) -> None:
    shares = ", ".join(f"version {number} {n}" for number, n in sorted(found.versions.items()))
    say(f"decided by {shares}; in {found.batches} batches, the largest of {found.largest}")
    for number, late in found.late.items():
        say(f"the version before {number} began its last batch {late.total_seconds():.2f} s late")
    say(f"decided anew by the document of their version alone: {sample}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.rules_figures")
    parser.add_argument("--rate", type=float, default=100.0, help="complaints a second")
    parser.add_argument("--seconds", type=float, default=40.0, help="of load, at least")
    given, home = parser.parse_args(), fresh_home()
    try:
        return 0 if asyncio.run(measured(home, given.rate, given.seconds)) else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

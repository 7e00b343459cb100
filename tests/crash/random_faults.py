"""``python -m tests.crash.random_kills --kills 50``: SIGKILLs at random under load.

Any process may be hit, database and broker and the outside world too; the supervisor brings it
back. In the end the ledger says what was lost, doubled or stuck.
"""

import argparse
import asyncio
import logging
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.crash.facts import Verdict
from tests.crash.rig import Rig, best_broker, now, running_rig

RATE = 4.0
"""Complaints per second."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 4.0
PATIENCE_SECONDS = 240.0

Show = Callable[[int, str], None]
"""Called after each kill with its number and the process's name."""


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    activity: str
    """What was done besides filing complaints."""
    home: Path
    """Gone when the verdict is flawless."""


async def kill_at_random(kills: int, seed: int, broker: str, show: Show) -> Outcome:
    """``kills`` SIGKILLs under load, then the ledger's verdict."""
    async with running_rig(broker, supervise=True, seed=seed) as rig:
        began, stop = now(), asyncio.Event()
        load = asyncio.create_task(rig.load.keep_sending(RATE, stop))
        try:
            await _kill(rig, kills, random.Random(seed), show)
        finally:
            stop.set()
        filed = await load
        await rig.recovered()
        verdict = await rig.verdict(filed, began, PATIENCE_SECONDS)
        rig.flawless = verdict.flawless
        return Outcome(verdict, rig.load.activity(), rig.stack.home)


async def _kill(rig: Rig, kills: int, chance: random.Random, show: Show) -> None:
    for number in range(1, kills + 1):
        await asyncio.sleep(chance.uniform(SHORTEST_PAUSE, LONGEST_PAUSE))
        name = await _victim(rig, chance)
        await rig.stack.kill(name)
        show(number, name)


async def _victim(rig: Rig, chance: random.Random) -> str:
    """A process that runs; a dead one cannot be killed, so its name is drawn again later."""
    while True:
        name = chance.choice(rig.stack.names())
        if rig.stack.alive(name):
            return name
        await asyncio.sleep(0.2)


def _run(kills: int, seed: int, broker: str, console: Console) -> Outcome:
    """Shows a bar on a terminal, a line per kill elsewhere."""
    if not console.is_terminal:

        def tell(number: int, name: str) -> None:
            _say(console, f"kill {number}/{kills}: {name}")

        return asyncio.run(kill_at_random(kills, seed, broker, tell))
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("starting", total=kills)

        def show(number: int, name: str) -> None:
            what = "settling" if number == kills else f"killed {name}"
            progress.update(task, completed=number, description=what)

        return asyncio.run(kill_at_random(kills, seed, broker, show))


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Random SIGKILLs under load, and what came of it.")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--broker", choices=("apache", "embedded"), default=None)
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(1_000_000) if given.seed is None else given.seed
    broker = given.broker or best_broker()
    # The ledger's own consumer would tell of every broker that is killed.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    console = Console()
    _say(console, f"seed={seed} broker={broker}")
    outcome = _run(given.kills, seed, broker, console)
    verdict = outcome.verdict
    if not verdict.flawless:
        _say(console, f"{verdict.details()}\nlogs and data are kept in {outcome.home}")
    _say(console, outcome.activity)
    _say(console, f"kills={given.kills} {verdict.summary()}")
    return 0 if verdict.flawless else 1


if __name__ == "__main__":
    sys.exit(main())

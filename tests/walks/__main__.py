"""``python -m tests.walks --walks 10000 --seed 1``: random walks through the officers' interface.

A database of its own is started for them. Ends with 0 when no walk led to an illegal state, an
answer or event that the model does not expect, or a chain that does not hold; else with 1, and the
shortest such walk that was found.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from shared.testing import FixedClock
from tests.builders import T0
from tests.databases import databases
from tests.walks.office import Office
from tests.walks.walk import WrongTurn
from tests.walks.walking import AT_ONCE, walk_at_random


async def run(walks: int, seed: int, console: Console) -> int:
    with tempfile.TemporaryDirectory(prefix="crm-walks-") as home:
        made = databases(Path(home))
        await made.start()
        try:
            clock = FixedClock(T0)
            async with Office.on(await made.service("routing", clock=clock), clock) as office:
                return await _walk(office, walks, seed, console)
        finally:
            await made.stop()


async def _walk(office: Office, walks: int, seed: int, console: Console) -> int:
    columns = TextColumn("walks"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    began, loop = monotonic(), asyncio.get_running_loop()
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("walks", total=walks)

        def on_done(some: int) -> None:
            progress.advance(bar, some)

        try:
            await asyncio.to_thread(walk_at_random, office, loop, walks, seed, on_done)
        except WrongTurn as wrong:
            console.print(f"seed {seed}:\n{wrong}", markup=False, highlight=False)
            return 1
    _tell(console, walks, seed, office, monotonic() - began)
    return 0


def _tell(console: Console, walks: int, seed: int, office: Office, seconds: float) -> None:
    """The last line is for programs; before it stands what the walks have met."""
    for name, times in sorted(office.tally.items()):
        console.print(f"{times:8}  {name}", markup=False, highlight=False)
    console.print(
        f"walks={walks} seed={seed} requests={office.requests} seconds={seconds:.0f} "
        "illegal=0 untyped=0 broken=0",
        highlight=False,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.walks")
    parser.add_argument("--walks", type=int, default=10_000, help=f"in bundles of {AT_ONCE}")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    return asyncio.run(run(given.walks, given.seed, Console()))


if __name__ == "__main__":
    sys.exit(main())

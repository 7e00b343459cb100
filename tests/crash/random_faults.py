"""``python -m tests.crash.random_faults --faults 50``: faults at random under load.

Two replicas of every service; complaints, also at counters, some with a picture; officers at work,
half of them at the console. Processes are killed and frozen, database and broker too, sessions
ended, gateways fail, clocks jump, the store of pictures is away; several at once. In the end the
ledger says what was lost, doubled, stuck or wrong, and how long nobody was served after a fault.
"""

import argparse
import asyncio
import logging
import random
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.crash import clocks
from tests.crash.clerks import Figures
from tests.crash.facts import Verdict
from tests.crash.faults import Dealer, Fault
from tests.crash.messages import seen_outside
from tests.crash.office import at_the_console
from tests.crash.reading import Readers
from tests.crash.rig import Rig, best_broker, now, running_rig
from tests.crash.served import read_boxes, served_of
from tests.crash.striking import Striker
from tests.crash.takeover import Figure, figures

WITH_STORY = 0.2
"""Share of the complaints that officers, or their authors, do more with."""

Show = Callable[[int, Fault], None]
"""Called when a fault begins, with its number."""


@dataclass(frozen=True)
class Trial:
    """What is to be done. rate: complaints per second. pause: seconds before a fault, at most.
    longest: of a freeze, in seconds. at_once: faults under way at the same time, at most. patience:
    seconds until what has not come to rest counts as stuck."""

    faults: int
    seed: int
    broker: str
    rate: float = 10.0
    pause: float = 7.0
    longest: float = 60.0
    at_once: int = 6
    patience: float = 240.0


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    activity: str
    """What was done besides filing complaints."""
    console: Figures
    takeovers: list[Figure]
    home: Path
    """Gone when the verdict is flawless."""


async def undergo(trial: Trial, show: Show) -> Outcome:
    """The trial's faults under load, then the ledger's verdict."""
    async with running_rig(
        trial.broker, supervise=True, seed=trial.seed, replicas=True, with_story=WITH_STORY
    ) as rig:
        began, stop = now(), asyncio.Event()
        readers, striker = Readers(rig.running, lambda: rig.load.codes, trial.seed), Striker(rig)
        assert rig.staff is not None
        load = asyncio.create_task(rig.load.keep_sending(trial.rate, stop))
        reading = asyncio.create_task(readers.keep_reading(stop))
        office = asyncio.create_task(at_the_console(rig.staff, rig.load.officers, stop))
        try:
            await _strike(striker, trial, show)
        finally:
            stop.set()
        filed, _, _ = await asyncio.gather(load, reading, office)
        await rig.recovered()
        await striker.resume_gateways()
        console = rig.staff.figures
        settled = await rig.verdict(filed, began, trial.patience)
        if settled.settled:
            settled = await rig.verdict_after_sweep(filed, began, trial.patience)
        # What was shown to a person does not come right by waiting.
        erased = {str(each.complaint_id) for each in filed if each.erased}
        verdict = replace(settled, wrong=(*settled.wrong, *console.odd(erased)))
        rig.note(verdict.flawless)
        takeovers = await _takeovers(rig, striker, readers)
        return Outcome(verdict, rig.load.activity(), console, takeovers, rig.stack.home)


async def _strike(striker: Striker, trial: Trial, show: Show) -> None:
    """Deals faults one after the other; none hits what another holds, so that each is felt."""
    chance = random.Random(trial.seed)
    dealer = Dealer(chance, striker.places(), trial.longest)
    under_way: dict[asyncio.Task[None], Fault] = {}
    async with asyncio.TaskGroup() as strikes:
        for number in range(1, trial.faults + 1):
            while len(under_way) >= trial.at_once:
                await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(chance.uniform(trial.pause / 2, trial.pause))
            while (fault := dealer.next(_held(under_way.values()))) is None:
                await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            show(number, fault)
            task = strikes.create_task(striker.strike(fault))
            under_way[task] = fault
            task.add_done_callback(under_way.pop)


def _held(faults: Collection[Fault]) -> frozenset[str]:
    return frozenset().union(*(fault.holds for fault in faults))


async def _takeovers(rig: Rig, striker: Striker, readers: Readers) -> list[Figure]:
    boxes = await read_boxes(rig.stack.urls)
    messages = [seen_outside(each) for each in await rig.running.left("")]
    pages = rig.staff.figures.served if rig.staff else []
    behind = served_of(boxes, messages, rig.load.answered)
    return figures(striker.done, [*rig.load.served, *readers.served, *pages, *behind])


def _run(trial: Trial, console: Console) -> Outcome:
    """Shows a bar on a terminal, a line per fault elsewhere."""
    if not console.is_terminal:

        def tell(number: int, fault: Fault) -> None:
            _say(console, f"fault {number}/{trial.faults}: {fault}")

        return asyncio.run(undergo(trial, tell))
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("starting", total=trial.faults)

        def show(number: int, fault: Fault) -> None:
            what = "settling" if number == trial.faults else str(fault)
            progress.update(task, completed=number, description=what)

        return asyncio.run(undergo(trial, show))


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Random faults under load, and what came of them.")
    parser.add_argument("--faults", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--broker", choices=("apache", "embedded"), default=None)
    parser.add_argument("--rate", type=float, default=Trial.rate)
    parser.add_argument("--pause", type=float, default=Trial.pause)
    parser.add_argument("--longest", type=float, default=Trial.longest)
    parser.add_argument("--at-once", type=int, default=Trial.at_once)
    parser.add_argument("--patience", type=float, default=Trial.patience)
    given = vars(parser.parse_args())
    given["seed"] = given["seed"] or random.SystemRandom().randrange(1_000_000)
    trial = Trial(**given | {"broker": given["broker"] or best_broker()})
    # The ledger's own consumer would tell of every broker that is killed.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    console = Console()
    _say(console, f"{trial} {clocks.notice()}")
    outcome = _run(trial, console)
    verdict = outcome.verdict
    if not verdict.flawless:
        _say(console, f"{verdict.details()}\nlogs and data are kept in {outcome.home}")
    for takeover in outcome.takeovers:
        _say(console, f"takeover: {takeover}")
    _say(console, outcome.activity)
    _say(console, str(outcome.console))
    _say(console, f"faults={trial.faults} {verdict.summary()}")
    return 0 if verdict.flawless else 1


if __name__ == "__main__":
    sys.exit(main())

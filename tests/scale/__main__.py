"""``python -m tests.scale [--json FILE] [--times N] [--cases 1000000]``

Ends with 1 where a figure is over its limit, a request was refused, or there are fewer cases.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from random import Random

import uvloop
from rich.console import Console
from rich.table import Table

from deploy.rehearsal.bench.verdicts import WITHIN
from deploy.rehearsal.seed import bench_home
from tests.scale.asked import EXPORTS, QUESTIONS, Figures, export, figures_of
from tests.scale.desk import a_desk
from tests.scale.limits import CASES, limits_of


async def measure(times: int) -> dict[str, dict[str, float]]:
    """Figures by what was asked; of ``cases`` how many there are."""
    found: dict[str, Figures] = {}
    console, random = Console(stderr=True), Random(1)
    async with a_desk(bench_home()) as desk:
        [[count]] = await desk.rows("SELECT count(*) FROM cases")
        found["cases"] = {"cases": count}
        for name, question in QUESTIONS.items():
            console.print(f"[dim]{name}[/]")
            found[name] = await figures_of(desk, question, random, times)
        for name, what in EXPORTS.items():
            console.print(f"[dim]{name}[/]")
            found[name] = await export(desk, what)
    return {name: dict(each) for name, each in found.items()}


def as_table(found: dict[str, dict[str, float]], verdicts: dict[str, str]) -> Table:
    table = Table(title="milliseconds, if nothing else is said")
    table.add_column("asked")
    table.add_column("figures", justify="right")
    table.add_column("verdict")
    for name, figures in found.items():
        said = "  ".join(f"{what} {value:g}" for what, value in figures.items())
        table.add_row(name, said, verdicts[name])
    return table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.scale")
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--cases", type=int, default=CASES, help="that there must be")
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(measure(given.times))
    verdicts = {
        name: limits_of(name, given.cases).verdict(figures) for name, figures in found.items()
    }
    Console().print(as_table(found, verdicts))
    if given.json is not None:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    over = [name for name, verdict in verdicts.items() if verdict != WITHIN]
    Console().print(f"over={len(over)} {'; '.join(over)}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())

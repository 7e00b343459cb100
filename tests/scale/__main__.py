"""``python -m tests.scale [--json FILE] [--times N]``"""

from __future__ import annotations

import argparse
import asyncio
import json
from contextlib import suppress
from pathlib import Path
from random import Random

import uvloop
from rich.console import Console
from rich.table import Table

from deploy.rehearsal.seed import bench_home
from tests.scale.asked import EXPORTS, QUESTIONS, Figures, export, figures_of
from tests.scale.desk import a_desk


async def measure(times: int) -> dict[str, dict[str, float]]:
    """Figures by what was asked."""
    found: dict[str, Figures] = {}
    console, random = Console(stderr=True), Random(1)
    async with a_desk(bench_home()) as desk:
        [[count]] = await desk.rows("SELECT count(*) FROM cases")
        console.print(f"[dim]{count} cases[/]")
        for name, question in QUESTIONS.items():
            console.print(f"[dim]{name}[/]")
            found[name] = await figures_of(desk, question, random, times)
        for name, what in EXPORTS.items():
            console.print(f"[dim]{name}[/]")
            with suppress(AssertionError):
                found[name] = await export(desk, what)
    return {name: dict(each) for name, each in found.items()}


def as_table(found: dict[str, dict[str, float]]) -> Table:
    table = Table(title="milliseconds, if nothing else is said")
    table.add_column("asked")
    table.add_column("figures", justify="right")
    for name, figures in found.items():
        table.add_row(name, "  ".join(f"{what} {value:g}" for what, value in figures.items()))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.scale")
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--times", type=int, default=100)
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(measure(given.times))
    Console().print(as_table(found))
    if given.json is not None:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

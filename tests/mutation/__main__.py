"""``python -m tests.mutation PART``: runs the mutants of a part and says which survive."""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.local.postgres import Postgres, provision
from tests.databases import RUNNING, note_running
from tests.memory import fast_home
from tests.mutation.fresh import run_anew
from tests.mutation.parts import RUNS, Part, parts
from tests.mutation.results import read, scores, table, unnoticed


def main(arguments: Sequence[str] | None = None) -> int:
    known = parts()
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("part", choices=known)
    parser.add_argument("--only", metavar="GLOB", help="names, as 'services.sla.turn.*'")
    parser.add_argument("--sample", type=int, help="so many mutants, always the same; 0: all")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--resume", action="store_true", help="go on where a run was stopped")
    parser.add_argument("--report", action="store_true", help="run nothing, sum up the last run")
    given = parser.parse_args(arguments)
    part = known[given.part]
    code, started = 0, time.monotonic()
    if not given.report:
        if not given.resume:
            part.copy()
        names = part.chosen(given.only, given.sample)
        code = asyncio.run(_run(part, names, given.workers))
    _report(part, None if given.report else round(time.monotonic() - started))
    return code


async def _run(part: Part, names: Sequence[str], workers: int) -> int:
    async with _server(part) as extra:
        command = ["run", "--max-children", str(workers), *names]
        mutmut = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("mutmut"),
            *command,
            cwd=part.tree,
            env={**os.environ, **extra},
        )
        code = await mutmut.wait()
        await run_anew(part)
        return code


@asynccontextmanager
async def _server(part: Part) -> AsyncIterator[dict[str, str]]:
    """The variable by which all test processes find the one server of a part that needs it."""
    if not part.postgres:
        yield {}
        return
    with fast_home() as home:
        server = Postgres(home)
        try:
            await server.start()
            await provision(server.admin_url, server.credentials.databases)
            await asyncio.to_thread(note_running, home, server.admin_url)
            yield {RUNNING: str(home)}
        finally:
            await server.erase()


def _report(part: Part, seconds: int | None) -> None:
    mutants = read(part.tree)
    found = scores(mutants)
    survivors = RUNS / f"{part.name}-survivors.txt"
    survivors.write_text("\n".join(unnoticed(part.tree, mutants)))
    (RUNS / f"{part.name}.json").write_text(
        json.dumps(
            {
                "seconds": seconds,
                "files": {path: score.as_json() for path, score in found.items()},
                "mutants": {mutant.name: mutant.status for mutant in mutants},
            },
            indent=1,
        )
    )
    took = "" if seconds is None else f"{seconds / 60:.1f} minutes; "
    sys.stdout.write(f"\n{table(found)}\n{took}survivors: {survivors}\n")


if __name__ == "__main__":
    sys.exit(main())

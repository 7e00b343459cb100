"""The command ``crm`` as a person runs it, in a process of its own."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAM = (sys.executable, "-m", "deploy.cli")
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    """Exit code and what was printed."""

    code: int
    out: str
    err: str


async def started(home: Path, *arguments: str) -> asyncio.subprocess.Process:
    """The running command; in a process group of its own, as on a terminal."""
    environment = {**os.environ, "CRM_HOME": str(home), "COLUMNS": "250", "PYTHONUNBUFFERED": "1"}
    return await asyncio.create_subprocess_exec(
        *PROGRAM,
        *arguments,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def crm(home: Path, *arguments: str, seconds: float = 100) -> Ended:
    """Runs the command to its end."""
    process = await started(home, *arguments)
    out, err = await asyncio.wait_for(process.communicate(), seconds)
    return Ended(process.returncode or 0, out.decode(), err.decode())

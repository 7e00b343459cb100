"""Erases again all who were erased, in a database that is older than their erasure.

Intake reads the list that lies outside the database (its setting `CRM_ERASURE_LIST`), erases, and
says what the others would hear of it on the stream. Each service applies that itself, in a process
that opens no door: nobody else knows what it keeps of a reporter.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.credentials import Addresses, Credentials, environment
from deploy.local.modules import module_of, python_environment
from deploy.local.process import ProcessFailed
from deploy.local.settings import overrides
from deploy.services import HEARING, NAMES

NOBODY = "127.0.0.1:1"
"""No broker is asked: the bus is rebuilt afterwards."""


async def apply(
    home: Path,
    credentials: Credentials,
    urls: Mapping[str, str],
    say: Callable[[str], None],
    services: Sequence[str] = HEARING,
) -> None:
    """Returns when each of the services that hear has erased. Raises ProcessFailed with the last
    words of one that could not."""
    at = Addresses(
        urls, NOBODY, idempotence=True, ports=dict.fromkeys(NAMES, 0), smtp_port=0,
        outside_port=0, outside_smtp_port=0, pictures=home / "pictures",
        erasures=home / "erasures",
    )  # fmt: skip
    with TemporaryDirectory() as folder:
        told = Path(folder) / "erasures.jsonl"
        told.touch(mode=0o600)
        say(
            await _run("intake", ["services.intake.erased_again", str(told)], credentials, at, home)
        )
        for name in services:
            command = [module_of(name), "--erasures", str(told)]
            say(await _run(name, command, credentials, at, home))


async def _run(
    name: str, command: Sequence[str], credentials: Credentials, at: Addresses, home: Path
) -> str:
    """What it says last."""
    own = overrides(name, home)
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", *command],
        env={**python_environment(), **environment(name, credentials, at), **own},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (done.stdout + done.stderr).strip().splitlines()
    if done.returncode != 0:
        raise ProcessFailed("\n".join([*lines[-10:], f"{name} could not erase again"]))
    return lines[-1] if lines else name

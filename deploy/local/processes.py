"""The Python processes of a stack: the outside world and the services."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from deploy.local.credentials import (
    KEY_SETTINGS,
    Addresses,
    Credentials,
    environment,
    lay_key_files,
    outside_environment,
)
from deploy.local.modules import module_of, python_environment
from deploy.local.ports import http_answer, http_status, listens
from deploy.local.process import Child, OnLine, ProcessFailed
from deploy.local.settings import overrides
from deploy.services import service_of
from shared.settings import SECRETS_DIR

STOP_SECONDS = 10.0
_LOOK_SECONDS = 0.1
_OUTSIDE_NICENESS = 5
"""It stands for machines of others, and takes as little of ours as it can."""


class Processes:
    """Launches and ends them by name; each launch makes a new child with its own log."""

    def __init__(
        self,
        home: Path,
        credentials: Credentials,
        say: Callable[[str], None],
        on_line: OnLine | None,
    ) -> None:
        self._home = home
        self._credentials = credentials
        self._say = say
        self._on_line = on_line
        self._children: dict[str, Child] = {}

    def names(self) -> tuple[str, ...]:
        """Those that were launched, in that order."""
        return tuple(self._children)

    def __contains__(self, name: object) -> bool:
        return name in self._children

    def __getitem__(self, name: str) -> Child:
        return self._children[name]

    def alive(self, name: str) -> bool:
        """Whether it was launched and runs."""
        return name in self._children and self._children[name].alive

    async def launch(self, name: str, at: Addresses, extra: Mapping[str, str]) -> None:
        """Starts a process; it is not ready yet. `extra` comes into its environment."""
        child = Child(
            name,
            [sys.executable, "-m", module_of(name)],
            self._home / "logs" / f"{name}.log",
            env={**python_environment(), **self._environment(name, at), **extra},
            on_line=self._on_line,
            niceness=_OUTSIDE_NICENESS if name == "outside" else service_of(name).niceness,
        )
        self._children[name] = child
        await child.start()

    def _environment(self, name: str, at: Addresses) -> dict[str, str]:
        if name == "outside":
            return outside_environment(self._credentials, at, self._home / "outside")
        service = service_of(name).name
        own = overrides(service, self._home)
        # `crm keys` may have changed them since this stack was started.
        credentials = Credentials.load(self._home)
        folder = lay_key_files(self._home, service, credentials, own)
        told = environment(name, credentials, at)
        others = {key: value for key, value in told.items() if key not in KEY_SETTINGS}
        return {**others, SECRETS_DIR: str(folder), **own}

    async def end(self, name: str) -> None:
        """SIGTERM, bounded, then SIGKILL."""
        await self._children[name].stop(STOP_SECONDS)

    async def end_all(self, names: Sequence[str]) -> None:
        """The same for several at once; says which did not end as they should."""
        running = [(name, self._children[name]) for name in names if name in self._children]
        ends = await asyncio.gather(*(child.stop(STOP_SECONDS) for _, child in running))
        for (name, child), orderly in zip(running, ends, strict=True):
            if not orderly:
                self._say(f"{name} did not end within {STOP_SECONDS:.0f} s and was killed")
            elif child.returncode not in (0, -15):
                self._say(f"{name} ended with {child.returncode}; see {child.log}")

    async def wait_ready(self, name: str, port: int, seconds: float) -> None:
        """Returns when all its tasks make progress; ProcessFailed with its last lines otherwise."""
        await self._wait(self._is_ready, name, port, seconds)

    async def wait_open(self, name: str, port: int, seconds: float) -> None:
        """Returns when it answers, whatever it still waits for; fails like `wait_ready`."""
        await self._wait(self._is_open, name, port, seconds)

    async def _wait(
        self, reached: Callable[[str, int], Awaitable[bool]], name: str, port: int, seconds: float
    ) -> None:
        deadline = time.monotonic() + seconds
        while not await reached(name, port):
            child = self._children[name]
            if not child.alive or time.monotonic() > deadline:
                how = "is not ready in time" if child.alive else f"ended ({child.returncode})"
                raise ProcessFailed(f"{name} {how}; its last lines:\n{child.last_lines()}")
            await asyncio.sleep(_LOOK_SECONDS)

    async def _is_open(self, _: str, port: int) -> bool:
        return await http_status(port, "/health/live") is not None

    async def _is_ready(self, name: str, port: int) -> bool:
        answer = await http_answer(port, "/health/ready")
        return answer is not None and all_well(*answer) and listens(self._children[name].pid, port)


def all_well(status: int, body: bytes) -> bool:
    """Whether a service is ready and each of its tasks makes progress, its consumer has joined too.
    Callers may be let in before that; who starts the whole stack wants all of it."""
    tasks = json.loads(body).get("tasks", {}) if status == 200 else {}
    return status == 200 and all(state == "ok" for state in tasks.values())

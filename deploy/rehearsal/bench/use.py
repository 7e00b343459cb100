"""What processes take of the machine: resident memory and processor time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

import psutil

LOOK_SECONDS = 0.2


def resident_bytes(process: psutil.Process, children: Sequence[psutil.Process]) -> int:
    """Resident memory of a process; with children, that of all by their own share of it.

    PostgreSQL's workers come and go. One that has ended since it was listed holds nothing: it must
    not end the bench, whose figures would be lost.
    """
    if not children:
        return int(process.memory_info().rss)
    size = process.memory_full_info().pss
    for child in children:
        with suppress(psutil.NoSuchProcess):
            size += child.memory_full_info().pss
    return int(size)


def cpu_seconds(process: psutil.Process) -> float:
    """Of a process and of all that it has made, those that are gone included."""
    spent = process.cpu_times()
    own = spent.user + spent.system + spent.children_user + spent.children_system
    return float(own) + sum(map(_cpu_if_there, process.children()))


def _cpu_if_there(process: psutil.Process) -> float:
    """One that ended since it was listed counts with its parent from now on."""
    with suppress(psutil.NoSuchProcess):
        return cpu_seconds(process)
    return 0.0


@contextmanager
def children_held(process: psutil.Process) -> Iterator[None]:
    """What it has made rests, as it is, while the block runs; it goes on by itself. For seconds:
    it waits for what they hold."""
    resting: list[psutil.Process] = []
    for child in process.children():
        with suppress(psutil.NoSuchProcess):
            _suspend(child, resting)
    try:
        yield
    finally:
        for each in resting:
            with suppress(psutil.NoSuchProcess):
                each.resume()


def _suspend(process: psutil.Process, resting: list[psutil.Process]) -> None:
    """The parent first: it makes no more meanwhile."""
    process.suspend()
    resting.append(process)
    for child in process.children():
        with suppress(psutil.NoSuchProcess):
            _suspend(child, resting)


@asynccontextmanager
async def peaks(
    processes: Mapping[str, psutil.Process], parent: str
) -> AsyncIterator[dict[str, float]]:
    """The most that each took while the block ran, in MB (10^6 bytes) of resident memory; of the
    children of ``parent`` the largest, as ``child``. Raises psutil.NoSuchProcess if one ended."""
    most: dict[str, float] = {}

    async def watch() -> None:
        while True:
            for name, process in processes.items():
                _note(most, name, process)
            # Whoever asks for children reads every process of the machine: of one alone.
            for child in processes[parent].children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    _note(most, "child", child)
            await asyncio.sleep(LOOK_SECONDS)

    watching = asyncio.create_task(watch())
    try:
        yield most
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def _note(most: dict[str, float], name: str, process: psutil.Process) -> None:
    size = round(process.memory_info().rss / 1e6, 1)
    most[name] = max(most.get(name, 0.0), size)

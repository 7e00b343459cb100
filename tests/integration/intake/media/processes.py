"""Processes by what they run: who is left, and what the zygote is."""

from collections.abc import Iterator

import psutil

PROGRAM = "services.intake.media.clearing.zygote"


def zygotes() -> list[psutil.Process]:
    """Of this test, with their children."""
    return list(_running(psutil.Process()))


def _running(process: psutil.Process) -> Iterator[psutil.Process]:
    for child in process.children(recursive=True):
        try:
            if PROGRAM in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                yield child
        except psutil.NoSuchProcess:
            continue


def the_zygote() -> psutil.Process:
    [found] = zygotes()
    return found

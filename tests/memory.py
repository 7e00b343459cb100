"""Homes in memory for servers that tests throw away.

A run makes a thousand databases of nine megabytes each. On a disk, writing and unlinking them takes
longer than the tests that use them.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

MEMORY = Path("/dev/shm")  # noqa: S108 - what lies here may be lost
ENOUGH_BYTES = 2 << 30
"""For the largest file of tests and the templates, twice: two runs may go side by side."""

_PREFIX = "crm-tests-"


@contextmanager
def fast_home() -> Iterator[Path]:
    """A new folder that an unprivileged server can reach: in memory where there is enough of it,
    else where temporary files are."""
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", dir=_parent()) as home:
        place = Path(home)
        place.chmod(0o755)
        yield place


def _parent() -> Path | None:
    if not os.access(MEMORY, os.W_OK):
        return None
    _remove_what_the_killed_left()
    return MEMORY if shutil.disk_usage(MEMORY).free >= ENOUGH_BYTES else None


def _remove_what_the_killed_left() -> None:
    """On a disk it would cost nobody anything; here it is memory."""
    for left in MEMORY.glob(f"{_PREFIX}*-*"):
        if not psutil.pid_exists(int(left.name.removeprefix(_PREFIX).partition("-")[0])):
            shutil.rmtree(left, ignore_errors=True)

"""One stack per home."""

from __future__ import annotations

import contextlib
import fcntl
import time
from pathlib import Path
from typing import IO

from deploy.local.process import ProcessFailed

_ATTEMPTS, _PAUSE_SECONDS = 4, 0.05


def take_lock(home: Path) -> IO[str]:
    """The lock of this home, held until it is closed or its holder is gone.

    ProcessFailed when another process holds it, that is when a stack runs there.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = (home / "lock").open("a")
    try:
        _take(lock)
    except OSError as error:
        lock.close()
        raise ProcessFailed(
            f"a stack runs already in {home}: stop it, or set CRM_HOME to another folder"
        ) from error
    return lock


def _take(lock: IO[str]) -> None:
    """Tries a few times, because `is_locked` takes the lock for a moment to ask."""
    for _ in range(_ATTEMPTS - 1):
        with contextlib.suppress(BlockingIOError):
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        time.sleep(_PAUSE_SECONDS)
    return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_locked(home: Path) -> bool:
    """Whether a stack runs in this home, or is being started or stopped there."""
    try:
        with (home / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except BlockingIOError:
        return True
    return False

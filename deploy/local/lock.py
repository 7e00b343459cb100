"""One stack per home."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from deploy.local.process import ProcessFailed


def take_lock(home: Path) -> IO[str]:
    """The lock of this home, held until it is closed or its holder is gone.

    ProcessFailed when another process holds it, that is when a stack runs there.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = (home / "lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise ProcessFailed(
            f"a stack runs already in {home}: stop it, or set CRM_HOME to another folder"
        ) from error
    return lock

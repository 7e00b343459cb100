"""The file `hold` in the home: while it lies there, the supervisor starts nothing again."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from deploy.local.process import ProcessFailed


@contextlib.contextmanager
def holding(home: Path) -> Iterator[None]:
    """Holds the stack; ProcessFailed when somebody else does already."""
    if is_held(home):
        raise ProcessFailed(f"the stack is held by {home / 'hold'}: another rebuild is under way")
    path = home / "hold"
    path.write_text(f"{os.getpid()}\n")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def is_held(home: Path) -> bool:
    """Whether somebody holds it: a process that still runs, or a person who made an empty file."""
    try:
        holder = (home / "hold").read_text().strip()
    except FileNotFoundError:
        return False
    return not holder.isdigit() or psutil.pid_exists(int(holder))

"""Named points at which a crash test kills the process.

``CRM_FAULT=work.before_commit`` kills at the first time the point is reached,
``CRM_FAULT=work.before_commit:3`` at the third. ``CRM_FAULT=@/folder/file`` says that a file of
that name will name the point: whoever writes it arms the process while it runs, and need not start
it anew. Without the variable a point does nothing.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

FAULT_POINTS = (
    "work.after_begin",
    "work.before_commit",
    "work.after_commit",
    "relay.after_ack",
    "consumer.before_offset_commit",
    "sender.after_call",
    "spool.after_chunks",
)


def kill_this_process() -> None:
    """The end without a last word: nothing is flushed, closed or rolled back."""
    os.kill(os.getpid(), signal.SIGKILL)


class FaultPoints:
    """Counts how often the armed point is reached and strikes when its number has come."""

    def __init__(
        self, armed: str | None = None, strike: Callable[[], None] = kill_this_process
    ) -> None:
        """``armed``: ``name``, ``name:n`` or ``@file``; raises ValueError for a name that is no
        point. A file is read once, at the first point that is reached when it is there. It must
        come whole, by a rename."""
        said = armed or ""
        self._file = Path(said[1:]) if said.startswith("@") else None
        self._strike = strike
        self._arm("" if self._file else said)

    def reach(self, name: str) -> None:
        """Strikes when it is this point's turn; ValueError as above for what the file says."""
        if self._file is not None and self._file.exists():
            self._arm(self._file.read_text(encoding="utf-8"))
            self._file = None
        if name != self._name:
            return
        self._left -= 1
        if self._left == 0:
            self._strike()

    def _arm(self, said: str) -> None:
        name, _, number = said.partition(":")
        if name and name not in FAULT_POINTS:
            raise ValueError(f"no fault point {name!r}; there are: {', '.join(FAULT_POINTS)}")
        self._name = name
        self._left = int(number or 1)

"""Named points at which a crash test kills the process.

``CRM_FAULT=work.before_commit`` kills at the first time the point is reached,
``CRM_FAULT=work.before_commit:3`` at the third. Without the variable a point does nothing.
"""

import os
import signal
from collections.abc import Callable

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
        """``armed``: ``name`` or ``name:n``; raises ValueError for a name that is no point."""
        name, _, number = (armed or "").partition(":")
        if name and name not in FAULT_POINTS:
            raise ValueError(f"no fault point {name!r}; there are: {', '.join(FAULT_POINTS)}")
        self._name = name
        self._left = int(number or 1)
        self._strike = strike

    def reach(self, name: str) -> None:
        if name != self._name:
            return
        self._left -= 1
        if self._left == 0:
            self._strike()

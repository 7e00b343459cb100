"""What a process may no longer do that opens a stranger's file.

No codec is trusted. What it can do with its own bytes is bounded by the kernel, from outside of the
code that it may have taken over: memory, CPU, files, sockets, processes, privileges. Without a file
descriptor to give there is no socket and no file (``RLIMIT_NOFILE`` of 0), on every system; on
Linux the process has no network besides, and when root started it, it is nobody.
"""

import ctypes
import os
import resource
import signal
import sys
import time
from pathlib import Path

MOST_MEMORY = 512 * 1024 * 1024
"""Bytes of address space."""
MOST_CPU_SECONDS = 8

_NOBODY = 65534
NICE, LAST = 5, 19
"""Niceness of what takes its turn, and of what gives way to everybody (nice(2))."""
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CLONE_NEWNET = 0x4000_0000


class Session:
    """What this process and its children weigh together, where Linux weighs sessions.

    Niceness counts within a session alone there (sched(7), autogroups), and the zygote has one of
    its own. To be made before ``lower_own_rights``, which takes the right to open the file.
    """

    _FILE = Path("/proc/self/autogroup")
    _PAUSE_SECONDS, _TRIES = 0.11, 3
    """The kernel takes one change in a tenth of a second from all who are not root."""

    def __init__(self) -> None:
        self._niceness: int | None = None
        try:
            self._descriptor: int | None = os.open(self._FILE, os.O_WRONLY)
        except OSError:  # Sessions are not weighed here.
            self._descriptor = None

    def weigh(self, niceness: int) -> None:
        """As a process of this niceness. Where that is refused all stays as it was, and the next
        call tries it again."""
        if self._descriptor is None or niceness == self._niceness:
            return
        for _ in range(self._TRIES):
            try:
                os.write(self._descriptor, str(niceness).encode())
            except BlockingIOError:
                time.sleep(self._PAUSE_SECONDS)
            except OSError:
                return
            else:
                self._niceness = niceness
                return

    def let_go(self) -> None:
        """Of a child: it may not weigh itself."""
        if self._descriptor is not None:
            os.close(self._descriptor)


def give_way() -> None:
    """Of a child: it has the processor when nobody else wants it, and cannot take that back."""
    if sys.platform == "linux":
        try:
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        except OSError:  # Sandboxes that play Linux know one class alone.
            os.nice(LAST)
    else:
        os.nice(LAST)


def lower_own_rights() -> None:
    """Of the process that makes the children, once it has imported what they need."""
    os.nice(NICE)
    if sys.platform == "linux":
        _libc().unshare(_CLONE_NEWNET)  # Only where it is permitted; the limits hold without it.
        _must(_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    if sys.platform == "linux":
        # Nobody of the same user, a child that was taken over included, may look into it.
        _must(_libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0))


def confine(parent: int, *, threads: bool) -> None:
    """Of a child, once it has read its file. Only the open file descriptors are left to it.

    parent: it dies with that process. threads: HEIF and AVIF decode in threads of their own, for
    which the limit of processes would have to be known in advance.
    """
    if sys.platform == "linux":
        _must(_libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
    limits = [
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ]
    if not threads:
        limits.append((resource.RLIMIT_NPROC, 0))
    for limit, most in limits:
        resource.setrlimit(limit, (most, most))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _must(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "a right could not be given up")

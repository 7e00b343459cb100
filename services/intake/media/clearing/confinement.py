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

MOST_MEMORY = 512 * 1024 * 1024
"""Bytes of address space."""
MOST_CPU_SECONDS = 8

_NOBODY = 65534
_NICE = 5
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CLONE_NEWNET = 0x4000_0000


def lower_own_rights() -> None:
    """Of the process that makes the children, once it has imported what they need."""
    os.nice(_NICE)
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

"""Free TCP ports on the loopback address."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import functools
import itertools
import os
import socket
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

LOOPBACK = "127.0.0.1"
# Below the range from which systems take the ports of outgoing connections (Linux: 32768), so
# that nothing can take a server's port while the server is down between a kill and a restart.
_FIRST, _COUNT = 15000, 17000
_BLOCK = 250
"""How many ports one process has for itself; it goes through them in turn."""


def free_ports(count: int) -> list[int]:
    """`count` different ports nobody listens on now; all are held until all are found."""
    return [*ports_for([str(number) for number in range(count)], {}).values()]


def ports_for(names: Iterable[str], before: Mapping[str, int]) -> dict[str, int]:
    """A free port by name: the one that it had `before`, where nobody has taken it."""
    found: dict[str, int] = {}
    with contextlib.ExitStack() as held:
        for name in names:
            port = before.get(name, 0)
            while not _is_held(held, port):
                port = next(_own_ports())
            found[name] = port
    return found


@functools.cache
def _own_ports() -> Iterator[int]:
    """The ports of a block that no other process of this user chooses from, again and again.

    A stack chooses its ports seconds before its processes listen. In that time another process
    must not choose the same ones: one of the two stacks would not start.
    """
    return itertools.cycle(_block(os.getpid()))


def _block(seed: int) -> range:
    """A block that is free, locked until this process ends; any block when all are taken."""
    folder = Path(tempfile.gettempdir()) / f"crm-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    blocks = [*range(_FIRST, _FIRST + _COUNT, _BLOCK)]
    start = seed % len(blocks)
    for first in (*blocks[start:], *blocks[:start]):
        lock = os.open(folder / str(first), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return range(first, first + _BLOCK)
        os.close(lock)
    return range(blocks[start], blocks[start] + _BLOCK)


def _is_held(held: contextlib.ExitStack, port: int) -> bool:
    """Whether the port was free; it is held from now on."""
    if not port:
        return False
    probe = held.enter_context(socket.socket())
    try:
        probe.bind((LOOPBACK, port))
    except (OSError, OverflowError):
        return False
    return True


def is_listening(port: int, host: str = LOOPBACK) -> bool:
    """Whether something accepts connections there, asked within half a second."""
    try:
        socket.create_connection((host, port), timeout=0.5).close()
    except (OSError, OverflowError, UnicodeError):
        return False
    return True


def listens(pid: int, port: int) -> bool:
    """Whether it is that process which listens there; another may have taken the port before it."""
    import psutil  # not in the containers' image, which needs this module for its addresses

    try:
        ends = psutil.Process(pid).net_connections("tcp")
    except psutil.AccessDenied:
        return True  # it cannot be told here
    except psutil.NoSuchProcess:
        return False
    return any(end.status == psutil.CONN_LISTEN and end.laddr[1] == port for end in ends)


async def http_status(port: int, path: str, seconds: float = 2.0) -> int | None:
    """The status of GET `path` on the loopback address; None when nobody answers in time."""
    answer = await http_answer(port, path, seconds)
    return answer and answer[0]


async def http_answer(port: int, path: str, seconds: float = 2.0) -> tuple[int, bytes] | None:
    """The same with the body."""
    try:
        async with asyncio.timeout(seconds):
            return await _answer(port, path)
    except (OSError, ValueError, IndexError, asyncio.IncompleteReadError):
        return None


async def _answer(port: int, path: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    return int(head.split()[1]), body

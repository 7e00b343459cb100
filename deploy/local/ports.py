"""Free TCP ports on the loopback address."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket

LOOPBACK = "127.0.0.1"
# Below the range from which systems take the ports of outgoing connections (Linux: 32768), so
# that nothing can take a server's port while the server is down between a kill and a restart.
_FIRST, _COUNT = 15000, 17000


def free_ports(count: int) -> list[int]:
    """`count` different ports nobody listens on now; all are held until all are found."""
    found: list[int] = []
    with contextlib.ExitStack() as held:
        while len(found) < count:
            port = _FIRST + secrets.randbelow(_COUNT)
            probe = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind((LOOPBACK, port))
                found.append(port)
    return found


def is_listening(port: int, host: str = LOOPBACK) -> bool:
    """Whether something accepts connections there, asked within half a second."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


async def http_status(port: int, path: str, seconds: float = 2.0) -> int | None:
    """The status of GET `path` on the loopback address; None when nobody answers in time."""
    try:
        async with asyncio.timeout(seconds):
            return await _status(port, path)
    except (OSError, ValueError, IndexError, asyncio.IncompleteReadError):
        return None


async def _status(port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        line = await reader.readline()
        await reader.read()
    finally:
        writer.close()
    return int(line.split()[1])

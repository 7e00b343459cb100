"""TCP connections for calls over HTTP: asyncio's own, and a request leaves in one piece.

What the client library brings for itself hands each part of a request to the system in a call of
its own and lets other tasks run in between; a request cost 40 % more of the processor with it
(docs/decisions/0045).
"""

# ruff: noqa: ASYNC109 (the signatures are the library's)
import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import httpcore2 as httpcore
from aiohappyeyeballs import start_connection

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Addresses of a host; none where it has none."""

NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For a pool whose connections know themselves whom they trust. It trusts no certificate."""

HELD_BYTES = 2**16
"""A longer part of a request leaves at once: it must not stand in memory twice."""

NEXT_ADDRESS_SECONDS = 0.25
"""Until the next address of a host is tried beside the one that does not answer (RFC 8305)."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """As this machine resolves names."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError):
        return []
    return [str(address[0]) for *_, address in found]


class Connections(httpcore.AsyncNetworkBackend):
    """Opens connections to the addresses that ``resolve`` names, and to no other ones."""

    def __init__(
        self, resolve: Resolve = resolve, trust: Callable[[], ssl.SSLContext] = lambda: NOBODY
    ) -> None:
        """Whatever ``resolve`` raises, the caller of the client is raised. ``trust``: asked when
        the first connection is encrypted; most processes never have one."""
        self._resolve = resolve
        self._trust = trust

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        with _failing_as(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                places = [_place(each, port) for each in await self._resolve(host, port)]
                if not places:
                    raise httpcore.ConnectError("the host has no address")
                found = await start_connection(places, happy_eyeballs_delay=NEXT_ADDRESS_SECONDS)
                return Connection(*await _opened(found), self._trust)


class _Reader(asyncio.StreamReader):
    """Knows whether something has come that was not read yet."""

    unread = 0

    def feed_data(self, data: Any) -> None:
        self.unread += len(data)
        super().feed_data(data)

    async def read(self, n: int = -1) -> bytes:
        data = await super().read(n)
        self.unread -= len(data)
        return data


async def _opened(connected: socket.socket) -> tuple[_Reader, asyncio.StreamWriter]:
    """As `asyncio.open_connection` does it, with our own reader."""
    loop = asyncio.get_running_loop()
    reader = _Reader(loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    try:
        transport, _ = await loop.create_connection(lambda: protocol, sock=connected)
    except BaseException:  # Also where the caller's time is over: nobody else would close it.
        connected.close()
        raise
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


class Connection(httpcore.AsyncNetworkStream):
    """What is written is held until an answer is read, so that it leaves in one piece."""

    def __init__(
        self, reader: _Reader, writer: asyncio.StreamWriter, trust: Callable[[], ssl.SSLContext]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._trust = trust
        self._held = bytearray()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._held += buffer
        if len(self._held) < HELD_BYTES:
            return
        self._let_go()
        with _failing_as(httpcore.WriteTimeout, httpcore.WriteError):
            async with asyncio.timeout(timeout):
                await self._writer.drain()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._let_go()
        with _failing_as(httpcore.ReadTimeout, httpcore.ReadError):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    def _let_go(self) -> None:
        if self._held:
            self._writer.write(bytes(self._held))
            self._held.clear()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        trusted = self._trust()
        trusted.set_alpn_protocols(["http/1.1"])
        with _failing_as(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                await self._writer.start_tls(trusted, server_hostname=server_hostname)
        return self

    async def aclose(self) -> None:
        # Over TLS a mere close waits up to half a minute for the peer's, who may send on meanwhile.
        self._writer.transport.abort()

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._is_readable()
        return self._writer.get_extra_info(info)

    def _is_readable(self) -> bool:
        """Whether bytes, or an end, have come that nobody has asked for: whoever would send a
        request here would be given somebody else's answer, or none. The system is not asked: each
        free connection is looked at before each request."""
        reader, writer = self._reader, self._writer
        return bool(reader.unread) or reader.at_eof() or writer.is_closing()


def _place(address: str, port: int) -> tuple[int, int, int, str, Any]:
    """An address as the system's resolver gives it."""
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)


@contextmanager
def _failing_as(late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    """What the system raises, in the words of the client library."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except (OSError, EOFError) as error:
        raise broken(str(error)) from error

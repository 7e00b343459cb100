"""ClamAV's daemon: a file is sent in chunks over its socket, and one line is the answer.

By INSTREAM (clamd(8)): each chunk with its length before it, four bytes in network order; a length
of 0 ends the file. A scanner that is set wrong passes what it has not looked at as clean, so it is
tried before it is believed.
"""

import asyncio
import io
import socket
import zipfile
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Final

from shared.errors import Transient

LARGEST: Final = 25 * 1024 * 1024
"""Bytes of the largest file that is taken in."""
SECONDS: Final = 150.0
"""clamd by itself gives up a file after two minutes."""
_BLOCK = 1024 * 1024
_LEVELS = 120
"""More than clamd can be told to unpack (MaxRecursion, at most 100)."""
_ANSWER_BYTES = 4096
_BEYOND_LIMITS = ("stream: Heuristics.Limits.Exceeded", "stream: Heuristics.Encrypted")


class Verdict(StrEnum):
    """unscanned: larger, deeper or slower than the scanner is allowed to look at."""

    CLEAN = "clean"
    INFECTED = "infected"
    UNSCANNED = "unscanned"


class Clamd:
    """One scanner. Every call raises Transient while it is away, silent or failing."""

    def __init__(self, address: str, seconds: float = SECONDS) -> None:
        """``address``: the path of a Unix socket, or ``host:port``. ``seconds``: for one file."""
        self._address = address
        self._seconds = seconds

    async def scan(self, blocks: AsyncIterator[bytes]) -> Verdict:
        """What is found in the file of these bytes."""
        try:
            async with asyncio.timeout(self._seconds):
                return _verdict(await self._answer(blocks))
        except (OSError, TimeoutError) as error:
            raise Transient(f"the scanner is away: {type(error).__name__}") from None

    async def trouble(self) -> str | None:
        """Which setting of clamd would let a file pass unscanned; None when all are right."""
        if await self.scan(_only(_deep_archive())) is not Verdict.UNSCANNED:
            return "set AlertExceedsMax yes in clamd.conf: it calls clean what it does not scan"
        if await self.scan(_zeros(LARGEST)) is not Verdict.CLEAN:
            return "set StreamMaxLength and MaxFileSize in clamd.conf to 25M or more"
        return None

    async def _answer(self, blocks: AsyncIterator[bytes]) -> str:
        loop = asyncio.get_running_loop()
        family, address = await self._place()
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.setblocking(False)
            await loop.sock_connect(connection, address)
            await _send(connection, blocks)
            said = b""
            while not said.endswith(b"\0") and len(said) < _ANSWER_BYTES:
                more = await loop.sock_recv(connection, _ANSWER_BYTES)
                if not more:
                    break
                said += more
        # Without its end it may be the beginning of another answer.
        return said[:-1].decode("ascii", "replace") if said.endswith(b"\0") else ""

    async def _place(self) -> tuple[int, str | tuple[str, int]]:
        if self._address.startswith("/"):
            return socket.AF_UNIX, self._address
        host, _, port = self._address.rpartition(":")
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return found[0][0], found[0][4]  # type: ignore[return-value]


async def _send(connection: socket.socket, blocks: AsyncIterator[bytes]) -> None:
    """Of a file that is too large the answer is sent before its end, and the line is closed: the
    answer is to be read all the same."""
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_sendall(connection, b"zINSTREAM\0")
        async for block in blocks:
            await loop.sock_sendall(connection, len(block).to_bytes(4, "big") + block)
        await loop.sock_sendall(connection, bytes(4))
    except (BrokenPipeError, ConnectionResetError):
        return


def _verdict(said: str) -> Verdict:
    if said == "stream: OK":
        return Verdict.CLEAN
    if said.startswith(_BEYOND_LIMITS) or said.startswith("INSTREAM size limit exceeded"):
        return Verdict.UNSCANNED
    if said.startswith("stream: ") and said.endswith(" FOUND"):
        return Verdict.INFECTED
    raise Transient("the scanner gave no verdict")


async def _only(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _zeros(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // _BLOCK):
        yield bytes(_BLOCK)


def _deep_archive() -> bytes:
    """Archives in archives, 12 kB: deeper than clamd looks whatever it is told."""
    data = b"x"
    for _ in range(_LEVELS):
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as archive:
            archive.writestr("a", data)
        data = sink.getvalue()
    return data

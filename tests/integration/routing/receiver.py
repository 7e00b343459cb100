"""An agency's own system: a real server that keeps what it was sent and answers as it is told."""

import asyncio
import json
import ssl
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """One request. ``headers`` by their names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: str

    @property
    def said(self) -> Any:
        return json.loads(self.body)

    @property
    def type(self) -> str:
        return str(self.said["type"])


@dataclass
class Receiver:
    """``answers``: heads of the next answers, such as ``500 x``; then 204. ``silent``: it takes
    a request and says nothing."""

    port: int = 0
    scheme: str = "http"
    received: list[Received] = field(default_factory=list)
    answers: deque[str] = field(default_factory=deque)
    silent: bool = False

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}/crm"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.received.append(await _read(reader))
            if self.silent:
                await reader.read()
                return
            head = self.answers.popleft() if self.answers else "204 No Content"
            writer.write(f"HTTP/1.1 {head}\r\nconnection: close\r\n\r\n".encode())
            await writer.drain()
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Received:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers["content-length"]))
    return Received(first.split()[1], headers, body.decode())


@asynccontextmanager
async def a_receiver(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver(scheme="https" if tls else "http")
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    yield receiver
    server.close()

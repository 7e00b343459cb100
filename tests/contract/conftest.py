"""The operators' issuer, whom every service of this folder's tests believes."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tests.contract import operations


@pytest.fixture(scope="session", autouse=True)
async def issuer() -> AsyncIterator[None]:
    """A server that says the issuer's public keys."""
    body = json.dumps(operations.CREDENTIALS.jwks()).encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    operations.issued_by(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json")
    yield
    server.close()

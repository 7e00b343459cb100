"""Connections of calls over HTTP, against bare servers: what stands on the wire, and when."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from shared.connections import HELD_BYTES, Connections
from shared.errors import Transient
from shared.outbound import OutboundClient, StrangersClient

NAME = "sistem.example.org"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
LATE = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"

After = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Peer:
    """A server at ``port``. pieces: what came in one piece, by connection."""

    port: int = 0
    pieces: list[list[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def heads(self) -> list[bytes]:
        return [each.partition(b"\r\n\r\n")[0].lower() for [each, *_] in self.pieces]


async def stays(writer: asyncio.StreamWriter) -> None:
    """The connection is kept."""


async def hangs_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def says_what_nobody_asked(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.02)
    writer.write(LATE)


async def says_that_it_was_too_late(writer: asyncio.StreamWriter) -> None:
    await says_what_nobody_asked(writer)
    writer.close()


@asynccontextmanager
async def a_peer(
    after: After = stays, answers_at_once: bool = False, address: str = "127.0.0.1"
) -> AsyncIterator[Peer]:
    """Answers each request, then does ``after``. ``answers_at_once``: before it has the body."""
    peer, ended = Peer(), list[asyncio.Task[None]]()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.append(asyncio.ensure_future(answer(reader, writer)))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pieces: list[bytes] = []
        peer.pieces.append(pieces)
        answered = 0
        while piece := await reader.read(2**20):
            pieces.append(piece)
            if answered < _requests(b"".join(pieces), whole=not answers_at_once):
                answered += 1
                writer.write(OK)
                await writer.drain()
                await after(writer)
        writer.close()

    server = await asyncio.start_server(connected, address, 0, limit=2**20)
    peer.port = server.sockets[0].getsockname()[1]
    yield peer
    server.close()
    await asyncio.wait_for(asyncio.gather(*ended), 10)


def _requests(wire: bytes, whole: bool) -> int:
    """How many stand on the wire."""
    found = 0
    while b"\r\n\r\n" in wire:
        head, _, wire = wire.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if whole and len(wire) < int(length or 0):
            break
        wire = wire[int(length or 0) :]
        found += 1
    return found


@asynccontextmanager
async def a_client() -> AsyncIterator[OutboundClient]:
    client = OutboundClient(timeout=5.0)
    try:
        yield client
    finally:
        await client.close()


async def test_a_request_leaves_in_one_piece_when_its_answer_is_waited_for() -> None:
    async with a_peer() as peer:
        connection = await Connections().connect_tcp("127.0.0.1", peer.port)
        for part in (b"POST / HTTP/1.1\r\n", b"content-length: 2\r\n\r\n", b"{}"):
            await connection.write(part)
            await asyncio.sleep(0.02)
            assert peer.pieces in ([], [[]])
        assert await connection.read(100) == OK
        await connection.aclose()
    assert peer.pieces == [[b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}"]]


@pytest.mark.parametrize("size", [HELD_BYTES - 1, HELD_BYTES, 5 * 2**20])
@pytest.mark.parametrize("answers_at_once", [False, True])
async def test_a_long_body_arrives_whole(size: int, answers_at_once: bool) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    async with a_peer(answers_at_once=answers_at_once) as peer, a_client() as client:
        for _ in range(2):
            assert (await client.request("POST", peer.url, content=body[:size])).status == 200
    arrived = b"".join(piece for pieces in peer.pieces for piece in pieces)
    if not answers_at_once:
        assert arrived.count(body[:size]) == 2


@pytest.mark.parametrize(
    ("after", "connections"),
    [(stays, 1), (hangs_up, 5), (says_what_nobody_asked, 5), (says_that_it_was_too_late, 5)],
)
async def test_a_connection_is_used_again_unless_the_peer_has_done_with_it(
    after: After, connections: int
) -> None:
    async with a_peer(after) as peer, a_client() as client:
        for _ in range(5):
            answer = await client.request("POST", peer.url, json={})
            assert (answer.status, answer.body) == (200, b"{}")
            await asyncio.sleep(0.05)
    assert len(peer.pieces) == connections


@pytest.mark.parametrize("first", ["127.0.0.9", "::1", "::ffff:127.0.0.9"])
async def test_where_one_address_does_not_answer_the_next_one_is_tried(first: str) -> None:
    async def both(host: str, port: int) -> Sequence[str]:
        return [first, "127.0.0.1"]

    async with a_peer() as peer:
        client = StrangersClient(5.0, [f"{NAME}:{peer.port}"], both)
        answer = await client.post(f"http://{NAME}:{peer.port}/", headers={}, content=b"{}")
        await client.close()
    assert answer.status == 200
    assert f"host: {NAME}:{peer.port}".encode() in peer.heads()[0]


async def test_a_host_without_an_address_does_not_answer() -> None:
    async with a_client() as client:
        with pytest.raises(Transient, match="ConnectError"):
            await client.request("GET", "http://nowhere.invalid/")


async def test_nothing_is_asked_for_that_must_be_unpacked() -> None:
    async with a_peer() as peer, a_client() as client:
        await client.request("GET", peer.url, headers={"X-Of-Ours": "1"})
    [head] = peer.heads()
    assert b"accept-encoding: identity" in head
    assert b"user-agent: " in head
    assert b"x-of-ours: 1" in head
    assert b"content-length" not in head


async def test_a_header_field_that_would_be_two_is_not_sent() -> None:
    async with a_peer() as peer, a_client() as client:
        with pytest.raises(Transient, match="LocalProtocolError"):
            await client.request("GET", peer.url, headers={"x": "1\r\nhost: other"})
    assert peer.pieces in ([], [[]])

"""A file that comes in is laid down in sealed chunks, and little of it is in memory."""

import asyncio
import base64
import hashlib
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from services.intake.media.incoming import IncomingFile, Room
from services.intake.media.sealing import FileOpener, FileSealer
from shared.errors import Transient

MIB = 1024 * 1024
OPENER = FileOpener(base64.b64encode(X25519PrivateKey.generate().private_bytes_raw()).decode())
SEALER = FileSealer(OPENER.public_key)
REF = UUID(int=7)


class Shelf:
    """Keeps what is laid down. While it is shut nothing is committed."""

    def __init__(self) -> None:
        self.chunks: dict[UUID, list[bytes]] = {}
        self.waiting = 0
        self.open = asyncio.Event()
        self.open.set()

    async def lay_down(self, ref: UUID, number: int, sealed: bytes) -> None:
        self.waiting += 1
        await self.open.wait()
        assert number == len(self.chunks.setdefault(ref, []))
        self.chunks[ref].append(sealed)
        self.waiting -= 1


@pytest.mark.parametrize(
    ("size", "chunks"), [(1, 1), (MIB - 1, 1), (MIB, 1), (MIB + 1, 2), (3 * MIB, 3)]
)
async def test_it_opens_as_it_came_and_only_the_last_chunk_may_be_short(
    size: int, chunks: int
) -> None:
    shelf, digest = Shelf(), hashlib.sha256()
    sent = (bytes(range(251)) * (size // 251 + 1))[:size]
    file = IncomingFile(SEALER.file(REF), shelf.lay_down, Room(), digest)
    for at in range(0, size, 100_000):
        file.take(sent[at : at + 100_000])
        await file.settle()
    laid = await file.end()
    assert (laid.chunks, laid.size) == (chunks, size)
    assert OPENER.file(REF, laid.wrapped_key, shelf.chunks[REF]) == sent
    assert digest.digest() == hashlib.sha256(sent).digest()


async def test_what_waits_to_be_laid_down_counts_as_held_and_is_sealed_in_its_turn() -> None:
    shelf, room = Shelf(), Room(held_bytes=3_000)
    shelf.open.clear()
    files = [IncomingFile(SEALER.file(UUID(int=n)), shelf.lay_down, room) for n in range(20)]
    writing = [asyncio.create_task(file.write(bytes(1_000))) for file in files]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (room.held, shelf.waiting) == (20_000, 2)
    shelf.open.set()
    await asyncio.gather(*writing)
    assert room.held <= 3_000
    for file in files:
        await file.end()
    assert room.held == 0


async def test_while_the_database_is_behind_no_more_is_read_and_then_all_of_it() -> None:
    shelf, room = Shelf(), Room(read_on_bytes=2 * MIB)
    shelf.open.clear()
    read = 0

    async def sending(file: IncomingFile) -> None:
        nonlocal read
        for _ in range(8):
            await room.opening()
            read += 1
            await file.write(bytes(MIB))

    files = [IncomingFile(SEALER.file(UUID(int=n)), shelf.lay_down, room) for n in range(10)]
    tasks = [asyncio.create_task(sending(file)) for file in files]
    for _ in range(20):
        await asyncio.sleep(0)
    assert read < 20
    shelf.open.set()
    await asyncio.gather(*tasks)
    assert read == 80


async def test_a_slow_line_that_writes_nothing_keeps_nobody_waiting() -> None:
    room = Room(read_on_bytes=1_000)
    slow = IncomingFile(SEALER.file(REF), Shelf().lay_down, room)
    slow.take(bytes(5_000))
    async with asyncio.timeout(5):
        await room.opening()


async def test_a_file_that_is_given_up_holds_nothing() -> None:
    async def away(ref: UUID, number: int, sealed: bytes) -> None:
        raise Transient("the database is away")

    room = Room()
    file = IncomingFile(SEALER.file(REF), away, room)
    with pytest.raises(Transient):
        await file.write(bytes(2 * MIB))
    file.close()
    assert room.held == 0

"""Forms with files, while the database keeps them waiting."""

import asyncio
import base64
import tracemalloc
from collections.abc import AsyncIterator
from typing import cast
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from services.intake.media.sealing import FileOpener, FileSealer
from services.intake.spooling.parts import ReceivedForm, read_form
from services.intake.spooling.spool import Spool
from shared.ids import new_id
from shared.work import Works

PHOTO_BYTES = 300_000
FORM = b'--b\r\ncontent-disposition: form-data; name="photo"; filename="a"\r\n\r\n'
OPENER = FileOpener(base64.b64encode(X25519PrivateKey.generate().private_bytes_raw()).decode())


class SlowSpool(Spool):
    """Writes nothing before ``open`` is set, and each piece as soon as it comes."""

    def __init__(self) -> None:
        super().__init__(cast(Works, None), FileSealer(OPENER.public_key), new_id, held_bytes=0)
        self.open = asyncio.Event()
        self.written = 0

    async def _lay_down(self, ref: UUID, number: int, sealed: bytes) -> None:
        await self.open.wait()
        self.written += len(sealed)


async def form() -> AsyncIterator[bytes]:
    yield FORM + bytes(PHOTO_BYTES)
    yield b"\r\n--b--\r\n"


def reading(spool: Spool) -> "asyncio.Task[ReceivedForm]":
    return asyncio.create_task(read_form(form(), "multipart/form-data; boundary=b", spool, "photo"))


async def test_a_photo_that_waits_for_the_database_is_in_memory_once() -> None:
    spool = SlowSpool()
    tracemalloc.start()
    try:
        tasks = [reading(spool) for _ in range(20)]
        while spool.held < 20 * PHOTO_BYTES:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        # Two of them are sealed as well.
        assert tracemalloc.get_traced_memory()[0] < 24 * PHOTO_BYTES
    finally:
        tracemalloc.stop()
    spool.open.set()
    for received in await asyncio.gather(*tasks):
        [upload] = received.uploads
        assert upload.size == PHOTO_BYTES
    assert spool.held == 0

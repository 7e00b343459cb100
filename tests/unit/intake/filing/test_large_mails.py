"""Room for large mails: who finds none waits in turn, or is told to come again."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.intake.filing.accept import Full
from services.intake.filing.large_mails import LARGE_BYTES, LargeMails

MIB = 1024 * 1024
FOR_EVER = 3_600.0


def keeping(mails: LargeMails, size: int, held: list[int], done: asyncio.Event) -> Awaitable[None]:
    async def keep() -> None:
        async with mails.place(size):
            held.append(size)
            await done.wait()

    return asyncio.create_task(keep())


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not what():
            await asyncio.sleep(0)


async def test_who_finds_no_room_waits_and_nobody_passes_who_waits() -> None:
    mails, held, done = LargeMails(10 * MIB, FOR_EVER), list[int](), asyncio.Event()
    later = asyncio.Event()
    first = keeping(mails, 6 * MIB, held, done)
    others = [keeping(mails, size * MIB, held, later) for size in (9, 1)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert held == [6 * MIB]
    done.set()
    await first
    await until(lambda: len(held) == 3)
    assert held == [6 * MIB, 9 * MIB, 1 * MIB]
    later.set()
    await asyncio.gather(*others)


async def test_one_that_is_larger_than_all_the_room_is_let_in_alone() -> None:
    mails = LargeMails(MIB, FOR_EVER)
    async with mails.place(25 * MIB), mails.place(LARGE_BYTES):
        pass


async def test_who_has_waited_long_is_told_to_come_again_and_keeps_no_room() -> None:
    mails = LargeMails(MIB, 0.001)
    async with mails.place(MIB):
        with pytest.raises(Full):
            async with mails.place(MIB):
                pass
    async with mails.place(MIB):
        pass

"""Work beside a block: it goes on while the block runs, and never outlives it."""

import asyncio

import pytest

from shared.beside import beside


async def test_work_goes_on_while_something_else_is_waited_for() -> None:
    begun = asyncio.Event()

    async def work() -> str:
        begun.set()
        return "done"

    async with beside(work()) as task:
        await asyncio.wait_for(begun.wait(), 10)
        assert await task == "done"


async def test_work_is_given_up_where_the_block_fails() -> None:
    tasks: list[asyncio.Task[None]] = []

    async def work() -> None:
        await asyncio.Event().wait()

    async def block() -> None:
        async with beside(work()) as task:
            tasks.append(task)
            raise ValueError("the block")

    with pytest.raises(ValueError, match="the block"):
        await asyncio.wait_for(block(), 10)
    assert tasks[0].cancelled()


async def test_a_failure_of_the_work_is_raised_where_it_is_waited_for() -> None:
    async def work() -> None:
        raise ValueError("the work")

    async def block() -> None:
        async with beside(work()) as task:
            await task

    with pytest.raises(ValueError, match="the work"):
        await block()

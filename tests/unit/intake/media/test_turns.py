"""Files are handed out a few at a time, in small pieces, and nobody holds a turn for ever."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.types import Message, Scope

from services.intake.media.serving.turns import PIECE_BYTES, TurnAnswer, Turns
from shared.errors import Gone, Unavailable

SCOPE: Scope = {"type": "http", "method": "GET"}


async def nothing() -> Message:
    await asyncio.sleep(3600)
    return {"type": "http.disconnect"}


async def blocks(*data: bytes) -> AsyncIterator[bytes]:
    for each in data:
        yield each


class Browser:
    """Takes pieces; from ``stops_after`` on it takes none."""

    def __init__(self, stops_after: int | None = None) -> None:
        self.took: list[Message] = []
        self._stops_after = stops_after

    async def __call__(self, message: Message) -> None:
        if self._stops_after is not None and len(self.took) >= self._stops_after:
            await asyncio.sleep(3600)
        self.took.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.took)

    @property
    def ended(self) -> bool:
        return bool(self.took) and self.took[-1].get("more_body") is False


def answer(turns: Turns, *data: bytes, seconds: float = 30.0) -> TurnAnswer:
    length = {"content-length": str(sum(map(len, data)))}
    return TurnAnswer(turns, lambda: blocks(*data), length, "image/jpeg", piece_seconds=seconds)


async def test_a_file_arrives_whole_in_pieces_that_never_fill_a_buffer() -> None:
    data = [bytes([number]) * (PIECE_BYTES + number) for number in range(1, 4)]
    browser = Browser()
    await answer(Turns(1), *data)(SCOPE, nothing, browser)
    assert (browser.body, browser.ended) == (b"".join(data), True)
    assert max(len(message.get("body", b"")) for message in browser.took) <= PIECE_BYTES
    assert browser.took[0]["status"] == 200


async def test_an_empty_file_is_an_answer_too() -> None:
    browser = Browser()
    await answer(Turns(1), b"")(SCOPE, nothing, browser)
    assert (browser.body, browser.ended) == (b"", True)


async def test_who_finds_no_turn_is_told_to_ask_again_and_nothing_is_read_for_them() -> None:
    turns = Turns(1, seconds=0.05)
    read: list[str] = []

    def opened() -> AsyncIterator[bytes]:
        read.append("opened")
        return blocks(b"x")

    async with turns.one():
        with pytest.raises(Unavailable):
            await TurnAnswer(turns, opened, {}, "image/jpeg")(SCOPE, nothing, Browser())
    assert read == []
    await TurnAnswer(turns, opened, {}, "image/jpeg")(SCOPE, nothing, Browser())
    assert read == ["opened"]


async def test_who_takes_no_piece_in_time_is_cut_off_and_gives_the_turn_back() -> None:
    turns = Turns(1, seconds=0.05)
    slow = Browser(stops_after=2)
    await answer(turns, b"x" * PIECE_BYTES * 3, seconds=0.05)(SCOPE, nothing, slow)
    assert not slow.ended
    quick = Browser()
    await answer(turns, b"y")(SCOPE, nothing, quick)
    assert quick.body == b"y"


async def erased_after(data: bytes) -> AsyncIterator[bytes]:
    if data:
        yield data
    raise Gone("The file was erased.")


@pytest.mark.parametrize(("data", "raises"), [(b"", True), (b"x", False)])
async def test_what_fails_before_the_first_byte_is_an_answer_and_after_it_the_line_is_cut(
    data: bytes, raises: bool
) -> None:
    turns, browser = Turns(1, seconds=0.05), Browser()
    failing: Any = TurnAnswer(turns, lambda: erased_after(data), {}, "image/jpeg")
    if raises:
        with pytest.raises(Gone):
            await failing(SCOPE, nothing, browser)
    else:
        await failing(SCOPE, nothing, browser)
    assert (browser.body, browser.ended) == (data, False)
    await answer(turns, b"y")(SCOPE, nothing, Browser())

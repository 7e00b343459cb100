"""An answer that goes on, behind the real door: who leaves, who takes nothing, and a stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from shared.health import Health
from shared.http.app import create_app
from shared.http.event_stream import EventStream
from shared.http.operation import Router
from shared.http.receipt import BoundedReceipt
from shared.telemetry import Metrics
from tests.builders import T0


class News:
    """``size`` bytes whenever they are taken; 0: nothing ever comes."""

    def __init__(self, size: int) -> None:
        self._news = b"x" * size
        self.is_over = asyncio.Event()

    async def next(self) -> bytes | None:
        if not self._news:
            await self.is_over.wait()
        return None if self.is_over.is_set() else self._news

    def close(self) -> None:
        self.is_over.set()


@asynccontextmanager
async def a_door(
    news: News, send_seconds: float = 10.0
) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    router = Router(prefix="/v1")

    @router.get("/news", status_code=200, response_class=EventStream)
    async def read_news() -> EventStream:
        return EventStream(news, send_seconds)

    app = create_app("news", "News", [router], Health(), Metrics(), dated_by=lambda: T0)
    config = uvicorn.Config(
        app, port=0, http=BoundedReceipt, log_config=None, lifespan="off", ws="none",
        date_header=False,
        timeout_graceful_shutdown=3,
    )  # fmt: skip
    door = uvicorn.Server(config)
    serving = asyncio.create_task(door.serve())
    while not door.started:
        await asyncio.sleep(0.01)
    yield door, door.servers[0].sockets[0].getsockname()[1]
    door.should_exit = True
    await serving


async def ask(port: int, method: str = "GET") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(f"{method} /v1/news HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    return reader, writer


async def test_who_leaves_is_sent_nothing_more() -> None:
    news = News(0)
    async with a_door(news) as (_, port), asyncio.timeout(3):
        reader, writer = await ask(port)
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"text/event-stream" in head
        assert head.count(b"\r\ndate: Sun, 03 Nov 2024 02:00:00 GMT\r\n") == 1
        writer.close()
        await news.is_over.wait()


async def test_who_takes_nothing_is_cut_off_with_what_waits_for_it() -> None:
    news = News(64 * 1024)
    async with a_door(news, 0.2) as (door, port), asyncio.timeout(5):
        _, writer = await ask(port)
        await news.is_over.wait()
        while door.server_state.connections:
            await asyncio.sleep(0.01)
        writer.close()


async def test_a_stop_is_as_quick_as_the_stream_ends() -> None:
    news = News(0)
    async with a_door(news) as (door, port):
        reader, writer = await ask(port)
        await reader.readuntil(b"\r\n\r\n")
        door.should_exit = True
        news.close()
        async with asyncio.timeout(1):
            assert await reader.read() == b"0\r\n\r\n"
        writer.close()


async def test_a_head_ends_where_a_get_would_go_on() -> None:
    news = News(64 * 1024)
    async with a_door(news) as (_, port), asyncio.timeout(3):
        reader, writer = await ask(port, "HEAD")
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"200 OK" in head
        assert news.is_over.is_set() or await news.is_over.wait()
        writer.close()

"""A real server and bare sockets: what a client may do while it sends, and what it is told."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

import pytest
import uvicorn
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from shared.health import Health
from shared.http.app import create_app
from shared.http.operation import Router
from shared.http.receipt import BoundedReceipt
from shared.telemetry import Metrics
from tests.builders import T0
from tests.unit.shared.http.door import a_router

HEAD = "POST /v1/raw HTTP/1.1\r\nhost: x\r\n"


class Hasty(BoundedReceipt):
    seconds = 0.2
    linger_seconds = 2.0


@dataclass
class Served:
    port: int
    metrics: Metrics
    gate: asyncio.Event
    """While it is not set, `GET /slow` has no answer."""

    @asynccontextmanager
    async def call(self) -> AsyncIterator["Call"]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Call(reader, writer)
        finally:
            writer.close()

    def given_up(self, path: str) -> str:
        """The line of the metrics that counts whose clients hung up; empty before the first."""
        counted = f'crm_http_seconds_count{{method="POST",route="{path}",status="499"}}'
        lines = self.measured.splitlines()
        return next((line for line in lines if line.startswith(counted)), "")

    @property
    def measured(self) -> str:
        return generate_latest(self.metrics.registry).decode()


@dataclass
class Call:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, text: str | bytes) -> None:
        self.writer.write(text.encode("latin-1") if isinstance(text, str) else text)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers in lower case, body. Fails when there is none within two seconds."""
        async with asyncio.timeout(2):
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = [line.split(": ", 1) for line in lines[1:] if line]
            headers = {name.lower(): value for name, value in pairs}
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(lines[0].split()[1]), headers, body

    async def is_over(self) -> bool:
        """Whether the server has hung up, and says nothing more. It has two seconds for it."""
        async with asyncio.timeout(2):
            return await self.reader.read() == b""


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[Served]:
    metrics, gate, router = Metrics(), asyncio.Event(), Router()

    @router.get("/slow")
    async def slow() -> None:
        await gate.wait()

    app = create_app("door", "Door", [a_router(), router], Health(), metrics, dated_by=lambda: T0)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, http=Hasty, ws="none", log_config=None, access_log=False,
        lifespan="off", timeout_keep_alive=1, date_header=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield Served(server.servers[0].sockets[0].getsockname()[1], metrics, gate)
    server.should_exit = True
    await serving


def problem_in(answer: tuple[int, dict[str, str], bytes], status: int) -> dict[str, Any]:
    assert answer[0] == status
    assert answer[1]["content-type"] == "application/problem+json"
    assert answer[1]["cache-control"] == "no-store"
    assert answer[1]["date"] == format_datetime(T0, usegmt=True)
    told: dict[str, Any] = json.loads(answer[2])
    assert told["status"] == status
    return told


# --- half-sent requests ------------------------------------------------------------------


@pytest.mark.parametrize(
    "half",
    [
        "P",
        "POST /v1/raw HTTP/1.1\r\n",
        HEAD,
        f"{HEAD}content-length: 5",
        f"{HEAD}content-length: 5\r\n\r\n",
        f"{HEAD}content-length: 5\r\n\r\n" + "{",
        f"{HEAD}transfer-encoding: chunked\r\n\r\n",
        f"{HEAD}transfer-encoding: chunked\r\n\r\n1\r\n" + "{",
        f"{HEAD}transfer-encoding: chunked\r\n\r\n1\r\n" + "{\r\n0\r\nx: 1\r\n",
        "\r\n\r\n",
    ],
)
async def test_a_request_that_does_not_come_to_its_end_is_answered_and_cut(
    served: Served, half: str
) -> None:
    async with served.call() as call:
        await call.say(half)
        answer = await call.answer()
        problem_in(answer, 408)
        assert answer[1]["connection"] == "close"
        assert await call.is_over()


async def test_a_request_that_comes_drop_by_drop_has_no_more_time_than_another(
    served: Served,
) -> None:
    async with served.call() as call:
        answering = asyncio.create_task(call.answer())
        for letter in f"{HEAD}x-slow: {'a' * 50}":
            if answering.done():
                break
            await call.say(letter)
            await asyncio.sleep(0.02)
        problem_in(await answering, 408)


async def test_a_connection_that_asks_nothing_is_closed_without_a_word(served: Served) -> None:
    async with served.call() as call:
        assert await call.is_over()


async def test_a_connection_that_has_been_answered_is_kept_for_a_while_and_then_closed(
    served: Served,
) -> None:
    async with served.call() as call:
        for _ in range(2):
            await call.say("GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n")
            assert (await call.answer())[0] == 200
            await asyncio.sleep(Hasty.seconds + 0.1)  # Longer than half a request would live.
        await call.say("GET /health/live HTTP/1.1\r\n")
        problem_in(await call.answer(), 408)
        assert await call.is_over()


async def test_a_client_who_is_answered_early_may_finish_and_ask_again(served: Served) -> None:
    async with served.call() as call:
        await call.say("POST /v1/nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345")
        problem_in(await call.answer(), 404)
        await call.say("67890GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n")
        assert (await call.answer())[0] == 200
        assert await call.is_over()


async def test_who_is_answered_early_and_finishes_is_not_kept_for_ever(served: Served) -> None:
    async with served.call() as call:
        await call.say("POST /v1/nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n1")
        problem_in(await call.answer(), 404)
        await call.say("2")
        assert await call.is_over()


async def test_who_is_answered_early_and_never_finishes_is_cut(served: Served) -> None:
    async with served.call() as call:
        await call.say("POST /v1/nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345")
        problem_in(await call.answer(), 404)
        assert await call.is_over()


# --- a second request behind the first ---------------------------------------------------

SLOW = "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n"


async def test_half_a_request_waits_while_the_one_before_it_is_served(served: Served) -> None:
    served.gate.clear()
    async with served.call() as call:
        await call.say(f"{SLOW}GET /health/live HTTP/1.1\r\n")
        await asyncio.sleep(Hasty.seconds + 0.1)  # The server reads no further meanwhile.
        served.gate.set()
        assert (await call.answer())[0] == 200
        await call.say("host: x\r\n\r\n")
        assert (await call.answer())[0] == 200


@pytest.mark.parametrize(
    "noise", ["\x16\x03\x01", "GET", f"{HEAD}transfer-encoding: chunked\r\n\r\nx\r\n"]
)
async def test_noise_behind_a_request_is_not_answered_in_its_place(
    served: Served, noise: str
) -> None:
    served.gate.clear()
    async with served.call() as call:
        await call.say(f"{SLOW}{noise} \r\n\r\n")
        await asyncio.sleep(0.05)  # The noise is read before the answer is there.
        served.gate.set()
        assert (await call.answer())[2] == b"null"
        assert await call.is_over()


# --- what is too large, and what is no HTTP ----------------------------------------------


@pytest.mark.parametrize("ends", [True, False], ids=["at once", "without an end"])
@pytest.mark.parametrize("field", ["x-api-key: ", "a: b\r\n", ""], ids=["value", "many", "path"])
async def test_a_head_beyond_all_measure_is_refused(served: Served, field: str, ends: bool) -> None:
    size = BoundedReceipt.head_at_most + 1
    many = field * (size // 2) if field.endswith("\n") else field + "k" * size
    head = f"{HEAD}{many}" if field else f"GET /{'k' * size} HTTP/1.1\r\nhost: x"
    async with served.call() as call:
        await call.say(head + ("\r\n\r\n" if ends else ""))
        answer = await call.answer()
        assert problem_in(answer, 431)["type"].endswith("/head-too-large")
        assert answer[1]["connection"] == "close"
        assert await call.is_over()


@pytest.mark.parametrize(
    "noise",
    [
        "BREW /pot HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET /\xe9 HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nhost x\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        f"{HEAD}content-length: x\r\n\r\n",
        f"{HEAD}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        f"{HEAD}transfer-encoding: chunked\r\n\r\nx\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    ],
)
async def test_what_is_no_http_is_a_problem_too(served: Served, noise: str) -> None:
    async with served.call() as call:
        await call.say(noise)
        answer = await call.answer()
        problem_in(answer, 400)
        assert answer[1]["connection"] == "close"
        assert await call.is_over()


def deaf_while_it_sends(port: int, head: str, more: bytes) -> bytes:
    """What a client reads that sends all it has before it listens."""
    with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(head.encode() + more)
        answer = b""
        while b"\r\n\r\n{" not in answer or not answer.endswith(b"}"):
            answer += connection.recv(65536)
    return answer


LONG = "content-length: 30000000\r\n\r\n"
MORE = b"x" * 30_000_000
"""More than the network keeps for a reader who does not read."""


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (f"{HEAD}{LONG}", 413),
        (f"{HEAD}connection: close\r\n{LONG}", 413),
        (f"POST /v1/raw HTTP/1.0\r\nhost: x\r\n{LONG}", 413),
        (f"POST /v1/nowhere HTTP/1.0\r\nhost: x\r\n{LONG}", 404),
        (f"{HEAD}x: ", 431),
        (f"{HEAD}content-length: x\r\n\r\n", 400),
    ],
)
async def test_a_client_that_listens_only_when_it_has_sent_all_is_answered_too(
    served: Served, head: str, status: int
) -> None:
    answer = await asyncio.to_thread(deaf_while_it_sends, served.port, head, MORE)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert f'"status":{status},'.encode() in answer


async def test_a_client_that_asks_before_it_sends_is_told_so_first(served: Served) -> None:
    async with served.call() as call:
        await call.say(f"{HEAD}expect: 100-continue\r\ncontent-length: 4000000\r\n\r\n")
        problem_in(await call.answer(), 413)
    async with served.call() as call:
        await call.say(f"{HEAD}expect: 100-continue\r\ncontent-length: 13\r\n\r\n")
        assert (await call.answer())[0] == 100
        await call.say('{"name": "x"}')
        assert (await call.answer())[0] == 200


async def test_what_comes_behind_a_body_changes_no_header(served: Served) -> None:
    async with served.call() as call:
        await call.say(
            f"{HEAD}transfer-encoding: chunked\r\n\r\n"
            'd\r\n{"name": "x"}\r\n0\r\nx-request-id: afterwards\r\n\r\n'
        )
        status, headers, _ = await call.answer()
        assert (status, headers["x-request-id"] == "afterwards") == (200, False)


H2C = "connection: Upgrade, HTTP2-Settings\r\nhttp2-settings: AAMAAABk\r\nupgrade: h2c\r\n"
WEBSOCKET = "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"


@pytest.mark.parametrize("offer", [H2C, WEBSOCKET], ids=["h2c", "websocket"])
@pytest.mark.parametrize(
    "parts",
    [
        ["content-length: 13\r\n\r\n" + '{"name": "x"}'],
        ["content-length: 13\r\n\r\n", '{"name"', ': "x"}'],
        ["transfer-encoding: chunked\r\n\r\nd\r\n", '{"name": "x"}', "\r\n0\r\n\r\n"],
        ["content-len", 'gth: 13\r\n\r\n{"name": "x"}'],
    ],
    ids=["whole", "in pieces", "chunked", "a divided head"],
)
async def test_a_client_that_offers_another_protocol_is_read_as_if_it_did_not(
    served: Served, offer: str, parts: list[str]
) -> None:
    async with served.call() as call:
        for _ in range(2):
            for part in (f"{HEAD}{offer}", *parts):
                await call.say(part)
                await asyncio.sleep(0)
            status, _, said = await call.answer()
            assert (status, said) == (200, b'{"is":"good"}')


async def test_a_tunnel_is_not_built(served: Served) -> None:
    async with served.call() as call:
        await call.say("CONNECT other.example:443 HTTP/1.1\r\nhost: other.example\r\n\r\n")
        problem_in(await call.answer(), 400)
        assert await call.is_over()


# --- hanging up --------------------------------------------------------------------------


def bugs_in(logs: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is said besides the line of each request."""
    return [entry["event"] for entry in logs if entry["event"] != "request"]


@pytest.mark.parametrize("path", ["/v1/raw", "/v1/things", "/v1/form", "/v1/small"])
async def test_a_client_that_hangs_up_is_no_bug_of_ours(served: Served, path: str) -> None:
    media = "x-www-form-urlencoded" if path == "/v1/form" else "json"
    before = served.given_up(path)
    with capture_logs() as logs:
        async with served.call() as call:
            await call.say(
                f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/{media}\r\n"
                "content-length: 50\r\n\r\nhalf of it"
            )
        async with asyncio.timeout(2):
            while served.given_up(path) == before:
                await asyncio.sleep(0.01)
    assert bugs_in(logs) == []
    assert f'route="{path}",status="500"' not in served.measured


async def test_a_client_that_does_not_wait_for_its_answer_is_no_bug_of_ours(
    served: Served,
) -> None:
    with capture_logs() as logs:
        async with served.call() as call:
            await call.say(f'{HEAD}content-length: 13\r\n\r\n{{"name": "x"}}')
        async with served.call() as call:
            await call.say("GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n")
            assert (await call.answer())[0] == 200
    assert bugs_in(logs) == []

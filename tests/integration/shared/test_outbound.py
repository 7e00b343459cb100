"""Calls out, against real servers: what an answer means, and how long one may take."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Response
from structlog.testing import capture_logs

from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.errors import Reject, Transient
from shared.outbound import OutboundClient, ServiceClient
from tests.integration.notify.servers import served

JSON = "application/problem+json"
CANARY = "Pelapor-Contoh-0811000"

Talk = Callable[[asyncio.StreamWriter], Awaitable[None]]


def a_key() -> str:
    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


@asynccontextmanager
async def intake_that_answers(
    status: int, body: str = "{}", key: str | None = None
) -> AsyncIterator[ServiceClient]:
    """Routing's client for an intake that gives every claim the same answer."""
    app = FastAPI()

    @app.post("/internal/v1/contents/claim")
    async def claim() -> Response:
        return Response(body, status, media_type=JSON)

    client = OutboundClient(timeout=2.0)
    tokens = ServiceTokens("routing", a_key() if key is None else key, {}, system_clock)
    async with served(app) as url:
        try:
            yield ServiceClient(client, tokens, "intake", url)
        finally:
            await client.close()


async def claim_from(intake: ServiceClient, path: str = "/internal/v1/contents/claim") -> object:
    return await intake.post(path, {"refs": [CANARY]})


@pytest.mark.parametrize("status", [400, 409, 410, 413, 415, 422])
async def test_an_answer_about_this_very_request_is_a_no(status: int) -> None:
    async with intake_that_answers(status) as intake:
        with pytest.raises(Reject) as refused:
            await claim_from(intake)
    assert refused.value.cause == "refused"


@pytest.mark.parametrize("status", [301, 307, 401, 402, 403, 404, 405, 406, 421, 426, 451])
async def test_an_answer_that_tells_of_a_wrong_url_or_key_is_waited_out_and_logged(
    status: int,
) -> None:
    async with intake_that_answers(status) as intake:
        with capture_logs() as logs, pytest.raises(Transient):
            await claim_from(intake)
    [line] = [entry for entry in logs if entry["event"] == "service_misconfigured"]
    assert ("key" in line["detail"]) == (status in (401, 403))
    assert ("URL" in line["detail"]) == (status not in (401, 403))
    assert "intake" in line["detail"]
    assert line["status"] == status
    assert CANARY not in str(logs)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
async def test_a_service_that_has_no_time_is_waited_for(status: int) -> None:
    async with intake_that_answers(status) as intake:
        with capture_logs() as logs, pytest.raises(Transient):
            await claim_from(intake)
    assert not logs


@pytest.mark.parametrize("status", [200, 400, 413, 422])
async def test_a_page_of_something_else_is_waited_out_and_logged(status: int) -> None:
    async with intake_that_answers(status, f"<h1>{CANARY}</h1>") as intake:
        with capture_logs() as logs, pytest.raises(Transient):
            await claim_from(intake)
    assert [entry["event"] for entry in logs] == ["service_misconfigured"]
    assert CANARY not in str(logs)


async def test_a_path_that_the_service_does_not_have_is_a_wrong_url() -> None:
    async with intake_that_answers(200) as intake:
        with capture_logs() as logs, pytest.raises(Transient):
            await claim_from(intake, "/internal/v0/contents/claim")
    assert [entry["status"] for entry in logs] == [404]


@pytest.mark.parametrize("url", ["", "intake:8001", "http://intake:port", "http://[intake"])
async def test_a_url_that_is_none_is_waited_out(url: str) -> None:
    client = OutboundClient(timeout=1.0)
    intake = ServiceClient(
        client, ServiceTokens("routing", a_key(), {}, system_clock), "intake", url
    )
    with pytest.raises(Transient):
        await claim_from(intake)
    await client.close()


async def test_without_a_key_to_sign_with_the_line_waits() -> None:
    async with intake_that_answers(200, key="") as intake:
        with capture_logs() as logs, pytest.raises(Transient):
            await claim_from(intake)
    assert ["key" in entry["detail"] for entry in logs] == [True]


@asynccontextmanager
async def a_peer(talk: Talk) -> AsyncIterator[str]:
    """The address of a bare server that answers every connection with ``talk``."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await talk(writer)
        except ConnectionError:
            hung_up.set()
        finally:
            writer.close()

    hung_up = asyncio.Event()
    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    await asyncio.wait_for(hung_up.wait(), 10)


async def drip(writer: asyncio.StreamWriter) -> None:
    """A byte every now and then, for ever: no wait for the next byte is long."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def flood(writer: asyncio.StreamWriter) -> None:
    """An answer without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b" " * 65_536)
        await writer.drain()


async def test_a_peer_that_drips_does_not_hold_a_call_for_ever() -> None:
    client = OutboundClient(timeout=1.0, whole=0.3)
    async with a_peer(drip) as url:
        with pytest.raises(Transient):
            await asyncio.wait_for(client.request("GET", url), 10)
    await client.close()


async def test_an_answer_without_an_end_is_given_up() -> None:
    client = OutboundClient(answer_bytes=1_000_000)
    async with a_peer(flood) as url:
        with pytest.raises(Transient):
            await asyncio.wait_for(client.request("GET", url), 10)
    await client.close()


async def test_an_answer_as_long_as_is_allowed_arrives_whole() -> None:
    app = FastAPI()

    @app.get("/")
    async def answer() -> Response:
        return Response(b"x" * 1000)

    client = OutboundClient(answer_bytes=1000)
    async with served(app) as url:
        response = await client.request("GET", url)
        await client.close()
    assert response.body == b"x" * 1000

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
from shared.errors import Reject, Transient
from shared.outbound import OutboundClient, ServiceClient
from tests.integration.notify.servers import served

JSON = "application/problem+json"
CANARY = "Pelapor-Contoh-0811000"

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


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
    tokens = ServiceTokens("routing", a_key() if key is None else key, {})
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


async def test_without_a_key_to_sign_with_the_line_waits() -> None:
    async with intake_that_answers(200, key="") as intake:
        with capture_logs() as logs, pytest.raises(Transient):
            await claim_from(intake)
    assert ["key" in entry["detail"] for entry in logs] == [True]

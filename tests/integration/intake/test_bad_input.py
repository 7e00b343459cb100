"""Bad input: 4xx problem+json that names the field, echoes nothing, and leaves nothing behind."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.intake.app import build
from shared.http.problem import PROBLEM_JSON
from tests.integration.intake.conftest import House, client_of

CANARY = "kenari-7731"


@pytest.fixture
async def untouched(house: House) -> AsyncIterator[House]:
    """After the test every table is as empty as before."""
    yield house
    assert set((await house.counts()).values()) == {0}


def assert_problem(answer: httpx.Response, status: int, field: str | None) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM_JSON
    problem = answer.json()
    assert problem["status"] == status
    assert problem.get("field") == field
    assert CANARY not in answer.text


async def jaki(house: House, **changes: Any) -> httpx.Response:
    request = house.request("jaki", "a-1", "Jalan rusak.")
    body = json.dumps({**json.loads(request.body), **changes})
    return await house.door.post(request.path, headers=request.headers, content=body)


async def test_json_that_is_none(untouched: House) -> None:
    request = untouched.request("jaki", "a-1", "Jalan rusak.")
    answer = await untouched.door.post(
        request.path, headers=request.headers, content=b'{"description": "' + CANARY.encode()
    )
    assert_problem(answer, 422, "body")


PROOFS = {
    "jaki": "x-api-key",
    "qlue": "x-api-key",
    "lapor_1708": "x-api-key",
    "balai_warga": "x-api-key",
    "twitter": "x-twitter-webhooks-signature",
    "facebook": "x-hub-signature-256",
    "gubernur": "x-twitter-webhooks-signature",
}


@pytest.mark.parametrize("channel", sorted(PROOFS))
async def test_a_wrong_proof_of_the_caller(untouched: House, channel: str) -> None:
    request = untouched.request(channel, "a-1", CANARY)
    headers = {
        name: "sha256=AAAA" if name == PROOFS[channel] else value
        for name, value in request.headers.items()
    }
    answer = await untouched.door.post(request.path, headers=headers, content=request.body)
    assert_problem(answer, 401, PROOFS[channel])


async def test_a_body_that_was_changed_after_it_was_signed(untouched: House) -> None:
    request = untouched.request("twitter", "a-1", "Jalan rusak.")
    answer = await untouched.door.post(
        request.path, headers=request.headers, content=request.body + b" "
    )
    assert_problem(answer, 401, "x-twitter-webhooks-signature")


async def test_a_wrong_secret_in_an_sms_gateways_query(untouched: House) -> None:
    answer = await untouched.door.get(
        "/v1/channels/sms/kannel",
        params={"secret": CANARY, "from": "+628110000001", "text": "Banjir", "id": "1"},
    )
    assert_problem(answer, 401, "secret")


async def test_an_unknown_channel(untouched: House) -> None:
    assert_problem(await untouched.door.post("/v1/channels/merpati", json={}), 404, None)
    assert_problem(await untouched.door.post("/v1/desks/gudang/complaints", json={}), 404, None)


async def test_a_desk_without_a_token(untouched: House) -> None:
    answer = await untouched.door.post("/v1/desks/kelurahan/complaints", json={"text": CANARY})
    assert_problem(answer, 401, "authorization")


async def test_a_body_that_is_too_large(untouched: House) -> None:
    answer = await jaki(untouched, description=CANARY * 200_000)
    assert_problem(answer, 413, "body")


async def test_a_text_that_is_too_long(untouched: House) -> None:
    answer = await jaki(untouched, description=CANARY * 1_000)
    assert_problem(answer, 422, "description")


async def test_a_nul_character(untouched: House) -> None:
    assert_problem(await jaki(untouched, description=f"{CANARY}\x00"), 422, "description")


async def test_half_of_a_surrogate_pair(untouched: House) -> None:
    request = untouched.request("jaki", "a-1", "Jalan rusak.")
    body = request.body.replace(b"Jalan rusak.", CANARY.encode() + rb" \ud83d")
    answer = await untouched.door.post(request.path, headers=request.headers, content=body)
    assert_problem(answer, 422, "description")


@pytest.mark.parametrize(
    ("latitude", "longitude", "field"),
    [(91, 106.8, "latitude"), (-6.2, 181, "longitude"), (None, 106.8, "latitude")],
)
async def test_absurd_coordinates(
    untouched: House, latitude: float | None, longitude: float, field: str
) -> None:
    answer = await jaki(untouched, location={"latitude": latitude, "longitude": longitude})
    assert_problem(answer, 422, f"location.{field}")


async def test_coordinates_that_are_not_numbers(untouched: House) -> None:
    answer = await jaki(untouched, location={"latitude": CANARY, "longitude": 106.8})
    assert_problem(answer, 422, "location.latitude")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
async def test_numbers_that_are_none(untouched: House, number: str) -> None:
    request = untouched.request("jaki", "a-1", "Jalan rusak.")
    body = json.loads(request.body)
    body["location"] = {"latitude": "LAT", "longitude": 106.8}
    raw = json.dumps(body).replace('"LAT"', number)
    answer = await untouched.door.post(request.path, headers=request.headers, content=raw)
    assert_problem(answer, 422, "location.latitude")


async def test_a_phone_number_that_cannot_be_one(untouched: House) -> None:
    answer = await jaki(untouched, reporter={"phone": CANARY})
    assert_problem(answer, 422, "reporter.phone")


async def test_a_missing_field(untouched: House) -> None:
    request = untouched.request("jaki", "a-1", "Jalan rusak.")
    body = {k: v for k, v in json.loads(request.body).items() if k != "description"}
    answer = await untouched.door.post(request.path, headers=request.headers, json=body)
    assert_problem(answer, 422, "description")


async def test_a_content_type_of_another_contract(untouched: House) -> None:
    request = untouched.request("jaki", "a-1", CANARY)
    headers = {**request.headers, "content-type": "text/plain"}
    answer = await untouched.door.post(request.path, headers=headers, content=request.body)
    assert_problem(answer, 415, "Content-Type")


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256])
async def test_an_idempotency_key_that_cannot_be_one(untouched: House, key: str) -> None:
    request = untouched.request("balai_warga", "a-1", "Jalan rusak.")
    answer = await untouched.send(request, key=key)
    assert_problem(answer, 422, "idempotency-key")


async def test_a_database_that_is_away_is_a_503(untouched: House) -> None:
    service = build(untouched.settings(database_url="postgresql://x:x@127.0.0.1:1/x"))
    untouched.extra.append(service)
    request = untouched.request("jaki", "a-1", CANARY)
    answer = await untouched.send(request, client_of(service))
    assert_problem(answer, 503, None)
    assert answer.headers["retry-after"]

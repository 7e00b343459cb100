"""Each request has an id that the caller may quote, and is measured by its pattern."""

from uuid import UUID

import pytest
from structlog.testing import capture_logs

from shared.http.operation import MAX_BODY_BYTES
from tests.unit.shared.http.door import CANARY, World


async def test_a_request_keeps_the_id_it_came_with(world: World) -> None:
    answer = await world.client.get("/health/live", headers={"x-request-id": "gate-17.a_b"})
    assert answer.headers["x-request-id"] == "gate-17.a_b"


@pytest.mark.parametrize("given_id", ["", "two words", "x" * 65, "<script>", "a\tb"])
async def test_an_id_that_could_do_harm_is_replaced(world: World, given_id: str) -> None:
    answer = await world.client.get("/health/live", headers={"x-request-id": given_id})
    assert UUID(answer.headers["x-request-id"]).version == 7


async def test_every_request_has_an_id_of_its_own(world: World) -> None:
    ids = {(await world.client.get("/health/live")).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize("word", ["not-found", "transient", "bug"])
async def test_an_answer_that_fails_has_the_id_that_a_caller_may_quote(
    world: World, word: str
) -> None:
    answer = await world.client.get(f"/v1/fails/{word}", headers={"x-request-id": "gate-17"})
    assert answer.headers["x-request-id"] == "gate-17"


async def test_a_body_that_is_too_large_has_the_id_too(world: World) -> None:
    answer = await world.client.post("/v1/raw", content=b"x" * (MAX_BODY_BYTES + 1))
    assert UUID(answer.headers["x-request-id"]).version == 7


async def test_requests_are_measured_by_the_pattern_of_their_address(world: World) -> None:
    await world.client.put("/v1/things/1700017", headers={"if-match": '"7"'}, json={})
    await world.client.get("/v1/fails/bug")
    await world.client.get(f"/{CANARY}")
    measured = world.measured
    count = "crm_http_seconds_count"
    pattern = 'method="PUT",route="/v1/things/{thing_id}",status="200"'
    assert f"{count}{{{pattern}}} 1.0" in measured
    assert f'{count}{{method="GET",route="/v1/fails/{{word}}",status="500"}} 1.0' in measured
    assert f'{count}{{method="GET",route="unknown",status="404"}} 1.0' in measured
    assert "1700017" not in measured
    assert CANARY not in measured


TRACE = "0af7651916cd43dd8448eb211c80319c"


async def test_a_request_leaves_one_line_with_the_pattern_of_its_address(world: World) -> None:
    with capture_logs() as lines:
        await world.client.put(
            f"/v1/things/{CANARY}?code={CANARY}", headers={"if-match": '"7"'}, json={}
        )
        await world.client.get(f"/{CANARY}?code={CANARY}")
        await world.client.get("/health/live")
    [put, unknown] = lines
    assert (put["event"], put["log_level"], put["method"]) == ("request", "info", "PUT")
    assert (put["path"], put["status"]) == ("/v1/things/{thing_id}", 422)
    assert (unknown["path"], unknown["status"]) == ("unknown", 404)
    assert CANARY not in repr(lines)


async def test_a_strangers_trace_is_a_link_and_not_the_trace(world: World) -> None:
    stranger = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "x-request-id": "62811000"}
    with capture_logs() as lines:
        await world.client.post("/v1/form", headers=stranger)
        await world.client.post("/v1/form", headers={"traceparent": f"00-{CANARY}"})
    assert lines[0]["link"] == TRACE
    assert UUID(lines[0]["trace_id"]).version == 7
    assert lines[0]["trace_id"] not in (TRACE, lines[1]["trace_id"])
    assert "link" not in lines[1]
    assert "62811000" not in repr(lines), "what a caller calls the request may be anything"

"""The app of a service: limits of size, addresses that are not there, health, metrics."""

from collections.abc import AsyncIterator

import psutil
import pytest

from shared.health import Heart
from shared.http.operation import MAX_BODY_BYTES
from tests.unit.shared.http.door import CANARY, World, problem_of

# --- too much ----------------------------------------------------------------------------


async def in_chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1024 + 1):
        yield b"x" * 1024


@pytest.mark.parametrize("path", ["/v1/raw", "/v1/things"])
async def test_a_body_that_is_too_large_is_refused(world: World, path: str) -> None:
    headers = {"content-type": "application/json"}
    body = b"x" * (MAX_BODY_BYTES + 1)
    problem_of(await world.client.post(path, content=body, headers=headers), 413)


async def test_a_body_without_a_length_is_counted_as_it_comes(world: World) -> None:
    problem_of(await world.client.post("/v1/raw", content=in_chunks(MAX_BODY_BYTES)), 413)


async def test_an_address_may_have_a_limit_of_its_own(world: World) -> None:
    assert (await world.client.post("/v1/small", content=b"x" * 64)).json() == {"bytes": 64}
    assert problem_of(await world.client.post("/v1/small", content=b"x" * 65), 413)


# --- what is not there -------------------------------------------------------------------


async def test_an_unknown_address_is_a_problem_that_does_not_repeat_it(world: World) -> None:
    answer = await world.client.get(f"/v1/{CANARY}?code={CANARY}")
    problem_of(answer, 404)
    assert CANARY not in answer.text


async def test_a_wrong_method_is_a_problem(world: World) -> None:
    problem_of(await world.client.delete("/v1/things"), 405)


async def test_pages_that_load_scripts_from_elsewhere_are_not_served(world: World) -> None:
    for page in ("/docs", "/redoc"):
        problem_of(await world.client.get(page), 404)


async def test_the_openapi_document_knows_the_problem_it_refers_to(world: World) -> None:
    document = (await world.client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert document["components"]["schemas"]["MalformedProblem"]["required"]
    assert "/metrics" not in document["paths"]


# --- health and metrics ------------------------------------------------------------------


async def test_health_is_red_until_every_task_that_callers_need_makes_progress(
    world: World,
) -> None:
    database = world.health.heart("database", needed=True)
    filing, relay = world.health.heart("filing", needed=True), world.health.heart("relay")
    database.beat()
    answer = await world.client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "waiting")
    assert answer.json()["tasks"] == {"database": "ok", "filing": "starting", "relay": "starting"}
    assert answer.json()["needed"] == ["database", "filing"]
    filing.beat()
    relay.trouble = "failing: Transient"
    answer = await world.client.get("/health/ready")
    assert (answer.status_code, answer.json()["tasks"]["relay"]) == (200, "failing: Transient")
    filing.trouble = "failing: Transient"
    assert (await world.client.get("/health/ready")).status_code == 503
    assert (await world.client.get("/health/live")).status_code == 200


async def test_a_task_that_beats_no_more_is_not_well(world: World) -> None:
    world.health.heart("filing", patience=-1.0, needed=True).beat()
    answer = await world.client.get("/health/ready")
    assert (answer.status_code, answer.json()["tasks"]) == (503, {"filing": "stuck"})


async def test_progress_can_be_read_from_the_metrics(world: World) -> None:
    world.health.heart("relay")
    assert 'crm_progress{task="relay"} 0.0' in (await world.client.get("/metrics")).text


async def test_a_trouble_that_is_over_is_no_task_in_the_metrics_any_more(world: World) -> None:
    world.health.heart("relay").beat()
    world.health.note("topic", "wrong")
    assert 'crm_progress{task="topic"} 0.0' in (await world.client.get("/metrics")).text
    world.health.note("topic", None)
    measured = (await world.client.get("/metrics")).text
    assert 'task="topic"' not in measured
    assert 'crm_progress{task="relay"} 1.0' in measured


async def test_the_metrics_tell_of_each_task_how_long_it_is_silent_and_may_be(world: World) -> None:
    ticks = iter([100.0, 100.0, 107.5, 107.5, 107.5])
    heart = Heart("filing", 6.0, lambda: next(ticks))
    world.health.add(heart)
    heart.beat()
    measured = (await world.client.get("/metrics")).text
    assert 'crm_task_silent_seconds{task="filing"} 7.5' in measured
    assert 'crm_task_patience_seconds{task="filing"} 6.0' in measured


async def test_the_metrics_tell_the_memory_of_the_process(world: World) -> None:
    measured = (await world.client.get("/metrics")).text
    [told] = [line for line in measured.splitlines() if line.startswith("process_resident_memory")]
    resident = psutil.Process().memory_info().rss
    assert resident / 2 < float(told.split()[1]) < resident * 2

"""The HTTP door over real ASGI: what it refuses, how it says so, what it measures."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Form, Request, Response
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest
from pydantic import BaseModel, ConfigDict, Field
from structlog.testing import capture_logs

from shared import errors
from shared.errors import DomainError, Malformed, StaleVersion, Transient
from shared.health import Health
from shared.http.app import MAX_BODY_BYTES, create_app
from shared.http.conditional import etag, if_match
from shared.http.input import parse_model
from shared.telemetry import Metrics

CANARY = "Pelapor-Contoh-0811000"
DOMAIN_ERRORS: list[type[DomainError]] = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, DomainError)
]


class Place(BaseModel):
    model_config = ConfigDict(extra="forbid")
    latitude: Annotated[float, Field(ge=-90, le=90)]


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(max_length=40)]
    count: int = 0
    place: Place | None = None
    words: tuple[str, ...] = ()


def a_router() -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.post("/things")
    async def modelled(thing: Thing) -> dict[str, str]:
        return {"is": "good"}

    @router.post("/raw")
    async def raw(request: Request) -> dict[str, str]:
        parse_model(Thing, await request.body())
        return {"is": "good"}

    @router.post("/form")
    async def form(code: Annotated[str, Form()] = "") -> dict[str, int]:
        return {"characters": len(code)}

    @router.post("/small", max_body_size=64)
    async def small(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @router.put("/things/{thing_id}")
    async def change(
        thing_id: int, seen: Annotated[int, Depends(if_match)], response: Response
    ) -> dict[str, int]:
        if seen != 7:
            raise StaleVersion("The thing has changed. Read it again.", field="if-match")
        response.headers["etag"] = etag(seen + 1)
        return {"seen": seen}

    @router.get("/fails/{word}")
    async def fail(word: str) -> None:
        kinds: dict[str, type[Exception]] = {kind.slug: kind for kind in DOMAIN_ERRORS}
        kinds |= {"transient": Transient, "bug": ValueError}
        raise kinds[word](CANARY if word in ("transient", "bug") else "Do this.")

    return router


class World:
    """An app with its health and metrics, and a client that talks to it without a network."""

    def __init__(self) -> None:
        self.health = Health()
        self.metrics = Metrics()
        self.app: FastAPI = create_app("door", "Door", [a_router()], self.health, self.metrics)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://door")

    @property
    def measured(self) -> str:
        return generate_latest(self.metrics.registry).decode()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    async with world.client:
        yield world


def problem_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("https://")
    assert body["title"]
    assert body["detail"]
    return body


# --- bad input ---------------------------------------------------------------------------

BAD_BODIES = [
    pytest.param(b"", "body", id="nothing"),
    pytest.param(b"{", "body", id="malformed JSON"),
    pytest.param(b'{"name": "\xff"}', "body", id="not UTF-8"),
    pytest.param(f'["{CANARY}"]'.encode(), "body", id="a list"),
    pytest.param(f'{{"name": "x", "{CANARY}": 1}}'.encode(), "body", id="an unknown field"),
    pytest.param(
        f'{{"name": "x", "place": {{"latitude": 1, "{CANARY}": 1}}}}'.encode(),
        "place",
        id="an unknown field further in",
    ),
    pytest.param(b'{"name": "x", "place": {"latitude": 91}}', "place.latitude", id="off Earth"),
    pytest.param(b'{"name": "x", "place": {"latitude": NaN}}', None, id="not a number"),
    pytest.param(f'{{"name": "x", "count": "{CANARY}"}}'.encode(), "count", id="a wrong type"),
    pytest.param(f'{{"name": "{CANARY * 9}"}}'.encode(), "name", id="too long"),
    pytest.param(b'{"name": "\\ud800"}', None, id="a lone surrogate"),
    pytest.param(b'{"name": ' + b"[" * 9000 + b"]" * 9000 + b"}", None, id="very deep"),
]


@pytest.mark.parametrize("path", ["/v1/raw", "/v1/things"])
@pytest.mark.parametrize(("body", "field"), BAD_BODIES)
async def test_a_bad_body_is_refused_and_not_echoed(
    world: World, path: str, body: bytes, field: str | None
) -> None:
    answer = await world.client.post(
        path, content=body, headers={"content-type": "application/json"}
    )
    # What the framework cannot read at all it calls 400 before our models see it.
    problem = problem_of(answer, 400 if answer.status_code == 400 else 422)
    assert problem["field"] == field or (field is None and problem["field"])
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": f"a\x00{CANARY}"}, "name"),
        ({"name": "x", "words": ["good", f"{CANARY}\x00"]}, "words.1"),
    ],
)
async def test_nul_is_refused_where_it_stands(
    world: World, body: dict[str, Any], field: str
) -> None:
    answer = await world.client.post("/v1/raw", json=body)
    assert problem_of(answer, 422)["field"] == field
    assert CANARY not in answer.text


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40))
def test_whatever_can_be_stored_is_taken(name: str) -> None:
    assert parse_model(Thing, json.dumps({"name": name}).encode()).name == name


@given(st.binary(max_size=60))
def test_no_bytes_upset_the_parser(body: bytes) -> None:
    try:
        read = parse_model(Thing, body)
    except Malformed:
        return
    assert isinstance(read, Thing)


# --- too much ----------------------------------------------------------------------------


async def in_chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1024 + 1):
        yield b"x" * 1024


@pytest.mark.parametrize("path", ["/v1/raw", "/v1/things"])
async def test_a_body_that_is_too_large_is_refused(world: World, path: str) -> None:
    problem_of(await world.client.post(path, content=b"x" * (MAX_BODY_BYTES + 1)), 413)


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


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_pages_that_load_scripts_from_elsewhere_are_not_served(
    world: World, page: str
) -> None:
    problem_of(await world.client.get(page), 404)


async def test_the_openapi_document_knows_the_problem_it_refers_to(world: World) -> None:
    document = (await world.client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert document["components"]["schemas"]["Problem"]["required"]
    assert "/metrics" not in document["paths"]


# --- errors of our own -------------------------------------------------------------------


@pytest.mark.parametrize("kind", DOMAIN_ERRORS, ids=lambda kind: kind.__name__)
async def test_an_error_of_the_domain_is_answered_as_its_class_says(
    world: World, kind: type[DomainError]
) -> None:
    answer = await world.client.get(f"/v1/fails/{kind.slug}")
    body = problem_of(answer, kind.status)
    assert body["type"].endswith(f"/{kind.slug}")
    assert (body["title"], body["detail"]) == (kind.title, "Do this.")
    assert ("www-authenticate" in answer.headers) == (kind.status == 401)


async def test_a_hiccup_asks_to_try_again_and_does_not_say_what_it_was(world: World) -> None:
    answer = await world.client.get("/v1/fails/transient")
    problem_of(answer, 503)
    assert answer.headers["retry-after"]
    assert CANARY not in answer.text


async def test_a_bug_is_answered_and_logged_by_its_place_alone(world: World) -> None:
    with capture_logs() as logs:
        answer = await world.client.get("/v1/fails/bug")
    problem_of(answer, 500)
    [bug] = [entry for entry in logs if entry["event"] == "request_bug"]
    assert "ValueError at test_http.py" in bug["error"]
    assert CANARY not in answer.text + json.dumps(logs)


# --- correlation -------------------------------------------------------------------------


async def test_a_request_keeps_the_id_it_came_with(world: World) -> None:
    answer = await world.client.get("/health/live", headers={"x-request-id": "gate-17.a_b"})
    assert answer.headers["x-request-id"] == "gate-17.a_b"


@pytest.mark.parametrize("given_id", ["", "two words", "x" * 65, "<script>", "a\tb"])
async def test_an_id_that_could_do_harm_is_replaced(world: World, given_id: str) -> None:
    answer = await world.client.get("/health/live", headers={"x-request-id": given_id})
    assert answer.headers["x-request-id"] not in ("", given_id)


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
    assert answer.headers["x-request-id"]


# --- health and metrics ------------------------------------------------------------------


async def test_health_is_red_until_every_task_makes_progress(world: World) -> None:
    relay, consumer = world.health.heart("relay"), world.health.heart("consumer")
    relay.beat()
    answer = await world.client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["tasks"] == {"relay": "ok", "consumer": "starting"}
    consumer.beat()
    assert (await world.client.get("/health/ready")).status_code == 200
    consumer.trouble = "failing: Transient"
    answer = await world.client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "waiting")
    assert (await world.client.get("/health/live")).status_code == 200


async def test_a_task_that_beats_no_more_is_not_well(world: World) -> None:
    world.health.heart("ticker", patience=-1.0).beat()
    answer = await world.client.get("/health/ready")
    assert (answer.status_code, answer.json()["tasks"]) == (503, {"ticker": "stuck"})


async def test_progress_can_be_read_from_the_metrics(world: World) -> None:
    world.health.heart("relay")
    await world.client.get("/health/ready")
    assert 'crm_progress{task="relay"} 0.0' in (await world.client.get("/metrics")).text


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


# --- versions ----------------------------------------------------------------------------


@pytest.mark.parametrize("value", ['"7"', 'W/"7"', ' "7" '])
async def test_who_has_read_the_present_version_may_change_it(world: World, value: str) -> None:
    answer = await world.client.put("/v1/things/1", headers={"if-match": value})
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"8"'


async def test_a_change_without_a_version_is_asked_for_it(world: World) -> None:
    answer = await world.client.put("/v1/things/1")
    assert problem_of(answer, 428)["field"] == "if-match"


@pytest.mark.parametrize(
    "value", ['"6"', "7", "*", '"x"', f'"{CANARY}"', '"7", "8"', '"' + "9" * 40]
)
async def test_a_change_of_another_version_is_refused(world: World, value: str) -> None:
    answer = await world.client.put("/v1/things/1", headers={"if-match": value})
    assert problem_of(answer, 412)["field"] == "if-match"
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param('{"name": "a\\u0000"}', "name", id="NUL"),
        pytest.param('{"name": "\\ud800"}', "name", id="half a surrogate pair"),
        pytest.param('{"name": "a", "words": ["b", "\\u0000"]}', "words.1", id="in a list"),
        pytest.param(f'{{"name": "a", "{CANARY}": "\\u0000"}}', "body", id="a made-up name"),
        pytest.param(f'{{"{CANARY}\\u0000": 1}}', "body", id="in a name"),
    ],
)
async def test_text_that_cannot_be_stored_is_refused_where_the_framework_reads_the_body(
    world: World, body: str, field: str
) -> None:
    answer = await world.client.post(
        "/v1/things", content=body, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert "NUL" in answer.text or "surrogate" in answer.text
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [("code=abc", 200), ("code=a%00", 422), ("code=%ED%A0%80", 200), ("", 200), ("code=", 200)],
)
async def test_a_form_is_read_once_and_refused_when_it_cannot_be_stored(
    world: World, body: str, status: int
) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await world.client.post("/v1/form", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.json().get("field") == (None if status == 200 else "code")


async def test_a_body_nested_deeper_than_the_stack_is_no_bug_of_ours(
    world: World,
) -> None:
    answer = await world.client.post(
        "/v1/things", content="[" * 60_000, headers={"content-type": "application/json"}
    )
    assert answer.status_code in (400, 422)

"""What a caller sends: taken, or refused by its field without an echo."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Malformed
from shared.http.input import parse_model
from tests.unit.shared.http.door import CANARY, Thing, World, problem_of

BAD_BODIES = [
    pytest.param(b"", "body", id="nothing"),
    pytest.param(b"{", "body", id="malformed JSON"),
    pytest.param(f'["{CANARY}"]'.encode(), "body", id="a list"),
    pytest.param(f'{{"name": "x", "{CANARY}": 1}}'.encode(), "body", id="an unknown field"),
    pytest.param(
        f'{{"name": "x", "place": {{"latitude": 1, "{CANARY}": 1}}}}'.encode(),
        "place",
        id="an unknown field further in",
    ),
    pytest.param(b'{"name": "x", "place": {"latitude": 91}}', "place.latitude", id="off Earth"),
    pytest.param(b'{"name": "x", "place": {"latitude": NaN}}', "place.latitude", id="not a number"),
    pytest.param(f'{{"name": "x", "count": "{CANARY}"}}'.encode(), "count", id="a wrong type"),
    pytest.param(f'{{"name": "{CANARY * 9}"}}'.encode(), "name", id="too long"),
]
DEEPER_THAN_THE_STACK = b'{"name": ' + b"[" * 60_000 + b"]" * 60_000 + b"}"


async def refused(world: World, path: str, body: bytes, status: int) -> str:
    """The field by which ``body`` is refused with ``status`` and without an echo."""
    headers = {"content-type": "application/json"}
    answer = await world.client.post(path, content=body, headers=headers)
    assert CANARY not in answer.text
    return str(problem_of(answer, status)["field"])


@pytest.mark.parametrize(("body", "field"), BAD_BODIES)
async def test_a_bad_body_is_refused_and_not_echoed(world: World, body: bytes, field: str) -> None:
    assert await refused(world, "/v1/raw", body, 422) == field
    assert await refused(world, "/v1/things", body, 422) == field


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f'{{"name": "{CANARY}\xff"}}'.encode("latin-1"), id="not UTF-8"),
        pytest.param(DEEPER_THAN_THE_STACK, id="deeper than the stack"),
    ],
)
async def test_what_cannot_be_read_at_all_is_refused_as_a_body(world: World, body: bytes) -> None:
    assert await refused(world, "/v1/raw", body, 422) == "body"
    assert await refused(world, "/v1/things", body, 422) == "body"


async def test_half_a_surrogate_pair_is_no_text(world: World) -> None:
    body = f'{{"name": "{CANARY}\\ud800"}}'.encode()
    assert await refused(world, "/v1/raw", body, 422) == "body"
    assert await refused(world, "/v1/things", body, 422) == "name"


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

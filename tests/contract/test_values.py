"""Integers and instants, wherever an operation takes one: a table over all of them."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest

from tests.contract.operations import Asked, ask_rightly, operations, problem_of

# --- integers ----------------------------------------------------------------------------

COUNTED = {
    "limit": (1, 200),
    "nearest": (1, 20),
    "since": (0, 2147483647),
    "parked_id": (1, 9223372036854775807),
    "aside_id": (1, 9223372036854775807),
    "until": (0, 253402300799),
    "number": (1, 2147483647),
    "against": (1, 2147483647),
    "days": (1, 3660),
    "version": (1, 2147483647),
}
"""Every integer of a path or query, with what its column or the page holds."""


def integers() -> Iterator[tuple[Asked, Mapping[str, Any]]]:
    for operation in operations():
        for parameter in (*operation.parameters("path"), *operation.parameters("query")):
            if parameter["schema"].get("type") == "integer":
                yield operation, parameter


WITH_INTEGERS = [pytest.param(o, p["name"], id=f"{o} {p['name']}") for o, p in integers()]


def test_every_integer_of_an_address_is_bounded() -> None:
    for operation, parameter in integers():
        schema = parameter["schema"]
        bounds = (schema.get("minimum"), schema.get("maximum"))
        assert bounds == COUNTED[parameter["name"]], f"{operation} {parameter['name']}"


@pytest.mark.parametrize(("operation", "name"), WITH_INTEGERS)
async def test_an_integer_beyond_its_column_is_refused_by_its_name(
    operation: Asked, name: str
) -> None:
    lowest, highest = COUNTED[name]
    for wrong in (highest + 1, lowest - 1, 2**31 - 2**63, 2**63, 10**30, -(2**63) - 1, "1e3", "٣x"):
        in_path = f"{{{name}}}" in operation.path
        url = operation.path.replace(f"{{{name}}}", str(wrong)) if in_path else operation.url
        answer = await ask_rightly(operation, url=url, params=None if in_path else {name: wrong})
        assert problem_of(answer, 422)["field"] == name


def members(node: Any, schemas: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Paths of all members of a body, with their schemas; an element of a list stands at 0."""
    if "$ref" in node:
        node = schemas[node["$ref"].rpartition("/")[2]]
    for choice in (*node.get("anyOf", ()), *node.get("allOf", ())):
        yield from members(choice, schemas, path)
    for name, inner in node.get("properties", {}).items():
        yield from members(inner, schemas, f"{path}.{name}" if path else name)
    if "items" in node:
        yield from members(node["items"], schemas, f"{path}.0" if path else "0")
    yield path, node


def test_every_integer_of_a_body_is_bounded() -> None:
    for operation in operations():
        for path, schema in members(operation.body_schema, operation.schemas):
            if schema.get("type") == "integer":
                assert {"minimum", "maximum"} <= set(schema), f"{operation} {path}"


@pytest.mark.parametrize("version", ['"9223372036854775808"', '"999999999999999999"', '"-1"'])
async def test_a_version_that_no_case_can_have_is_no_bug(version: str) -> None:
    for operation in operations():
        if any(parameter["name"] == "If-Match" for parameter in operation.parameters("header")):
            answer = await ask_rightly(operation, b"{}", headers={"if-match": version})
            assert answer.status_code in (412, 422, 503), operation


# --- truths ------------------------------------------------------------------------------


async def test_a_truth_of_a_body_is_neither_a_number_nor_a_text() -> None:
    asked = [
        (operation, name)
        for operation in operations()
        if not operation.is_read_by_its_adapter
        for name, schema in operation.body_schema.get("properties", {}).items()
        if schema.get("type") == "boolean"
    ]
    assert asked
    for operation, name in asked:
        for wrong in (0, 1, "true", "yes", None):
            content = operation.described["requestBody"]["content"]["application/json"]
            body = {**content.get("example", {}), name: wrong}
            answer = await ask_rightly(operation, json.dumps(body).encode())
            assert problem_of(answer, 422)["field"] == name, wrong


# --- instants ----------------------------------------------------------------------------

ENTRY = {"entry_id": "1", "text": "Lampu mati"}
BODY_AROUND: Mapping[tuple[str, str], dict[str, Any]] = {
    ("/v1/cases/{complaint_id}/plan", "complete_by"): {"plan": "Gali"},
    ("/v1/cases/{complaint_id}/extension", "complete_by"): {"reason": "Hujan"},
    ("/v1/cases/{complaint_id}/follow-up", "evidence.0.taken_at"): {
        "text": "Sudah",
        "evidence": [{"sha256": "0" * 64, "media_type": "image/jpeg"}],
    },
    ("/v1/desks/kelurahan/complaints", "reported_at"): ENTRY,
    ("/v1/desks/kecamatan/complaints", "reported_at"): ENTRY,
    ("/v1/desks/walikota/complaints", "reported_at"): ENTRY,
    ("/v1/desks/pendopo/complaints", "reported_at"): ENTRY,
    ("/v1/desks/inspektorat/complaints", "reported_at"): ENTRY,
    ("/v1/channels/jaki", "reported_at"): {"report_id": "1", "description": "Lampu mati"},
    ("/v1/channels/balai_warga", "reported_at"): {"draft_id": "1", "text": "Lampu mati"},
    ("/v1/rule-versions/{number}/activate", "valid_from"): {"instead_of": 1, "note": "Setuju"},
    ("/v1/search", "from"): {},
    ("/v1/search", "to"): {},
}
"""Each instant of a body, by path and member, and what else the body needs."""

READ_AS_WELL_AS_CAN_BE = {("/v1/channels/lapor_1708", "created_at")}
"""A machine hands LAPOR!'s tickets over, and nobody there corrects one: a bad time is left out."""

STRICTLY = (
    "2026", "20261124", "1732406400", "2026-11-24", "2026-11-24T09:00:00", "kemarin", "1e9",
    "2026-11-24T09:00:00+0700", "2026-11-24 09:00:00+07:00", "09:00", "",
)  # fmt: skip
IN_JSON: tuple[Any, ...] = (*STRICTLY, 2026, 20261124, 1732406400.5, True, [], {"at": 1})


def is_an_instant(schema: Mapping[str, Any]) -> bool:
    choices = (schema, *schema.get("anyOf", ()))
    return any(choice.get("format") in ("date-time", "date", "time") for choice in choices)


def test_the_table_knows_every_instant_of_every_body() -> None:
    found = {
        (operation.path, path)
        for operation in operations()
        for path, schema in members(operation.body_schema, operation.schemas)
        if is_an_instant(schema)
    }
    assert found == BODY_AROUND.keys() | READ_AS_WELL_AS_CAN_BE


def at(path: str, around: dict[str, Any], value: Any) -> bytes:
    body = deepcopy(around)
    *way, last = path.split(".")
    place: Any = body
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[last] = value
    return json.dumps(body).encode()


@pytest.mark.parametrize(("place", "around"), BODY_AROUND.items(), ids=lambda each: str(each)[:70])
async def test_an_instant_of_a_body_is_one_or_is_refused_by_its_name(
    place: tuple[str, str], around: dict[str, Any]
) -> None:
    path, member = place
    [operation] = [each for each in operations() if each.path == path and each.method == "POST"]
    for wrong in IN_JSON:
        answer = await ask_rightly(operation, at(member, around, wrong))
        told = problem_of(answer, 422)
        assert told["field"] == member, wrong
        assert "2026-11-25T09:00:00+07:00" in told["detail"]
    for right in ("2026-11-24T09:00:00+07:00", "2026-11-24t02:00:00.5z"):
        answer = await ask_rightly(operation, at(member, around, right))
        assert answer.status_code == 503, "it is let in, and there is no database"


ASKED_FOR = [
    pytest.param(operation, parameter["name"], id=f"{operation} {parameter['name']}")
    for operation in operations()
    for parameter in operation.parameters("query")
    if is_an_instant(parameter["schema"])
]


def test_periods_are_asked_for_in_two_places() -> None:
    assert len(ASKED_FOR) == 4


@pytest.mark.parametrize(("operation", "name"), ASKED_FOR)
async def test_an_instant_of_a_query_is_one_or_is_refused_by_its_name(
    operation: Asked, name: str
) -> None:
    for wrong in (*STRICTLY, "2026-11-24T09:00:00 07:00", "0001-01-01T00:00:00+07:00"):
        answer = await ask_rightly(operation, params={name: wrong})
        assert problem_of(answer, 422)["field"] == name, wrong
    for right in ("2026-11-24T09:00:00+07:00", "2026-11-24T02:00:00Z", "1990-12-31T23:59:60Z"):
        assert (await ask_rightly(operation, params={name: right})).status_code == 503

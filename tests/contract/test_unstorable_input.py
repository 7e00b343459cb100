"""No text that PostgreSQL cannot store gets past the door of any service: a 500 would be ours.

A table over all operations whose input the framework reads: each member of the body and each
parameter of the query, with a NUL and with half a surrogate pair, in turn. The channels' doors
read their bytes themselves, after the signature, and have their own tests.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contract.operations import Asked, ask_rightly, operations, problem_of

CANARY = "Pelapor-Contoh-0811000"

odd = pytest.mark.parametrize(
    "odd", [pytest.param("\x00", id="NUL"), pytest.param("\ud800", id="half a surrogate pair")]
)


def bodies() -> Iterator[Any]:
    for operation in operations():
        if not operation.is_read_by_its_adapter:
            for member in operation.body_schema.get("properties", {}):
                yield pytest.param(operation, member, id=f"{operation} {member}")


def queries() -> Iterator[Any]:
    for operation in operations():
        if not operation.is_read_by_its_adapter:
            for parameter in operation.parameters("query"):
                yield pytest.param(
                    operation, parameter["name"], id=f"{operation} {parameter['name']}"
                )


def assert_refused(answer: httpx.Response, field: str) -> None:
    assert problem_of(answer, 422)["field"] == field
    assert CANARY not in answer.text


@odd
@pytest.mark.parametrize(("operation", "member"), list(bodies()))
async def test_a_body_with_text_that_cannot_be_stored_is_refused_by_its_field(
    operation: Asked, member: str, odd: str
) -> None:
    body = json.dumps({member: f"{CANARY}{odd}"}).encode()
    assert_refused(await ask_rightly(operation, body), member)


@pytest.mark.parametrize(("operation", "name"), list(queries()))
async def test_a_query_with_a_nul_is_refused_by_its_parameter(operation: Asked, name: str) -> None:
    assert_refused(await ask_rightly(operation, params={name: f"{CANARY}\x00"}), name)

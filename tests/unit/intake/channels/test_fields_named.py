"""A refusal names the caller's own field: a table over every value that every door reads."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode

import pytest

from shared.errors import DomainError, Malformed
from tests.unit.intake.channels import wire
from tests.unit.intake.channels.test_authentication import EXAMPLE_OF
from tests.unit.intake.channels.test_bad_input import changed, places

JSON_DOORS = sorted(path for path, name in EXAMPLE_OF.items() if name.endswith(".json"))
FORM_DOORS = sorted(path for path, name in EXAMPLE_OF.items() if name.endswith(".txt"))
WRONG = ("\x00", "a\x00", "\ud800", "x" * 20_000, "", " ", {"a": 1}, ["a"], 9e99, -1, True, None)
WRONG_IN_FORMS = ("\x00", "a\x00b", "x" * 20_000, "", " ", "-1", "﷽")
HEADERS = {"idempotency-key"}


def refusal(path: str, body: bytes) -> DomainError | None:
    try:
        wire.come_in(wire.signed(path, body))
    except DomainError as error:
        return error
    return None


def said_of(place: tuple[str | int, ...]) -> Iterator[str]:
    """The place itself and all that it stands in, as a refusal may name them."""
    for length in range(len(place) + 1):
        yield ".".join(map(str, place[:length])) or "body"


@pytest.mark.parametrize("path", JSON_DOORS)
def test_a_wrong_value_of_json_is_named_as_the_caller_wrote_it(path: str) -> None:
    body = json.loads(wire.example(EXAMPLE_OF[path]))
    for place in places(body):
        for wrong in WRONG:
            error = refusal(path, json.dumps(changed(body, place, wrong)).encode())
            if error is not None:
                assert isinstance(error, Malformed)
                assert error.field in set(said_of(place)) | HEADERS, (place, wrong)


@pytest.mark.parametrize("path", FORM_DOORS)
def test_a_wrong_field_of_a_form_is_named_as_the_caller_wrote_it(path: str) -> None:
    fields = dict(parse_qsl(wire.example(EXAMPLE_OF[path]).decode().strip()))
    for name in fields:
        for wrong in WRONG_IN_FORMS:
            error = refusal(path, urlencode({**fields, name: wrong}).encode())
            if error is not None and name != "csrf_token":
                assert error.field == name, wrong

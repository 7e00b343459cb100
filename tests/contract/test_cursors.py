"""Where a list goes on: an operation takes the cursors that it gave, and no other."""

import json
from collections.abc import Mapping
from typing import Any, Final

import httpx
import pytest
from pydantic import TypeAdapter

from shared.http.paging import CURSOR_AT_MOST, Cursors
from tests.contract.operations import (
    CREDENTIALS,
    SOME_ID,
    Asked,
    ask_rightly,
    every_operation,
    problem_of,
)

AT: Final = "2026-11-03T02:00:00.123456Z"
POSITIONS: Final[Mapping[tuple[str, str], tuple[str, Any]]] = {
    ("notify", "/v1/deliveries/failed"): ("notify.failed", (AT, SOME_ID)),
    ("routing", "/v1/classifier-examples"): ("routing.classifier-examples", SOME_ID),
    ("routing", "/v1/classifier-models"): ("routing.classifier-models", 7),
    ("routing", "/v1/inbox"): ("routing.inbox.due", (None, AT, 7)),
    ("routing", "/v1/openings"): ("routing.openings", (AT, SOME_ID)),
    ("routing", "/v1/rule-versions"): ("routing.rule-versions", 7),
    ("routing", "/v1/rule-versions/{number}/trial"): ("routing.rule-trial", SOME_ID),
    ("routing", "/v1/search"): ("routing.search", (True, AT, SOME_ID)),
    ("routing", "/v1/triage"): ("routing.triage", (AT, AT, 7)),
    ("routing", "/v1/unread"): ("routing.unread", (AT, SOME_ID)),
    ("routing", "/v1/webhooks"): ("routing.webhooks", ("31.74", SOME_ID)),
    ("routing", "/v1/webhooks/{webhook_id}/deliveries"): ("routing.webhook-deliveries", 7),
    ("sla", "/v1/overdue"): ("overdue", (AT, SOME_ID, "first_action")),
    ("tracking", "/v1/cases"): ("cases", (AT, SOME_ID)),
}
"""The list's name, and a place in it, by service and path."""
ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)


def takes_a_cursor(operation: Asked) -> bool:
    named = {each["name"] for each in operation.parameters("query")}
    return "cursor" in named | {*operation.body_schema.get("properties", {})}


LISTS = [each for each in every_operation() if takes_a_cursor(each)]


def test_every_list_that_takes_a_cursor_has_its_row() -> None:
    assert {(each.service, each.path) for each in LISTS} == set(POSITIONS)


def cursor_of(service: str, path: str) -> str:
    listing, position = POSITIONS[service, path]
    key = CREDENTIALS.service_keys[service].private
    return Cursors(key.encode(), listing, ANYTHING).write(position)


async def followed(operation: Asked, cursor: str) -> httpx.Response:
    """The page behind the cursor, asked by who may read the list."""
    if operation.method == "POST":
        return await ask_rightly(
            operation, json.dumps({"cursor": cursor, "words": "lubang"}).encode()
        )
    return await ask_rightly(operation, params={"cursor": cursor})


@pytest.mark.parametrize("operation", LISTS, ids=str)
async def test_a_cursor_of_another_list_or_changed_in_any_part_is_refused(operation: Asked) -> None:
    own = cursor_of(operation.service, operation.path)
    answer = await followed(operation, own)
    assert answer.status_code == 503, "its own is taken, and the database asked that is not there"
    others = [cursor_of(*each) for each in POSITIONS if each != (operation.service, operation.path)]
    places = (0, 10, 21, 22, len(own) // 2, len(own) - 3, len(own) - 1)
    changed = [own[:at] + other_than(own[at]) + own[at + 1 :] for at in places]
    shapes = ["x", "", own[:-4], own + own, f"{own}=", own.rstrip("=") + " ", "A" * 9000]
    for cursor in (*others, *changed, *shapes):
        told = problem_of(await followed(operation, cursor), 422)
        assert told["field"] == "cursor", (cursor, told)


def other_than(character: str) -> str:
    return "B" if character == "A" else "A"


def test_no_cursor_is_longer_than_a_page_lets_through() -> None:
    assert max(len(cursor_of(*each)) for each in POSITIONS) <= CURSOR_AT_MOST

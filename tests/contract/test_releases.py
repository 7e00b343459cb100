"""Two neighbouring releases read each other's events.

A red test here means: the change does not survive an upgrade without stopping. Make it additive, or
let readers learn it one release before writers state it (docs/upgrade.md).
"""

import json
from typing import Any

import jsonschema
import pytest

from deploy.contracts import event_schema
from deploy.upgrade.events import READERS_FIRST, breaks, compact
from deploy.upgrade.marking import release_of_the_code, text_of
from deploy.upgrade.release import FILE, last_release
from shared.cloudevents import decode_body
from shared.events.catalogue import BY_TYPE
from tests.architecture.source import modules

LAST = last_release()
NOW = release_of_the_code(LAST.name)
each_kept = pytest.mark.parametrize("kind", sorted(LAST.events), ids=lambda kind: kind[21:])


def test_the_file_is_as_the_command_writes_it() -> None:
    assert text_of(LAST) == FILE.read_text(encoding="utf-8"), "run: crm release mark"


@each_kept
def test_an_event_of_the_last_release_keeps_its_schema_or_gains_by_it(kind: str) -> None:
    assert kind in NOW.events, "readers of the last release wait for it"
    assert breaks(LAST.events[kind], NOW.events[kind]) == []


@each_kept
def test_a_reader_of_the_last_release_takes_what_is_written_now(kind: str) -> None:
    jsonschema.validate(
        NOW.examples[kind], dict(LAST.events[kind]), cls=jsonschema.Draft202012Validator
    )


@each_kept
def test_a_reader_of_now_takes_what_the_last_release_has_written(kind: str) -> None:
    decode_body(BY_TYPE[kind], json.dumps(LAST.examples[kind]).encode())


@each_kept
def test_what_is_kept_of_a_schema_says_what_the_schema_says(kind: str) -> None:
    whole, kept = event_schema(BY_TYPE[kind]), compact(event_schema(BY_TYPE[kind]))
    jsonschema.Draft202012Validator.check_schema(kept)
    for field in whole["required"]:
        poorer = {k: v for k, v in NOW.examples[kind].items() if k != field}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(poorer, kept, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("service", sorted(LAST.operations))
def test_a_service_answers_what_callers_of_the_last_release_ask(service: str) -> None:
    now, before = NOW.operations[service], LAST.operations[service]
    assert sorted(before.keys() - now.keys()) == []
    assert {
        name: more for name in before if (more := sorted(set(now[name]) - set(before[name])))
    } == {}


STATE: dict[str, Any] = {"enum": ["open", "closed"], "of": "State", "type": "string"}
EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["unit"],
    "properties": {
        "unit": {"type": "string"},
        "state": {**STATE, "default": "open"},
        "notes": {"items": {"anyOf": [STATE, {"type": "null"}]}, "type": "array", "default": []},
    },
}


def changed(**fields: Any) -> dict[str, Any]:
    """EVENT with other fields; None takes one away."""
    properties = {k: v for k, v in {**EVENT["properties"], **fields}.items() if v is not None}
    return {**EVENT, "properties": properties}


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (changed(unit=None), "unit is gone, and readers of the last release want it"),
        ({**EVENT, "required": ["unit", "state"]},
         "state is required now, and events of the last release may lack it"),
        (changed(unit={"type": "integer"}),
         "unit was {'type': 'string'} and is {'type': 'integer'}"),
        (changed(unit={"anyOf": [{"type": "string"}, {"type": "null"}]}),
         "unit was {'type': 'string'} and is {'anyOf': [{'type': 'string'}, {'type': 'null'}]}"),
        (changed(unit={"type": "string", "maxLength": 5}),
         "unit was {'type': 'string'} and is {'type': 'string', 'maxLength': 5}"),
        (changed(state={**STATE, "enum": ["open"], "default": "open"}),
         "state cannot be 'closed' any more, and events of the last release are"),
        (changed(state={**STATE, "enum": ["open", "closed", "lost"], "default": "open"}),
         "state may be 'lost' now, and readers of the last release refuse it"),
        (changed(state={**STATE, "default": "closed"}),
         "state: default was open and is closed"),
        (changed(notes={"items": {"anyOf": [{**STATE, "enum": ["open"]}, {"type": "null"}]},
                        "type": "array", "default": []}),
         "notes[] cannot be 'closed' any more, and events of the last release are"),
    ],
)  # fmt: skip
def test_a_change_that_a_neighbour_cannot_read_is_said(new: dict[str, Any], said: str) -> None:
    assert breaks(EVENT, new) == [said]


def test_a_field_more_that_may_be_missing_is_read_by_both() -> None:
    richer = changed(since={"type": "string", "default": ""})
    assert breaks(EVENT, richer) == breaks(EVENT, EVENT) == []


def test_a_value_that_readers_learn_first_is_no_break() -> None:
    new = changed(state={**STATE, "enum": ["open", "closed", "lost"], "default": "open"})
    assert breaks(EVENT, new, {"State": frozenset({"lost"})}) == []


def test_no_service_states_a_value_that_only_readers_know() -> None:
    stated = [
        f"{module}: {name}"
        for module in modules("services")
        for kind, values in READERS_FIRST.items()
        for value in values
        if (name := f"{kind}.{value.upper()}") in module.text
    ]
    assert stated == []


def test_a_definition_stands_in_the_place_of_its_reference() -> None:
    schema = {
        "$defs": {"State": {"enum": ["open"], "title": "State"}},
        "title": "Opened",
        "properties": {
            "title": {"$ref": "#/$defs/State", "description": "words"},
            "kind": {"const": "a", "x-privacy-class": "C0"},
        },
    }
    assert compact(schema) == {
        "properties": {"title": {"enum": ["open"], "of": "State"}, "kind": {"enum": ["a"]}}
    }

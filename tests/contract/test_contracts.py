"""The committed contracts are what the code says, and they are valid by the standards' own rules.

A red test here means: run `make contracts`, read the difference, commit it.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from pydantic import BaseModel

from deploy import contracts
from deploy.services import WITH_API
from shared.cloudevents import attributes, decode_body, encode
from shared.events.catalogue import CATALOGUE
from shared.events.event import Envelope, Event
from shared.privacy import PrivacyClass
from tests.builders import T0
from tests.contract.operations import build

HERE = Path(__file__).parent
ANEW = "run: make contracts"

each_event = pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.__name__)
each_service = pytest.mark.parametrize("service", WITH_API)


def committed(path: str) -> str:
    return (contracts.CONTRACTS / path).read_text()


def example_of(event: type[Event]) -> dict[str, Any]:
    name = f"{event.__name__}.v{event.version}.json"
    found: dict[str, Any] = json.loads((contracts.EXAMPLES / name).read_bytes())
    return found


# --- event schemas -----------------------------------------------------------------------


def test_the_committed_schemas_are_those_of_the_catalogue() -> None:
    files = {path.name: path.read_text() for path in (contracts.CONTRACTS / "events").iterdir()}
    assert files == contracts.schemas(), ANEW


@each_event
def test_the_published_example_fits_the_published_schema(event: type[Event]) -> None:
    schema = json.loads(committed(f"events/{contracts.schema_name(event)}"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(example_of(event), schema, cls=jsonschema.Draft202012Validator)


@each_event
def test_a_message_from_before_a_field_was_added_fits_the_schema_too(event: type[Event]) -> None:
    added = [name for name, field in event.model_fields.items() if not field.is_required()]
    older = {name: value for name, value in example_of(event).items() if name not in added}
    schema = json.loads(committed(f"events/{contracts.schema_name(event)}"))
    jsonschema.validate(older, schema, cls=jsonschema.Draft202012Validator)
    decode_body(event, json.dumps(older).encode())


@each_event
def test_a_message_that_lacks_a_required_field_does_not_fit(event: type[Event]) -> None:
    schema = json.loads(committed(f"events/{contracts.schema_name(event)}"))
    poorer = example_of(event)
    del poorer["complaint_id"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(poorer, schema, cls=jsonschema.Draft202012Validator)


@each_event
def test_the_schema_says_the_privacy_class_of_every_field(event: type[Event]) -> None:
    schema = json.loads(committed(f"events/{contracts.schema_name(event)}"))
    models = [schema, *(each for each in schema.get("$defs", {}).values() if "properties" in each)]
    classes = {f["x-privacy-class"] for model in models for f in model["properties"].values()}
    assert classes == {PrivacyClass.C0.value}
    assert schema["description"]


# --- AsyncAPI ----------------------------------------------------------------------------


def asyncapi_errors(document: dict[str, Any]) -> list[str]:
    schema = json.loads((HERE / "asyncapi-3.0.0.schema.json").read_text())
    errors = jsonschema.Draft7Validator(schema).iter_errors(document)
    return [f"{error.json_path}: {error.message[:200]}" for error in errors]


def with_payloads_inside(document: dict[str, Any]) -> dict[str, Any]:
    """The document as a reader sees it who follows the references to the schema files."""
    whole = copy.deepcopy(document)
    for message in whole["components"]["messages"].values():
        message["payload"] = json.loads(committed(message["payload"]["$ref"].removeprefix("./")))
    return whole


def test_the_committed_asyncapi_document_is_what_the_code_says() -> None:
    assert committed("asyncapi.json") == contracts.pretty(contracts.asyncapi()), ANEW


def test_the_asyncapi_document_is_valid_by_the_official_schema() -> None:
    document = json.loads(committed("asyncapi.json"))
    assert asyncapi_errors(document) == []
    assert asyncapi_errors(with_payloads_inside(document)) == []


@pytest.mark.parametrize("part", ["info", "operations", "channels"])
def test_the_official_schema_would_notice_a_broken_document(part: str) -> None:
    document = json.loads(committed("asyncapi.json"))
    document[part] = {"nonsense": 1}
    assert asyncapi_errors(document)


def test_every_event_is_a_message_that_one_service_sends_and_another_receives() -> None:
    document = json.loads(committed("asyncapi.json"))
    assert references_that_lead_nowhere(document) == []
    said: dict[str, list[str]] = {"send": [], "receive": []}
    for operation in document["operations"].values():
        names = [message["$ref"].rpartition("/")[2] for message in operation["messages"]]
        said[operation["action"]].extend(names)
    catalogue = sorted(event.__name__ for event in CATALOGUE)
    assert sorted(said["send"]) == catalogue
    assert sorted(set(said["receive"])) == catalogue


@each_event
def test_the_headers_of_a_message_fit_the_published_header_schema(event: type[Event]) -> None:
    document = json.loads(committed("asyncapi.json"))
    general, own = document["components"]["messages"][event.__name__]["headers"]["allOf"]
    assert general == {"$ref": "#/components/schemas/CloudEvent"}
    envelope = Envelope(
        UUID(int=9), event.emitter, decode_body(event, json.dumps(example_of(event)).encode()),
        UUID(int=8), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )  # fmt: skip
    headers = {name: value.decode() for name, value in encode(envelope).headers}
    schema = {"allOf": [document["components"]["schemas"]["CloudEvent"], own]}
    jsonschema.validate(headers, schema)
    for wrong in ({**headers, "ce_type": "id.go.jakarta.crm.Nothing.v1"}, {}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_the_published_header_schema_knows_every_header_there_is() -> None:
    written = attributes(UUID(int=9), "intake", "type", UUID(int=1), T0, UUID(int=8), "00-0-0-0")
    known = json.loads(committed("asyncapi.json"))["components"]["schemas"]["CloudEvent"]
    assert {name for name, _ in written} == known["properties"].keys()


# --- OpenAPI -----------------------------------------------------------------------------


def references_in(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(found := node.get("$ref"), str):
            yield found
        for inner in node.values():
            yield from references_in(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references_in(inner)


def leads_somewhere(reference: str, document: dict[str, Any]) -> bool:
    """A file beside the document, or a JSON pointer inside it (RFC 6901)."""
    file, _, pointer = reference.partition("#")
    if file:
        return (contracts.CONTRACTS / file).is_file() and not pointer
    place: Any = document
    for part in pointer.removeprefix("/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(place, dict) or key not in place:
            return False
        place = place[key]
    return True


def references_that_lead_nowhere(document: dict[str, Any]) -> list[str]:
    return [each for each in references_in(document) if not leads_somewhere(each, document)]


@each_service
def test_the_committed_openapi_document_is_what_the_service_says(service: str) -> None:
    assert committed(f"openapi/{service}.json") == contracts.pretty(build(service).openapi()), ANEW


def test_an_openapi_document_is_written_by_a_process_of_its_own() -> None:
    assert committed("openapi/vault.json") == contracts.openapi("vault")


def test_no_document_is_left_of_a_service_that_is_gone() -> None:
    kept = {path.name for path in (contracts.CONTRACTS / "openapi").iterdir()}
    assert kept == {f"{service}.json" for service in WITH_API}, ANEW


@each_service
def test_every_reference_of_the_openapi_document_leads_somewhere(service: str) -> None:
    document = json.loads(committed(f"openapi/{service}.json"))
    assert references_that_lead_nowhere(document) == []
    assert references_that_lead_nowhere({"$ref": "#/components/schemas/Nothing"})


@each_service
def test_every_schema_of_the_openapi_document_is_a_json_schema(service: str) -> None:
    document = json.loads(committed(f"openapi/{service}.json"))
    for schema in document["components"].get("schemas", {}).values():
        jsonschema.Draft202012Validator.check_schema(schema)


# --- how they are made -------------------------------------------------------------------


def test_the_flow_table_goes_between_its_markers_and_nowhere_else() -> None:
    text = "above\n<!-- flow: kept -->\nold\n<!-- /flow -->\nbelow\n"
    once = contracts.readme_with("| new |", text)
    assert once == "above\n<!-- flow: kept -->\n| new |\n<!-- /flow -->\nbelow\n"
    assert contracts.readme_with("| new |", once) == once
    with pytest.raises(ValueError, match="README"):
        contracts.readme_with("| new |", "no markers")


def test_nested_models_are_annotated_as_deep_as_they_go() -> None:
    class Inner(BaseModel):
        depth: int

    class Outer(BaseModel):
        inner: tuple[Inner, ...]

    class Outermost(BaseModel):
        outer: Outer | None

    found = {model.__name__ for model in contracts.models_inside(Outermost)}
    assert found == {"Outer", "Inner"}

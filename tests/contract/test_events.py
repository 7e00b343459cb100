"""The catalogue: classes of privacy, examples, the wire, the committed documents."""

import json
from pathlib import Path
from uuid import UUID

import jsonschema
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from shared.cloudevents import BusMessage, decode, decode_body, encode, encode_body
from shared.errors import Reject
from shared.events.catalogue import BY_TYPE, CATALOGUE
from shared.events.event import Envelope, Event, type_of
from shared.privacy import PrivacyClass, class_of_field, nested_models
from tests.builders import a_complaint

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
names = pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.__name__)


def example_of(event: type[Event]) -> bytes:
    return (EXAMPLES / f"{event.__name__}.v{event.version}.json").read_bytes()


def fields_without_c0(model: type) -> list[str]:
    wrong = []
    for name, field in model.model_fields.items():  # type: ignore[attr-defined]
        if class_of_field(model, name) is not PrivacyClass.C0:
            wrong.append(f"{model.__name__}.{name}")
        for inner in nested_models(field.annotation):
            wrong.extend(fields_without_c0(inner))
    return wrong


@names
def test_every_field_on_the_bus_is_of_class_c0(event: type[Event]) -> None:
    assert fields_without_c0(event) == []


def test_the_catalogue_is_complete_and_each_type_is_its_own() -> None:
    def leaves(kind: type[Event]) -> set[type[Event]]:
        below = kind.__subclasses__()
        return {kind} if not below else {leaf for sub in below for leaf in leaves(sub)}

    assert leaves(Event) == set(CATALOGUE)
    assert len(BY_TYPE) == len(CATALOGUE)


@names
def test_the_published_example_is_read_and_written_back_the_same(event: type[Event]) -> None:
    read = decode_body(event, example_of(event))
    assert json.loads(encode_body(read)) == json.loads(example_of(event))


@names
def test_the_example_fits_the_json_schema(event: type[Event]) -> None:
    schema = event.model_json_schema(mode="serialization")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(example_of(event)), schema)


@names
def test_fields_that_a_reader_does_not_know_are_ignored(event: type[Event]) -> None:
    richer = {**json.loads(example_of(event)), "added_later": 1}
    assert decode_body(event, json.dumps(richer).encode()) == decode_body(event, example_of(event))


@names
def test_an_independent_reader_of_cloudevents_understands_the_message(
    event: type[Event],
) -> None:
    envelope = Envelope(
        UUID(int=9), event.emitter, decode_body(event, example_of(event)), UUID(int=8),
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )  # fmt: skip
    message = encode(envelope)
    read = from_binary(
        KafkaMessage(dict(message.headers), message.key, message.value), JSONFormat(), CloudEvent
    )
    assert read.get_type() == type_of(event)
    assert read.get_subject() == str(envelope.complaint_id)
    assert read.get_time() == envelope.event.at
    assert read.get_extension("causationid") == str(UUID(int=8))
    assert read.get_data() == json.loads(message.value)
    assert decode(message) == envelope


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"ce_type": None}, "bad_header"),
        ({"ce_type": b"id.go.jakarta.crm.Nothing.v1"}, "unknown_type"),
        ({"ce_id": b"17"}, "bad_header"),
        ({"ce_id": b"\xff"}, "bad_header"),
        ({"ce_source": None}, "bad_header"),
        ({"ce_causationid": b"nobody"}, "bad_header"),
    ],
)
def test_a_header_that_is_wrong_is_rejected(change: dict[str, bytes | None], cause: str) -> None:
    message = encode(Envelope(UUID(int=9), "intake", a_complaint()))
    headers = {**dict(message.headers), **change}
    wrong = [(name, value) for name, value in headers.items() if value is not None]
    with pytest.raises(Reject) as raised:
        decode(BusMessage(message.key, wrong, message.value))
    assert raised.value.cause == cause


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"channel": "Pelapor Contoh"}', b"\xff"])
def test_a_body_that_is_wrong_is_rejected_without_being_quoted(body: bytes) -> None:
    message = encode(Envelope(UUID(int=9), "intake", a_complaint()))
    with pytest.raises(Reject) as raised:
        decode(BusMessage(message.key, message.headers, body))
    assert raised.value.cause == "bad_body"
    assert "Pelapor" not in str(raised.value)


def test_a_key_that_is_not_the_complaint_is_rejected() -> None:
    message = encode(Envelope(UUID(int=9), "intake", a_complaint()))
    with pytest.raises(Reject, match="wrong_subject"):
        decode(BusMessage(b"other", message.headers, message.value))

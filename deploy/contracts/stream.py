"""The stream as an AsyncAPI document."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from deploy.contracts.documents import EXAMPLES, Json
from deploy.contracts.events import description_of, schema_name
from deploy.contracts.flow import emits, hears, in_order
from deploy.local.broker import topics
from deploy.services import NAMES
from shared import cloudevents
from shared.bus import group_of
from shared.events.catalogue import CATALOGUE
from shared.events.event import Envelope, Event, type_of

KAFKA = "0.5.0"
"""Version of AsyncAPI's Kafka bindings."""


def asyncapi() -> Json:
    """The stream as an AsyncAPI 3.0.0 document."""
    [topic] = topics()
    messages = {event.__name__: _message(event) for event in CATALOGUE}
    channel: Json = {
        "address": topic.name,
        "title": "Facts about complaints",
        "description": "At least once; all events of one complaint in one partition, in order of"
        " their emitter. Readers ignore fields and types they do not know.",
        "servers": [{"$ref": "#/servers/stream"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "bindingVersion": KAFKA,
            }
        },
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Cepat Respon Masyarakat: the stream of complaints",
            "version": "1",
            "description": "Only data of privacy class C0: nothing personal and no free text.",
        },
        "defaultContentType": "application/json",
        "servers": {"stream": _server()},
        "channels": {"complaints": channel},
        "operations": _operations(),
        "components": {"messages": messages, "schemas": {"CloudEvent": _cloud_event()}},
    }


def _server() -> Json:
    return {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "description": "The city's Kafka; the address is the installation's own.",
        "variables": {
            "bootstrap": {"default": "localhost:9092", "description": "host:port of a broker"}
        },
    }


def _operations() -> Json:
    operations: Json = {}
    for service in NAMES:
        for action, chosen in (("send", emits(service)), ("receive", hears(service))):
            if chosen:
                operations[f"{service}.{action}"] = _operation(service, action, chosen)
    return operations


def _operation(service: str, action: str, chosen: frozenset[type[Event]]) -> Json:
    operation: Json = {
        "action": action,
        "channel": {"$ref": "#/channels/complaints"},
        "summary": f"What {service} {'states' if action == 'send' else 'hears'}",
        "messages": [
            {"$ref": f"#/channels/complaints/messages/{event.__name__}"}
            for event in in_order(chosen)
        ],
    }
    if action == "receive":
        group = {"type": "string", "enum": [group_of(service)]}
        operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": KAFKA}}
    return operation


def _message(event: type[Event]) -> Json:
    name = f"{event.__name__}.v{event.version}"
    example = json.loads((EXAMPLES / f"{name}.json").read_bytes())
    return {
        "name": name,
        "title": event.__name__,
        "summary": description_of(event).split("\n\n")[0].replace("\n", " "),
        "contentType": "application/json",
        "headers": {
            "allOf": [
                {"$ref": "#/components/schemas/CloudEvent"},
                {
                    "type": "object",
                    "properties": {
                        "ce_type": {"const": type_of(event)},
                        "ce_source": {"const": f"/services/{event.emitter}"},
                    },
                },
            ]
        },
        "payload": {"$ref": f"./events/{schema_name(event)}"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "format": "uuid", "description": "The complaint's id"},
                "bindingVersion": KAFKA,
            }
        },
        "examples": [{"name": name, "headers": _headers(event, example), "payload": example}],
    }


def _headers(event: type[Event], example: Json) -> dict[str, str]:
    read = cloudevents.decode_body(event, json.dumps(example).encode())
    identity, cause = UUID(int=0x9 << 76), UUID(int=0x8 << 76)
    envelope = Envelope(identity, event.emitter, read, cause)
    return {name: value.decode() for name, value in cloudevents.encode(envelope).headers}


def _cloud_event() -> Json:
    """Headers of every message: CloudEvents 1.0 in Kafka binary mode."""
    uuid: Json = {"type": "string", "format": "uuid"}

    def text(description: str, **more: Any) -> Json:
        return {"type": "string", "description": description, **more}

    return {
        "type": "object",
        "description": "CloudEvents 1.0, Kafka binary content mode; every value is UTF-8.",
        "required": [
            "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time",
            "content-type",
        ],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": {**uuid, "description": "The same however often the event is delivered"},
            "ce_source": text("The emitting service", pattern="^/services/[a-z]+$"),
            "ce_type": text("Type and version of the event"),
            "ce_subject": {**uuid, "description": "The complaint's id, as the key"},
            "ce_time": text("The instant of the decision, UTC", format="date-time"),
            "content-type": {"const": cloudevents.CONTENT_TYPE.decode()},
            "ce_causationid": {
                **uuid, "description": "Id of the event or command that caused this one",
            },
            "ce_traceparent": text(
                "W3C trace context of what began it at once; older events may have none"
            ),
        },
    }  # fmt: skip

"""The contracts, written from the code: event schemas, AsyncAPI, OpenAPI, README's flow table.

`python -m deploy.contracts` writes them all (`make contracts`); tests compare what is committed
with what this module says now. Services are named as strings and looked up by `importlib`.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import json
import os
import subprocess
import sys
import tempfile
import typing
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from deploy.local.broker import topics
from deploy.local.credentials import SERVICES, Addresses, Credentials, environment
from deploy.local.settings import inherited
from shared import events as catalogue
from shared.bus import group_of
from shared.events import CATALOGUE, Envelope, Event, type_of
from shared.privacy import class_of_field, nested_models

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS = ROOT / "docs" / "contracts"
EXAMPLES = ROOT / "tests" / "examples"
README = ROOT / "README.md"
FLOW_BEGIN = "<!-- flow:"
FLOW_END = "<!-- /flow -->"

BASE = "https://crm.jakarta.go.id/contracts"
PACKAGES = {name: f"services.{name}" for name in SERVICES} | {"vault": "services.intake.vault"}
"""The vault is a process of its own inside intake's folder."""

Json = dict[str, Any]


def pretty(document: Json) -> str:
    """JSON that stays the same as long as its content does."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


# --- who says and hears what -------------------------------------------------------------


def hears(service: str) -> frozenset[type[Event]]:
    """The events a process consumes; the vault has no domain, its handler says it."""
    if service == "vault":
        handler = importlib.import_module(f"{PACKAGES[service]}.handler").ErasureHandler
        return frozenset(handler.hears)
    return frozenset(importlib.import_module(f"{PACKAGES[service]}.domain").HEARS)


def emits(service: str) -> frozenset[type[Event]]:
    if service == "vault":
        return frozenset()
    return frozenset(importlib.import_module(f"{PACKAGES[service]}.domain").EMITS)


def in_order(chosen: frozenset[type[Event]]) -> list[type[Event]]:
    """As the catalogue has them."""
    return [event for event in CATALOGUE if event in chosen]


# --- event schemas -----------------------------------------------------------------------


def schema_name(event: type[Event]) -> str:
    return f"{event.__name__}.v{event.version}.schema.json"


def event_schema(event: type[Event]) -> Json:
    """JSON Schema (2020-12) of the event's value, as a reader must take it.

    A field with a default is not required: an event that was written before the field was
    added stays valid.
    """
    schema = event.model_json_schema(mode="validation")
    _annotate(schema, event)
    for model in _models_inside(event):
        _annotate(schema["$defs"][model.__name__], model)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{BASE}/events/{schema_name(event)}",
        **schema,
        "title": event.__name__,
        "description": _description(event),
    }


def _models_inside(model: type[BaseModel]) -> set[type[BaseModel]]:
    direct = {
        inner for field in model.model_fields.values() for inner in nested_models(field.annotation)
    }
    return direct | {deeper for inner in direct for deeper in _models_inside(inner)}


def _annotate(schema: Json, model: type[BaseModel]) -> None:
    for name, field in schema["properties"].items():
        privacy = class_of_field(model, name)
        if privacy is not None:
            field["x-privacy-class"] = privacy.value
        if words := _field_docstring(model, name):
            field["description"] = words


def _description(event: type[Event]) -> str:
    """Its docstring; an event whose name says all has none and is told by its emitter."""
    if event.__doc__:
        return inspect.cleandoc(event.__doc__)
    return f"Stated by {event.emitter}."


def _field_docstring(model: type[BaseModel], field: str) -> str | None:
    found = (_docstrings().get((kind.__name__, field)) for kind in model.__mro__)
    return next((words for words in found if words), None)


@cache
def _docstrings() -> Mapping[tuple[str, str], str]:
    """The string that follows a field in shared/events.py, by class and field."""
    tree = ast.parse(inspect.getsource(catalogue))
    found: dict[tuple[str, str], str] = {}
    for kind in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for field, after in zip(kind.body, kind.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                words = after.value if isinstance(after, ast.Expr) else None
                if isinstance(words, ast.Constant) and isinstance(words.value, str):
                    found[kind.name, field.target.id] = " ".join(words.value.split())
    return found


def schemas() -> dict[str, str]:
    """File name to text, one per event."""
    return {schema_name(event): pretty(event_schema(event)) for event in CATALOGUE}


# --- AsyncAPI ----------------------------------------------------------------------------

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
    for service in SERVICES:
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
        "summary": _description(event).split("\n\n")[0].replace("\n", " "),
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
    read = catalogue.decode_body(event, json.dumps(example).encode())
    identity, cause = UUID(int=0x9 << 76), UUID(int=0x8 << 76)
    envelope = Envelope(identity, event.emitter, read, cause)
    return {name: value.decode() for name, value in catalogue.encode(envelope).headers}


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
            "content-type": {"const": catalogue.CONTENT_TYPE.decode()},
            "ce_causationid": {
                **uuid, "description": "Id of the event or command that caused this one",
            },
            "ce_traceparent": text("W3C trace context, where a trace was under way"),
        },
    }  # fmt: skip


# --- OpenAPI -----------------------------------------------------------------------------


def openapi(service: str) -> str:
    """The service's document, from its app, built with throw-away settings in a new process."""
    with tempfile.TemporaryDirectory() as home:
        told = environment(service, Credentials.load(Path(home)), _nowhere())
        done = subprocess.run(
            [sys.executable, "-m", "deploy.contracts", "--openapi", service],
            env=inherited("PATH") | told,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{service} cannot be built:\n{done.stderr[-2000:]}")
    return done.stdout


def _nowhere() -> Addresses:
    """Addresses that nobody listens at: a service that is built opens no connection."""
    return Addresses(
        databases={name: f"postgresql://crm_{name}@127.0.0.1:1/crm" for name in SERVICES},
        bootstrap="127.0.0.1:1",
        idempotence=True,
        ports=dict.fromkeys(SERVICES, 0),
        smtp_port=0,
        outside_port=0,
        outside_smtp_port=0,
    )


def _own_openapi(service: str) -> str:
    """In the new process: the environment is that service's."""
    build = importlib.import_module(f"{PACKAGES[service]}.app").build
    settings = typing.get_type_hints(build)["settings"]
    return pretty(build(settings()).app.openapi())


# --- README's flow table -----------------------------------------------------------------

MANY = 5
"""From so many on, all events of an emitter are said in one word."""


def flow_table(descriptions: Mapping[str, str]) -> str:
    """``service | does | hears | emits``; ``descriptions`` as in the OpenAPI documents."""
    lines = ["| service | does | hears | emits |", "|---|---|---|---|"]
    for service in SERVICES:
        does = " ".join(descriptions[service].split()).partition(". ")[0].rstrip(".")
        said = ", ".join(event.__name__ for event in in_order(emits(service))) or "nothing"
        lines.append(f"| **{service}** | {does} | {_summary(hears(service))} | {said} |")
    return "\n".join(lines)


def _summary(chosen: frozenset[type[Event]]) -> str:
    if chosen == frozenset(CATALOGUE):
        return "everything"
    words: list[str] = []
    for service in SERVICES:
        own = emits(service) & chosen
        if own == emits(service) and len(own) >= MANY:
            words.append(f"all that {service} emits")
        else:
            words.extend(event.__name__ for event in in_order(own))
    return ", ".join(words) or "nothing"


def readme_with(table: str, text: str) -> str:
    """README's text with ``table`` between the markers; the markers stay as they are."""
    before, begin, rest = text.partition(FLOW_BEGIN)
    marker, newline, rest = rest.partition("\n")
    _, end, after = rest.partition(FLOW_END)
    if not (begin and newline and end):
        raise ValueError(f"README.md needs the lines '{FLOW_BEGIN} ... -->' and '{FLOW_END}'")
    return f"{before}{begin}{marker}\n{table}\n{end}{after}"


# --- all of it ---------------------------------------------------------------------------


def documents() -> dict[str, str]:
    """Path below ``docs/contracts`` to text."""
    return {
        **{f"events/{name}": text for name, text in schemas().items()},
        "asyncapi.json": pretty(asyncapi()),
        **{f"openapi/{service}.json": openapi(service) for service in SERVICES},
    }


def description_in(openapi_text: str) -> str:
    return str(json.loads(openapi_text)["info"]["description"])


def write() -> list[str]:
    """Writes everything, takes away what is no contract any more; returns what has changed."""
    wanted = {CONTRACTS / path: text for path, text in documents().items()}
    descriptions = {
        name: description_in(wanted[CONTRACTS / "openapi" / f"{name}.json"]) for name in SERVICES
    }
    wanted[README] = readme_with(flow_table(descriptions), README.read_text())
    changed = [path for path, text in wanted.items() if _put(path, text)]
    for stale in sorted(set(CONTRACTS.rglob("*.json")) - wanted.keys()):
        stale.unlink()
        changed.append(stale)
    return [os.path.relpath(path, ROOT) for path in changed]


def _put(path: Path, text: str) -> bool:
    if path.exists() and path.read_text() == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.contracts", description=__doc__)
    parser.add_argument("--openapi", metavar="SERVICE", choices=SERVICES, help=argparse.SUPPRESS)
    service = parser.parse_args().openapi
    if service:
        sys.stdout.write(_own_openapi(service))
        return
    changed = write()
    print("\n".join(f"wrote {path}" for path in changed) or "nothing has changed")


if __name__ == "__main__":
    main()

"""JSON Schema of every event."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from deploy.contracts.documents import BASE, Json, pretty
from shared import events
from shared.events.catalogue import CATALOGUE
from shared.events.event import Event
from shared.privacy import class_of_field, nested_models


def schema_name(event: type[Event]) -> str:
    return f"{event.__name__}.v{event.version}.schema.json"


def event_schema(event: type[Event]) -> Json:
    """JSON Schema (2020-12) of the event's value, as a reader must take it.

    A field with a default is not required: an event that was written before the field was
    added stays valid.
    """
    schema = event.model_json_schema(mode="validation")
    _annotate(schema, event)
    for model in models_inside(event):
        _annotate(schema["$defs"][model.__name__], model)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{BASE}/events/{schema_name(event)}",
        **schema,
        "title": event.__name__,
        "description": description_of(event),
    }


def models_inside(model: type[BaseModel]) -> set[type[BaseModel]]:
    direct = {
        inner for field in model.model_fields.values() for inner in nested_models(field.annotation)
    }
    return direct | {deeper for inner in direct for deeper in models_inside(inner)}


def _annotate(schema: Json, model: type[BaseModel]) -> None:
    for name, field in schema["properties"].items():
        privacy = class_of_field(model, name)
        if privacy is not None:
            field["x-privacy-class"] = privacy.value
        if words := _field_docstring(model, name):
            field["description"] = words


def description_of(event: type[Event]) -> str:
    """Its docstring; an event whose name says all has none and is told by its emitter."""
    if event.__doc__:
        return inspect.cleandoc(event.__doc__)
    return f"Stated by {event.emitter}."


def _field_docstring(model: type[BaseModel], field: str) -> str | None:
    found = (_docstrings().get((kind.__name__, field)) for kind in model.__mro__)
    return next((words for words in found if words), None)


@cache
def _docstrings() -> Mapping[tuple[str, str], str]:
    """The string that follows a field in shared/events/, by class and field."""
    found: dict[tuple[str, str], str] = {}
    for path in sorted(Path(events.__path__[0]).glob("*.py")):
        for kind in ast.parse(path.read_text()).body:
            if isinstance(kind, ast.ClassDef):
                found |= {(kind.name, field): words for field, words in _fields_of(kind)}
    return found


def _fields_of(kind: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, after in zip(kind.body, kind.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            words = after.value if isinstance(after, ast.Expr) else None
            if isinstance(words, ast.Constant) and isinstance(words.value, str):
                yield field.target.id, " ".join(words.value.split())


def schemas() -> dict[str, str]:
    """File name to text, one per event."""
    return {schema_name(event): pretty(event_schema(event)) for event in CATALOGUE}

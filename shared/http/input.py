"""What callers send: storable text, models, and errors that name the field and echo nothing."""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any, TypeVar

from fastapi import Request, params
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.errors import Malformed
from shared.text import refuse_unstorable_values

M = TypeVar("M", bound=BaseModel)
PLACES = ("body", "query", "path", "header")
"""Where the framework says that an input stands, before its own path."""


def field_path(location: Sequence[str | int]) -> str:
    """``("body", "position", "latitude") -> position.latitude``; a place alone is its own name."""
    path = [str(part) for part in location]
    place = path.pop(0) if path and path[0] in PLACES else "body"
    return ".".join(path) or place


def malformed(errors: Sequence[Any]) -> Malformed:
    """The first of pydantic's errors as ours: field and rule, never the value."""
    first = errors[0]
    field = field_path(first["loc"])
    if first["type"] in ("json_invalid", "value_error.jsondecode"):
        return Malformed("The body is not valid JSON.", field="body")
    if first["type"] == "extra_forbidden":
        # The name of an unknown field is the caller's text: it is not echoed either.
        parent = field_path(first["loc"][:-1])
        return Malformed("A field that the contract does not know was sent.", field=parent)
    if first["type"].endswith("_parsing"):
        # These messages quote the character that upset the parser.
        return Malformed(f"{field}: not a valid {first['type'][:-8]}.", field=field)
    return Malformed(f"{field}: {first['msg']}.", field=field)


async def refuse_unstorable_input(request: Request) -> None:
    """A dependency of every route: path, query and the body, where the framework reads it.

    A door that reads its body itself checks it itself, after it has checked who sends it.
    """
    if not getattr(request.scope.get("route"), "caller_corrects", True):
        return
    for name, value in (*request.path_params.items(), *request.query_params.items()):
        refuse_unstorable_values(value, name if name.isidentifier() else "query")
    body_field = getattr(request.scope.get("route"), "body_field", None)
    if body_field is None:
        return
    try:
        # A form leaves no bytes that could be read a second time.
        is_form = isinstance(body_field.field_info, params.Form)
        refuse_unstorable_values(dict(await request.form()) if is_form else await request.json())
    except Malformed as refusal:
        named = _known_part(refusal.field or "body", body_field.field_info.annotation)
        what = refusal.detail.partition(" holds ")[2]
        raise Malformed(f"{named} holds {what}", field=named) from None
    except (ValueError, RecursionError):
        return  # No JSON: the framework says so.


def _known_part(path: str, annotation: Any) -> str:
    """The path as far as the contract knows it: a made-up name is the caller's text."""
    known = set(_property_names(TypeAdapter(annotation).json_schema()))
    parts = takewhile(lambda part: part in known or part.isdigit(), path.split("."))
    return ".".join(parts) or "body"


def _property_names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from _property_names(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _property_names(inner)


def parse_model(model: type[M], body: bytes) -> M:
    """JSON bytes as ``model``; raises Malformed that names the field and echoes nothing."""
    try:
        parsed = model.model_validate_json(body)
    except ValidationError as error:
        raise malformed(error.errors(include_input=False, include_url=False)) from None
    refuse_unstorable_values(parsed.model_dump())
    return parsed

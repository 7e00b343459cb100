"""Whether a call, and what a test answers to it, are what the services' contracts describe."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema

CONTRACTS = Path(__file__).parents[3] / "docs" / "contracts" / "openapi"
JSON = "application/json"


@cache
def _document(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CONTRACTS / f"{part}.json").read_text())
    return found


def _operation(part: str, method: str, path: str) -> dict[str, Any] | None:
    """The one whose fixed words are most: ``/deliveries/failed`` is no ``/deliveries/{id}``."""
    found = [
        (template.count("{"), methods[method.lower()])
        for template, methods in _document(part)["paths"].items()
        if method.lower() in methods and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path)
    ]
    return min(found, key=lambda each: each[0])[1] if found else None


def strange(
    part: str, method: str, path: str, query: str, body: Any, status: int, answer: Any
) -> Iterator[str]:
    """What of a call no contract knows; ``answer`` with ``status`` is what a test answers."""
    operation = _operation(part, method, path)
    where = f"{part} {method} {path}"
    if operation is None:
        yield f"{where}: no such operation"
        return
    asked = (_resolved(part, each) for each in operation.get("parameters", ()))
    known = {each["name"] for each in asked if each["in"] == "query"}
    yield from (f"{where}: parameter {name}" for name, _ in parse_qsl(query) if name not in known)
    content = operation.get("requestBody", {}).get("content", {})
    if body is not None and JSON in content:
        yield from _misfits(part, content[JSON]["schema"], body, f"{where}: body")
    told = _resolved(part, operation["responses"].get(str(status), {})).get("content", {})
    if status < 300 and JSON in told:
        yield from _misfits(part, told[JSON]["schema"], answer, f"{where}: answer")


def _resolved(part: str, node: dict[str, Any]) -> dict[str, Any]:
    """What stands behind a reference."""
    if "$ref" not in node:
        return node
    found: Any = _document(part)
    for name in node["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return _resolved(part, found)


def _misfits(part: str, schema: Any, value: Any, where: str) -> Iterator[str]:
    for said in _compared(part, json.dumps(schema), json.dumps(value)):
        yield f"{where}: {said}"


@cache
def _compared(part: str, schema: str, value: str) -> tuple[str, ...]:
    """One answer is given to many pages: it is compared once."""
    whole = {**json.loads(schema), "components": _document(part)["components"]}
    found = jsonschema.Draft202012Validator(whole).iter_errors(json.loads(value))
    return tuple(f"{'/'.join(map(str, e.absolute_path))} {e.message[:150]}" for e in found)


def example(part: str, method: str, path: str) -> tuple[int, Any]:
    """Status and body of an answer that takes what was asked, as the contract shows it."""
    operation = _operation(part, method, path)
    assert operation is not None, f"{part} {method} {path}: no such operation"
    status = next(each for each in operation["responses"] if each.startswith("2"))
    content = operation["responses"][status].get("content", {})
    return int(status), content.get(JSON, {}).get("example")

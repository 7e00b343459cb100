"""Where an answer leads: links of OpenAPI, which follow from addresses and names.

- What an answer names (``erasure_id``) leads to all addresses with that name (``{erasure_id}``).
- The answer with a version leads to all that may be done with that version.
- An act leads back to the reading of what it was done to.
- A page leads to the next one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
IF_MATCH = {"$ref": "#/components/parameters/If-Match"}
_NEXT = "next_cursor"


@dataclass(frozen=True, slots=True)
class _Operation:
    path: str
    method: str
    said: Json

    @property
    def id(self) -> str:
        return str(self.said["operationId"])

    @property
    def names(self) -> list[str]:
        """Of the things in its address."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    @property
    def answer(self) -> Json:
        found: Json = next(
            answer for status, answer in self.said["responses"].items() if status[0] == "2"
        )
        return found

    @property
    def is_conditional(self) -> bool:
        return IF_MATCH in self.said.get("parameters", ())

    @property
    def takes_a_cursor(self) -> bool:
        """In its address. Where it stands in the body no link can name it."""
        return any(each.get("name") == "cursor" for each in self.said.get("parameters", ()))

    @property
    def tells_its_version(self) -> bool:
        return "ETag" in self.answer.get("headers", {})

    @property
    def body(self) -> Json:
        """The schema of its answer."""
        content: Json = self.answer.get("content", {})
        schema: Json = content.get("application/json", {}).get("schema", {})
        return schema


def add_links(paths: Mapping[str, Json], components: Json) -> None:
    """Adds links to the answers of the operations at ``paths``, in place."""
    operations = [
        _Operation(path, method, said)
        for path, methods in paths.items()
        for method, said in methods.items()
    ]
    for operation in operations:
        found = dict(_links_of(operation, operations, components["schemas"]))
        if found:
            operation.answer["links"] = {**found, **operation.answer.get("links", {})}


def _links_of(
    operation: _Operation, others: list[_Operation], schemas: Mapping[str, Json]
) -> Iterator[tuple[str, Json]]:
    named = dict(_names_in(operation.body, schemas))
    for other in others:
        # A list tells no version that could be sent back: it leads to the reading of a case.
        leads = other.names and set(other.names) <= named.keys() and not other.is_conditional
        if leads and not operation.names:
            yield other.id, _to(other, {f"path.{name}": named[name] for name in other.names})
        elif _acts_on(operation, other) or (
            _acts_on(other, operation) and set(other.names) <= set(operation.names)
        ):
            yield other.id, _to(other, _same_thing(other))
    pages = _NEXT in _resolved(operation.body, schemas).get("properties", {})
    if pages and operation.takes_a_cursor:
        yield "next_page", _to(operation, {"query.cursor": f"$response.body#/{_NEXT}"})


def _acts_on(act: _Operation, read: _Operation) -> bool:
    """Whether ``act`` is done to what ``read`` shows with its version."""
    is_read = read.method == "get" and read.tells_its_version
    return is_read and act.path.startswith(f"{read.path}/")


def _same_thing(other: _Operation) -> dict[str, str]:
    same = {f"path.{name}": f"$request.path.{name}" for name in other.names}
    return same | ({"header.If-Match": "$response.header.ETag"} if other.is_conditional else {})


def _to(other: _Operation, parameters: dict[str, str]) -> Json:
    return {"operationId": other.id, "parameters": parameters}


def _resolved(schema: Json, schemas: Mapping[str, Json]) -> Json:
    return schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _names_in(body: Json, schemas: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """Names of the answer's members with where they stand; of a list, those of its first."""
    for name, schema in _resolved(body, schemas).get("properties", {}).items():
        yield name, f"$response.body#/{name}"
        first = _resolved(schema.get("items", {}), schemas)
        for inner in first.get("properties", {}):
            yield inner, f"$response.body#/{name}/0/{inner}"

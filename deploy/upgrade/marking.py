"""The code of this tree, written down as a release (`crm release mark`)."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from deploy.contracts.documents import CONTRACTS, EXAMPLES
from deploy.contracts.events import event_schema
from deploy.services import WITH_API, WITH_DATABASE, service_of
from deploy.upgrade.events import compact
from deploy.upgrade.release import FILE, Column, Release, Table, Tables
from shared.events.catalogue import CATALOGUE
from shared.events.event import type_of
from shared.schema_fit import newest_revision


def release_of_the_code(name: str) -> Release:
    """What the code of this tree would be as a release of that name."""
    events = {type_of(event): event for event in CATALOGUE}
    return Release(
        name=name,
        revisions={each: newest_of(each) for each in WITH_DATABASE},
        events={kind: compact(event_schema(event)) for kind, event in events.items()},
        examples={
            kind: json.loads((EXAMPLES / f"{event.__name__}.v{event.version}.json").read_bytes())
            for kind, event in events.items()
        },
        tables={each: tables_of(each) for each in WITH_DATABASE},
        operations={each: operations_of(each) for each in WITH_API},
    )


def operations_of(service: str) -> dict[str, list[str]]:
    """What a service answers, as its committed OpenAPI document says it: the names of the
    parameters and parts of the body that each operation requires."""
    document = json.loads((CONTRACTS / "openapi" / f"{service}.json").read_bytes())
    return {
        f"{method.upper()} {path}": sorted(_required(operation, document))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def _required(operation: Mapping[str, Any], document: Mapping[str, Any]) -> set[str]:
    needed = {each["name"] for each in operation.get("parameters", ()) if each.get("required")}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = content.get("schema", {})
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        needed |= set(schema.get("required", ()))
    return needed


def newest_of(service: str) -> str:
    """The newest revision of the schema of a service that has one."""
    revision = newest_revision(service_of(service).package)
    if revision is None:
        raise LookupError(f"{service} has a database and no migrations")
    return revision


def tables_of(service: str) -> Tables:
    """The tables that the code of a service says it has."""
    module = importlib.import_module(f"{service_of(service).package}.tables")
    [metadata] = [each for each in vars(module).values() if isinstance(each, sa.MetaData)]
    return {table.name: _described(table) for table in metadata.tables.values()}


def _described(table: sa.Table) -> Table:
    constraints = [
        each for each in table.constraints
        if isinstance(each, sa.PrimaryKeyConstraint | sa.UniqueConstraint)
    ]  # fmt: skip
    unique = [index for index in table.indexes if index.unique]
    keys: Sequence[Any] = [*constraints, *unique]
    return Table(
        {column.name: _column(column) for column in table.columns},
        frozenset(
            tuple(sorted(part.name for part in key.columns)) for key in keys if len(key.columns)
        ),
    )


def _column(column: sa.Column[Any]) -> Column:
    given = bool(column.nullable or column.server_default is not None or column.identity)
    kind = column.type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    return Column(str(kind), given)


def mark(name: str) -> Path:
    """Writes the code of this tree as the last release; from now on it is what is compared with."""
    FILE.write_text(text_of(release_of_the_code(name)), encoding="utf-8")
    return FILE


def text_of(release: Release) -> str:
    """The file's text: a line for each event and table, so that a difference can be read."""
    events = {
        kind: {"schema": schema, "example": release.examples[kind]}
        for kind, schema in release.events.items()
    }
    tables = {
        service: {name: _kept(each) for name, each in tables.items()}
        for service, tables in release.tables.items()
    }
    operations = {service: dict(each) for service, each in release.operations.items()}
    parts = [
        f'"release": {json.dumps(release.name)}',
        f'"revisions": {json.dumps(release.revisions, sort_keys=True)}',
        f'"operations": {_lines(operations)}',
        f'"events": {_lines(events)}',
        '"tables": {\n' + ",\n".join(
            f"{json.dumps(service)}: {_lines(each)}" for service, each in sorted(tables.items())
        ) + "\n}",
    ]  # fmt: skip
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(entries: Mapping[str, Any]) -> str:
    lines = (
        f"{json.dumps(name)}: {json.dumps(each, sort_keys=True, ensure_ascii=False)}"
        for name, each in sorted(entries.items())
    )
    return "{\n" + ",\n".join(lines) + "\n}"


def _kept(table: Table) -> dict[str, Any]:
    return {
        "columns": {name: [each.kind, each.given] for name, each in table.columns.items()},
        "keys": sorted(list(key) for key in table.keys),
    }

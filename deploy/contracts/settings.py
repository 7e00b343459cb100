"""``docs/settings.md``: every setting of every process, as the settings classes say it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from deploy.contracts.documents import ROOT
from deploy.local.settings import LauncherSettings
from deploy.services import SERVICES, Service
from shared.settings import KafkaSettings, ProcessSettings, ServiceSettings

SETTINGS = ROOT / "docs" / "settings.md"
_HEAD = """# Settings

Written by `make contracts` from the settings classes; change them there.

A process looks for each setting as `CRM_<PROCESS>_<SETTING>` first (`CRM_ROUTING_DATABASE_URL`),
then as `CRM_<SETTING>`. What is one's own (database, key, port) is given by the first name, what
all share by the second. Lists and objects are JSON. What is wrong ends the process at its start
with a sentence that names the setting and never its value.

Instead of a variable, each name may be a file in `/run/secrets`, or in the folder that the variable
`CRM_SECRETS_DIR` names: so containers are given secrets. The file holds the value alone, as UTF-8;
white space around it is left out. What is given both ways under one name is refused. Files are read
at the start.
"""
_COMMON = "Each process has them."
_RECORD = "Each process that has a database and stands on the stream has them: {}."
_LAUNCHER = """The command `crm` and the containers' start read them, by the names with `CRM_`
alone; for a Kafka that runs already those of its security above, too."""
_KINDS: Mapping[type, str] = {
    bool: "true or false", int: "whole number", float: "number", str: "text", Path: "path",
    SecretStr: "secret",
}  # fmt: skip
_BOUNDS = {"ge": "from {}", "gt": "above {}", "le": "to {}", "lt": "below {}", "min_length": ""}


def settings_reference() -> str:
    """The text of ``SETTINGS``."""
    recorded = [each.name for each in SERVICES if issubclass(settings_class(each), ServiceSettings)]
    parts = [
        _HEAD,
        _section("All processes", _COMMON, rows_of(ProcessSettings)),
        _section("Database and stream", _RECORD.format(", ".join(recorded)), _of_record()),
    ]
    for service in SERVICES:
        prefix = f"Its own names begin with `CRM_{service.name.upper()}_`."
        parts.append(_section(service.name, prefix, rows_of(settings_class(service))))
    parts.append(_section("crm", _LAUNCHER, rows_of(LauncherSettings)))
    return "\n".join(parts)


def _of_record() -> list[str]:
    return [*rows_of(ServiceSettings), *rows_of(KafkaSettings)]


def settings_class(service: Service) -> type[ProcessSettings]:
    """The one of this process. Raises ValueError where it is not one."""
    module = import_module(f"{service.package}.settings")
    found = [
        each
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, ProcessSettings)
        and vars(each).get("service") == service.name
    ]
    if len(found) != 1:
        raise ValueError(f"{service.package}.settings must have one class of {service.name}")
    return found[0]


def said(settings: type[BaseSettings]) -> dict[str, str]:
    """What stands beneath each field of a class, on one line."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(settings)))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    return {
        field.target.id: " ".join(str(below.value.value).replace("``", "`").split())
        for field, below in pairwise(body.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
    }


def rows_of(settings: type[BaseSettings]) -> Iterator[str]:
    """A row for each field that the class adds to those it builds on."""
    words = said(settings)
    added = settings.__annotations__.keys() & settings.model_fields.keys()
    for name, field in settings.model_fields.items():
        if name in added:
            shape = _shape(field.annotation, field.metadata)
            yield f"| `CRM_{name.upper()}` | {shape} | {_default(field)} | {words.get(name, '')} |"


def _section(title: str, about: str, rows: Iterable[str]) -> str:
    listed = list(rows)
    if not listed:
        return f"## {title}\n\nNone of its own.\n"
    table = ["| setting | value | without it | what it is |", "|---|---|---|---|", *listed]
    return f"## {title}\n\n{about}\n\n" + "\n".join(table) + "\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "the process does not start"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, SecretStr):
        return "a built-in one" if value else "none"
    if value is None or value in ("", (), [], {}):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.value if isinstance(value, Enum) else value}`"


def _shape(annotation: Any, metadata: Iterable[Any] = ()) -> str:
    """In words, with the bounds that are numbers."""
    bounds = [
        words.format(value)
        for each in metadata
        for name, words in _BOUNDS.items()
        if words and (value := getattr(each, name, None)) is not None
    ]
    return " ".join([_kind(annotation), *bounds])


def _kind(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        kinds = [
            _shape_of(each) for each in get_args(annotation) if each not in (NoneType, Literal[""])
        ]
        return " or ".join(dict.fromkeys(kinds))
    if origin is Literal:
        return " or ".join(f"`{each}`" for each in get_args(annotation))
    if origin in (tuple, list, set, frozenset):
        return "list"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{each.value}`" for each in annotation)
    return _KINDS.get(annotation, "object")


def _shape_of(annotation: Any) -> str:
    """Also of what stands annotated within a union."""
    metadata = [
        bound
        for each in getattr(annotation, "__metadata__", ())
        for bound in (each.metadata if isinstance(each, FieldInfo) else [each])
    ]
    return _shape(get_args(annotation)[0], metadata) if metadata else _kind(annotation)

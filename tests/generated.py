"""Clients made from our OpenAPI documents by ``openapi-python-client``, as a partner makes one."""

import importlib
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError

SETTINGS = ConfigFile(
    post_hooks=[],
    # The generator knows no mails; ours are bytes to it.
    content_type_overrides={"message/rfc822": "application/octet-stream"},
)


def _config(document: Path, package: Path) -> Config:
    return Config.from_sources(SETTINGS, MetaType.NONE, document, "utf-8", True, package)


def troubles(document: Mapping[str, Any]) -> list[str]:
    """What the generator cannot make of ``document``, endpoint by endpoint."""
    read = GeneratorData.from_dict(dict(document), config=_config(Path("-"), Path("-")))
    if isinstance(read, GeneratorError):
        return [f"{read.header} {read.detail}"]
    found = [*read.errors, *(e for tag in read.endpoint_collections_by_tag.values()
                             for e in tag.parse_errors)]  # fmt: skip
    return [f"{each.header} {each.detail}" for each in found]


class Client:
    """A generated package, imported."""

    def __init__(self, name: str) -> None:
        self._name = name

    def part(self, path: str) -> ModuleType:
        """``client``, ``models``, ``api.cases.read_case``"""
        return importlib.import_module(f"{self._name}.{path}")


@contextmanager
def client_of(document: Mapping[str, Any], home: Path, name: str) -> Iterator[Client]:
    """The client of ``document`` as the package ``name`` below ``home``, for as long as it is
    used."""
    source = home / f"{name}.json"
    source.write_text(json.dumps(document))
    assert [each.header for each in generate(config=_config(source, home / name))] == []
    sys.path.insert(0, str(home))
    try:
        yield Client(name)
    finally:
        sys.path.remove(str(home))
        for module in [each for each in sys.modules if each.partition(".")[0] == name]:
            del sys.modules[module]

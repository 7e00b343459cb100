"""Every operation says how its caller is known, so that a generated client knows it too."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from deploy import contracts
from deploy.services import NAMES

OPEN_TO_ALL = {
    ("get", "/v1/channels"),
    ("get", "/v1/channels/balai_warga/form"),
    ("post", "/v1/channels/balai_warga/form"),
    ("post", "/v1/track"),
    ("post", "/v1/track/answer"),
}
"""The form brings a token of its own, tracking's code is the secret."""


def operations() -> Iterator[Any]:
    for service in NAMES:
        document = json.loads((contracts.CONTRACTS / f"openapi/{service}.json").read_text())
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                challenge = operation.get("operationId", "").endswith("_challenge")
                if (method, path) not in OPEN_TO_ALL and not challenge:
                    yield pytest.param(document, operation, id=f"{service} {method} {path}")


@pytest.mark.parametrize(("document", "operation"), list(operations()))
def test_an_operation_names_a_declared_security_scheme(
    document: dict[str, Any], operation: dict[str, Any]
) -> None:
    declared = document["components"]["securitySchemes"]
    assert operation["security"]
    assert all(name in declared for scheme in operation["security"] for name in scheme)

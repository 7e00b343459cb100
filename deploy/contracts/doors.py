"""Each service's OpenAPI document, by the service itself."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
import typing
from pathlib import Path

from deploy.contracts.documents import ROOT, pretty
from deploy.local.credentials import Addresses, Credentials, environment
from deploy.local.settings import inherited
from deploy.services import NAMES, WITH_DATABASE, service_of


def openapi(service: str) -> str:
    """The service's document, from its app, built with throw-away settings in a new process."""
    with tempfile.TemporaryDirectory() as home:
        told = environment(service, Credentials.load(Path(home)), nowhere())
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


def nowhere() -> Addresses:
    """Addresses that nobody listens at: a service that is built opens no connection."""
    return Addresses(
        databases={name: f"postgresql://crm_{name}@127.0.0.1:1/crm" for name in WITH_DATABASE},
        bootstrap="127.0.0.1:1",
        idempotence=True,
        ports=dict.fromkeys(NAMES, 0),
        smtp_port=0,
        outside_port=0,
        outside_smtp_port=0,
    )


def own_openapi(service: str) -> str:
    """In the new process: the environment is that service's."""
    build = importlib.import_module(f"{service_of(service).package}.app").build
    settings = typing.get_type_hints(build)["settings"]
    return pretty(build(settings()).app.openapi())


def description_in(openapi_text: str) -> str:
    return str(json.loads(openapi_text)["info"]["description"])

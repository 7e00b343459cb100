"""All contracts, compared with what is committed and written where they differ."""

from __future__ import annotations

import os
from pathlib import Path

from deploy.contracts.categories import (
    CATEGORY_NAMES,
    SLUGS,
    category_names,
    category_slugs,
)
from deploy.contracts.dashboard import DASHBOARD, dashboard
from deploy.contracts.documents import CONTRACTS, README, ROOT, pretty
from deploy.contracts.doors import description_in, openapi
from deploy.contracts.events import schemas
from deploy.contracts.flow import flow_table, readme_with
from deploy.contracts.letters import SENTENCES, our_sentences
from deploy.contracts.settings import SETTINGS, settings_reference
from deploy.contracts.stream import asyncapi
from deploy.kubernetes.writing import write as write_manifests
from deploy.services import NAMES, WITH_API


def documents() -> dict[str, str]:
    """Path below ``docs/contracts`` to text."""
    return {
        **{f"events/{name}": text for name, text in schemas().items()},
        "asyncapi.json": pretty(asyncapi()),
        **{f"openapi/{service}.json": openapi(service) for service in WITH_API},
    }


def write() -> list[str]:
    """Writes everything, takes away what is no contract any more; returns what has changed."""
    # First, because services read these when they are built for their own documents.
    data = {SLUGS: category_slugs(), CATEGORY_NAMES: category_names(), SENTENCES: our_sentences()}
    changed = [path for path, text in data.items() if _put(path, text)]
    wanted = {CONTRACTS / path: text for path, text in documents().items()}
    descriptions = {name: description_in(openapi(name)) for name in NAMES}
    wanted[SETTINGS] = settings_reference()
    wanted[DASHBOARD] = dashboard()
    wanted[README] = readme_with(flow_table(descriptions), README.read_text())
    changed += [path for path, text in wanted.items() if _put(path, text)]
    for stale in sorted(set(CONTRACTS.rglob("*.json")) - wanted.keys()):
        stale.unlink()
        changed.append(stale)
    changed += write_manifests()
    return [os.path.relpath(path, ROOT) for path in changed]


def _put(path: Path, text: str) -> bool:
    if path.exists() and path.read_text() == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return True

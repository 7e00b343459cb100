"""Writes `base/` and the component of autoscaling anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from deploy.kubernetes.manifests import autoscaling, base

FOLDER = Path(__file__).resolve().parent
_HEAD = (
    "# Written by `make contracts` from deploy/kubernetes/manifests.py; an overlay changes it.\n"
)


def written() -> Mapping[Path, str]:
    """The text of each file."""
    parts = {"base": base(), "components/autoscaling": autoscaling()}
    return {
        FOLDER / part / name: _HEAD + _text(documents)
        for part, files in parts.items()
        for name, documents in files.items()
    }


def write() -> list[Path]:
    """Writes what has changed, and takes away what is no longer made. Returns these files."""
    files = written()
    old = {path for folder in {path.parent for path in files} for path in folder.glob("*.yaml")}
    gone = sorted(old - files.keys())
    changed = [path for path, text in files.items() if not _is(path, text)]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], encoding="utf-8")
    for path in gone:
        path.unlink()
    return changed + gone


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def _text(documents: Iterable[Mapping[str, Any]]) -> str:
    return yaml.safe_dump_all(documents, sort_keys=False, width=100)

"""What one version of the rules says otherwise than another. Pure.

Rows are compared by what they are (id of a unit, slug and first day of a category), and words of a
list each for itself: who puts a row elsewhere has changed nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from services.routing.rule_versions.document import KINDS, Document

Leaf: TypeAlias = str | bool | None
Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """path: kind, then names down to what is changed. A word of a list stands at the end of its
    path, and is true where it is there."""

    path: Path
    change: Literal["added", "removed", "changed"]
    before: Leaf
    after: Leaf


def changes(before: Document, after: Document) -> list[Change]:
    """By kind, then by path."""
    found: list[Change] = []
    for kind in KINDS:
        old, new = dict(_leaves(before[kind], (kind,))), dict(_leaves(after[kind], (kind,)))
        found += (_change(path, old, new) for path in sorted(_unlike(old, new)))
    return found


def _unlike(old: Mapping[Path, Leaf], new: Mapping[Path, Leaf]) -> Iterator[Path]:
    for path in old.keys() | new.keys():
        if path not in old or path not in new or old[path] != new[path]:
            yield path


def _change(path: Path, old: Mapping[Path, Leaf], new: Mapping[Path, Leaf]) -> Change:
    if path not in old:
        return Change(path, "added", None, new[path])
    if path not in new:
        return Change(path, "removed", old[path], None)
    return Change(path, "changed", old[path], new[path])


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Leaf]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list):
        for each in value:
            if isinstance(each, Mapping):
                yield from _leaves(each, (*path, _name_of(each)))
            else:
                yield (*path, each), True
    else:
        yield path, value


def _name_of(row: Mapping[str, Any]) -> str:
    if "id" in row:
        return str(row["id"])
    since = row.get("valid_from")
    return f"{row['slug']} {since}" if since else str(row["slug"])

"""The last release as the tree keeps it: what its code writes and reads, in one file.

A clean clone has no older code to run. What that code needs of the others is here instead: the
schemas of its events with an example of each, and the columns and keys of its tables.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("release.json")


@dataclass(frozen=True, slots=True)
class Column:
    """kind: PostgreSQL's word for the type. given: a row that does not name the column is taken,
    because it may be NULL or has a default."""

    kind: str
    given: bool


@dataclass(frozen=True, slots=True)
class Table:
    """keys: columns that are unique together, in the order of their names; an INSERT ... ON
    CONFLICT names one."""

    columns: Mapping[str, Column]
    keys: frozenset[tuple[str, ...]]


Tables = Mapping[str, Table]


@dataclass(frozen=True, slots=True)
class Release:
    """name: the version of the package, such as 0.1.0. revisions: the newest of each service.
    events, examples: by CloudEvents type. tables: by service and name. operations: by service and
    ``POST /v1/...``, the names of the parameters and parts of the body that a caller must give.
    """

    name: str
    revisions: Mapping[str, str]
    events: Mapping[str, Mapping[str, Any]]
    examples: Mapping[str, Any]
    tables: Mapping[str, Tables]
    operations: Mapping[str, Mapping[str, Sequence[str]]]


def last_release() -> Release:
    """The one in the file. Raises OSError or ValueError where it was spoilt."""
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    return Release(
        name=kept["release"],
        revisions=kept["revisions"],
        events={name: each["schema"] for name, each in kept["events"].items()},
        examples={name: each["example"] for name, each in kept["events"].items()},
        tables={
            service: {name: _table(each) for name, each in tables.items()}
            for service, tables in kept["tables"].items()
        },
        operations=kept["operations"],
    )


def _table(kept: Mapping[str, Any]) -> Table:
    return Table(
        {name: Column(kind, given) for name, (kind, given) in kept["columns"].items()},
        frozenset(tuple(key) for key in kept["keys"]),
    )

"""The migrations of a service as the upgrade sees them: their phase, and what they do."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from types import ModuleType
from typing import NoReturn

from alembic.migration import MigrationContext
from alembic.operations import Operations

from deploy.services import service_of
from deploy.upgrade.statements import Step, steps_of
from shared.migrations import EXPAND, index_statement


@dataclass(frozen=True, slots=True)
class Migration:
    """revision: four digits. phase: expand or contract. unneeded_since: of a contracting one, the
    first release that does without what goes. steps: None where they cannot be told without a
    database."""

    service: str
    revision: str
    title: str
    phase: str
    unneeded_since: str | None
    steps: tuple[Step, ...] | None


def migrations_after(service: str, revision: str | None) -> list[Migration]:
    """Those of this tree that are newer, in their order; all of them for None."""
    return [
        _migration(service, number, module)
        for number, module in modules_of(service)
        if revision is None or number > revision
    ]


def modules_of(service: str) -> Iterator[tuple[str, ModuleType]]:
    """Each migration of a service by its number, in order."""
    package = f"{service_of(service).package}.migrations.versions"
    folder = files(service_of(service).package) / "migrations" / "versions"
    names = (each.name for each in folder.iterdir())
    for name in sorted(each for each in names if each[:4].isdigit()):
        yield name[:4], importlib.import_module(f"{package}.{name.removesuffix('.py')}")


def _migration(service: str, number: str, module: ModuleType) -> Migration:
    return Migration(
        service=service,
        revision=number,
        title=(module.__doc__ or "").strip().partition("\n")[0],
        phase=getattr(module, "PHASE", EXPAND),
        unneeded_since=getattr(module, "UNNEEDED_SINCE", None),
        steps=_steps(module),
    )


def _steps(module: ModuleType) -> tuple[Step, ...] | None:
    written = _Written()
    options = {"as_sql": True, "output_buffer": written}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    context.impl.connection = _NoDatabase()  # type: ignore[assignment]
    try:
        with Operations.context(context):
            module.upgrade()
    except AsksDatabase:
        return None
    later = [index_statement(*each) for each in getattr(module, "CONCURRENTLY", {}).items()]
    return tuple(steps_of([*written.statements, *later]))


class AsksDatabase(Exception):
    """A migration decides by what it finds in the database."""


class _NoDatabase:
    def __getattr__(self, name: str) -> NoReturn:
        raise AsksDatabase(name)


class _Written:
    """Where alembic writes a statement at a time."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def write(self, text: str) -> None:
        self.statements.append(text)

    def flush(self) -> None:
        """Nothing is held back."""

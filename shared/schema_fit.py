"""Whether the schema is one that this release stands on.

An upgrade expands the schemas first and replaces processes one by one afterwards, so a process
meets a schema that is newer than itself: that is fine, until a later release has taken away what
this one needs. A schema that is older than the process would fail it in the middle of its work,
and events would be parked for that: it waits until the migrations have run.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import transient_database_errors
from shared.errors import StopTheLine, Transient
from shared.health import Heart
from shared.telemetry import get_logger

ASKED_EVERY = 0.5
"""Seconds between two looks at a schema that does not fit yet."""

_NOTE = "needs release "


def newest_revision(package: str) -> str | None:
    """Of the schema of ``package`` (``services.intake``): the newest that this code knows, four
    digits; None where it has no migrations. Told by the names of the files, because no service
    loads alembic."""
    versions = files(package) / "migrations" / "versions"
    if not versions.is_dir():
        return None
    return max(each.name[:4] for each in versions.iterdir() if each.name[:4].isdigit())


def newer_release(names: Iterable[str]) -> str:
    """The newest of releases such as ``0.9.0`` and ``0.10.0``."""
    return max(names, key=_numbers)


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split("."))


def note_of(release: str) -> str:
    """The comment on a schema's table of revisions: no release before this one may stand here."""
    return f"{_NOTE}{release}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a schema stands. revision: None where no migration has run. needs: the oldest release
    that it still carries, None where nothing was taken away."""

    revision: str | None
    needs: str | None = None


def standing_of(revision: str | None, comment: str | None) -> Standing:
    """``comment``: of the table of revisions."""
    told = comment.removeprefix(_NOTE) if comment and comment.startswith(_NOTE) else None
    return Standing(revision, told)


def refuse_to_stand(schema: str, standing: Standing, release: str) -> None:
    """Raises StopTheLine where the schema has lost what this release needs."""
    if standing.needs and newer_release([standing.needs, release]) != release:
        raise StopTheLine(
            f"The schema {schema} needs release {standing.needs} or a newer one, and this is"
            f" {release}: start the newer release. To go back, restore the backup that was made"
            " before the contracting migrations (docs/upgrade.md)."
        )


def what_it_waits_for(schema: str, standing: Standing, own: str) -> str | None:
    """A sentence while the schema is older than ``own``, the newest revision that we know."""
    if standing.revision is not None and standing.revision >= own:
        return None
    at = f"is at {standing.revision}" if standing.revision else "is not there"
    return f"the schema {schema} {at} and this release needs {own}: run the migrations"


_ASKED = text(
    "SELECT to_regclass(:name) IS NOT NULL AS there,"
    " obj_description(to_regclass(:name), 'pg_class') AS note"
)


class SchemaFit:
    """Asks the database until the schema fits."""

    def __init__(
        self, engine: AsyncEngine, schema: str, own: str, release: str, heart: Heart
    ) -> None:
        """``own``: the newest revision that the code knows. ``heart`` beats once, when it fits:
        before that no caller is let in."""
        self._engine = engine
        self._schema = schema
        self._own = own
        self._release = release
        self._heart = heart
        self._log = get_logger(schema)

    async def wait(self, stop: asyncio.Event) -> None:
        """Returns when the schema fits, or at ``stop``. Raises StopTheLine when it never will."""
        while not stop.is_set():
            try:
                if await self._fits():
                    return
            except Transient as error:
                # The lease's heart says the same to callers.
                self._log.debug("schema_not_known", error=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), ASKED_EVERY)

    async def _fits(self) -> bool:
        standing = await self._ask()
        refuse_to_stand(self._schema, standing, self._release)
        trouble = what_it_waits_for(self._schema, standing, self._own)
        if trouble is None:
            self._heart.beat()
            return True
        if trouble != self._heart.trouble:
            self._heart.trouble = trouble
            self._log.warning("schema_is_older", detail=trouble)
        return False

    async def _ask(self) -> Standing:
        table = f'"{self._schema}".alembic_version'
        with transient_database_errors():
            async with self._engine.connect() as connection:
                connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
                found = (await connection.execute(_ASKED, {"name": table})).one()
                if not found.there:
                    return Standing(None)
                revision = await connection.scalar(text(f"SELECT version_num FROM {table}"))  # noqa: S608
                return standing_of(revision, found.note)

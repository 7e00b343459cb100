"""`crm archive`: months of events leave outbox and inbox for files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shared.archiving import Participant

KEPT_MONTHS = 13
LEAST_KEPT = 12
"""A process whose clock is as far behind would record events below the floor: the outbox refuses
them, and it should take more than a wrong year to come to that."""

FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        help="Where the files are; by default the folder archive in CRM_HOME. It must be said where"
        " the databases are given as CRM_<SERVICE>_DATABASE_URL.",
    ),
]


def archive_command(
    months: Annotated[
        int, typer.Option(min=LEAST_KEPT, help="So many whole months stay in the tables.")
    ] = KEPT_MONTHS,
    archive: FolderOption = None,
) -> None:
    """Moves old months of events into files; a rebuild of the bus reads them from there."""
    from deploy.cli import _home, _run
    from deploy.local.settings import given_service_urls

    before, urls = first_kept(datetime.now(UTC), months), given_service_urls()
    if urls is None:
        work = archive_stack(_home(), archive or default_folder(_home()), before)
    else:
        work = archive_given(urls, named(archive), before)
    raise typer.Exit(_run(work))


def named(archive: Path | None) -> Path:
    """The folder for databases that are given by their addresses: a home that nobody named would be
    a container's own disk, and the files would go with it."""
    if archive is None:
        raise typer.BadParameter(
            "is needed where the databases are given as CRM_<SERVICE>_DATABASE_URL",
            param_hint="--archive",
        )
    return archive


def default_folder(home: Path) -> Path:
    return home / "archive"


def first_kept(now: datetime, months: int) -> date:
    """The first day of the oldest month that stays; ``months`` whole ones lie behind now's."""
    place = now.year * 12 + now.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


async def archive_stack(home: Path, folder: Path, before: date) -> int:
    """Returns the exit code. Nothing is stopped."""
    from deploy.running import RunningStack

    async with RunningStack.of(home) as stack:
        return await _archive(stack.description["postgres"]["urls"], folder, before)


async def archive_given(urls: Mapping[str, str], folder: Path, before: date) -> int:
    """The same of databases that are given: by service the address of its role. Raises
    StopTheLine, and nothing was moved, where one leads to none of its service."""
    from deploy.given import refuse_strange_databases

    await refuse_strange_databases(urls)
    return await _archive(urls, folder, before)


async def _archive(urls: Mapping[str, str], folder: Path, before: date) -> int:
    from shared.archiving import archive_months

    services = await asyncio.to_thread(participants, urls)
    done = await archive_months(services, folder, before, typer.echo)
    typer.echo(f"{done} events from before {before:%Y-%m} were archived in {folder}")
    return 0


def participants(urls: Mapping[str, str]) -> dict[str, Participant]:
    """All services with a database, as the archive must know them."""
    from deploy.contracts import hears
    from deploy.services import EMITTING, WITH_DATABASE
    from shared.archiving import Participant
    from shared.events.event import type_of

    return {
        name: Participant(
            urls[name],
            name in EMITTING,
            frozenset(type_of(event).rpartition(".v")[0] for event in hears(name)),
        )
        for name in WITH_DATABASE
    }

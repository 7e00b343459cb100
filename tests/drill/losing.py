"""Backup, loss and restore, by the commands that operators have."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from deploy.backup.server import in_database
from deploy.local.hold import holding
from deploy.local.modules import migrate
from deploy.local.postgres import Postgres, provision
from deploy.local.stack import Stack
from tests.crash.archive import read_books
from tests.crash.books import Books
from tests.drill.kafka import CityKafka
from tests.drill.places import Places
from tests.drill.progress import Tell
from tests.drill.rolling import last_line
from tests.e2e.cli import crm

_NOT_ARCHIVED = """
    SELECT EXTRACT(epoch FROM now() - since) AS seconds,
           (SELECT count(*) FROM intake.complaints WHERE received_at > since) AS complaints
    FROM (SELECT coalesce(last_archived_time, stats_reset) AS since FROM pg_stat_archiver) archive
"""


async def run(places: Places, *arguments: str) -> str:
    """The command's last line; AssertionError with all that it said where it fails."""
    done = await crm(places.home, *arguments, seconds=900)
    if done.code:
        raise AssertionError(f"crm {' '.join(arguments)} ended with {done.code}\n{done.err}")
    return last_line(done.out)


def _sealed(places: Places) -> tuple[str, ...]:
    return ("--keys", str(places.keys), "--passphrase", str(places.passphrase))


async def back_up(places: Places, tell: Tell) -> None:
    await run(places, "backup", "--to", str(places.backup), *_sealed(places))
    tell(await run(places, "backup", "--check", str(places.backup), *_sealed(places)))


async def tell_cost(stack: Stack, tell: Tell) -> None:
    """What a loss at this moment would cost."""
    async with _administrator(stack) as connection:
        [cost] = await connection.fetch(_NOT_ARCHIVED)
    tell(
        f"the log was archived {cost['seconds']:.0f} s ago: with the disk {cost['complaints']}"
        " acknowledged complaints would be lost now"
    )


async def archived(stack: Stack, places: Places) -> None:
    """Returns when all of the log up to here lies in the archive, as it does within a minute."""
    async with _administrator(stack) as connection:
        segment = await connection.fetchval("SELECT pg_walfile_name(pg_current_wal_lsn())")
        await connection.execute("SELECT pg_switch_wal()")
    async with asyncio.timeout(120):
        while not (places.wal(1) / f"{segment}.gz").exists():
            await asyncio.sleep(0.1)


@asynccontextmanager
async def _administrator(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(in_database(stack.postgres.admin_url))
    try:
        yield connection
    finally:
        await connection.close()


async def lose(stack: Stack, kafka: CityKafka) -> None:
    """Database and broker are killed, and their disks are gone; nobody starts them again."""
    with holding(stack.home):
        await stack.kill("postgres")
        await stack.postgres.erase()
        await kafka.lose_log()
        await stack.stop()


async def restore(places: Places, tell: Tell) -> None:
    """A new machine takes the place of the lost one. The outside world, which on this machine lies
    in the home, has lost nothing."""
    shutil.move(places.home, places.lost)
    wal = ("--wal", str(places.wal(1)))
    said = await run(places, "restore", "--from", str(places.backup), *_sealed(places), *wal)
    tell(said)
    shutil.copytree(places.lost / "outside", places.home / "outside")


async def restore_alone(places: Places, environment: pytest.MonkeyPatch) -> Books:
    """The backup without its log, in a home of its own: what is in its tables when the command has
    erased again."""
    with environment.context() as apart:
        apart.setenv("CRM_MEDIA_STORE_URL", (places.alone / "pictures").as_uri())
        command = ("restore", "--from", str(places.backup), *_sealed(places))
        done = await crm(places.alone, *command, seconds=900)
        if done.code:
            raise AssertionError(f"crm restore ended with {done.code}\n{done.err}")
    postgres = Postgres(places.alone)
    await postgres.start()
    try:
        urls = await provision(postgres.admin_url, postgres.credentials.databases)
        await asyncio.to_thread(migrate, urls, urls)
        return await read_books(urls, (), {}, (), places.alone / "pictures")
    finally:
        await postgres.erase()


def kept_of(erased: Collection[UUID], books: Books) -> list[str]:
    """What is left of people who are erased: contact, words, pictures."""
    left = [f"{each}: the vault holds its reporter" for each in sorted(books.sealed & set(erased))]
    left += [f"{each}: intake keeps its words" for each in sorted(books.worded & set(erased))]
    left += [f"{each}: media has its key" for each in sorted(books.files.keys & set(erased))]
    left += [
        f"{row.complaint_id}: media has its file {ref}"
        for ref, row in books.files.rows.items()
        if row.origin == "reporter" and row.complaint_id in erased
    ]
    return left

"""The database server that is backed up, and PostgreSQL's own programs that do it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg

from deploy.local import restored
from deploy.local.credentials import Credentials
from deploy.local.lock import take_lock
from deploy.local.postgres import Postgres
from deploy.local.postgres.binaries import find_binaries
from deploy.local.postgres.data import ADMIN, clean_environment
from deploy.local.postgres.roles import DATABASE
from deploy.local.process import ProcessFailed
from deploy.local.settings import LauncherSettings
from deploy.services import WITH_DATABASE
from shared.database import BACKUP_AT


@dataclass(frozen=True, slots=True)
class Standing:
    """What a server says of itself. position: of its log (an LSN)."""

    now: datetime
    version: str
    major: int
    system_identifier: str
    position: str
    revisions: Mapping[str, str]


@contextlib.asynccontextmanager
async def server(settings: LauncherSettings) -> AsyncIterator[str]:
    """An administrator's URL of the given server, of the running stack's, or of the local one,
    which is started for this and stopped again."""
    home = settings.home.resolve()
    restored.refuse(home)
    if settings.database_url is not None:
        yield settings.database_url
        return
    if not (home / "credentials.json").exists():
        raise ProcessFailed(f"{home} has no stack that could be backed up: set CRM_HOME")
    try:
        lock = take_lock(home)
    except ProcessFailed:
        yield _of_running(home)
        return
    with lock:
        postgres = Postgres(home, wal_archive=settings.wal_archive)
        try:
            await postgres.start()
            yield postgres.admin_url
        finally:
            await postgres.stop()


def _of_running(home: Path) -> str:
    note = home / "run.json"
    if not note.exists():
        raise ProcessFailed(f"a stack is being started or stopped in {home}: wait, then try again")
    urls: Mapping[str, str] = json.loads(note.read_text(encoding="utf-8"))["postgres"]["urls"]
    parts = urlsplit(next(iter(urls.values())))
    where = parts.netloc.rpartition("@")[2]
    password = quote(Credentials.load(home).postgres_admin_password, safe="")
    return urlunsplit(parts._replace(netloc=f"{ADMIN}:{password}@{where}", path="/postgres"))


def in_database(url: str) -> str:
    """The same server's database of ours."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{DATABASE}"))


async def standing(url: str) -> Standing:
    """url: of an administrator."""
    connection = await asyncpg.connect(in_database(url), timeout=10)
    try:
        [row] = await connection.fetch(
            "SELECT now() AS now, current_setting('server_version') AS version,"
            " CAST(current_setting('server_version_num') AS int) / 10000 AS major,"
            " CAST(system_identifier AS text) AS system_identifier,"
            " CAST(pg_current_wal_lsn() AS text) AS position FROM pg_control_system()"
        )
        revisions = {
            name: found for name in WITH_DATABASE if (found := await _revision(connection, name))
        }
    finally:
        await connection.close()
    return Standing(**dict(row), revisions=revisions)


async def _revision(connection: asyncpg.Connection, schema: str) -> str | None:
    table = f"{schema}.alembic_version"
    if await connection.fetchval("SELECT to_regclass($1) IS NULL", table):
        return None
    found: str | None = await connection.fetchval(f"SELECT version_num FROM {table}")  # noqa: S608
    return found


async def note_backup(url: str, at: datetime) -> None:
    """From now on services tell how long ago this was. url: of an administrator."""
    connection = await asyncpg.connect(in_database(url), timeout=10)
    try:
        await connection.execute(
            f"ALTER DATABASE \"{DATABASE}\" SET {BACKUP_AT} = '{at.isoformat()}'"
        )
    finally:
        await connection.close()


async def copy_database(url: str, into: Path) -> None:
    """One physical copy with the log that makes it whole, and SHA-256 of each file. url: of a role
    that may replicate."""
    parts = urlsplit(url)
    user, _, where = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    bare = urlunsplit(parts._replace(netloc=f"{name}@{where}"))
    command = [
        *("pg_basebackup", "-d", bare, "-D", str(into), "--format=plain", "--wal-method=stream"),
        *("--checkpoint=fast", "--manifest-checksums=SHA256", "--no-password"),
    ]
    await run(command, {"PGPASSWORD": unquote(password)})


async def verify_database(copy: Path) -> None:
    """Raises ProcessFailed where a file is missing or has changed, or the log is not whole."""
    await run(["pg_verifybackup", "--quiet", str(copy)], {})


async def run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """One of PostgreSQL's programs; ProcessFailed with its own words when it fails."""
    program = find_binaries().bin / command[0]
    done = await asyncio.to_thread(
        subprocess.run,
        [str(program), *command[1:]],
        env={**clean_environment(), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ProcessFailed(f"{command[0]} failed:\n{done.stdout}{done.stderr}".rstrip())

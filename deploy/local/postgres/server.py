"""One PostgreSQL server process with its data."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import asyncpg

from deploy.local.credentials import Credentials
from deploy.local.ports import LOOPBACK, free_ports, is_listening
from deploy.local.postgres.archive import archive_settings, make_archive
from deploy.local.postgres.binaries import Binaries, find_binaries, major_of, within_reach
from deploy.local.postgres.data import ADMIN, clean_environment, make_data
from deploy.local.postgres.place import UNPRIVILEGED, workspace
from deploy.local.process import Child, OnLine, ProcessFailed

_START_SECONDS = 60.0
_REFUSALS = (
    asyncpg.InvalidPasswordError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
_NO_URL = (
    "CRM_DATABASE_URL is not the URL of a PostgreSQL server: "
    "postgresql://user:password@host:port/database"
)

SETTINGS: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_buffers": "16MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The server's log must not repeat what people wrote: no statements, values or row details.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


class Postgres:
    """One PostgreSQL server whose data lives under `home`; `home/credentials.json` is its key.

    With `database_url` it stands for a server that exists: start only checks it, stop leaves
    it alone, kill and restart are refused. `settings` go before those of `SETTINGS`.
    `wal_archive`: the folder to which ours copies its log. `patience`: seconds until it must be
    ready; to catch up with a log takes longer.
    """

    def __init__(
        self,
        home: Path,
        *,
        database_url: str | None = None,
        on_line: OnLine | None = None,
        settings: Mapping[str, str] = MappingProxyType({}),
        wal_archive: Path | None = None,
        patience: float = _START_SECONDS,
    ) -> None:
        self.home = home
        self._archive = wal_archive
        self._patience = patience
        archiving = archive_settings(wal_archive) if wal_archive else {}
        self._settings = {**SETTINGS, **archiving, **settings}
        self.credentials = Credentials.load(home)
        self._existing = database_url
        self._on_line = on_line
        self._uid = UNPRIVILEGED if os.geteuid() == 0 else None
        self._port: int | None = None
        self._child: Child | None = None
        self.origin = "existing"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id; None for a server that is not ours."""
        return self._child.pid if self._child else None

    @property
    def alive(self) -> bool:
        """Whether our server runs; a server that is not ours is taken to."""
        return self._existing is not None or (self._child is not None and self._child.alive)

    @property
    def admin_url(self) -> str:
        """postgresql:// URL with the right to make roles and databases."""
        if self._existing:
            return self._existing
        if self._port is None:
            raise ProcessFailed("postgres is not started")
        password = quote(self.credentials.postgres_admin_password, safe="")
        return f"postgresql://{ADMIN}:{password}@{LOOPBACK}:{self._port}/postgres"

    async def start(self) -> None:
        """Starts the server (makes its data folder the first time); ready when it returns."""
        if self._existing is None:
            await self._spawn()
        await self._until_ready()

    async def stop(self) -> None:
        """Fast shutdown: running transactions are rolled back, everything is on disk."""
        if self._child:
            await self._child.stop(20.0, signal.SIGINT)

    async def erase(self) -> None:
        """Ends it and removes binaries and data, for a home that is thrown away."""
        if self._child:
            # An immediate shutdown: nobody reads again what a checkpoint would bring to the disk.
            await self._child.stop(20.0, signal.SIGQUIT)
        if self._existing is None:
            place = workspace(self.home, self._uid)
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
            if (self.home / "postgres").is_symlink():
                (self.home / "postgres").unlink()

    async def kill(self) -> None:
        """SIGKILL, as a crash of the machine would be; `start` recovers from the log."""
        if self._child is None:
            raise ProcessFailed("this PostgreSQL is not ours to kill")
        await self._child.kill()

    async def restart(self) -> None:
        """Stops it and starts it on the same port and data."""
        if self._child is None:
            raise ProcessFailed("this PostgreSQL is not ours to restart")
        await self.stop()
        await self.start()

    async def _spawn(self) -> None:
        if self._child is None:
            found = await asyncio.to_thread(find_binaries)
            self._child = await asyncio.to_thread(self._prepare, found)
        await self._child.start()

    def _prepare(self, found: Binaries) -> Child:
        if self._archive is not None:
            make_archive(self._archive, self._uid)
        place = workspace(self.home, self._uid)
        place.mkdir(parents=True, exist_ok=True, mode=0o755)
        folder = within_reach(found, place, self._uid)
        major = major_of(folder / "postgres")
        data = place / f"data-{major}"
        if not (data / "PG_VERSION").exists():
            password = self.credentials.postgres_admin_password
            make_data(folder, data, major, password, self._uid)
        self._port = self._choose_port(place)
        self.origin = found.origin
        options = [f"--{name.replace('_', '-')}={value}" for name, value in self._settings.items()]
        return Child(
            "postgres",
            [str(folder / "postgres"), "-D", str(data), "-p", str(self._port), *options],
            self.home / "logs" / "postgres.log",
            env=clean_environment(),
            on_line=self._on_line,
            cwd=place,
            uid=self._uid,
            death_signal=signal.SIGINT,
        )

    def _choose_port(self, place: Path) -> int:
        """The port of the last time when it is free, so that noted URLs stay true."""
        note = place / "port"
        if note.exists() and not is_listening(last := int(note.read_text())):
            return last
        [port] = free_ports(1)
        note.write_text(str(port))
        return port

    async def _until_ready(self) -> None:
        deadline = time.monotonic() + self._patience
        while True:
            try:
                connection = await asyncpg.connect(self.admin_url, timeout=5)
            except _REFUSALS as error:
                raise ProcessFailed(self._refusal(error)) from error
            except (ValueError, asyncpg.InterfaceError) as error:
                # The driver's own words may repeat the URL, which holds a password.
                raise ProcessFailed(_NO_URL) from error
            except (OSError, asyncpg.PostgresError, TimeoutError) as error:
                await self._bear_with(error, deadline)
            else:
                await connection.close()
                return

    def _refusal(self, error: Exception) -> str:
        if self._existing is not None:
            return f"the server of CRM_DATABASE_URL refuses us ({type(error).__name__}); correct it"
        return (
            f"PostgreSQL refuses the password of {self.home / 'credentials.json'}: the data in "
            f"{workspace(self.home, self._uid)} were made with another file; bring it back, or "
            "move that folder away"
        )

    async def _bear_with(self, error: Exception, deadline: float) -> None:
        """Not ready yet: waits a moment, or starts again when an old postmaster still ends."""
        if time.monotonic() > deadline:
            lines = self._child.last_lines() if self._child else ""
            where = "the server of CRM_DATABASE_URL" if self._existing else "PostgreSQL"
            raise ProcessFailed(f"{where} is not ready: {error}\n{lines}") from error
        if self._child is not None and not self._child.alive:
            await self._child.wait()
            lines = self._child.last_lines()
            if "postmaster.pid" not in lines and "shared memory" not in lines:
                raise ProcessFailed(f"PostgreSQL ended at its start:\n{lines}") from error
            await asyncio.sleep(0.5)
            await self._child.start()
        await asyncio.sleep(0.1)

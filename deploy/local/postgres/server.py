"""One PostgreSQL server process with its data."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import asyncpg

from deploy.local.credentials import Credentials
from deploy.local.ports import LOOPBACK, free_ports, is_listening
from deploy.local.postgres.binaries import Binaries, find_binaries, major_of, within_reach
from deploy.local.postgres.place import UNPRIVILEGED, workspace
from deploy.local.process import Child, OnLine, ProcessFailed
from deploy.local.settings import inherited

ADMIN = "crm_admin"
_START_SECONDS = 60.0

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
    it alone, kill and restart are refused.
    """

    def __init__(
        self, home: Path, *, database_url: str | None = None, on_line: OnLine | None = None
    ) -> None:
        self.home = home
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
        """Stops it and removes binaries and data, for a home that is thrown away."""
        await self.stop()
        if self._existing is None:
            place = workspace(self.home, self._uid)
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)

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
        place = workspace(self.home, self._uid)
        place.mkdir(parents=True, exist_ok=True, mode=0o755)
        folder = within_reach(found, place, self._uid)
        major = major_of(folder / "postgres")
        data = place / f"data-{major}"
        if not (data / "PG_VERSION").exists():
            self._make_data(folder, data, major)
        self._port = self._choose_port(place)
        self.origin = found.origin
        options = [f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS.items()]
        return Child(
            "postgres",
            [str(folder / "postgres"), "-D", str(data), "-p", str(self._port), *options],
            self.home / "logs" / "postgres.log",
            env=_clean_environment(),
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

    def _make_data(self, folder: Path, data: Path, major: int) -> None:
        """initdb into a new folder, renamed when whole: a killed first start leaves no half."""
        part = data.with_name(f"{data.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=data.parent, prefix=".pw") as secret:
            secret.write(self.credentials.postgres_admin_password)
            secret.flush()
            if self._uid is not None:
                os.chown(part, self._uid, self._uid)
                os.chown(secret.name, self._uid, self._uid)
            self._run_initdb(folder, part, secret.name, major)
        part.rename(data)

    def _run_initdb(self, folder: Path, data: Path, password_file: str, major: int) -> None:
        # The builtin provider sorts and lower-cases UTF-8 alike on every machine, from 17 on.
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major >= 17 else []
        command = [
            str(folder / "initdb"),
            "-D",
            str(data),
            "-U",
            ADMIN,
            f"--pwfile={password_file}",
        ]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", *builtin]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=_clean_environment(),
            cwd=data,
            user=self._uid,
            group=self._uid,
            extra_groups=None if self._uid is None else [],
            check=False,
        )
        if done.returncode != 0:
            raise ProcessFailed(f"initdb failed in {data}:\n{done.stdout}{done.stderr}")

    async def _until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                connection = await asyncpg.connect(self.admin_url, timeout=5)
            except asyncpg.InvalidPasswordError as error:
                raise ProcessFailed(
                    f"PostgreSQL refuses the password of {self.home / 'credentials.json'}: the "
                    "data were made with another file; bring it back or remove the data folder"
                ) from error
            except (OSError, asyncpg.PostgresError, TimeoutError) as error:
                await self._bear_with(error, deadline)
            else:
                await connection.close()
                return

    async def _bear_with(self, error: Exception, deadline: float) -> None:
        """Not ready yet: waits a moment, or starts again when an old postmaster still ends."""
        if time.monotonic() > deadline:
            lines = self._child.last_lines() if self._child else ""
            raise ProcessFailed(f"PostgreSQL is not ready: {error}\n{lines}") from error
        if self._child is not None and not self._child.alive:
            await self._child.wait()
            lines = self._child.last_lines()
            if "postmaster.pid" not in lines and "shared memory" not in lines:
                raise ProcessFailed(f"PostgreSQL ended at its start:\n{lines}") from error
            await asyncio.sleep(0.5)
            await self._child.start()
        await asyncio.sleep(0.1)


def _clean_environment() -> dict[str, str]:
    """No PG* setting of the person's shell reaches the server."""
    return {**inherited("PATH"), "LC_ALL": "C", "TZ": "UTC"}

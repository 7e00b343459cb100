"""Fresh databases for tests: migrated once per service, then cloned per test."""

import asyncio
import copy
import itertools
import os
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.local.postgres import Postgres, provision, service_url
from deploy.services import in_order_of_migration, service_of
from shared.clock import Clock, system_clock
from shared.database import create_engine
from shared.faults import FaultPoints
from shared.ids import NewId, new_id
from shared.migrations import run_migrations
from shared.telemetry import Metrics
from shared.work import Works
from tests.memory import MEMORY

FAST = {"fsync": "off", "full_page_writes": "off"}
"""A killed server loses nothing by this, a machine without power would. No test needs the latter,
and a database is made for nearly every test."""

RUNNING = "CRM_TEST_POSTGRES"
"""Names the home of a server that runs already; many test processes may share it."""


def with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


class Databases:
    """One server; templates per set of services; a clone for whoever asks."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._numbers = itertools.count(1)
        self._urls: dict[str, str] = {}
        self._templates: dict[tuple[str, ...], str] = {}
        self._making = asyncio.Lock()
        self._opened: list[Works] = []
        self._cloned: list[str] = []

    async def start(self) -> None:
        await self._server.start()
        self._urls = await provision(self._server.admin_url, self._server.credentials.databases)

    async def stop(self) -> None:
        await self.drop()
        await self._server.erase()

    def of_some_tests(self) -> "Databases":
        """The same server and templates; ``drop`` of these drops what was cloned for them."""
        theirs = copy.copy(self)
        theirs._opened, theirs._cloned = [], []
        return theirs

    async def drop(self) -> None:
        """All that was cloned here. The databases of a whole run are gigabytes."""
        for works in self._opened:
            await works.engine.dispose()
        for name in self._cloned:
            await self._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._opened.clear()
        self._cloned.clear()

    @property
    def server(self) -> Postgres:
        """For tests that restart or kill it."""
        return self._server

    async def urls(self, *services: str) -> dict[str, str]:
        """A fresh database in which the schemas of ``services`` are migrated; URL by service."""
        name = self._fresh()
        async with self._making:
            template = await self._template(services)
            await self._clone(template, name)
        return {service: with_database(self._urls[service], name) for service in services}

    async def bare(self, service: str) -> str:
        """URL of a fresh database in which the schema of ``service`` is empty."""
        name = self._fresh()
        await self._clone("crm", name)
        return with_database(self._urls[service], name)

    async def service(
        self,
        service: str,
        *,
        clock: Clock = system_clock,
        ids: NewId = new_id,
        faults: FaultPoints | None = None,
        url: str | None = None,
    ) -> Works:
        """Works on a fresh database of ``service`` (or on the database at ``url``)."""
        url = url or (await self.urls(service))[service]
        engine = create_engine(url, service)
        works = Works(engine, service, clock, ids, faults or FaultPoints(), Metrics())
        self._opened.append(works)
        return works

    def _fresh(self) -> str:
        """The name of a database that nobody made yet."""
        return f"t{next(self._numbers)}"

    async def _clone(self, template: str, name: str) -> None:
        self._cloned.append(name)
        # Copying files, the server first writes down what it holds: cheap in memory alone.
        way = "FILE_COPY" if self._server.home.is_relative_to(MEMORY) else "WAL_LOG"
        await self._admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY {way}')

    async def _template(self, services: tuple[str, ...]) -> str:
        if services not in self._templates:
            name = "template_" + "_".join(services)
            await self._admin(f'CREATE DATABASE "{name}" TEMPLATE "crm"')
            for service in in_order_of_migration(services):
                url = with_database(self._urls[service], name)
                await asyncio.to_thread(run_migrations, service_of(service).package, url)
            self._templates[services] = name
        return self._templates[services]

    async def _admin(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server.admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


class SharedDatabases(Databases):
    """On a server that many use: templates stay."""

    def __init__(self, home: Path) -> None:
        super().__init__(Postgres(home, database_url=(home / _URL).read_text()))

    async def start(self) -> None:
        passwords = self._server.credentials.databases
        admin = self._server.admin_url
        self._urls = {name: service_url(admin, name, word) for name, word in passwords.items()}

    def _fresh(self) -> str:
        return f"p{os.getpid()}_{super()._fresh()}"

    async def _template(self, services: tuple[str, ...]) -> str:
        name = "template_" + "_".join(services)
        if await self._is_there(name):
            self._templates[services] = name
        return await super()._template(services)

    async def _is_there(self, name: str) -> bool:
        connection = await asyncpg.connect(self._server.admin_url)
        try:
            found = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name)
        finally:
            await connection.close()
        return found is not None


_URL = "url"


def note_running(home: Path, admin_url: str) -> None:
    """Lets ``databases(...)`` of other processes find the server of that home."""
    (home / _URL).write_text(admin_url)


def databases(home: Path) -> Databases:
    """On the server that ``CRM_TEST_POSTGRES`` names, else on a new one of that home."""
    running = os.environ.get(RUNNING)
    return SharedDatabases(Path(running)) if running else Databases(Postgres(home, settings=FAST))

"""A city that was backed up and then lost its disk, and what stands in its place."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from deploy.backup import erasures, restoring, taking
from deploy.local import restored
from deploy.local.credentials import Credentials, write_private
from deploy.local.postgres import Postgres, provision
from deploy.local.settings import LauncherSettings
from deploy.services import service_of
from services.intake.app import build
from services.intake.media.objects.bucket import Bucket
from services.intake.media.objects.sweeping import Burial
from services.intake.media.sealing import FileOpener, FileSealer
from services.intake.vault.app import build as build_vault
from shared.clock import system_clock
from shared.database import create_engine
from shared.faults import FaultPoints
from shared.ids import new_id
from shared.migrations import run_migrations
from shared.telemetry import Metrics
from shared.work import Works
from tests.databases import FAST
from tests.integration.deploy.homes import fresh_home
from tests.integration.intake.conftest import (
    House,
    client_of,
    credentials,
    intake_settings,
    jwks_url,
    vault_settings,
)
from tests.integration.intake.media.conftest import Room, pictures, settings_of

__all__ = ["credentials", "jwks_url"]

SERVICES = ("vault", "media", "intake")
PASSPHRASE = "kata sandi cadangan kota"
NOT_COMPARED = {"relay_shards", "alembic_version"}
"""Who publishes now, and what the manifest has."""

Rows = Mapping[str, list[str]]


@dataclass
class City:
    """Intake, vault and media of a home with its own PostgreSQL. others: what lies elsewhere."""

    home: Path
    others: Path
    credentials: Credentials
    jwks_url: str
    postgres: Postgres
    urls: dict[str, str] = field(default_factory=dict)
    opened: list[Any] = field(default_factory=list)

    @property
    def settings(self) -> LauncherSettings:
        return LauncherSettings(home=self.home, database_url=self.postgres.admin_url)

    async def start(self) -> None:
        await self.postgres.start()
        self.urls = await provision(self.postgres.admin_url, self.credentials.databases)

    async def house(self) -> House:
        listing = (self.home / "erasures").as_uri()
        intake = build(
            intake_settings(self.credentials, self.urls, self.jwks_url, erasure_list=listing)
        )
        vault = build_vault(vault_settings(self.credentials, self.urls, self.jwks_url))
        self.opened += [intake, vault]
        return House(
            self.credentials, self.urls, self.jwks_url, intake, vault, client_of(intake),
            client_of(vault),
        )  # fmt: skip

    def works(self, service: str) -> Works:
        engine = create_engine(self.urls[service], service)
        works = Works(engine, service, system_clock, new_id, FaultPoints(), Metrics())
        self.opened.append(engine)
        return works

    @property
    def pictures(self) -> Path:
        return self.home / "pictures"

    async def picture_of(self, complaint_id: UUID) -> None:
        """A picture that came with the complaint, made harmless and kept."""
        opener = FileOpener(self.credentials.media.private)
        window = await asyncpg.connect(self.urls["media"], server_settings={"search_path": "media"})
        room = Room(
            self.credentials, self.urls["media"], self.pictures,
            settings_of(self.credentials, self.urls["media"], self.jwks_url, self.pictures),
            None, httpx.AsyncClient(), self.works("media"),  # type: ignore[arg-type]
            Bucket(self.pictures.as_uri(), {}, 20.0), window, opener,
            FileSealer(opener.public_key),
        )  # fmt: skip
        ref = await room.lay(b"original")
        await room.rows("UPDATE files SET complaint_id = $1 WHERE ref = $2", complaint_id, ref)
        assert await room.settling(pictures(str(complaint_id))).step() == 1
        await window.close()

    async def bury(self) -> None:
        await Burial(self.works("media"), Bucket(self.pictures.as_uri(), {}, 20.0)).step()

    def objects(self) -> list[str]:
        return sorted(each.name for each in self.pictures.iterdir())

    async def objects_of(self, complaint_id: str) -> set[str]:
        rows = await self.ask(
            "media",
            "SELECT object_name FROM derivatives JOIN files USING (ref) WHERE complaint_id = $1",
            UUID(complaint_id),
        )
        return {row["object_name"] for row in rows}

    async def ask(self, service: str, sql: str, *values: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(
            self.urls[service], server_settings={"search_path": service}
        )
        try:
            return list(await connection.fetch(sql, *values))
        finally:
            await connection.close()

    async def rows(self) -> Rows:
        """Every row of every table of the three schemas, as text, in an order of its own."""
        found: dict[str, list[str]] = {}
        for service in SERVICES:
            tables = await self.ask(
                service,
                "SELECT array_agg(CAST(tablename AS text)) AS names FROM pg_tables"
                " WHERE schemaname = $1",
                service,
            )
            names = sorted(set(tables[0]["names"]) - NOT_COMPARED)
            of_one = " UNION ALL ".join(
                f"SELECT '{name}' AS name, CAST(t AS text) AS r FROM \"{name}\" t" for name in names
            )
            for row in await self.ask(service, f"{of_one} ORDER BY name, r"):
                found.setdefault(f"{service}.{row['name']}", []).append(row["r"])
        return found

    async def now(self) -> datetime:
        [row] = await self.ask("intake", "SELECT clock_timestamp() AS now")
        found: datetime = row["now"]
        return found

    async def archived(self) -> None:
        """Returns when the log up to here lies in the archive."""
        connection = await asyncpg.connect(self.postgres.admin_url)
        segment = await connection.fetchval("SELECT pg_walfile_name(pg_current_wal_lsn())")
        await connection.execute("SELECT pg_switch_wal()")
        while not (self.others / "wal" / f"{segment}.gz").exists():
            await asyncio.sleep(0.05)
        await connection.close()

    async def back_up(self) -> restoring.Source:
        backup, keys = self.others / "backup", self.others / "keys" / "crm.keys"
        await taking.take(self.settings, backup, keys, PASSPHRASE, print)
        return restoring.Source(backup, keys, PASSPHRASE, self.others / "wal")

    async def erase_again(self, *services: str) -> None:
        """As `crm restore` does."""
        await erasures.apply(self.home, self.credentials, self.urls, print, services)

    async def close(self) -> None:
        for each in self.opened:
            if hasattr(each, "closers"):
                for closer in reversed(each.closers):
                    await closer()
            else:
                await each.dispose()
        self.opened.clear()

    async def lose_disk(self) -> None:
        """Home and database are gone; the list of erasures and the store of pictures, which lie
        elsewhere in a city, are not."""
        await self.close()
        await self.postgres.erase()


@pytest.fixture
def places() -> Iterator[tuple[Path, Path, Path]]:
    made = (fresh_home(), fresh_home(), fresh_home())
    yield made
    for each in made:
        shutil.rmtree(each)


@pytest.fixture
async def city(
    places: tuple[Path, Path, Path],
    credentials: Credentials,
    jwks_url: str,
) -> AsyncIterator[City]:
    home, _, others = places
    write_private(home / "credentials.json", credentials.model_dump_json())
    postgres = Postgres(home, settings=FAST, wal_archive=others / "wal")
    made = City(home, others, credentials, jwks_url, postgres)
    await made.start()
    for name in SERVICES:
        await asyncio.to_thread(run_migrations, service_of(name).package, made.urls[name])
    yield made
    await made.close()
    await postgres.erase()


async def stand_again(city: City, home: Path, source: restoring.Source) -> City:
    """What was restored into a new home: its database runs, and nothing was erased again yet."""
    manifest = await taking.check(source.backup, None, None, print)
    keys = taking.opened(manifest, source.keys, source.passphrase)
    restored.mark(home, "files")
    await asyncio.to_thread(restoring.lay, home, manifest, source, keys, print)
    restored.mark(home, "erasures")
    postgres = Postgres(home, settings=FAST)
    new = City(home, city.others, postgres.credentials, city.jwks_url, postgres)
    await new.start()
    return new

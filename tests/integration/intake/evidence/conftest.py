"""Media as it is, beside intake and routing as they are; a case that is in somebody's hands."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from services.intake.media.app import build
from services.intake.media.handler import ErasureHandler
from services.intake.media.sealing import FileSealer
from services.intake.media.settings import MediaSettings
from services.routing.internal_api import create_router
from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.events.intake import ReporterErased
from shared.health import Health
from shared.http.app import create_app
from shared.ids import new_id
from shared.runtime import Service
from shared.telemetry import Metrics
from shared.visibility import SYSTEM
from shared.work import Works
from tests.builders import T0, a_complaint, in_envelope
from tests.databases import Databases
from tests.integration.intake.conftest import NOBODY, House, client_of, shared_values
from tests.integration.intake.evidence.told import Told
from tests.integration.notify.servers import served
from tests.integration.routing.world import ATLAS, World

Answer = httpx.Response


@dataclass
class Room:
    """``media``: the service; ``door``: its door; ``told``: what its child says."""

    house: House
    world: World
    media: Service
    door: httpx.AsyncClient
    told: Told
    works: Works
    settings: MediaSettings
    cases: dict[UUID, str] = field(default_factory=dict)

    async def a_case(self, number: str) -> UUID:
        """A complaint with a place, which intake has and routing has given to a unit."""
        receipt = await self.house.report(
            "jaki", number, f"Jalan berlubang di depan pasar {number}"
        )
        complaint_id = UUID(receipt.json()["complaint_id"])
        [row] = await self.house.rows(
            "intake", "SELECT ref FROM contents WHERE complaint_id = $1", complaint_id
        )
        self.world.letters.written[row["ref"]] = {"text": "Jalan berlubang di depan pasar"}
        received = a_complaint(
            complaint_id=complaint_id,
            content_ref=row["ref"],
            report_number=receipt.json()["report_number"],
        )
        await self.world.hear([in_envelope(received, len(self.cases) + 1)])
        self.cases[complaint_id] = (await self.world.case(complaint_id)).unit_id
        return complaint_id

    def token(self, complaint_id: UUID, **who: str) -> str:
        unit = who.get("unit", self.cases.get(complaint_id, "dinas-bina-marga"))
        role: Any = who.get("role", "triage_officer" if unit == "triage" else "unit_officer")
        return self.house.officer(role, unit, who.get("subject", "officer-7"))

    async def hand_over(
        self,
        complaint_id: UUID,
        content: bytes | AsyncIterator[bytes],
        key: str | None = None,
        **who: str,
    ) -> Answer:
        headers = {
            "authorization": f"Bearer {self.token(complaint_id, **who)}",
            "content-type": "application/octet-stream",
        }
        headers |= {"idempotency-key": key} if key else {}
        return await self.door.post(
            f"/v1/evidence/{complaint_id}", content=content, headers=headers
        )

    async def report_with_a_picture(self, complaint_id: UUID, content: bytes) -> UUID:
        """The reporter's own file waits, as intake has laid it down; its ref."""
        ref = new_id()
        sealing = FileSealer(self.house.credentials.media.public).file(ref)
        await self.rows(
            "INSERT INTO spool (ref, number, sealed, created_at) VALUES ($1, 0, $2, now())",
            ref, sealing.seal(0, content, last=True),
        )  # fmt: skip
        await self.rows(
            "INSERT INTO files (ref, complaint_id, content_ref, origin, number, chunks, size,"
            " wrapped_key, key_id, state, created_at, due_at)"
            " VALUES ($1, $2, $3, 'reporter', 1, 1, $4, $5, $6, 'waiting', now(), now())",
            ref, complaint_id, new_id(), len(content), sealing.wrapped_key, sealing.key_id,
        )  # fmt: skip
        return ref

    async def links(self, *refs: str) -> list[dict[str, Any]]:
        """As routing asks for them."""
        key = self.house.credentials.service_keys["routing"].private
        token = ServiceTokens("routing", key, {}, system_clock).sign("media")
        answer = await self.door.post(
            "/internal/v1/links/claim",
            json={"viewer": "viewer-1", "refs": list(refs)},
            headers={"authorization": f"Bearer {token}"},
        )
        found: list[dict[str, Any]] = answer.json()["media"]
        return found

    async def erase(self, complaint_id: UUID) -> None:
        """Media hears of the erasure, as from the stream."""
        erased = ReporterErased(complaint_id=complaint_id, at=T0, reporter_ref=UUID(int=3))
        async with self.works.open(SYSTEM) as work:
            await ErasureHandler().apply(work, [in_envelope(erased, 77)], None)

    async def rows(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(
            self.settings.database_url.get_secret_value(), server_settings={"search_path": "media"}
        )
        try:
            return list(await connection.fetch(sql, *arguments))
        finally:
            await connection.close()

    async def events(self) -> list[dict[str, Any]]:
        rows = await self.rows("SELECT type, body FROM outbox ORDER BY seq")
        return [{"type": row["type"].split(".")[-2], **json.loads(row["body"])} for row in rows]

    @asynccontextmanager
    async def second_replica(self) -> AsyncIterator[None]:
        """Another process on the same database settles files."""
        service = build(self.settings, self.told)
        async with self.settling(service):
            yield
        await self.house.close(service)

    @asynccontextmanager
    async def settling(self, service: Service | None = None) -> AsyncIterator[None]:
        """Its side task runs, as in the process."""
        media = service or self.media
        [task] = [each for each in media.periodics if each.name == "settling"]
        stop = asyncio.Event()
        heart = media.health.heart("settling", patience=60.0)
        running = asyncio.create_task(task.run(stop, heart, media.metrics))
        try:
            yield
        finally:
            stop.set()
            task.wake()
            await running


@pytest.fixture
async def room(house: House, postgres: Databases, tmp_path: Path) -> AsyncIterator[Room]:
    """Whose requests wait longer than any test."""
    async with opened(house, postgres, tmp_path, 60.0) as made:
        yield made


@pytest.fixture
async def hasty(house: House, postgres: Databases, tmp_path: Path) -> AsyncIterator[Room]:
    """Whose requests wait for nothing."""
    async with opened(house, postgres, tmp_path, 0.0) as made:
        yield made


@pytest.fixture
async def whole(house: House, postgres: Databases, tmp_path: Path) -> AsyncIterator[Room]:
    """Whose pictures are opened by media's own children."""
    async with opened(house, postgres, tmp_path, 60.0, own_children=True) as made:
        yield made


@asynccontextmanager
async def opened(
    house: House,
    postgres: Databases,
    pictures: Path,
    patience: float,
    *,
    own_children: bool = False,
) -> AsyncIterator[Room]:
    database = (await postgres.urls("media"))["media"]
    world = World.on(await postgres.service("routing"))
    public = {name: pair.public for name, pair in house.credentials.service_keys.items()}
    callers = ServiceTokens("routing", "", public, system_clock)
    router = create_router(world.works, world.store, ATLAS.units, callers)
    routing = create_app("routing", "CRM routing", [router], Health(), Metrics())
    told = Told()
    async with served(routing) as routing_url, served(house.intake.app) as intake_url:
        settings = MediaSettings.model_validate(
            {
                **shared_values(house.credentials, house.jwks_url),
                "database_url": database,
                "kafka_bootstrap_servers": NOBODY,
                "private_key": house.credentials.media.private,
                "service_key": house.credentials.service_keys["media"].private,
                "intake_url": intake_url,
                "routing_url": routing_url,
                "store_url": pictures.as_uri(),
                "evidence_seconds": patience,
                "evidence_files": 3,
                "evidence_megabytes": 25,
                "link_key": "00" * 32,
                "public_url": "https://media.example.org",
            }
        )
        media = build(settings) if own_children else build(settings, told)
        async with client_of(media) as door:
            works = await postgres.service("media", url=database)
            yield Room(house, world, media, door, told, works, settings)
            await works.engine.dispose()
        await house.close(media)
    await world.works.engine.dispose()

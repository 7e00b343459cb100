"""Media as it is, on a fresh database of a real PostgreSQL and a folder as its store; and a real
zygote, with what its children have used."""

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from deploy.local.credentials import Credentials
from services.intake import store as intake_store
from services.intake.media.app import build, new_name
from services.intake.media.clearing.clearing import ChildUse, Clearing
from services.intake.media.clearing.outcome import Cleared, Derivative, Facts, Kept, Outcome, Size
from services.intake.media.handler import ErasureHandler
from services.intake.media.objects.bucket import Bucket
from services.intake.media.pace import Pace
from services.intake.media.proof.places import Places
from services.intake.media.proof.policy import load_policy
from services.intake.media.proof.proving import Proving
from services.intake.media.sealing import CHUNK_BYTES, FileOpener, FileSealer
from services.intake.media.serving.signing import LinkSigner
from services.intake.media.settings import MediaSettings
from services.intake.media.settling import Awaited, Settling
from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.errors import Transient
from shared.events.event import Envelope
from shared.events.intake import ReporterErased
from shared.events.vocabulary import MediaKind, MediaOrigin
from shared.ids import new_id
from shared.runtime import Service
from shared.visibility import SYSTEM
from shared.work import Works
from tests.builders import T0, a_complaint_id
from tests.databases import Databases
from tests.integration.intake.conftest import NOBODY, shared_values

PUBLIC = "https://media.example.org"
TABLES = (
    "spool", "files", "wanted", "derivatives", "doomed", "complaint_keys", "erasures", "removed",
    "evidence", "findings", "fingerprints", "fingerprint_keys", "outbox", "inbox",
)  # fmt: skip


def pictures(name: str = "picture") -> Cleared:
    """A picture that was made anew; its bytes tell which one and of which size."""
    made = tuple(
        Derivative(size, width, width // 2, f"{name} {size} ".encode() * 100)
        for size, width in ((Size.LARGE, 2048), (Size.MEDIUM, 1024), (Size.SMALL, 256))
    )
    return Cleared(made, Facts("JPEG", 4000, 2000))


VIDEO = Kept(MediaKind.VIDEO, "video/mp4")
DOCUMENT = Kept(MediaKind.DOCUMENT, "application/pdf")


class Away:
    """Intake, which nobody needs for pictures that do not say where they were taken."""

    async def post(self, path: str, body: Any) -> Any:
        raise Transient("intake is away")


def proving() -> Proving:
    """It asks nobody."""
    return Proving(Places(Away()), load_policy())


class HandMade:
    """A clearing whose outcome a test says. ``asked``: what it was given. ``gave_way``: whether
    each was to be opened only while nobody else wants the processor."""

    def __init__(self, outcome: Outcome | Callable[[], Any]) -> None:
        self._outcome = outcome
        self.asked: list[tuple[bytes, bool]] = []
        self.gave_way: list[bool] = []

    async def start(self) -> None:
        """It has no children."""

    async def clear(self, data: bytes, *, evidence: bool, gives_way: bool) -> Outcome:
        self.gave_way.append(gives_way)
        self.asked.append((data, evidence))
        if callable(self._outcome):
            made: Outcome = await self._outcome()
            return made
        return self._outcome


@dataclass
class Room:
    """The process behind an HTTP client, and its database and store for a look inside."""

    credentials: Credentials
    url: str
    folder: Path
    settings: MediaSettings
    service: Service
    door: httpx.AsyncClient
    works: Works
    bucket: Bucket
    window: asyncpg.Connection
    opener: FileOpener
    sealer: FileSealer

    @property
    def signer(self) -> LinkSigner:
        """Signs as the process does."""
        return LinkSigner(bytes.fromhex(self.credentials.media_link_key), PUBLIC)

    async def lay(
        self,
        data: bytes,
        complaint: int = 1,
        number: int = 1,
        origin: MediaOrigin = MediaOrigin.REPORTER,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> UUID:
        """A file as intake lays it down; the ref."""
        ref = new_id()
        sealing = self.sealer.file(ref)
        cut = [data[at : at + chunk_bytes] for at in range(0, len(data), chunk_bytes)] or [b""]
        async with self.works.open(SYSTEM) as work:
            for place, chunk in enumerate(cut):
                sealed = sealing.seal(place, chunk, last=place == len(cut) - 1)
                await intake_store.add_chunk(work.connection, ref, place, sealed, work.now)
            row = intake_store.FileRow(
                ref, a_complaint_id(complaint), UUID(int=(1 << 100) + complaint), number,
                sealing.key_id, len(cut), len(data), sealing.wrapped_key,
            )  # fmt: skip
            await intake_store.add_files(work.connection, [row], work.now)
        if origin is MediaOrigin.EVIDENCE:
            await self.rows("UPDATE files SET origin = 'evidence' WHERE ref = $1", ref)
        return ref

    def settling(
        self,
        outcome: HandMade | Outcome | Callable[[], Any],
        bucket: Bucket | None = None,
        pace: Pace | None = None,
    ) -> Settling:
        clearing = outcome if isinstance(outcome, HandMade) else HandMade(outcome)
        return Settling(
            self.works, clearing, bucket or self.bucket, self.opener, self.sealer, new_name,
            proving(), Awaited(), pace or Pace(),
        )  # fmt: skip

    async def settled(self, outcome: Outcome, data: bytes = b"original", **laid: Any) -> UUID:
        """A file that was laid down and has settled; the ref."""
        ref = await self.lay(data, **laid)
        assert await self.settling(outcome).step() == 1
        [row] = await self.rows("SELECT state FROM files WHERE ref = $1", ref)
        assert row["state"] != "waiting", "another one was settled"
        return ref

    async def claim(
        self, *refs: UUID, caller: str = "routing", viewer: str = "viewer-1"
    ) -> list[dict[str, Any]]:
        answer = await self.call(caller, {"viewer": viewer, "refs": [str(ref) for ref in refs]})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["media"]
        return found

    async def call(self, caller: str, body: Any) -> httpx.Response:
        key = self.credentials.service_keys[caller].private
        token = ServiceTokens(caller, key, {}, system_clock).sign("media")
        headers = {"authorization": f"Bearer {token}"}
        return await self.door.post("/internal/v1/links/claim", json=body, headers=headers)

    async def link(self, ref: UUID, size: str, **claimed: str) -> str:
        """The link to one size, as a service is given it."""
        [media] = await self.claim(ref, **claimed)
        link: str = media["links"][size]
        return link

    async def get(self, link: str, **headers: str) -> httpx.Response:
        """What a browser gets that follows the link."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.door.get(link.removeprefix(PUBLIC), headers=named)

    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        return list(await self.window.fetch(sql, *values))

    async def count(self, table: str) -> int:
        return int((await self.rows(f'SELECT count(*) AS n FROM "{table}"'))[0]["n"])

    async def said(self) -> list[str]:
        """Types of the events that are recorded, in order."""
        rows = await self.rows("SELECT type FROM outbox ORDER BY seq")
        return [row["type"].split(".")[-2] for row in rows]

    def objects(self) -> list[str]:
        """Names that lie in the store."""
        return sorted(os.listdir(self.folder)) if self.folder.exists() else []

    async def empty(self) -> None:
        for table in TABLES:
            await self.window.execute(f'DELETE FROM "{table}"')
        for name in self.objects():
            (self.folder / name).unlink()


def erasure(*complaints: int) -> list[Envelope]:
    """What media hears of erased reporters."""
    return [
        Envelope(
            UUID(int=(9 << 100) + number), "intake",
            ReporterErased(
                complaint_id=a_complaint_id(number), at=T0, reporter_ref=UUID(int=number)
            ),
            None,
        )
        for number in complaints
    ]  # fmt: skip


async def erase(room: Room, *complaints: int) -> None:
    """Media hears that these reporters are erased."""
    async with room.works.open(SYSTEM) as work:
        await ErasureHandler().apply(work, erasure(*complaints), None)


def settings_of(
    credentials: Credentials, url: str, jwks_url: str, folder: Path, **changes: Any
) -> MediaSettings:
    values: dict[str, Any] = {
        "database_url": url,
        "kafka_bootstrap_servers": NOBODY,
        "private_key": credentials.media.private,
        "link_key": credentials.media_link_key,
        "public_url": PUBLIC,
        "intake_url": "http://127.0.0.1:9",
        "routing_url": "http://127.0.0.1:9",
        "store_url": folder.as_uri(),
        **shared_values(credentials, jwks_url),
    }
    return MediaSettings(**{**values, **changes})


@pytest.fixture(scope="module")
async def standing_room(
    postgres: Databases,
    credentials: Credentials,
    jwks_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Room]:
    url = (await postgres.urls("media"))["media"]
    folder = tmp_path_factory.mktemp("store") / "pictures"
    settings = settings_of(credentials, url, jwks_url, folder)
    service = build(settings)
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
    opener = FileOpener(credentials.media.private)
    room = Room(
        credentials, url, folder, settings, service,
        httpx.AsyncClient(transport=transport, base_url=PUBLIC),
        await postgres.service("media", url=url),
        Bucket(folder.as_uri(), {}, 20.0),
        await asyncpg.connect(
            url, server_settings={"search_path": "media"}, statement_cache_size=0
        ),
        opener, FileSealer(opener.public_key),
    )  # fmt: skip
    yield room
    await room.window.close()
    for closer in reversed(service.closers):
        await closer()


@pytest.fixture
async def room(standing_room: Room) -> Room:
    """The room with empty tables and an empty store."""
    await standing_room.empty()
    return standing_room


@dataclass(frozen=True, slots=True)
class Watched:
    clearing: Clearing
    used: list[ChildUse]


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    used: list[ChildUse] = []
    made = Clearing(used.append)
    await made.start()
    yield Watched(made, used)
    await made.stop()

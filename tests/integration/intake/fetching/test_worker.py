"""Files that a platform keeps are fetched into the spool, or given up with a reason: on a real
database, from a real server, and by whoever comes after one that died."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from deploy.local.credentials import Credentials
from services.intake.media import store
from services.intake.media.domain import LEASE
from services.intake.media.fetching.asking import MIB
from services.intake.media.fetching.worker import Fetching
from services.intake.media.sealing import FILE, FileOpener, FileSealer
from shared.ids import new_id
from shared.telemetry import Metrics
from shared.testing import FixedClock
from shared.visibility import SYSTEM
from shared.work import Works
from tests.databases import Databases
from tests.integration.intake.fetching.keeper import Told
from tests.integration.intake.fetching.ways import KNOWN, LED_TO, Ways, ways

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
HERE: list[Sequence[str]] = [["127.0.0.1"]]
LARGE = bytes(range(256)) * 10_000
"""Of three chunks."""


@dataclass
class Media:
    """The worker, its database, and the platform that keeps the files."""

    ways: Ways
    works: Works
    clock: FixedClock
    opener: FileOpener
    sealer: FileSealer
    window: asyncpg.Connection

    def worker(self) -> Fetching:
        return Fetching(
            self.works, self.ways.fetcher, self.opener, self.sealer, Metrics(), lambda: 1.0
        )

    async def want(self, address: str, source: str = "x") -> UUID:
        """A file as intake lays it down; its ref."""
        ref = new_id()
        await self.window.execute(
            "INSERT INTO files (ref, complaint_id, content_ref, origin, number, key_id, state,"
            " created_at, due_at) VALUES ($1, $2, $3, 'reporter', 1, $4, 'fetching', $5, $5)",
            ref, new_id(), new_id(), self.sealer.key_id, self.clock(),
        )  # fmt: skip
        sealed = self.sealer.locator(ref, address.encode())
        await self.window.execute("INSERT INTO wanted VALUES ($1, $2, $3)", ref, source, sealed)
        return ref

    async def keeps(self, path: str, told: Told, source: str = "x") -> UUID:
        """A file that is wanted and is answered so."""
        self.ways.keeper.told[path] = told
        return await self.want(self.ways.url(path), source)

    async def row(self, ref: UUID) -> asyncpg.Record:
        found = await self.window.fetchrow("SELECT * FROM files WHERE ref = $1", ref)
        assert found is not None
        return found

    async def opened(self, ref: UUID) -> bytes:
        """The file, as media opens it."""
        row = await self.row(ref)
        chunks = await self.window.fetch("SELECT sealed FROM spool ORDER BY number")
        assert len(chunks) == row["chunks"]
        return self.opener.file(ref, row["wrapped_key"], [each["sealed"] for each in chunks])

    async def count(self, table: str) -> int:
        return int(await self.window.fetchval(f'SELECT count(*) FROM "{table}"'))

    async def said(self) -> list[dict[str, Any]]:
        return [json.loads(each["body"]) for each in await self.window.fetch("TABLE outbox")]

    async def until_laid(self, chunks: int) -> None:
        async with asyncio.timeout(10):
            while await self.count("spool") < chunks:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def a_media(
    folder: Path, postgres: Databases, credentials: Credentials
) -> AsyncIterator[Media]:
    url = (await postgres.urls("media"))["media"]
    clock = FixedClock(NOW)
    works = await postgres.service("media", clock=clock, url=url)
    opener = FileOpener(credentials.media.private)
    window = await asyncpg.connect(url, server_settings={"search_path": "media"})
    async with ways(folder, {KNOWN: HERE, LED_TO: HERE}, local=[KNOWN]) as there:
        yield Media(there, works, clock, opener, FileSealer(opener.public_key), window)
    await window.close()


@pytest.fixture
async def media(
    tmp_path: Path, postgres: Databases, credentials: Credentials
) -> AsyncIterator[Media]:
    async with a_media(tmp_path, postgres, credentials) as found:
        yield found


@pytest.mark.parametrize(
    ("data", "chunks"),
    [(b"x", 1), (bytes(MIB), 1), (bytes(MIB) + b"x", 2), (bytes(2 * MIB), 2), (LARGE, 3)],
)
async def test_what_was_fetched_waits_as_if_it_had_been_handed_over(
    media: Media, data: bytes, chunks: int
) -> None:
    ref = await media.keeps("/picture", Told(parts=(data,)))
    assert await media.worker().step() == 1
    row = await media.row(ref)
    assert (row["state"], row["chunks"], row["size"]) == ("waiting", chunks, len(data))
    assert (row["attempts"], row["due_at"], row["key_id"]) == (0, NOW, media.sealer.key_id)
    assert await media.opened(ref) == data
    assert (await media.count("wanted"), await media.said()) == (0, [])
    assert await media.worker().step() == 0
    assert len(media.ways.keeper.asked) == 1


async def test_a_source_that_has_no_such_picture_is_asked_again_and_then_given_up(
    media: Media,
) -> None:
    ref = await media.keeps("/gone", Told(404))
    pauses = []
    while (row := await media.row(ref))["state"] == "fetching":
        media.clock.advance(row["due_at"] - media.clock())
        before = media.clock()
        assert await media.worker().step() == 1
        assert await media.worker().step() == 0
        pauses.append((await media.row(ref))["due_at"] - before)
    assert [each.seconds for each in pauses[:-1]] == [5, 10, 20, 40, 80]
    assert (row["state"], row["reason"]) == ("refused", "not_fetched")
    [event] = await media.said()
    assert (event["reason"], event["origin"], event["number"]) == ("not_fetched", "reporter", 1)
    assert event["ref"] == str(ref)
    assert event["content_ref"] == str(row["content_ref"])
    assert (await media.count("wanted"), await media.count("spool")) == (0, 0)


async def test_a_picture_that_comes_after_trouble_is_taken(media: Media) -> None:
    ref = await media.keeps("/picture", Told(503))
    await media.worker().step()
    media.ways.keeper.told["/picture"] = Told(parts=(LARGE,))
    media.clock.advance(timedelta(seconds=5))
    await media.worker().step()
    assert await media.opened(ref) == LARGE


@pytest.mark.parametrize(
    "address",
    ["https://127.0.0.1/secret", "https://other.example.org/", "http://169.254.169.254/", "x"],
)
async def test_an_address_that_is_never_asked_is_given_up_at_once(
    media: Media, address: str
) -> None:
    ref = await media.want(address)
    await media.worker().step()
    assert (await media.row(ref))["reason"] == "not_fetched"
    assert len(await media.said()) == 1
    assert media.ways.keeper.asked == []


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (Told(headers=("content-type: image/png",), parts=(bytes(MIB),) * 21, whole=False),
         "too_large"),
        (Told(), "empty"),
    ],
)  # fmt: skip
async def test_officers_are_told_why_there_is_no_picture(
    media: Media, told: Told, reason: str
) -> None:
    ref = await media.keeps("/picture", told)
    await media.worker().step()
    assert (await media.row(ref))["reason"] == reason
    assert [each["reason"] for each in await media.said()] == [reason]
    assert await media.count("spool") == 0


async def test_the_chunks_of_a_try_that_broke_off_are_not_mixed_with_the_next(
    media: Media,
) -> None:
    """Each try has a key of its own."""
    path = "/picture"
    ref = await media.keeps(
        path, Told(headers=("content-length: 4000000",), parts=(LARGE,), whole=False)
    )
    await media.worker().step()
    assert await media.count("spool") > 0
    media.ways.keeper.told[path] = Told(parts=(b"short",))
    media.clock.advance(timedelta(seconds=5))
    await media.worker().step()
    assert await media.opened(ref) == b"short"


async def test_who_dies_over_a_file_leaves_it_to_the_next(media: Media) -> None:
    slow = Told(parts=(LARGE[:MIB], LARGE[MIB : 2 * MIB], LARGE[2 * MIB :]), pause=0.4)
    ref = await media.keeps("/picture", slow)
    dying = asyncio.create_task(media.worker().step())
    await media.until_laid(1)
    dying.cancel()
    await asyncio.wait([dying])
    assert await media.worker().step() == 0  # The lease of the dead one holds.
    media.clock.advance(LEASE)
    assert await media.worker().step() == 1
    assert await media.opened(ref) == LARGE


async def test_who_was_too_slow_lays_nothing_behind_whoever_took_over(media: Media) -> None:
    slow = Told(parts=(LARGE[:MIB], LARGE[MIB : 2 * MIB], LARGE[2 * MIB :]), pause=0.4)
    ref = await media.keeps("/picture", slow)
    late = asyncio.create_task(media.worker().step())
    await media.until_laid(1)
    media.ways.keeper.told["/picture"] = Told(parts=(b"of the other",))
    media.clock.advance(LEASE)
    assert await media.worker().step() == 1
    await late
    assert await media.opened(ref) == b"of the other"
    assert await media.said() == []


async def test_an_erasure_during_a_fetch_leaves_nothing(media: Media) -> None:
    slow = Told(parts=(LARGE[:MIB], LARGE[MIB : 2 * MIB], LARGE[2 * MIB :]), pause=0.4)
    ref = await media.keeps("/picture", slow)
    complaint_id = (await media.row(ref))["complaint_id"]
    fetching = asyncio.create_task(media.worker().step())
    await media.until_laid(1)
    async with media.works.open(SYSTEM) as work:
        await store.erase(work.connection, {complaint_id: NOW}, work.now)
    await fetching
    for table in ("files", "wanted", "spool"):
        assert await media.count(table) == 0, table


async def test_a_source_that_is_silent_does_not_keep_others_waiting(media: Media) -> None:
    await media.keeps("/silent", Told(parts=(b"x",) * 100, pause=0.05))
    quick = [await media.keeps(f"/{number}", Told(parts=(b"y",))) for number in range(5)]
    stepping = asyncio.create_task(media.worker().step())
    async with asyncio.timeout(3):
        while {(await media.row(ref))["state"] for ref in quick} != {"waiting"}:
            await asyncio.sleep(0.02)
    assert not stepping.done()
    assert await stepping == 6


async def test_two_workers_ask_for_each_file_once(media: Media) -> None:
    for number in range(12):
        await media.keeps(f"/{number}", Told(parts=(b"y",)))
    did = await asyncio.gather(*(media.worker().step() for _ in range(4)))
    assert sum(did) == 12
    assert sorted(each.path for each in media.ways.keeper.asked) == sorted(
        f"/{number}" for number in range(12)
    )


async def test_a_file_whose_address_does_not_open_is_given_up(media: Media) -> None:
    ref = await media.keeps("/picture", Told(parts=(b"y",)))
    await media.window.execute("UPDATE wanted SET locator = $1", FILE)
    await media.worker().step()
    assert (await media.row(ref))["reason"] == "not_fetched"


async def test_neither_log_nor_event_nor_row_shows_an_address(
    media: Media, capfd: pytest.CaptureFixture[str]
) -> None:
    for told in (Told(404), Told(503), Told(302, ("location: https://127.0.0.1/canary",)), Told()):
        await media.keeps(f"/canary-{told.status}-{len(told.headers)}", told)
    await media.want("https://canary.example.org/canary")
    await media.worker().step()
    shown = "".join(capfd.readouterr())
    for table in ("files", "wanted", "outbox", "spool"):
        rows = await media.window.fetch(f'TABLE "{table}"')
        shown += "".join(str(dict(each)) for each in rows)
    assert "put_off" in shown
    assert "given_up" in shown
    assert "canary" not in shown
    assert "example.org" not in shown

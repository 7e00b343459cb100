"""Old months leave outbox and inbox for files, and nothing is applied twice or lost by it."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared import archive, inbox
from shared.archive import first_id, month_of, next_month, path_of
from shared.archiving import Participant, archive_months
from shared.cloudevents import decode
from shared.errors import ArchiveSpoiled, NotYetArchivable
from shared.events.event import type_of
from shared.ids import new_id
from shared.rebuild import archived_files, republish
from shared.testing import MemoryBus
from shared.visibility import SYSTEM
from shared.work import Works
from tests.builders import a_complaint, a_complaint_id
from tests.databases import Databases
from tests.integration.shared.tally import works_on

JANUARY, FEBRUARY, MARCH = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)
RECEIVED = type_of(type(a_complaint())).rpartition(".v")[0]


def an_id(month: date, number: int) -> UUID:
    """Of an event of the 3rd of that month (UUIDv7)."""
    made = int(datetime(month.year, month.month, 3, tzinfo=UTC).timestamp() * 1000) + number
    return UUID(int=made << 80 | 7 << 76 | 2 << 62 | number)


@dataclass(slots=True)
class City:
    """An emitter and two hearers, one of which hears nothing of it."""

    intake: Works
    tracking: Works
    vault: Works
    folder: Path

    def participants(self) -> dict[str, Participant]:
        return {
            "intake": Participant(_url(self.intake), True, frozenset()),
            "tracking": Participant(_url(self.tracking), False, frozenset({RECEIVED})),
            "vault": Participant(_url(self.vault), False, frozenset({"x.Erased"})),
        }

    async def record(self, month: date, *complaints: int) -> list[UUID]:
        """One event of each complaint, published in that month; returns the ids."""
        ids = [an_id(month, number) for number in complaints]
        works = Works(self.intake.engine, "intake", self.intake._clock, iter(ids).__next__,
                      self.intake._faults, self.intake._metrics)  # fmt: skip
        async with works.open(SYSTEM) as work:
            work.record(*(a_complaint(number=number) for number in complaints), cause=None)
        await run(self.intake, "UPDATE outbox SET published_at = now()")
        return ids

    async def apply(self, ids: Sequence[UUID]) -> set[UUID]:
        """Which of them tracking applies: those that it knows it does not."""
        async with self.tracking.open(SYSTEM) as work:
            return await inbox.claim_ids(work.connection, ids)

    async def archive(self, before: date = MARCH) -> int:
        return await archive_months(self.participants(), self.folder, before)

    async def rebuilt(self) -> list[UUID]:
        """What a rebuild publishes, in its order."""
        urls, bus = {"intake": _url(self.intake)}, MemoryBus()
        archived = await archived_files(urls, self.folder)
        await republish(urls, bus.producer(), lambda _: None, archived)
        return [decode(record.message).id for record in bus.records]

    async def left(self) -> tuple[int, int]:
        """Rows of intake's outbox and of tracking's inbox."""
        count = "SELECT count(*) FROM {}"
        return (
            await run(self.intake, count.format("outbox")),
            await run(self.tracking, count.format("inbox")),
        )


def _url(works: Works) -> str:
    url = works.engine.url.set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


async def run(works: Works, statement: str) -> Any:
    async with works.open(SYSTEM) as work:
        found = await work.connection.execute(text(statement))
        return found.scalar() if found.returns_rows else None


@pytest.fixture(scope="module")
async def services(postgres: Databases) -> AsyncIterator[list[Works]]:
    made = [
        await works_on(await postgres.bare(name), name) for name in ("intake", "tracking", "vault")
    ]
    yield made
    for each in made:
        await each.engine.dispose()


@pytest.fixture
async def city(services: list[Works], tmp_path: Path) -> City:
    for works in services:
        await forget(works)
        await run(works, "ALTER TABLE outbox DROP CONSTRAINT IF EXISTS ck_outbox_archived")
    intake, tracking, vault = services
    return City(intake, tracking, vault, tmp_path / "archive")


async def forget(works: Works) -> None:
    """The service's tables are as new."""
    await run(works, "TRUNCATE outbox, inbox, archived")


async def test_a_month_that_is_archived_leaves_the_tables_and_comes_back_in_a_rebuild(
    city: City,
) -> None:
    old = await city.record(JANUARY, 2, 1)
    new = await city.record(MARCH, 1, 3)
    await city.apply([*old, *new])
    before = await city.rebuilt()
    assert await city.archive() == 2
    assert await city.left() == (2, 2)
    assert await city.rebuilt() == before
    assert sorted(before) == sorted([*old, *new])


async def test_of_one_complaint_what_is_in_a_file_comes_before_what_is_in_the_table(
    city: City,
) -> None:
    told = [await city.record(month, 1) for month in (JANUARY, FEBRUARY, MARCH)]
    await city.apply([each for ids in told for each in ids])
    await city.archive()
    assert await city.rebuilt() == [each for ids in told for each in ids]


async def test_an_archived_event_that_comes_again_is_not_applied_a_second_time(city: City) -> None:
    old = await city.record(JANUARY, 1, 2)
    assert await city.apply(old) == set(old)
    await city.archive()
    assert await city.left() == (0, 0)
    assert await city.apply(old) == set()
    late = await city.record(MARCH, 1)
    assert await city.apply([*old, *late]) == set(late)


async def test_an_id_without_a_time_is_never_below_the_floor(city: City) -> None:
    old, strange = await city.record(JANUARY, 1), UUID(int=7)
    await city.apply([*old, strange])
    await city.archive()
    assert await city.left() == (0, 1)
    assert await city.apply([strange, UUID(int=8)]) == {UUID(int=8)}


async def test_a_reader_whose_tables_are_new_is_told_everything(city: City) -> None:
    old = await city.record(JANUARY, 1)
    await city.apply(old)
    await city.archive()
    await forget(city.tracking)
    assert await city.apply(await city.rebuilt()) == set(old)


async def test_a_reader_whose_tables_are_new_gets_no_floor_before_it_has_applied_all(
    city: City,
) -> None:
    old, later = await city.record(JANUARY, 1), await city.record(FEBRUARY, 1)
    await city.apply([*old, *later])
    await city.archive(before=FEBRUARY)
    await forget(city.tracking)
    await city.apply(later)
    with pytest.raises(NotYetArchivable, match=r"tracking has not applied .* of 2024-01"):
        await city.archive()
    await city.apply(old)
    assert await city.archive() == 1


async def test_a_month_is_not_archived_while_a_hearer_has_not_applied_all_of_it(
    city: City,
) -> None:
    old = await city.record(JANUARY, 1, 2)
    await city.apply(old[:1])
    with pytest.raises(NotYetArchivable, match=r"tracking has not applied .* of intake of 2024-01"):
        await city.archive()
    assert await city.left() == (2, 1)
    assert await city.apply(old) == {old[1]}
    assert await city.archive() == 2


async def test_a_month_is_not_archived_while_an_event_of_it_is_not_on_the_bus(city: City) -> None:
    await city.apply(await city.record(JANUARY, 1))
    await run(city.intake, "UPDATE outbox SET published_at = NULL")
    with pytest.raises(NotYetArchivable, match="intake has 1 events of 2024-01"):
        await city.archive()
    assert await city.left() == (1, 1)


async def test_who_records_an_event_of_an_archived_month_fails_and_nothing_is_lost(
    city: City,
) -> None:
    await city.apply(await city.record(JANUARY, 1))
    await city.archive()
    with pytest.raises(IntegrityError, match="ck_outbox_archived"):
        await city.record(JANUARY, 9)
    await city.record(MARCH, 9)
    assert new_id() > first_id(MARCH)


@pytest.mark.parametrize(
    ("service", "table", "act"),
    [
        ("intake", "archived", "INSERT"),
        ("tracking", "archived", "INSERT"),
        ("intake", "outbox", "DELETE"),
        ("tracking", "inbox", "DELETE"),
        ("tracking", "archived", "UPDATE"),
    ],
)
async def test_an_archive_that_was_cut_off_is_finished_by_the_next(
    city: City, service: str, table: str, act: str
) -> None:
    old, new = await city.record(JANUARY, 1, 2), await city.record(MARCH, 1)
    await city.apply([*old, *new])
    before, works = await city.rebuilt(), {"intake": city.intake, "tracking": city.tracking}
    await run(works[service], "CREATE FUNCTION strike() RETURNS trigger LANGUAGE plpgsql AS"
                              " $$ BEGIN RAISE EXCEPTION 'struck'; END $$")  # fmt: skip
    await run(works[service], f"CREATE TRIGGER strikes BEFORE {act} ON {table}"
                              " FOR EACH ROW EXECUTE FUNCTION strike()")  # fmt: skip
    with pytest.raises(DBAPIError, match="struck"):
        await city.archive()
    await run(works[service], "DROP FUNCTION strike() CASCADE")
    assert await city.rebuilt() == before
    assert await city.apply(old) == set()
    await city.archive()
    assert await city.left() == (1, 1)
    assert await city.rebuilt() == before
    assert await city.apply(old) == set()


async def test_a_file_that_was_changed_or_is_missing_is_refused_before_anything_is_done(
    city: City,
) -> None:
    await city.apply(await city.record(JANUARY, 1))
    await city.archive()
    file = path_of(city.folder, "intake", JANUARY)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ArchiveSpoiled, match="is not the file that was archived"):
        await city.rebuilt()
    file.unlink()
    with pytest.raises(ArchiveSpoiled, match="is missing"):
        await city.rebuilt()
    file.write_bytes(whole)
    assert len(await city.rebuilt()) == 1


async def test_a_file_says_what_the_row_said_and_its_digest_lies_beside_it(city: City) -> None:
    [event_id] = await city.record(JANUARY, 1)
    await city.apply([event_id])
    async with city.intake.read(SYSTEM) as connection:
        row = (await connection.execute(text("SELECT * FROM outbox"))).one()
    await city.archive()
    file = path_of(city.folder, "intake", JANUARY)
    [line] = gzip.decompress(file.read_bytes()).splitlines()
    assert json.loads(line) == {
        "seq": row.seq, "event_id": str(event_id), "complaint_id": str(a_complaint_id(1)),
        "type": row.type, "at": row.at.isoformat(), "causation_id": None,
        "traceparent": row.traceparent, "body": row.body.decode(),
    }  # fmt: skip
    [back] = archive.read(file)
    assert (back.at, back.body, back.complaint_id) == (row.at, row.body, row.complaint_id)
    digest = (file.parent / "2024-01.jsonl.gz.sha256").read_text()
    assert digest == f"{sha256(file.read_bytes()).hexdigest()}  2024-01.jsonl.gz\n"


def test_months_follow_one_another_and_ids_belong_to_the_month_of_their_time() -> None:
    assert next_month(date(2024, 12, 1)) == date(2025, 1, 1)
    assert month_of(an_id(FEBRUARY, 5)) == FEBRUARY
    assert an_id(JANUARY, 1) < first_id(FEBRUARY) < an_id(FEBRUARY, 1)


# --- what the migrations leave -------------------------------------------------------------------


@pytest.fixture(scope="module")
async def migrated(postgres: Databases) -> Works:
    return await postgres.service("sla")


@pytest.mark.parametrize(("table", "dead_rows"), [("outbox", 10_000), ("cases", 5000)])
async def test_vacuum_comes_by_the_count_of_dead_rows_and_does_not_leave_the_indexes_out(
    migrated: Works, table: str, dead_rows: int
) -> None:
    told = await run(
        migrated, f"SELECT reloptions FROM pg_class WHERE oid = CAST('{table}' AS regclass)"
    )
    assert set(told) == {
        "autovacuum_vacuum_scale_factor=0",
        f"autovacuum_vacuum_threshold={dead_rows}",
        "vacuum_index_cleanup=on",
    }


async def test_where_a_month_is_archived_no_release_comes_back_that_knows_no_floor(
    migrated: Works,
) -> None:
    config = Config()
    config.set_main_option("script_location", str(files("services.sla") / "migrations"))
    config.attributes["url"] = _url(migrated)
    await run(migrated, "INSERT INTO archived (below, month, events) VALUES"
                        " ('018cc251-f400-0000-0000-000000000000', '2023-12-01', 0)")  # fmt: skip
    with pytest.raises(DBAPIError, match="months of this schema are archived"):
        await asyncio.to_thread(command.downgrade, config, "0008")
    await run(migrated, "DELETE FROM archived")
    await asyncio.to_thread(command.downgrade, config, "0008")
    assert await run(migrated, "SELECT to_regclass('archived') IS NULL")

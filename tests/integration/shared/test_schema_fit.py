"""A process and its schema need not be of one release, and a process says when it cannot go on."""

import asyncio
from dataclasses import dataclass
from importlib.resources import files
from math import inf

import asyncpg
import pytest
from alembic import command
from alembic.config import Config

from shared.database import create_engine
from shared.errors import StopTheLine
from shared.fences import fenced, policies
from shared.health import Health, Heart
from shared.runtime import Running
from shared.schema_fit import SchemaFit, newest_revision
from tests.databases import Databases
from tests.integration.shared.growing.tables import metadata
from tests.integration.shared.test_runtime import House, house

__all__ = ["house"]

PACKAGE = "tests.integration.shared.growing"
ONE = "00000000-0000-7000-8000-000000000001"


@dataclass
class Grown:
    """The schema, and what a process of some release says of it."""

    url: str

    async def to(self, revision: str) -> None:
        """Up or down to it."""
        config = Config()
        config.set_main_option("script_location", str(files(PACKAGE) / "migrations"))
        config.attributes["url"] = self.url
        now = await self.value("SELECT version_num FROM sla.alembic_version")
        way = command.downgrade if now and now > revision else command.upgrade
        await asyncio.to_thread(way, config, revision)

    async def value(self, statement: str) -> str | None:
        connection = await asyncpg.connect(self.url)
        try:
            found = await connection.fetchval(statement)
        except asyncpg.UndefinedTableError:
            return None
        finally:
            await connection.close()
        return None if found is None else str(found)

    async def do(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def fits(self, release: str, own: str) -> str:
        """``ok``, or what it waits for. Raises StopTheLine."""
        heart, stop = Health().heart("schema", inf, needed=True), asyncio.Event()
        waiting = asyncio.create_task(self._wait(release, own, heart, stop))
        async with asyncio.timeout(10):
            while heart.status == "starting" and not waiting.done():
                await asyncio.sleep(0.01)
        stop.set()
        await waiting
        return heart.status

    async def _wait(self, release: str, own: str, heart: Heart, stop: asyncio.Event) -> None:
        engine = create_engine(self.url, "sla")
        try:
            await SchemaFit(engine, "sla", own, release, heart).wait(stop)
        finally:
            await engine.dispose()


@pytest.fixture
async def schema(postgres: Databases) -> Grown:
    return Grown(await postgres.bare("sla"))


def test_the_code_tells_its_newest_revision_by_the_names_of_files() -> None:
    assert newest_revision(PACKAGE) == "0003"
    assert newest_revision("tests.integration.shared") is None


async def test_a_process_waits_for_a_schema_that_is_older_and_works_on_a_newer_one(
    schema: Grown,
) -> None:
    run = "and this release needs 0002: run the migrations"
    assert await schema.fits("0.2.0", "0002") == f"the schema sla is not there {run}"
    await schema.to("0001")
    assert await schema.fits("0.2.0", "0002") == f"the schema sla is at 0001 {run}"
    await schema.to("0002")
    assert await schema.fits("0.2.0", "0002") == "ok"
    assert await schema.fits("0.1.0", "0001") == "ok"


async def test_a_process_refuses_a_schema_that_has_lost_what_it_needs(schema: Grown) -> None:
    await schema.to("0003")
    with pytest.raises(StopTheLine, match=r"needs release 0\.2\.0 or a newer one, and this is 0"):
        await schema.fits("0.1.9", "0001")
    assert await schema.fits("0.2.0", "0002") == "ok"
    assert await schema.fits("0.10.0", "0003") == "ok"
    await schema.to("0002")
    assert await schema.fits("0.1.9", "0001") == "ok"


async def test_what_only_adds_waits_for_no_reader_and_sees_all_rows_behind_the_fences(
    schema: Grown,
) -> None:
    await schema.to("0001")
    await schema.do(f"INSERT INTO sla.cases VALUES ('{ONE}', '31.74')")
    await _fence(schema)
    reader = await asyncpg.connect(schema.url)
    try:
        reading = reader.transaction()
        await reading.start()
        await reader.execute("SELECT count(*) FROM sla.cases")
        connection = await asyncpg.connect(schema.url)
        migrating = asyncio.create_task(schema.to("0002"))
        async with asyncio.timeout(20):
            while await connection.fetchval("SELECT to_regclass('sla.counted')") is None:
                await asyncio.sleep(0.02)
        # The reader's transaction is open still: only the index, made beside the work, waits.
        await reading.rollback()
        await migrating
        await connection.close()
    finally:
        await reader.close()
    assert await schema.value("SELECT cases FROM sla.counted") == "1"
    assert await schema.value("SELECT count(*) FROM pg_policy WHERE polname = 'sight'") == "1"
    assert await schema.value(VALID) == "True"


async def _fence(schema: Grown) -> None:
    for statement in fenced("sla.cases", policies(metadata)["cases"]):
        await schema.do(statement)


VALID = (
    "SELECT indisvalid AND NOT indisunique FROM pg_index"
    " WHERE indexrelid = to_regclass('sla.ix_cases_unit_id')"
)


async def test_an_index_that_an_earlier_try_has_left_unfinished_is_made_anew(
    schema: Grown,
) -> None:
    await schema.to("0001")
    for number in (1, 2):
        await schema.do(f"INSERT INTO sla.cases VALUES ('{ONE[:-1]}{number}', '31.74')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await schema.do("CREATE UNIQUE INDEX CONCURRENTLY ix_cases_unit_id ON sla.cases (unit_id)")
    assert await schema.value(VALID) == "False"
    await schema.to("0002")
    assert await schema.value(VALID) == "True"


async def test_side_tasks_begin_and_callers_are_let_in_when_the_schema_has_come(
    house: House, schema: Grown
) -> None:
    steps: list[str] = []

    async def step() -> int:
        steps.append(await schema.value("SELECT version_num FROM sla.alembic_version") or "none")
        return 0

    await schema.to("0001")
    service, health = house.service(step=step), house.foundation.health
    engine = create_engine(schema.url, "sla")
    heart = health.heart("schema", inf, needed=True)
    service.schema = SchemaFit(engine, "sla", "0002", "0.2.0", heart)
    async with house.running(service):
        await house.until_it_says("schema", "run the migrations")
        assert not steps
        assert not health.ready
        await schema.to("0002")
        await house.until_it_says("schema", "ok")
        await house.until_it_says("sweep", "ok")
    assert set(steps) == {"0002"}
    await engine.dispose()


async def test_a_process_that_the_schema_has_left_behind_ends_with_a_sentence(
    house: House, schema: Grown
) -> None:
    await schema.to("0003")
    engine = create_engine(schema.url, "sla")
    service = house.service()
    heart = house.foundation.health.heart("schema", inf, needed=True)
    service.schema = SchemaFit(engine, "sla", "0001", "0.1.0", heart)
    with pytest.raises(StopTheLine, match="start the newer release"):
        await Running(service).until(asyncio.Event())
    await engine.dispose()

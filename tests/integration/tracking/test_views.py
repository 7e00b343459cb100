"""Views on a real database: once each, rebuilt equal, nothing personal kept."""

import asyncio
import random
from importlib.resources import files
from uuid import UUID

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from services.tracking.domain import CaseRecord, evolve
from services.tracking.store import CaseRecords
from services.tracking.tables import METADATA
from shared.events.event import Envelope
from shared.unit_table import load_units
from shared.visibility import SYSTEM
from shared.work import Works
from tests.builders import a_complaint_id, a_routing
from tests.databases import Databases
from tests.integration.tracking.conftest import (
    Tracking,
    code_of,
    digest_of,
    on_a_fresh_database,
)
from tests.integration.tracking.test_track import hear, received
from tests.unit.tracking.events import (
    COMPLETED,
    DUE,
    EXTENDED,
    EXTENSION_APPROVED,
    EXTENSION_REQUESTED,
    ONE_OF_EACH,
    PAUSED,
    RECEIVED,
)


def the_stream(complaints: int = 5) -> list[Envelope]:
    """One event of each kind for each complaint, the complaints mixed, each in order."""
    queues = []
    for number in range(1, complaints + 1):
        key = a_complaint_id(number)
        fields = {"complaint_id": key, "tracking_digest": digest_of(number)}
        queues.append([event.model_copy(update=fields) for event in ONE_OF_EACH])
    mixed, dice = [], random.Random(7)
    while queues := [queue for queue in queues if queue]:
        mixed.append(dice.choice(queues).pop(0))
    return [
        Envelope(UUID(int=(5 << 100) + place), event.emitter, event)
        for place, event in enumerate(mixed)
    ]


async def test_every_event_twice_gives_the_same_view(tracking: Tracking) -> None:
    stream = the_stream(complaints=2)
    for envelope in stream:
        assert await tracking.hear(envelope, envelope) == 1
        assert await tracking.hear(envelope) == 0
    once = await tracking.rows()
    assert await tracking.hear(*stream) == 0
    assert await tracking.rows() == once
    assert len(once) == 2


async def test_a_rebuild_from_the_start_in_other_batches_is_equal(postgres: Databases) -> None:
    stream = the_stream()
    async with on_a_fresh_database(postgres) as one, on_a_fresh_database(postgres) as other:
        await one.hear(*stream)
        for start in range(0, len(stream), 7):
            await other.hear(*stream[start : start + 7])
        assert await one.rows() == await other.rows()


async def test_what_is_loaded_is_what_was_saved(tracking: Tracking) -> None:
    expected: dict[UUID, CaseRecord] = {}
    stream = the_stream(complaints=3)
    for envelope in stream:
        expected[envelope.complaint_id] = evolve(expected.get(envelope.complaint_id), envelope)
    await tracking.hear(*stream)
    async with tracking.works.open(SYSTEM) as work:
        records = CaseRecords(load_units())
        assert await records.load_many(work.connection, list(expected)) == expected


async def test_of_references_only_those_of_words_to_and_from_the_reporter_are_stored(
    tracking: Tracking,
) -> None:
    await tracking.hear(*the_stream())
    stored = repr(await tracking.rows())
    assert str(RECEIVED.reporter_ref) not in stored
    assert str(RECEIVED.content_ref) in stored


async def test_rows_of_the_release_before_are_read_with_what_can_be_told_from_them(
    tracking: Tracking,
) -> None:
    asked = (EXTENSION_REQUESTED, EXTENSION_APPROVED)
    tracking.intake.contents[RECEIVED.content_ref] = {"text": "Ada sampah."}
    await hear(tracking, received(), a_routing(), DUE, *asked, EXTENDED, COMPLETED)
    await hear(tracking, received(2), a_routing(), DUE, PAUSED, number=2)
    before = (await tracking.track(code_of())).json()
    config = Config()
    config.set_main_option("script_location", str(files("services.tracking") / "migrations"))
    url = tracking.works.engine.url.set(drivername="postgresql")
    config.attributes["url"] = url.render_as_string(hide_password=False)
    await asyncio.to_thread(command.downgrade, config, "0002")
    await asyncio.to_thread(command.upgrade, config, "head")
    # A connection keeps plans for the columns that it has seen.
    await tracking.works.engine.dispose()
    after = (await tracking.track(code_of())).json()
    lost = {"own_words", "extensions", "outcomes"}
    assert {n: v for n, v in after.items() if n not in lost} == {
        n: v for n, v in before.items() if n not in lost
    }
    assert [(each["kind"], each["status"]) for each in after["own_words"]] == [
        ("complaint", "unavailable"),
    ]
    assert before["original_due_at"] is not None
    assert (await tracking.track(code_of(2))).json()["original_due_at"] is None


async def shape_of(works: Works) -> list[tuple[object, ...]]:
    """Columns and indexes of tracking's schema, as PostgreSQL knows them."""
    async with works.read(SYSTEM) as connection:
        columns = await connection.execute(
            text(
                "SELECT table_name, column_name, data_type, is_nullable, generation_expression"
                " FROM information_schema.columns WHERE table_schema = 'tracking'"
                " AND table_name <> 'alembic_version' ORDER BY table_name, ordinal_position"
            )
        )
        indexes = await connection.execute(
            text(
                "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'tracking'"
                " AND tablename <> 'alembic_version' ORDER BY indexname"
            )
        )
        return [tuple(row) for row in (*columns, *indexes)]


async def test_the_tables_are_what_the_migrations_make(
    tracking: Tracking, postgres: Databases
) -> None:
    drawn = await postgres.service("tracking", url=await postgres.bare("tracking"))
    async with drawn.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    assert await shape_of(drawn) == await shape_of(tracking.works)

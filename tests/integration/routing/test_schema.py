"""The migrations make what the tables say, forth and back, and lose nothing that is read."""

import asyncio
from importlib.resources import files
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from services.routing.case.commands import AskCitizen, CoordinateCase, RejectCase
from services.routing.tables import metadata
from shared.database import create_engine
from shared.events.vocabulary import RejectionReason
from shared.migrations import run_migrations
from shared.visibility import SYSTEM
from tests.builders import T0, a_complaint, a_complaint_id, in_envelope
from tests.integration.routing.world import World
from tests.unit.routing.cases import BINA_MARGA, INSPECTOR, MANGGARAI, an_officer

ONE = a_complaint_id(1)


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection,
        opts={"include_schemas": True, "compare_type": True,
              "include_name": lambda name, kind, _: kind != "schema" or name == "routing",
              "include_object": lambda _o, name, *_: name != "alembic_version"},
    )  # fmt: skip
    return list(compare_metadata(context, metadata))


def url_of(world: World) -> str:
    url = world.works.engine.url.set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


async def forget_the_chain(world: World) -> None:
    """It is made anew after an upgrade, with other salts."""
    async with world.works.open(SYSTEM) as work:
        for statement in (
            "UPDATE history SET salt = NULL, actor_ref = NULL, words_digest = NULL, hash = NULL",
            "UPDATE notes SET salt = NULL, digest = NULL",
        ):
            await work.connection.execute(text(statement))


async def go_back(world: World, revision: str) -> None:
    """To how an earlier release left the database."""
    config = Config()
    config.set_main_option("script_location", str(files("services.routing") / "migrations"))
    config.attributes["url"] = url_of(world)
    await asyncio.to_thread(command.downgrade, config, revision)
    # A connection keeps plans for the columns that it has seen.
    await world.works.engine.dispose()


async def go_on(world: World) -> None:
    """To this release."""
    await asyncio.to_thread(run_migrations, "services.routing", url_of(world))
    await world.works.engine.dispose()


async def test_migrations_and_tables_agree(world: World) -> None:
    # Seen from another schema, so that names are compared with their schema.
    engine = create_engine(url_of(world), "public")
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_a_database_goes_back_to_the_first_release_with_all_that_it_needs(
    world: World,
) -> None:
    complaint = a_complaint(kelurahan_code=MANGGARAI)
    about = world.letters.facts.silent(number=2, about_unit=MANGGARAI, restricted=True)
    await world.hear([in_envelope(complaint), in_envelope(about, 2)])
    await world.act(ONE, AskCitizen(question="Di sisi mana?"), an_officer(MANGGARAI))
    await world.act(ONE, CoordinateCase(to_unit=BINA_MARGA), an_officer(MANGGARAI))
    await world.act(a_complaint_id(2), RejectCase(reason=RejectionReason.OFF_TOPIC), INSPECTOR)
    await forget_the_chain(world)
    before = await world.everything()
    await go_back(world, "0001")
    case, _ = await world.rows("SELECT version FROM cases ORDER BY complaint_id")
    [note] = await world.rows("SELECT author, author_unit, written_at FROM notes")
    assert (case.version, *note) == (3, "p1", MANGGARAI, T0)
    await go_on(world)
    # What was withheld from the stream is not told to it again, so that it is known no more what
    # it was: two columns of the history, and the bodies of such events, differ.
    after = await world.everything()
    assert _told(after) == _told(before)
    assert _facts_of(ONE, after) == _facts_of(ONE, before)


WRITTEN = "Saya Wulandari, hp 081234567890. Lampu depan no 12 mati"
KEPT_BEFORE_MASKING = (
    f"UPDATE texts SET words = '{WRITTEN}'",
    "UPDATE cards SET sought = to_tsvector('simple', t.words) FROM texts t"
    " WHERE t.card_id = cards.card_id",
    "INSERT INTO vocabulary (word) VALUES ('wulandari') ON CONFLICT DO NOTHING",
)


@pytest.mark.parametrize("confidential", [True, False])
async def test_what_an_earlier_release_kept_of_a_confidential_report_is_masked(
    world: World, *, confidential: bool
) -> None:
    complaint = a_complaint(kelurahan_code=MANGGARAI, confidential=confidential)
    world.letters.written[complaint.content_ref] = {"text": WRITTEN}
    await world.hear([in_envelope(complaint)])
    await go_back(world, "0027")
    async with world.works.open(SYSTEM) as work:
        for statement in KEPT_BEFORE_MASKING:
            await work.connection.execute(text(statement))
    await go_on(world)
    [kept] = await world.rows("SELECT words, sought::text FROM texts JOIN cards USING (card_id)")
    known = [row.word for row in await world.rows("SELECT word FROM vocabulary")]
    told = [word for word in ("wulandari", "081234567890") if word in f"{kept} {known}".lower()]
    assert told == ([] if confidential else ["wulandari", "081234567890"])
    assert "mati" in kept.sought
    assert "mati" in known


def _told(tables: dict[str, Any]) -> dict[str, Any]:
    """All rows, without the history's facts and what it withholds, and without bodies of events."""
    history = [
        {name: row._mapping[name] for name in row._fields if name not in ("withheld", "facts")}
        for row in tables["history"]
    ]
    return {**tables, "history": history, "outbox": [row[:-2] for row in tables["outbox"]]}


def _facts_of(complaint_id: UUID, tables: dict[str, Any]) -> list[Any]:
    return [row.facts for row in tables["history"] if row.complaint_id == complaint_id]

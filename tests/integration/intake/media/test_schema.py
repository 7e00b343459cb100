"""The schema of media: what the migrations make is what the code believes."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from services.intake.media.tables import metadata
from shared.database import create_engine
from tests.integration.intake.media.conftest import Room


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(
        connection,
        opts={"include_schemas": True, "compare_type": True,
              "include_name": lambda name, kind, _: kind != "schema" or name == "media",
              "include_object": lambda _o, name, *_: name != "alembic_version"},
    )  # fmt: skip
    return list(compare_metadata(context, metadata))


async def test_migrations_and_tables_agree(room: Room) -> None:
    # Seen from another schema, so that names are compared with their schema.
    engine = create_engine(room.url, "public")
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


def test_the_settings_show_no_secret(room: Room) -> None:
    shown = repr(room.settings)
    for secret in (room.credentials.media.private, room.credentials.media_link_key):
        assert secret not in shown

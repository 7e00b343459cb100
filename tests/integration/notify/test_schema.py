"""The migrations make what the tables say, and building the service opens nothing."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.notify.app import build
from services.notify.tables import metadata
from shared.database import create_engine
from tests.integration.notify.bench import Bench


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection,
        opts={"include_schemas": True, "compare_type": True,
              "include_name": lambda name, kind, _: kind != "schema" or name == "notify",
              "include_object": lambda _o, name, *_: name != "alembic_version"},
    )  # fmt: skip
    return list(compare_metadata(context, metadata))


async def test_migrations_and_tables_agree(bench: Bench) -> None:
    url = bench.works.engine.url.set(drivername="postgresql")
    # Seen from another schema, so that names are compared with their schema.
    engine = create_engine(url.render_as_string(hide_password=False), "public")
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_the_service_is_built_with_its_door_and_its_sender(bench: Bench) -> None:
    service = build(bench.settings())
    assert "sender" in [periodic.name for periodic in service.periodics]
    assert {"/v1/deliveries", "/v1/complaints/{complaint_id}/mute"} <= set(
        service.app.openapi()["paths"]
    )
    for closer in reversed(service.closers):
        await closer()


def test_the_settings_show_no_secret(bench: Bench) -> None:
    settings = bench.settings()
    for secret in (settings.gateways.sms.api_key, settings.gateways.jaki.secret):
        assert secret.get_secret_value() not in repr(settings)

"""Rows that an earlier release has written say what today's code asks of them."""

import asyncio
from importlib.resources import files

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from shared.migrations import run_migrations
from shared.visibility import SYSTEM
from tests.databases import Databases

HELD_BY_TWO = """
    '[{"unit_id": "31.74.01.1001"}, {"unit_id": "dinas-bina-marga"}]'
"""
OLD_CASES = {
    "sla": f"""
        INSERT INTO cases (complaint_id, body) VALUES (gen_random_uuid(), jsonb_build_object(
            'holdings', CAST({HELD_BY_TWO} AS jsonb), 'about_unit', 'satpol-pp', 'clocks',
            CAST('{{"validation": {{"unit_id": "inspektorat", "stopped_at": null}}}}' AS jsonb)))
    """,
    "tracking": """
        INSERT INTO cases (complaint_id, confidential, restricted, erased, state, unit_id, accepted,
                           question_open, evidence_count, reopened, warned_step, missed, notices,
                           stages, about_unit)
        VALUES (gen_random_uuid(), false, true, false, 'completed', 'dinas-bina-marga', true,
                false, 0, 0, 0, '[]', '[]',
                '[{"event": "ComplaintReceived", "unit_id": null},
                  {"event": "CaseRouted", "unit_id": "31.74.01.1001"},
                  {"event": "CaseCoordinated", "unit_id": "dinas-bina-marga"}]',
                'biro-pemerintahan')
    """,
}
BEFORE = {"sla": "0001", "tracking": "0002"}
GUESSED = """
    INSERT INTO cases (complaint_id, confidential, restricted, erased, state, unit_id, accepted,
                       question_open, question_ref, extension, merged_into,
                       evidence_count, reopened, warned_step, missed, notices, stages)
    SELECT gen_random_uuid(), false, false, false, state, 'dinas-bina-marga', true, true,
           gen_random_uuid(), 'requested', gen_random_uuid(), 0, 0, 0, '[]', '[]', '[]'
    FROM unnest(ARRAY['in_progress', 'verifying', 'withdrawn']) AS state
"""
"""Open questions, requests and mergers in every row, as tracking took them to be."""


async def back_to(url: str, service: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(files(f"services.{service}") / "migrations"))
    config.attributes["url"] = url
    await asyncio.to_thread(command.downgrade, config, revision)


@pytest.mark.parametrize("service", OLD_CASES)
async def test_a_row_of_an_earlier_release_says_who_sees_its_case(
    postgres: Databases, service: str
) -> None:
    url = (await postgres.urls(service))[service]
    await back_to(url, service, BEFORE[service])
    works = await postgres.service(service, url=url)
    async with works.open(SYSTEM) as work:
        await work.connection.execute(text(OLD_CASES[service]))
    await works.engine.dispose()
    await asyncio.to_thread(run_migrations, f"services.{service}", url)
    async with works.read(SYSTEM) as connection:
        [row] = await connection.execute(
            text("SELECT unit_id, reviewer, watchers, restricted FROM cases")
        )
    assert tuple(row) == ("dinas-bina-marga", "inspektorat", ["31.74.01.1001"], True)


async def test_what_tracking_had_guessed_to_be_open_is_put_right(postgres: Databases) -> None:
    url = (await postgres.urls("tracking"))["tracking"]
    await back_to(url, "tracking", "0004")
    works = await postgres.service("tracking", url=url)
    async with works.open(SYSTEM) as work:
        await work.connection.execute(text(GUESSED))
    await works.engine.dispose()
    await asyncio.to_thread(run_migrations, "services.tracking", url)
    async with works.read(SYSTEM) as connection:
        rows = await connection.execute(
            text(
                "SELECT state, question_open, question_ref IS NOT NULL, extension,"
                " merged_into IS NOT NULL, question_pauses FROM cases ORDER BY state"
            )
        )
        found = [tuple(row) for row in rows]
    assert found == [
        ("in_progress", True, True, "requested", True, True),
        ("verifying", False, False, None, True, True),
        ("withdrawn", True, True, None, False, True),
    ]

"""The rule as a predicate, in a query and as a policy of the database are one: all against all."""

import json
from itertools import cycle, product
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.auth import SEATS, Operator, Role
from shared.fences import fenced
from shared.unit_table import load_units
from shared.visibility import (
    SYSTEM,
    CaseFacts,
    Sight,
    care_of,
    condition,
    policy,
    policy_of,
    sees,
    sight_of,
)
from shared.work import Works
from tests.databases import Databases

UNITS = load_units()
PLACES = (
    "31.74.01.1001", "31.74.01", "dinas-bina-marga", "sudin-bina-marga-31.74",
    "biro-pemerintahan", "inspektorat", "triage",
)  # fmt: skip
WATCHERS = ((), ("31.74.01.1001",), ("dinas-bina-marga", "31.74.01"), ("inspektorat", "triage"))
REVIEWERS = (None, "biro-pemerintahan", "inspektorat")
FACTS = product((None, *PLACES), REVIEWERS, WATCHERS, (None, *PLACES), (False, True))
CASES = [
    CaseFacts(*facts, entered_by_unit=desk)
    for facts, desk in zip(FACTS, cycle((None, *PLACES[:-1])), strict=False)
]
OFFICERS = [
    Operator("o-1", role, unit)
    for role, unit in product(Role, PLACES)
    if role not in SEATS or UNITS.of_duty(SEATS[role]).id == unit
]
CASES_TABLE, HANGING_TABLE = TABLES = (
    """CREATE TABLE facts (complaint_id uuid PRIMARY KEY, unit_id text, reviewer text,
                           watchers jsonb NOT NULL, about_unit text, restricted boolean NOT NULL,
                           entered_by_unit text)""",
    "CREATE TABLE words (complaint_id uuid PRIMARY KEY)",
)
COLUMNS = {"unit_id", "reviewer", "watchers", "about_unit", "restricted", "entered_by_unit"}
FENCES = {"facts": policy(COLUMNS), "words": policy_of("words", "facts")}
ROW = """
    INSERT INTO facts VALUES (:id, :unit, :judge, CAST(:watch AS jsonb), :about, :restricted,
                              :desk)
"""


def wanted(sight: Sight) -> set[UUID]:
    return {UUID(int=n) for n, case in enumerate(CASES) if sees(sight, case)}


@pytest.fixture(scope="module")
async def works(postgres: Databases) -> Works:
    """On a database with the cases, and a word on each; no fences yet."""
    works = await postgres.service("routing")
    async with works.open(SYSTEM) as work:
        for table in TABLES:
            await work.connection.execute(text(table))
        await work.connection.execute(
            text(ROW),
            [
                {
                    "id": UUID(int=number), "unit": case.holder, "judge": case.reviewer,
                    "watch": json.dumps(case.watchers), "about": case.about_unit,
                    "restricted": case.restricted, "desk": case.entered_by_unit,
                }
                for number, case in enumerate(CASES)
            ],
        )  # fmt: skip
        await work.connection.execute(text("INSERT INTO words SELECT complaint_id FROM facts"))
    return works


SIGHTS = {of(officer, UNITS) for of, officer in product((sight_of, care_of), OFFICERS)} | {SYSTEM}


async def test_a_query_finds_the_cases_that_the_predicate_says_yes_to(works: Works) -> None:
    assert len(CASES) * len(SIGHTS) > 30_000
    async with works.read(SYSTEM) as connection:
        for sight, alias in product(SIGHTS, ("", "c")):
            seen = condition(sight, alias)
            statement = text(f"SELECT complaint_id FROM facts c WHERE {seen.sql}")
            found = await connection.execute(statement, seen.parameters)
            assert set(found.scalars()) == wanted(sight), sight


async def test_the_database_shows_the_same_without_any_condition(works: Works) -> None:
    async with works.open(SYSTEM) as work:
        for table, rule in FENCES.items():
            for statement in fenced(table, rule):
                await work.connection.execute(text(statement))
    for sight in SIGHTS:
        async with works.read(sight) as connection:
            for table in FENCES:
                assert await shown(connection, table) == wanted(sight), (table, sight)
    # The pool's connections carry no sight over, and without one nothing is to be seen.
    async with works.engine.connect() as connection:
        assert [await shown(connection, table) for table in FENCES] == [set(), set()]


async def test_a_connection_that_a_relay_has_used_says_for_whom_it_is_like_any_other(
    works: Works,
) -> None:
    """A relay works without transactions. Its connection goes back to the pool with an isolation
    level, and the driver begins the next transaction by other words."""
    async with works.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("SELECT 1"))
    async with works.read(SYSTEM) as connection:
        assert await shown(connection, "facts") == wanted(SYSTEM)


async def shown(connection: AsyncConnection, table: str) -> set[UUID]:
    found = await connection.execute(text(f"SELECT complaint_id FROM {table}"))
    return set(found.scalars())

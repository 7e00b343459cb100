"""The rule as a predicate and the rule in a query are one: on a real database, all against all."""

import json
from itertools import cycle, product
from uuid import UUID

from sqlalchemy import text

from shared.auth import SEATS, Operator, Role
from shared.unit_table import load_units
from shared.visibility import CaseFacts, care_of, condition, sees, sight_of
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
TABLE = """
    CREATE TABLE facts (id uuid PRIMARY KEY, unit_id text, reviewer text, watchers jsonb NOT NULL,
                        about_unit text, restricted boolean NOT NULL, entered_by_unit text)
"""
ROW = """
    INSERT INTO facts VALUES (:id, :unit, :judge, CAST(:watch AS jsonb), :about, :restricted,
                              :desk)
"""


async def test_a_query_finds_the_cases_that_the_predicate_says_yes_to(postgres: Databases) -> None:
    works = await postgres.service("routing")
    async with works.open() as work:
        await work.connection.execute(text(TABLE))
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
    sights = {of(officer, UNITS) for of, officer in product((sight_of, care_of), OFFICERS)}
    assert len(CASES) * len(sights) > 30_000
    async with works.read() as connection:
        for sight in sights:
            for alias in ("", "c"):
                seen = condition(sight, alias)
                statement = text(f"SELECT id FROM facts c WHERE {seen.sql}")
                found = set((await connection.execute(statement, seen.parameters)).scalars())
                wanted = {UUID(int=n) for n, case in enumerate(CASES) if sees(sight, case)}
                assert found == wanted, sight

"""One bad row among a thousand: sla's ticker, stream and lists go on without it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared import set_aside
from shared.events.routing import CaseRouted
from shared.visibility import SYSTEM, Clearance, Sight
from tests.builders import a_complaint, a_complaint_id, at, in_envelope
from tests.integration.sla.conftest import Sla
from tests.unit.sla.story import case_event

EVERYTHING = Sight(lineage=(), clearance=Clearance.ALL)
MULTIPLY = """
    INSERT INTO cases (complaint_id, next_fire_at, body, about_unit, restricted, watchers)
    SELECT made, next_fire_at, body || jsonb_build_object('complaint_id', made), about_unit,
           restricted, watchers
    FROM cases, generate_series(2, 1000) n,
         CAST(lpad(to_hex(n), 32, '0') AS uuid) AS made
    WHERE complaint_id = :first
"""
REFUSED = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no such day'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON cases FOR EACH ROW
    WHEN (NEW.complaint_id = '{id}') EXECUTE FUNCTION refuse();
"""
OF_ANOTHER = f'{{"complaint_id": "{UUID(int=500)}"}}'
NOT_READ = ("{}", "null", "[]", '"lost"', '{"complaint_id": "1"}', OF_ANOTHER)


def made(number: int) -> UUID:
    return UUID(int=number)


async def change(sla: Sla, statement: str, **values: Any) -> None:
    async with sla.works.open(SYSTEM) as work:
        await work.connection.execute(text(statement), values)


async def a_thousand_that_are_due(sla: Sla) -> None:
    """1,000 cases whose unit has done nothing within its day."""
    await sla.hear([in_envelope(a_complaint(number=1), 1)])
    routed = case_event(CaseRouted, 1, at=at(hours=1), case_version=1)
    await sla.hear([in_envelope(routed, 2)])
    await change(sla, MULTIPLY, first=a_complaint_id(1))
    sla.clock.advance(timedelta(hours=26))


async def stored(sla: Sla, complaint_id: UUID) -> str:
    [(body,)] = await sla.rows(
        f"SELECT CAST(body AS text) FROM cases WHERE complaint_id = '{complaint_id}'"
    )
    return str(body)


async def run(sla: Sla) -> int:
    """Steps until nothing is due."""
    steps = 0
    while await sla.ticker().step():
        steps += 1
        assert steps < 10
    return steps


async def aside(sla: Sla) -> list[set_aside.RowAside]:
    async with sla.works.read(SYSTEM) as connection:
        return await set_aside.waiting(connection)


async def test_a_thousand_clocks_do_not_stand_for_the_few_that_cannot_be_read(sla: Sla) -> None:
    await a_thousand_that_are_due(sla)
    whole = await stored(sla, made(2))
    for number, body in enumerate(NOT_READ, start=2):
        await change(
            sla,
            "UPDATE cases SET body = CAST(:body AS jsonb), next_fire_at = '2020-01-01'"
            " WHERE complaint_id = :id",
            body=body,
            id=made(number),
        )
    # Its citizen is asked, and nobody has noted what: the end of the time cannot be stated.
    await change(
        sla,
        "UPDATE cases SET body = jsonb_set(body, '{clocks,answer}',"
        " jsonb_set(body #> '{clocks,first_action}', '{clock}', '\"answer\"'))"
        " WHERE complaint_id = :id",
        id=made(8),
    )
    # Its warnings stand in no order: after the last one an earlier one is due, for ever.
    await change(
        sla,
        "UPDATE cases SET body = jsonb_set(body, '{clocks,first_action}',"
        ' (body #> \'{clocks,first_action}\') || \'{"due_at": "2099-01-01T00:00:00Z",'
        ' "warn_at": ["2098-01-01T00:00:00Z", "2020-01-01T00:00:00Z"], "warned": 1}\')'
        " WHERE complaint_id = :id",
        id=made(10),
    )
    async with sla.works.open(SYSTEM) as work:
        raw = await work.connection.get_raw_connection()
        await raw.driver_connection.execute(REFUSED.format(id=made(9)))  # type: ignore[union-attr]

    await run(sla)
    assert (await sla.stated()).count("DeadlineMissed") == 1000 - len(NOT_READ) - 3
    found = await aside(sla)
    assert {row.row_id for row in found} == {made(number) for number in range(2, 11)}
    assert all(row.table == "cases" and row.times == 1 for row in found)
    causes = {row.row_id: row.cause.split(" at ")[0] for row in found}
    assert causes[made(2)] == "ValidationError"
    assert causes[made(7)].startswith("NotItsOwn")
    assert causes[made(8)] == "ValidationError"
    assert causes[made(9)] == "DBAPIError from RaiseError"
    assert causes[made(10)] == "StillDue"

    await change(
        sla,
        "UPDATE cases SET body = CAST(:body AS jsonb) WHERE complaint_id = :id",
        body=whole,
        id=made(2),
    )
    assert await run(sla) == 0, "repaired, and not yet released"
    async with sla.works.open(SYSTEM) as work:
        await set_aside.release(
            work.connection, next(r.id for r in found if r.row_id == made(2)), None, "admin-1"
        )
    assert await run(sla) == 1
    assert (await sla.stated()).count("DeadlineMissed") == 1000 - len(NOT_READ) - 2
    assert made(2) not in {row.row_id for row in await aside(sla)}

"""What a scrape tells of what stands, and what it costs beside a table that is full."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import text

from services.intake import gauges as of_intake
from services.notify import gauges as of_notify
from services.notify.store import NotifyStore
from services.sla import gauges as of_sla
from services.sla.store import ClockStore
from shared.clock import system_clock
from shared.faults import FaultPoints
from shared.gauges import MEASURES, Gauges, Measure
from shared.ids import new_id
from shared.loop_lag import LoopLag
from shared.telemetry import Metrics
from shared.unit_table import load_units
from shared.visibility import SYSTEM, Sight
from shared.work import Works
from tests.builders import a_complaint
from tests.databases import Databases

OWN: dict[str, Sequence[Measure]] = {
    "intake": of_intake.MEASURES,
    "sla": of_sla.measures(ClockStore(load_units())),
    "notify": of_notify.measures(NotifyStore()),
}
FULL = """
    INSERT INTO outbox (event_id, complaint_id, shard, type, at, body, published_at)
    SELECT gen_random_uuid(), gen_random_uuid(), n % 4, 't', now(), '', now()
    FROM generate_series(1, 20000) AS n
"""
FULL_OF: dict[str, str] = {
    "intake": """
        INSERT INTO complaints (complaint_id, report_number, channel, reporter_ref, state,
                                received_at)
        SELECT gen_random_uuid(), 'JK' || n, 'jaki', gen_random_uuid(), 'received',
               now() - n * interval '1 minute' - (CASE WHEN n > 400 THEN 50 ELSE 0 END)
                     * interval '1 minute'
        FROM generate_series(5, 20000) AS n
    """,
    "sla": """
        INSERT INTO cases (complaint_id, next_fire_at, body, watchers)
        SELECT gen_random_uuid(), now() + n * interval '1 hour', '{}', '[]'
        FROM generate_series(1, 20000) AS n
    """,
    "notify": """
        INSERT INTO deliveries (id, complaint_id, template, channel, status, attempt, created_at,
                                next_attempt_at, cause)
        SELECT gen_random_uuid(), gen_random_uuid(), 'received', 'sms', 'sent', 1, now(), now(),
               gen_random_uuid() FROM generate_series(1, 20000) AS n
    """,
}
STANDS: dict[str, str] = {
    "intake": "SELECT 1",
    "sla": """
        UPDATE cases SET next_fire_at = now() - interval '90 seconds'
        WHERE complaint_id IN (SELECT complaint_id FROM cases LIMIT 3)
    """,
    "notify": """
        UPDATE deliveries SET status = 'waiting', created_at = now() - interval '20 minutes'
        WHERE id IN (SELECT id FROM deliveries LIMIT 2)
    """,
}


def value_of(metrics: Metrics, name: str, **labels: str) -> float:
    value = metrics.registry.get_sample_value(name, labels)
    assert value is not None, name
    return value


async def do(works: Works, *statements: str) -> None:
    async with works.open(SYSTEM) as work:
        for statement in statements:
            await work.connection.execute(text(statement))


@pytest.fixture(scope="module", params=sorted(OWN))
async def full(request: pytest.FixtureRequest, postgres: Databases) -> tuple[str, Works]:
    """A service whose tables have 20,000 rows that are over, and a few that stand."""
    service: str = request.param
    works = await postgres.service(service)
    await do(works, FULL, FULL_OF[service], STANDS[service])
    async with works.open(SYSTEM) as work:
        work.record(a_complaint(at=work.now - timedelta(minutes=10)), cause=None)
    async with works.engine.connect() as connection:
        free = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await free.execute(text("ANALYZE"))
    return service, works


async def test_a_scrape_tells_what_stands(full: tuple[str, Works]) -> None:
    service, works = full
    metrics = Metrics()
    await Gauges(works, metrics, own=OWN[service]).refresh()
    for measure in (*MEASURES, *OWN[service]):
        assert value_of(metrics, "crm_measured", what=measure.name) == 1
    assert value_of(metrics, "crm_outbox_rows") == 1
    assert 600 <= value_of(metrics, "crm_outbox_oldest_seconds") < 660
    match service:
        case "sla":
            assert value_of(metrics, "crm_timers_overdue") == 3
            assert 90 <= value_of(metrics, "crm_timer_lateness_seconds") < 150
        case "notify":
            open_ = {"channel": "sms", "status": "waiting"}
            assert value_of(metrics, "crm_deliveries_now", **open_) == 2
            assert 1200 <= value_of(metrics, "crm_deliveries_oldest_seconds", **open_) < 1260
        case _:
            assert 300 <= value_of(metrics, "crm_channel_last_seconds", channel="jaki") < 360
            longest = value_of(metrics, "crm_channel_pause_seconds", channel="jaki")
            assert round(longest) == 51 * 60


async def test_no_question_of_a_scrape_reads_what_is_over(full: tuple[str, Works]) -> None:
    """Else each scrape of a city's tables would cost as much as all that ever happened."""
    service, works = full
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        asked.append((statement, values))

    sa.event.listen(works.engine.sync_engine, "before_cursor_execute", note)
    try:
        await Gauges(works, Metrics(), own=OWN[service]).refresh()
    finally:
        sa.event.remove(works.engine.sync_engine, "before_cursor_execute", note)
    questions = [each for each in asked if " FROM " in each[0] and "set_config" not in each[0]]
    assert len(questions) == len(MEASURES) + len(OWN[service])
    async with works.read(SYSTEM) as connection:
        for statement, values in questions:
            explained = await connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values
            )
            [plan] = json.loads(json.dumps(explained.scalar_one()))
            assert [each for each in scans(plan["Plan"]) if each[1] > 1100] == [], statement


def scans(node: dict[str, Any]) -> list[tuple[str, float]]:
    """The tables that a plan reads, with the rows that it looks at in each."""
    found = [each for child in node.get("Plans", ()) for each in scans(child)]
    if "Relation Name" in node:
        looked = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node[
            "Actual Loops"
        ]
        found.append((node["Relation Name"], looked))
    return found


class Strange(Exception):
    """What nobody has thought of."""


async def test_a_question_that_fails_is_not_shown_and_takes_no_other_with_it(
    full: tuple[str, Works],
) -> None:
    _, works = full
    metrics, broken = Metrics(), True

    async def ask(_: Any) -> float:
        if broken:
            raise Strange
        return 1.0

    gauges = Gauges(
        works,
        metrics,
        own=[Measure("odd", ask, lambda m, found: m.timer_lateness.tell_one(found), 0)],
    )
    await gauges.refresh()
    assert value_of(metrics, "crm_measured", what="odd") == 0
    assert metrics.registry.get_sample_value("crm_timer_lateness_seconds") is None
    assert value_of(metrics, "crm_measured", what="outbox") == 1
    broken = False
    await gauges.refresh()
    assert value_of(metrics, "crm_timer_lateness_seconds") == 1


async def test_a_database_that_does_not_answer_leaves_all_its_figures_out(
    full: tuple[str, Works],
) -> None:
    _, works = full
    metrics = Metrics()

    class Hangs(Works):
        @asynccontextmanager
        async def read(self, sight: Sight) -> AsyncIterator[Any]:
            await asyncio.Event().wait()
            yield

    hangs = Hangs(works.engine, "sla", system_clock, new_id, FaultPoints(), metrics)
    await Gauges(hangs, metrics).refresh()
    assert {value_of(metrics, "crm_measured", what=each.name) for each in MEASURES} == {0}


async def test_what_computes_for_long_shows_as_the_lag_of_the_loop() -> None:
    metrics, stop = Metrics(), asyncio.Event()
    looking = asyncio.create_task(LoopLag(metrics).run(stop))
    await asyncio.sleep(0.6)
    ends = asyncio.get_running_loop().time() + 0.8
    while asyncio.get_running_loop().time() < ends:
        pass
    await asyncio.sleep(0.1)
    stop.set()
    await looking
    assert value_of(metrics, "crm_event_loop_lag_seconds") > 0.2

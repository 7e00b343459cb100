"""The ticker on a real database: exactly once, alone or in company, in step with the stream."""

import asyncio
from datetime import timedelta

from sqlalchemy import text
from structlog.testing import capture_logs

from shared.events.routing import CaseAccepted, CaseRouted
from shared.trace_context import trace_id
from shared.visibility import SYSTEM
from tests.builders import a_complaint, at, in_envelope
from tests.integration.sla.conftest import Sla
from tests.unit.sla.story import case_event

_MISSED = text("SELECT event_id, traceparent FROM outbox WHERE type LIKE '%DeadlineMissed%'")


async def routed_cases(sla: Sla, count: int) -> None:
    """Received at the beginning and routed to a kelurahan an hour later."""
    received = [in_envelope(a_complaint(number=n), n) for n in range(1, count + 1)]
    routed = [
        in_envelope(case_event(CaseRouted, n, at=at(hours=1), case_version=1), 10_000 + n)
        for n in range(1, count + 1)
    ]
    await sla.hear([*received, *routed])


async def counted(sla: Sla) -> dict[str, int]:
    stated = await sla.stated()
    return {name: stated.count(name) for name in sorted(set(stated))}


async def test_before_its_time_nothing_fires(sla: Sla) -> None:
    await routed_cases(sla, 3)
    sla.clock.advance(timedelta(hours=18))
    assert await sla.ticker().step() == 0


async def test_each_warning_and_each_miss_is_stated_once(sla: Sla) -> None:
    await routed_cases(sla, 3)
    for hours in (19, 0, 6, 0):
        sla.clock.advance(timedelta(hours=hours))
        await sla.ticker().step()
    assert await counted(sla) == {"DeadlineMissed": 3, "DeadlineWarned": 3, "DeadlinesSet": 6}


async def test_a_limit_that_falls_due_begins_a_trace_that_the_log_names(sla: Sla) -> None:
    await routed_cases(sla, 1)
    sla.clock.advance(timedelta(hours=26))
    with capture_logs() as lines:
        await sla.ticker().step()
    [line] = [line for line in lines if line["event"] == "fell_due"]
    [(complaint, [event])] = line["recorded"].items()
    assert complaint == str(a_complaint(number=1).complaint_id)
    async with sla.works.read(SYSTEM) as connection:
        rows = await connection.execute(_MISSED)
    [(event_id, traceparent)] = rows.all()
    assert (event, trace_id(traceparent)) == (str(event_id)[-12:], event_id.hex)


async def test_a_whole_month_ends_in_an_evaluation_and_then_there_is_silence(sla: Sla) -> None:
    await routed_cases(sla, 1)
    for _ in range(80):
        sla.clock.advance(timedelta(hours=12))
        while await sla.ticker().step():
            pass
    assert await counted(sla) == {
        "DeadlineMissed": 2,
        "DeadlineWarned": 3,
        "DeadlinesSet": 2,
        "EvaluationOpened": 1,
    }


async def test_two_tickers_at_the_same_time_share_the_work(sla: Sla) -> None:
    await routed_cases(sla, 60)
    sla.clock.advance(timedelta(hours=26))

    async def drain() -> int:
        ticker, done = sla.ticker(batch=7), 0
        while found := await ticker.step():
            done += found
        return done

    assert sum(await asyncio.gather(*(drain() for _ in range(3)))) == 60
    assert (await counted(sla))["DeadlineMissed"] == 60


async def test_a_case_that_another_transaction_holds_is_left_to_it(sla: Sla) -> None:
    await routed_cases(sla, 2)
    sla.clock.advance(timedelta(hours=26))
    held = a_complaint(number=1).complaint_id
    async with sla.works.open(SYSTEM) as work:
        await sla.store.load_many(work.connection, [held])
        assert await sla.ticker().step() == 1
    assert await sla.ticker().step() == 1
    assert (await counted(sla))["DeadlineMissed"] == 2


async def test_ticker_and_stream_at_the_same_time_agree_on_each_case(sla: Sla) -> None:
    await routed_cases(sla, 100)
    sla.clock.advance(timedelta(hours=26))
    accepted = [
        in_envelope(case_event(CaseAccepted, n, at=at(hours=24), case_version=2), 20_000 + n)
        for n in range(1, 101)
    ]

    async def stream() -> None:
        for start in range(0, 100, 10):
            await sla.hear(accepted[start : start + 10])

    async def tick() -> None:
        for _ in range(10):
            await sla.ticker(batch=10).step()

    await asyncio.gather(stream(), tick(), tick())
    found = await counted(sla)
    assert found.get("DeadlineMissed", 0) == found.get("DeadlineRetracted", 0)
    assert await sla.rows("SELECT count(*) FROM clocks WHERE overdue") == [(0,)]

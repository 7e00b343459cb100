"""Clocks on a real database: once, whatever is repeated; retracted, when the truth comes late."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import event as engine_events

from shared.events.event import Envelope
from shared.events.routing import (
    CaseCompleted,
    CaseRouted,
    CitizenAnswered,
    CitizenQuestioned,
    ExtensionApproved,
    FollowUpRefused,
    FollowUpSubmitted,
    PlanApproved,
    PlanSubmitted,
    WorkStarted,
)
from shared.events.vocabulary import Clock
from shared.visibility import SYSTEM, Clearance, Sight
from tests.builders import a_complaint, a_complaint_id, at, in_envelope
from tests.integration.sla.conftest import Sla
from tests.unit.sla.story import KELURAHAN, case_event

EVERYTHING = Sight(lineage=(), clearance=Clearance.ALL)
LIFE = (
    (CaseRouted, at(hours=1)),
    (PlanSubmitted, at(hours=2)),
    (PlanApproved, at(hours=3)),
    (WorkStarted, at(hours=4)),
    (CitizenQuestioned, at(hours=5)),
    (CitizenAnswered, at(hours=9)),
    (ExtensionApproved, at(days=1)),
    (FollowUpSubmitted, at(days=2)),
    (FollowUpRefused, at(days=3)),
    (FollowUpSubmitted, at(days=4)),
    (CaseCompleted, at(days=5)),
)


def a_life(number: int = 1) -> list[Envelope]:
    """A complaint from receipt to completion."""
    events = [
        a_complaint(number=number),
        *(
            case_event(kind, number, at=when, case_version=version)
            for version, (kind, when) in enumerate(LIFE, 1)
        ),
    ]
    return [in_envelope(event, number * 1000 + place) for place, event in enumerate(events)]


async def test_a_whole_life_is_told_once_however_often_it_is_delivered(sla: Sla) -> None:
    life = a_life()
    for envelope in life:
        await sla.hear([envelope, envelope])
    written = await sla.snapshot()
    await sla.hear(life)
    for envelope in life:
        await sla.hear([envelope])
    assert await sla.snapshot() == written
    assert await sla.stated() == [
        "DeadlinesSet",
        "DeadlinesSet",
        "DeadlinesSet",
        "DeadlinesSet",
        "DeadlineExtended",
        "DeadlineExtended",
        "DeadlinesSet",
        "DeadlinesSet",
    ]


async def test_one_by_one_or_in_a_batch_the_rows_are_the_same(sla: Sla) -> None:
    for envelope in a_life(1):
        await sla.hear([envelope])
    await sla.hear(a_life(2))
    one, other = [
        await sla.rows(
            "SELECT clock, unit_id, due_at, original_due_at, stopped_at, overdue FROM clocks"
            f" WHERE complaint_id = '{a_complaint_id(number)}' ORDER BY clock"
        )
        for number in (1, 2)
    ]
    assert one == other
    assert len(one) == len(Clock)


async def test_every_fact_names_the_event_that_caused_it(sla: Sla) -> None:
    received, routed, *_ = a_life()
    await sla.hear([received, routed])
    sla.clock.advance(timedelta(hours=26))
    await sla.ticker().step()
    causes = await sla.rows("SELECT causation_id FROM outbox ORDER BY seq")
    assert [row[0] for row in causes] == [received.id, routed.id, routed.id]


async def test_a_batch_is_a_handful_of_statements(sla: Sla) -> None:
    envelopes = [life[place] for place in (0, 1) for life in map(a_life, range(1, 251))]
    statements: list[str] = []
    engine = sla.works.engine.sync_engine
    engine_events.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    await sla.hear(envelopes)
    # Claim, load, save cases, save clocks, write the outbox.
    assert len(envelopes) == 500
    assert len(statements) <= 5, statements
    assert len(await sla.stated()) == 500


async def overdue_first_action(sla: Sla) -> list[Envelope]:
    life = a_life()
    await sla.hear(life[:2])
    sla.clock.advance(timedelta(hours=26))
    assert await sla.ticker().step() == 1
    assert (await sla.stated())[-1] == "DeadlineMissed"
    return life


async def test_a_late_close_takes_the_miss_back_and_nothing_is_deleted(sla: Sla) -> None:
    life = await overdue_first_action(sla)
    async with sla.works.read(SYSTEM) as connection:
        [row] = await sla.store.overdue(
            connection, KELURAHAN, Clock.FIRST_ACTION, EVERYTHING, None, 10
        )
    assert row.complaint_id == a_complaint_id()
    completed = in_envelope(case_event(CaseCompleted, at=at(hours=20), case_version=2), 77)
    await sla.hear([completed])
    assert (await sla.stated())[-2:] == ["DeadlineMissed", "DeadlineRetracted"]
    async with sla.works.read(SYSTEM) as connection:
        assert await sla.store.overdue(connection, None, None, EVERYTHING, None, 10) == []
    assert life[0].id != completed.id


async def test_what_is_overdue_is_read_page_by_page(sla: Sla) -> None:
    await sla.hear([life[place] for place in (0, 1) for life in map(a_life, range(1, 6))])
    sla.clock.advance(timedelta(days=8))
    await sla.ticker().step()
    seen: list[tuple[UUID, Clock]] = []
    cursor = None
    while True:
        async with sla.works.read(SYSTEM) as connection:
            rows = await sla.store.overdue(connection, KELURAHAN, None, EVERYTHING, cursor, 3)
        if not rows:
            break
        seen.extend((row.complaint_id, row.clock) for row in rows)
        cursor = (rows[-1].due_at, rows[-1].complaint_id, rows[-1].clock)
    assert len(seen) == len(set(seen)) == 10
    async with sla.works.read(SYSTEM) as connection:
        assert await sla.store.overdue(connection, "satpol-pp", None, EVERYTHING, None, 3) == []

"""The way of a complaint is read from the rows that every service has anyway."""

from uuid import UUID

import pytest

from shared import inbox, trace_rows
from shared.events.event import Envelope
from shared.ids import new_id
from shared.trace_context import Act, acting
from shared.visibility import SYSTEM
from shared.work import Works
from tests.builders import a_complaint
from tests.databases import Databases


@pytest.fixture
async def works(postgres: Databases) -> Works:
    return await postgres.service("sla")


async def stated(works: Works, numbers: range, act: Act | None = None) -> list[Envelope]:
    """Complaints of these numbers, each in a transaction of its own."""
    found: list[Envelope] = []
    for number in numbers:
        async with works.open(SYSTEM) as work:
            if act is None:
                work.record(a_complaint(number=number, at=work.now), cause=None)
            else:
                with acting(act):
                    work.record(a_complaint(number=number, at=work.now), cause=None)
        found += work.recorded
    return found


async def test_a_trace_is_found_by_its_time_among_all_that_was_stated(works: Works) -> None:
    await stated(works, range(1, 30))
    act = Act(new_id())
    wanted = await stated(works, range(30, 33), act)
    await stated(works, range(33, 60))
    async with works.read(SYSTEM) as connection:
        found = await trace_rows.of_trace(connection, act.trace, None)
        other = await trace_rows.of_trace(connection, new_id(), None)
    assert found == sorted(each.complaint_id for each in wanted)
    assert other == []


@pytest.mark.parametrize("foreign", [UUID(int=1), UUID("0af76519-16cd-43dd-8448-eb211c80319c")])
async def test_a_trace_that_is_not_ours_is_of_nothing(works: Works, foreign: UUID) -> None:
    await stated(works, range(1, 2))
    async with works.read(SYSTEM) as connection:
        assert await trace_rows.of_trace(connection, foreign, None) == []


async def test_events_of_a_complaint_come_with_their_times_and_who_has_applied_them(
    works: Works,
) -> None:
    [event] = await stated(works, range(1, 2))
    [heard, unheard] = await stated(works, range(2, 4))
    async with works.open(SYSTEM) as work:
        await inbox.claim(work.connection, [heard])
    async with works.read(SYSTEM) as connection:
        [told] = await trace_rows.recorded(connection, event.complaint_id)
        [applied] = await trace_rows.applied(connection, [heard.id, unheard.id])
        assert await trace_rows.applied(connection, []) == []
        assert await trace_rows.parked(connection, event.complaint_id) == []
    assert (told["event_id"], told["event_type"]) == (event.id, event.type)
    assert (told["at"], told["published_at"]) == (event.event.at, None)
    assert (told["channel"], told["traceparent"]) == (
        a_complaint(number=1).channel, event.traceparent,
    )  # fmt: skip
    assert applied["event_id"] == heard.id

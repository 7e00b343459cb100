"""A few views of a thousand cannot be read: search, pages by code and the stream go on."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import text

from services.tracking.domain import CaseRecord
from shared import parked, set_aside
from shared.cloudevents import encode
from shared.consumer import Consumer
from shared.errors import UnreadableState
from shared.events.routing import WorkStarted
from shared.events.vocabulary import CaseState
from shared.faults import FaultPoints
from shared.health import Heart
from shared.quarantine import replay
from shared.telemetry import Metrics
from shared.testing import MemoryBus
from shared.visibility import SYSTEM
from tests.builders import a_case_event, a_complaint_id, a_routing, in_envelope
from tests.integration.tracking.conftest import Tracking, code_of

SPOILT = {
    2: "stages = '{}'",
    3: "state = 'lost'",
    4: "acts = '[{\"event\": 1}]'",
    5: "channel = 'pigeon'",
}
"""By number of the complaint: what somebody or something has done to its row."""


async def change(tracking: Tracking, statement: str, **values: Any) -> None:
    async with tracking.works.open(SYSTEM) as work:
        await work.connection.execute(text(statement), values)


async def multiply(tracking: Tracking, last: int) -> None:
    """Copies of complaint 1, without code, one second apart."""
    columns = ", ".join(n for n in CaseRecord._fields if n not in
                        ("complaint_id", "tracking_digest", "received_at"))  # fmt: skip
    await change(
        tracking,
        f"INSERT INTO cases (complaint_id, received_at, {columns})"
        f" SELECT CAST(lpad(to_hex(n), 32, '0') AS uuid), received_at + make_interval(secs => n),"
        f" {columns} FROM cases, generate_series(10, :last) n WHERE complaint_id = :first",
        last=last,
        first=a_complaint_id(1),
    )


async def searched(tracking: Tracking) -> list[str]:
    """Ids of all cases that a search finds, page by page."""
    found: list[str] = []
    cursor = ""
    while True:
        answer = await tracking.asked(f"/v1/cases?limit=5{cursor}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [case["complaint_id"] for case in page["cases"]]
        if page["next_cursor"] is None:
            return found
        assert len(page["cases"]) == 5
        cursor = f"&cursor={page['next_cursor']}"


async def consumed(tracking: Tracking, bus: MemoryBus) -> None:
    stop = asyncio.Event()
    consumer = Consumer(
        tracking.handler, bus.subscription("tracking"), tracking.works, FaultPoints(), Metrics(),
        Heart("consumer", 30),
    )  # fmt: skip
    task = asyncio.create_task(consumer.run(stop))
    async with asyncio.timeout(10):
        while not all(view["state"] == CaseState.IN_PROGRESS for view in await readable(tracking)):
            await asyncio.sleep(0.02)
    stop.set()
    await asyncio.wait_for(task, 10)


async def readable(tracking: Tracking) -> list[Any]:
    spoilt = {a_complaint_id(number) for number in SPOILT}
    rows = await tracking.rows("complaint_id, state, tracking_digest")
    return [row for row in rows if row["complaint_id"] not in spoilt and row["tracking_digest"]]


async def test_views_that_cannot_be_read_are_left_out_and_listed(tracking: Tracking) -> None:
    numbers = range(1, 10)
    await tracking.hear(*(in_envelope(tracking.received(n), n) for n in numbers))
    await tracking.hear(*(in_envelope(a_routing(number=n), 100 + n) for n in numbers))
    await multiply(tracking, last=60)
    whole = await tracking.rows("complaint_id, stages")
    for number, spoilt in SPOILT.items():
        await change(
            tracking,
            f"UPDATE cases SET {spoilt} WHERE complaint_id = :id",
            id=a_complaint_id(number),
        )

    found = await searched(tracking)
    assert len(found) == len(set(found)) == 9 + 51 - len(SPOILT)
    async with tracking.works.read(SYSTEM) as connection:
        rows = await set_aside.waiting(connection)
    assert {row.row_id for row in rows} == {a_complaint_id(number) for number in SPOILT}
    assert (await tracking.track(code_of(1))).status_code == 200
    answer = await tracking.track(code_of(2))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert (await tracking.http.post("/lacak", data={"code": code_of(3)})).status_code == 503

    started = [
        a_case_event(WorkStarted, number=n, case_version=2, state=CaseState.IN_PROGRESS)
        for n in numbers
    ]
    bus = MemoryBus()
    await bus.producer().send([encode(in_envelope(e, 200 + i)) for i, e in enumerate(started)])
    await consumed(tracking, bus)
    async with tracking.works.read(SYSTEM) as connection:
        waiting = await parked.waiting(connection)
    assert {event.cause for event in waiting} == {"unreadable_state"}
    assert {event.complaint_id for event in waiting} == {a_complaint_id(n) for n in SPOILT}

    [second] = [event for event in waiting if event.complaint_id == a_complaint_id(2)]
    with pytest.raises(UnreadableState):
        await replay(tracking.works, tracking.handler, second.id)
    [stages] = [row["stages"] for row in whole if row["complaint_id"] == a_complaint_id(2)]
    await change(
        tracking,
        "UPDATE cases SET stages = CAST(:stages AS jsonb) WHERE complaint_id = :id",
        stages=json.dumps(stages),
        id=a_complaint_id(2),
    )
    assert await replay(tracking.works, tracking.handler, second.id) == 1
    answer = await tracking.track(code_of(2))
    assert (answer.status_code, answer.json()["state"]) == (200, "in_progress")


async def test_a_view_that_nobody_can_mend_is_made_anew_from_the_stream(tracking: Tracking) -> None:
    """As docs/operators.md has it: what tracking knows follows from the events alone."""
    events = [
        in_envelope(tracking.received(1), 1),
        in_envelope(a_routing(number=1), 2),
        in_envelope(a_case_event(WorkStarted, number=1, case_version=2), 3),
    ]
    await tracking.hear(*events)
    [whole] = await tracking.rows()
    await change(tracking, "UPDATE cases SET stages = '{}', state = 'lost'")
    await change(
        tracking,
        "DELETE FROM inbox WHERE event_id = ANY(:ids)",
        ids=[envelope.id for envelope in events],
    )
    await change(tracking, "DELETE FROM cases WHERE complaint_id = :id", id=a_complaint_id(1))
    assert await tracking.hear(*events) == 3
    assert await tracking.hear(*events) == 0
    assert await tracking.rows() == [whole]

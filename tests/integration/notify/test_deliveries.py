"""From the stream to the database: each event is one delivery, however often it comes."""

import asyncio
from typing import Any
from uuid import UUID

from shared.events.event import Envelope
from shared.events.intake import ReporterErased
from shared.events.routing import CaseCompleted, CaseRejected, CitizenQuestioned, WorkStarted
from shared.events.vocabulary import RejectionReason
from shared.visibility import SYSTEM
from tests.builders import T0, a_case_event, a_complaint, a_complaint_id, a_routing, in_envelope
from tests.integration.notify.bench import Bench

LIFE: list[Envelope] = [
    in_envelope(event, number)
    for number, event in enumerate(
        (
            a_complaint("sms"),
            a_routing(routed_by="triage"),
            a_case_event(WorkStarted),
            a_case_event(CitizenQuestioned, question_ref=UUID(int=4)),
            a_case_event(CaseRejected, reason=RejectionReason.INCOMPLETE),
            a_case_event(CaseCompleted, follow_up_ref=UUID(int=9)),
        ),
        start=1,
    )
]


SUPERSEDED = ("routed", "in_progress", "question")
"""What nobody need be told any more when the case has ended before it was sent."""


async def until(bench: Bench, inbox: int) -> None:
    async with asyncio.timeout(15):
        while len(await bench.query("SELECT 1 FROM inbox")) < inbox:
            await asyncio.sleep(0.02)


async def snapshot(bench: Bench) -> tuple[Any, Any, Any]:
    return (
        await bench.query("SELECT * FROM cases ORDER BY complaint_id"),
        await bench.query("SELECT * FROM deliveries ORDER BY seq"),
        await bench.query("SELECT event_id FROM outbox ORDER BY seq"),
    )


async def test_every_event_delivered_twice_is_one_delivery(bench: Bench) -> None:
    await bench.publish(*LIFE, *LIFE)
    async with bench.consuming("crm.notify"):
        await until(bench, len(LIFE))
    assert [row.template for row in await bench.deliveries()] == [
        "confirmation",
        "routed",
        "in_progress",
        "question",
        "rejected",
        "completed",
    ]


async def test_a_full_replay_changes_nothing_and_sends_nothing(bench: Bench) -> None:
    await bench.publish(*LIFE)
    async with bench.consuming("crm.notify"):
        await until(bench, len(LIFE))
    assert await bench.send_all() == len(LIFE)
    before, sent = await snapshot(bench), len(bench.outside.kept())
    async with bench.consuming("crm.notify.replay"):
        await bench.publish(in_envelope(a_complaint("sms", number=2, reachable=False), 90))
        await until(bench, len(LIFE) + 1)
    assert await bench.sender().step() == 0
    after = await snapshot(bench)
    assert [rows[: len(old)] for rows, old in zip(after, before, strict=True)] == list(before)
    assert len(bench.outside.kept()) == sent == len(LIFE) - len(SUPERSEDED)
    assert all(kept.repeats == 0 for kept in bench.outside.kept())


async def test_a_replay_after_the_inbox_was_pruned_sends_nothing_either(bench: Bench) -> None:
    await bench.hear(*LIFE)
    await bench.send_all()
    async with bench.works.open(SYSTEM) as work:
        await work.connection.exec_driver_sql("DELETE FROM inbox")
    await bench.hear(*LIFE)
    assert await bench.sender().step() == 0
    assert len(await bench.deliveries()) == len(LIFE)


async def test_an_event_of_an_unknown_complaint_passes_by(bench: Bench) -> None:
    await bench.hear(in_envelope(a_case_event(WorkStarted), 3))
    assert await bench.deliveries() == []


async def test_a_batch_of_many_complaints_is_one_row_each(bench: Bench) -> None:
    await bench.hear(*(in_envelope(a_complaint("sms", number=n), n) for n in range(1, 301)))
    rows = await bench.deliveries()
    assert len({row.id for row in rows}) == len(rows) == 300
    assert {row.status for row in rows} == {"waiting"}


async def test_who_cannot_be_reached_is_in_the_ledger_as_suppressed(bench: Bench) -> None:
    await bench.hear(in_envelope(a_complaint("balai_warga", reachable=False), 1))
    (row,) = await bench.deliveries()
    assert (row.status, row.reason) == ("suppressed", "no_reply_path")
    assert await bench.stages() == [("NotificationSuppressed", "confirmation")]
    assert await bench.sender().step() == 0


async def test_erasure_fails_what_still_waits_and_asks_for_no_contact(bench: Bench) -> None:
    await bench.hear(in_envelope(a_complaint("sms"), 1))
    bench.outside.fail("sms", 503)
    await bench.sender().step()
    bench.vault.claims.clear()
    erased = ReporterErased(complaint_id=a_complaint_id(), at=T0, reporter_ref=UUID(int=1))
    await bench.hear(in_envelope(erased, 2))
    assert await bench.sender().step() == 1
    assert bench.vault.claims == []
    assert bench.outside.kept() == []
    (failed,) = await bench.recorded()
    assert getattr(failed, "reason", None) == "erased"
    (row,) = await bench.deliveries()
    assert row.status == "failed"

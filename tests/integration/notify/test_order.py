"""The messages of one case leave in the order in which things happened, whatever goes wrong."""

import asyncio
import random
from uuid import UUID

from services.notify.store import NotifyStore
from shared.events.event import Event
from shared.events.media import MediaRefused
from shared.events.notify import NotificationSuppressed
from shared.events.routing import CaseCompleted, CaseReopened, CitizenQuestioned, WorkStarted
from shared.events.vocabulary import MediaOrigin, MediaRefusal, ReopenReason
from shared.visibility import SYSTEM
from tests.builders import T0, a_case_event, a_complaint, a_complaint_id, in_envelope
from tests.integration.notify.bench import PHONE, Bench, reporter

SAYS = {
    "telah kami terima": "confirmation",
    "sedang ditangani": "in_progress",
    "selesai": "completed",
    "dibuka kembali": "reopened",
    "pertanyaan": "question",
    "tidak diterima": "file_refused",
}
"""What a short message of each stage says, and no other."""


def completed(number: int = 1) -> CaseCompleted:
    event: CaseCompleted = a_case_event(CaseCompleted, number=number, follow_up_ref=UUID(int=9))
    return event


def reopened(number: int = 1) -> CaseReopened:
    event: CaseReopened = a_case_event(
        CaseReopened, number=number, reason=ReopenReason.CITIZEN_OBJECTION
    )
    return event


def refused(file: int) -> MediaRefused:
    return MediaRefused(
        complaint_id=a_complaint_id(),
        at=T0,
        ref=UUID(int=file),
        origin=MediaOrigin.REPORTER,
        number=file,
        reason=MediaRefusal.DAMAGED,
    )


async def heard(bench: Bench, number: int, *events: Event) -> None:
    """The events of complaint ``number``, after each other, its reporter known by phone."""
    bench.vault.knows(reporter(number), "phone", PHONE)
    for at, event in enumerate(events):
        await bench.hear(in_envelope(event, 1000 * number + at + len(await bench.deliveries())))


def told(bench: Bench, number: int = 1) -> list[str]:
    """The stages that the reporter of complaint ``number`` was told, in the order of arrival."""
    mine = [kept.body for kept in bench.outside.kept() if f"JK241103{number:04}" in kept.body]
    return [stage for body in mine for words, stage in SAYS.items() if words in body]


async def test_what_waits_after_a_providers_503_is_not_overtaken(bench: Bench) -> None:
    await heard(bench, 1, a_complaint("sms"))
    sender = bench.sender()
    await bench.send_all(sender)
    bench.outside.fail("sms", 503)
    await heard(bench, 1, completed())
    await bench.send_all(sender)
    await heard(bench, 1, reopened())
    assert await bench.send_all(sender) == 0
    bench.pass_time(1)
    await bench.send_all(sender)
    assert told(bench) == ["confirmation", "completed", "reopened"]


async def test_what_waits_holds_nobody_elses_messages(bench: Bench) -> None:
    bench.outside.fail("sms", 503)
    await heard(bench, 1, a_complaint("sms"), reopened())
    sender = bench.sender()
    await bench.send_all(sender)
    await heard(bench, 2, a_complaint("sms", number=2), reopened(2))
    await bench.send_all(sender)
    assert (told(bench, 1), told(bench, 2)) == ([], ["confirmation", "reopened"])


async def test_a_message_that_has_ended_lets_the_next_one_go(bench: Bench) -> None:
    bench.outside.fail("sms", 503, times=2)
    await heard(bench, 1, a_complaint("sms"), reopened())
    sender = bench.sender(max_attempts=2)
    await bench.send_all(sender)
    bench.pass_time(1)
    await bench.send_all(sender)
    assert [row.status for row in await bench.deliveries()] == ["failed", "sent"]


async def test_news_of_work_that_wait_give_way_to_the_outcome(bench: Bench) -> None:
    await heard(bench, 1, a_complaint("sms"))
    sender = bench.sender(backoff_seconds=3600)
    await bench.send_all(sender)
    bench.outside.fail("sms", 503)
    await heard(bench, 1, a_case_event(WorkStarted))
    await bench.send_all(sender)
    await heard(bench, 1, completed())
    await bench.send_all(sender)
    assert told(bench) == ["confirmation", "completed"]
    [_, dropped, _] = await bench.deliveries()
    assert (dropped.status, dropped.reason) == ("suppressed", "superseded")
    [_, said, _] = await bench.recorded()
    assert isinstance(said, NotificationSuppressed)
    assert (said.reason, said.delivery_id) == ("superseded", dropped.id)


async def test_an_open_question_is_asked_before_the_news_that_follow(bench: Bench) -> None:
    asked = a_case_event(CitizenQuestioned, question_ref=UUID(int=8))
    await heard(bench, 1, a_complaint("sms"))
    sender = bench.sender()
    await bench.send_all(sender)
    bench.outside.fail("sms", 503)
    await heard(bench, 1, asked, a_case_event(WorkStarted))
    await bench.send_all(sender)
    bench.pass_time(1)
    await bench.send_all(sender)
    assert told(bench) == ["confirmation", "question", "in_progress"]


async def test_what_queues_up_behind_a_message_that_waits_is_not_looked_at_again_and_again(
    bench: Bench,
) -> None:
    bench.outside.fail("sms", 503, times=2)
    await heard(bench, 1, a_complaint("sms"), a_case_event(WorkStarted))
    sender = bench.sender()
    for _ in range(2):
        await bench.send_all(sender)
        await heard(bench, 1, reopened())
        first, *behind = await bench.deliveries()
        assert {row.next_attempt_at for row in behind} == {first.next_attempt_at}
        assert first.next_attempt_at > bench.clock()
        bench.pass_time(1)


async def test_of_one_case_no_two_senders_hold_a_message(bench: Bench) -> None:
    """The second looks while the first one's transaction is still open."""
    await heard(bench, 1, a_complaint("sms"), reopened(), completed())
    store, until = NotifyStore(), T0.replace(hour=23)
    async with bench.works.open(SYSTEM) as one:
        [taken] = await store.lease(one.connection, T0, until, 100)
        async with bench.works.open(SYSTEM) as other:
            assert await store.lease(other.connection, T0, until, 100) == []
    assert taken.delivery.template == "confirmation"
    async with bench.works.open(SYSTEM) as later:
        assert await store.lease(later.connection, T0, until, 100) == []


async def test_under_failures_two_senders_tell_every_case_in_its_order(bench: Bench) -> None:
    """A third of the calls fails; the senders work at the same time, each with few at once."""
    chance, numbers = random.Random(7), range(1, 16)
    for number in numbers:
        await heard(bench, number, a_complaint("sms", number=number), completed(number))
    senders = [bench.sender(lease_batch=4, max_attempts=1000) for _ in range(2)]
    for step in range(60):
        if step % 3 == 0:
            bench.outside.fail("sms", chance.choice([502, 503]), times=4, stored=step % 2 == 0)
        await asyncio.gather(*(sender.step() for sender in senders))
        if step in (4, 9):
            news = reopened if step == 4 else completed
            for number in numbers:
                await heard(bench, number, news(number))
        bench.pass_time(40)
    for number in numbers:
        assert told(bench, number) == ["confirmation", "completed", "reopened", "completed"]
    assert {row.status for row in await bench.deliveries()} == {"sent"}


async def test_of_five_refused_files_heard_twice_one_message_leaves_after_the_receipt(
    bench: Bench,
) -> None:
    bench.vault.knows(reporter(1), "phone", PHONE)
    envelopes = [in_envelope(a_complaint("sms"), 1)]
    envelopes += [in_envelope(refused(file), 10 + file) for file in range(1, 6)]
    for envelope in (*envelopes, *envelopes):
        await bench.hear(envelope)
    await bench.send_all(bench.sender())
    assert told(bench) == ["confirmation", "file_refused"]
    assert [row.template for row in await bench.deliveries()] == [
        "confirmation",
        "file_refused",
    ]

"""The sender: leases, calls, records; what a crash, a busy provider and an absent vault do."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from services.notify.providers.adapter import Reply
from services.notify.providers.registry import Adapters
from services.notify.sending.outcomes import Outcome, Sent, TryLater
from services.notify.wording.message import Message
from shared.errors import Transient
from shared.events.notify import NotificationFailed, NotificationSent
from shared.events.routing import WorkStarted
from shared.faults import FaultPoints
from shared.trace_context import trace_id
from shared.visibility import SYSTEM
from tests.builders import a_case_event, a_complaint, a_complaint_id, in_envelope
from tests.integration.notify.bench import PHONE, Bench, reporter
from tests.integration.notify.servers import CODE

CONFIRMATION = in_envelope(a_complaint("sms"), 1)
WORK = in_envelope(a_case_event(WorkStarted), 2)


class Crash(Exception):
    """The process ends here."""


def crash() -> None:
    raise Crash


OPTED_OUT = {"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400}
NO_MAILBOX = "5.1.1 User unknown"


async def test_a_complaint_is_confirmed_with_its_number_and_code(bench: Bench) -> None:
    await bench.hear(CONFIRMATION)
    assert await bench.sender().step() == 1
    (kept,) = bench.outside.kept("sms")
    (row,) = await bench.deliveries()
    assert kept.to == PHONE
    assert "JK2411030001" in kept.body
    assert CODE in kept.body
    assert kept.key == str(row.id)
    assert (row.status, row.attempt) == ("sent", 1)
    (sent,) = await bench.recorded()
    assert isinstance(sent, NotificationSent)
    assert sent.delivery_id == row.id


async def test_what_was_sent_names_its_cause(bench: Bench) -> None:
    await bench.hear(CONFIRMATION)
    await bench.sender().step()
    assert [row.causation_id for row in await bench.query("SELECT * FROM outbox")] == [
        CONFIRMATION.id
    ]


async def test_what_was_sent_belongs_to_the_trace_of_its_cause(bench: Bench) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await bench.hear(replace(CONFIRMATION, traceparent=trace))
    await bench.sender().step()
    [row] = await bench.query("SELECT * FROM outbox")
    assert trace_id(row.traceparent) == trace_id(trace)
    assert row.traceparent != trace, "the span is that of the new event"


async def test_what_has_waited_begins_a_trace_and_its_line_names_the_old_one(bench: Bench) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await bench.hear(replace(CONFIRMATION, traceparent=trace))
    bench.clock.advance(timedelta(minutes=2))
    with capture_logs() as logs:
        await bench.sender().step()
    [row] = await bench.query("SELECT * FROM outbox")
    assert trace_id(row.traceparent) == row.event_id.hex
    [line] = [line for line in logs if line["event"] == "delivery"]
    assert (line["status"], line["attempt"]) == ("sent", 1)
    assert line["trace_id"] == trace_id(trace)
    assert PHONE not in repr(line)


async def test_a_crash_between_call_and_record_sends_again_under_the_same_key(
    bench: Bench,
) -> None:
    await bench.hear(CONFIRMATION)
    with pytest.raises(Crash):
        await bench.sender(FaultPoints("sender.after_call", crash)).step()
    assert await bench.recorded() == []
    assert await bench.sender().step() == 0
    bench.pass_time(31)
    assert await bench.sender().step() == 1
    (kept,) = bench.outside.kept("sms")
    assert kept.repeats == 1
    assert await bench.stages() == [("NotificationSent", "confirmation")]


async def test_a_busy_provider_is_asked_again_later_and_then_it_is_sent(bench: Bench) -> None:
    await bench.hear(CONFIRMATION)
    bench.outside.fail("sms", 503, times=2)
    sender = bench.sender()
    for seconds in (1, 2):
        assert await sender.step() == 1
        assert await sender.step() == 0
        bench.pass_time(seconds)
    assert await sender.step() == 1
    (row,) = await bench.deliveries()
    assert (row.status, row.attempt) == ("sent", 3)
    assert len(bench.outside.kept()) == 1


async def test_an_answer_that_got_lost_is_one_message(bench: Bench) -> None:
    await bench.hear(CONFIRMATION)
    bench.outside.fail("sms", 502, stored=True)
    await bench.sender().step()
    bench.pass_time(5)
    await bench.sender().step()
    (kept,) = bench.outside.kept("sms")
    assert kept.repeats == 1


async def test_tries_end(bench: Bench) -> None:
    await bench.hear(CONFIRMATION)
    bench.outside.fail("sms", 503, times=10)
    sender = bench.sender(max_attempts=3)
    for _ in range(4):
        await sender.step()
        bench.pass_time(100)
    (failed,) = await bench.recorded()
    assert isinstance(failed, NotificationFailed)
    assert failed.reason == "exhausted"


@pytest.mark.parametrize("status", ["unknown", "unreadable"])
async def test_a_reporter_whom_the_vault_cannot_find_is_not_asked_for_for_ever(
    bench: Bench, status: str
) -> None:
    await bench.hear(CONFIRMATION)
    bench.vault.contacts[reporter()] = {"status": status}
    sender = bench.sender(max_attempts=3)
    for _ in range(4):
        await sender.step()
        bench.pass_time(100)
    (failed,) = await bench.recorded()
    assert isinstance(failed, NotificationFailed)
    assert failed.reason == "exhausted"
    assert len(bench.vault.claims) == 3


async def test_a_provider_that_says_no_is_not_asked_again(bench: Bench) -> None:
    await bench.hear(CONFIRMATION)
    bench.outside.fail("sms", 400, answer=OPTED_OUT)
    await bench.sender().step()
    (row,) = await bench.deliveries()
    assert (row.status, row.reason) == ("failed", "http_400_21610")
    assert await bench.stages() == [("NotificationFailed", "confirmation")]


async def test_while_the_vault_is_away_nothing_is_tried_and_nothing_lost(bench: Bench) -> None:
    await bench.hear(CONFIRMATION)
    bench.vault.away = True
    sender = bench.sender()
    for _ in range(3):
        with pytest.raises(Transient):
            await sender.step()
        bench.pass_time(3)
    bench.vault.away = False
    assert await sender.step() == 1
    (row,) = await bench.deliveries()
    assert (row.status, row.attempt) == ("sent", 1)


async def test_a_vault_that_answers_what_no_contract_knows_is_waited_out(bench: Bench) -> None:
    await bench.hear(CONFIRMATION)
    bench.vault.gone_mad = True
    with pytest.raises(Transient):
        await bench.sender().step()
    assert [row.status for row in await bench.deliveries()] == ["waiting"]


async def test_a_vault_that_refuses_is_a_fault_of_ours_and_is_said(bench: Bench) -> None:
    await bench.hear(CONFIRMATION)
    bench.vault.tokens._public.clear()
    with pytest.raises(Transient):
        await bench.sender().step()
    assert [row.status for row in await bench.deliveries()] == ["waiting"]


WHATSAPP = {"kind": "whatsapp", "address": "whatsapp-kanariq", "thread": None}
BY_PHONE = {"kind": "phone", "address": PHONE, "thread": None}


async def test_a_way_back_that_is_not_known_yet_leaves_the_reporters_other_ways(
    bench: Bench,
) -> None:
    bench.vault.contacts[reporter()] |= {"reply": WHATSAPP, "also": [WHATSAPP, BY_PHONE]}
    await bench.hear(CONFIRMATION)
    with capture_logs() as logs:
        await bench.sender().step()
    assert [kept.to for kept in bench.outside.kept()] == [PHONE]
    assert [row.status for row in await bench.deliveries()] == ["sent"]
    [line] = [line for line in logs if line["event"] == "contacts_not_understood"]
    assert line["count"] == 2
    assert "kanari" not in str(logs)


@pytest.mark.parametrize(
    "answered",
    [
        pytest.param({"status": "paused"}, id="an unknown status"),
        pytest.param({"reply": WHATSAPP}, id="one way back, of an unknown kind"),
        pytest.param({"also": 7}, id="ways back that are no list"),
        pytest.param({"reporter_ref": "kanariq"}, id="of nobody that was asked for"),
    ],
)
async def test_a_contact_that_is_not_understood_counts_as_a_try_and_costs_itself_alone(
    bench: Bench, answered: dict[str, Any]
) -> None:
    for number in (1, 2, 3):
        bench.vault.knows(reporter(number), "phone", PHONE)
    bench.vault.contacts[reporter(2)] |= answered
    await bench.hear(*(in_envelope(a_complaint("sms", number=n), n) for n in (1, 2, 3)))
    sender = bench.sender()
    with capture_logs() as logs:
        await sender.step()
    rows = await bench.deliveries()
    assert [row.status for row in rows] == ["sent", "waiting", "sent"]
    assert rows[1].attempt == 1
    assert [line["count"] for line in logs if line["event"] == "contacts_not_understood"] == [1]
    assert "kanari" not in str(logs)
    bench.vault.knows(reporter(2), "phone", PHONE)
    bench.pass_time(2)
    await sender.step()
    assert [row.status for row in await bench.deliveries()] == ["sent", "sent", "sent"]


async def test_news_that_no_printer_takes_wait_for_a_way_back_that_is_not_known_yet(
    bench: Bench,
) -> None:
    bench.vault.knows(reporter(), "printer", "31.74.01.1001", WHATSAPP)
    await bench.hear(in_envelope(a_complaint("kelurahan"), 1), WORK)
    await bench.send_all()
    assert [kept.kind for kept in bench.outside.kept()] == ["printer"]
    assert [row.status for row in await bench.deliveries()] == ["sent", "waiting"]


@pytest.mark.parametrize(
    ("status", "row_status", "event"),
    [
        ("gone", "failed", "NotificationFailed"),
        ("none", "suppressed", "NotificationSuppressed"),
    ],
)
async def test_the_vaults_word_on_a_reporter_is_final(
    bench: Bench, status: str, row_status: str, event: str
) -> None:
    bench.vault.contacts[reporter()] = {"status": status}
    await bench.hear(CONFIRMATION)
    await bench.sender().step()
    assert [row.status for row in await bench.deliveries()] == [row_status]
    assert await bench.stages() == [(event, "confirmation")]
    assert bench.outside.kept() == []


async def test_a_reporter_the_vault_does_not_know_yet_is_asked_for_again(bench: Bench) -> None:
    bench.vault.contacts.clear()
    await bench.hear(CONFIRMATION)
    await bench.sender().step()
    bench.vault.knows(reporter(), "phone", PHONE)
    bench.pass_time(2)
    await bench.sender().step()
    assert len(bench.outside.kept("sms")) == 1


async def test_a_desk_prints_a_receipt_and_later_stages_go_to_the_phone_left(bench: Bench) -> None:
    phone = {"kind": "phone", "address": PHONE, "thread": None}
    bench.vault.knows(reporter(), "printer", "31.74.01.1001", phone)
    await bench.hear(in_envelope(a_complaint("kelurahan"), 1), WORK)
    await bench.send_all()
    assert [kept.kind for kept in bench.outside.kept()] == ["printer", "sms"]


async def test_a_receipt_that_is_not_printed_goes_to_the_phone_left(bench: Bench) -> None:
    bench.vault.knows(reporter(), "printer", "31.74.01.1001", BY_PHONE)
    bench.outside.fail("printer", 503)
    await bench.hear(in_envelope(a_complaint("kelurahan"), 1), WORK)
    await bench.send_all()
    assert [kept.kind for kept in bench.outside.kept()] == ["sms", "sms"]
    assert CODE in bench.outside.kept()[0].body


async def test_a_desk_without_a_phone_keeps_later_stages_for_the_return_visit(
    bench: Bench,
) -> None:
    bench.vault.knows(reporter(), "printer", "31.74.01.1001")
    await bench.hear(in_envelope(a_complaint("kelurahan"), 1), WORK)
    await bench.send_all()
    assert [kept.kind for kept in bench.outside.kept()] == ["printer"]
    assert [row.status for row in await bench.deliveries()] == ["sent", "suppressed"]


async def test_when_the_preferred_way_says_no_the_other_is_tried(bench: Bench) -> None:
    phone = {"kind": "phone", "address": PHONE, "thread": None}
    bench.vault.knows(reporter(), "email", "pelapor@example.org", phone)
    bench.outside.fail("email", 550, answer=NO_MAILBOX)
    await bench.hear(in_envelope(a_complaint("balai_warga"), 1))
    await bench.sender().step()
    assert [kept.kind for kept in bench.outside.kept()] == ["sms"]


async def test_while_the_preferred_way_is_busy_the_other_is_not_tried(bench: Bench) -> None:
    bench.vault.knows(reporter(), "email", "pelapor@example.org", BY_PHONE)
    bench.outside.fail("email", 451)
    await bench.hear(in_envelope(a_complaint("balai_warga"), 1))
    sender = bench.sender()
    await sender.step()
    assert bench.outside.kept() == []
    bench.pass_time(1)
    await sender.step()
    assert [kept.kind for kept in bench.outside.kept()] == ["email"]


async def test_a_provider_that_is_busy_with_one_message_is_asked_about_the_others(
    bench: Bench,
) -> None:
    for number in (1, 2, 3):
        bench.vault.knows(reporter(number), "phone", PHONE)
    await bench.hear(*(in_envelope(a_complaint("sms", number=n), n) for n in (1, 2, 3)))
    bench.outside.fail("sms", 503)
    await bench.sender(calls_per_gateway=1).step()
    assert sorted(row.status for row in await bench.deliveries()) == ["sent", "sent", "waiting"]


async def test_one_claim_for_a_whole_lease_and_leases_have_a_limit(bench: Bench) -> None:
    for number in range(1, 151):
        bench.vault.knows(reporter(number), "phone", PHONE)
    await bench.hear(*(in_envelope(a_complaint("sms", number=n), n) for n in range(1, 151)))
    sender = bench.sender()
    assert [await sender.step() for _ in range(3)] == [100, 50, 0]
    assert [len(claim) for claim in bench.vault.claims] == [100, 50]
    assert len(bench.outside.kept("sms")) == 150
    assert len(await bench.stages()) == 150


async def test_two_senders_share_the_work(bench: Bench) -> None:
    for number in range(1, 101):
        bench.vault.knows(reporter(number), "phone", PHONE)
    await bench.hear(*(in_envelope(a_complaint("sms", number=n), n) for n in range(1, 101)))
    senders = [bench.sender(lease_batch=60) for _ in range(2)]
    assert sum(await asyncio.gather(*(sender.step() for sender in senders))) == 100
    assert all(kept.repeats == 0 for kept in bench.outside.kept())
    assert len(await bench.stages()) == 100


async def test_a_sender_that_was_too_slow_records_nothing_over_its_successor(
    bench: Bench,
) -> None:
    await bench.hear(CONFIRMATION)
    bench.outside.fail("sms", 0, delay_seconds=0.5)
    slow = asyncio.create_task(bench.sender().step())
    await asyncio.sleep(0.2)
    bench.pass_time(31)
    assert await bench.sender().step() == 1
    await slow
    assert await bench.stages() == [("NotificationSent", "confirmation")]
    (kept,) = bench.outside.kept("sms")
    assert kept.repeats == 1


@dataclass
class Hanging:
    """A provider that takes its time and then has not answered."""

    name: str = "hanging"
    calls: int = 0

    async def send(self, message: Message, reply: Reply) -> Outcome:
        self.calls += 1
        await asyncio.sleep(0.1)
        return TryLater(away=True)


@dataclass
class Broken:
    """An adapter with a bug that one message meets."""

    name: str = "broken"

    async def send(self, message: Message, reply: Reply) -> Outcome:
        if message.report_number == "JK2411030002":
            raise KeyError("kanariq")
        return Sent()


async def test_a_provider_that_does_not_answer_is_left_alone_for_the_round(bench: Bench) -> None:
    for number in range(1, 51):
        bench.vault.knows(reporter(number), "phone", PHONE)
    await bench.hear(*(in_envelope(a_complaint("sms", number=n), n) for n in range(1, 51)))
    hanging = Hanging()
    await bench.sender(adapters=Adapters({"phone": hanging}, {}), calls_per_gateway=4).step()
    assert hanging.calls == 4
    assert {row.status for row in await bench.deliveries()} == {"waiting"}


async def test_a_bug_that_one_message_meets_leaves_its_neighbours_alone(bench: Bench) -> None:
    for number in range(1, 4):
        bench.vault.knows(reporter(number), "phone", PHONE)
    await bench.hear(*(in_envelope(a_complaint("sms", number=n), n) for n in range(1, 4)))
    with capture_logs() as logs:
        await bench.sender(adapters=Adapters({"phone": Broken()}, {})).step()
    assert [row.status for row in await bench.deliveries()] == ["sent", "waiting", "sent"]
    [bug] = [line for line in logs if line["event"] == "delivery_bug"]
    assert bug["error"].startswith("KeyError at test_sender.py:")
    assert (bug["complaint_id"], bug["template"]) == (str(a_complaint_id(2)), "confirmation")
    assert "kanari" not in str(logs)


@dataclass
class Slow:
    """A provider that takes every message, and more than a second for each."""

    name: str = "slow"
    calls: int = 0

    async def send(self, message: Message, reply: Reply) -> Outcome:
        self.calls += 1
        await asyncio.sleep(1.2)
        return Sent()


async def test_no_call_begins_when_half_of_the_lease_is_over(bench: Bench) -> None:
    for number in range(1, 6):
        bench.vault.knows(reporter(number), "phone", PHONE)
    await bench.hear(*(in_envelope(a_complaint("sms", number=n), n) for n in range(1, 6)))
    slow = Slow()
    sender = bench.sender(
        adapters=Adapters({"phone": slow}, {}), lease_seconds=3.0, calls_per_gateway=1
    )
    assert await sender.step() == 5
    assert 1 <= slow.calls <= 2
    rows = await bench.deliveries()
    assert sorted(row.status for row in rows) == ["sent"] * slow.calls + ["waiting"] * (
        5 - slow.calls
    )


async def test_no_contact_and_no_code_is_kept(bench: Bench) -> None:
    bench.vault.knows(reporter(), "phone", PHONE)
    await bench.hear(CONFIRMATION, WORK)
    bench.outside.fail("sms", 400, answer=OPTED_OUT)
    await bench.sender().step()
    async with bench.works.read(SYSTEM) as connection:
        tables = (
            await connection.execute(
                text("SELECT table_name FROM information_schema.tables WHERE table_schema='notify'")
            )
        ).scalars()
        for table in list(tables):
            rows = await bench.query(f"SELECT CAST(t AS text) AS row FROM {table} AS t")
            for row in rows:
                assert PHONE not in row.row
                assert CODE not in row.row
                assert bytes(PHONE, "ascii").hex() not in row.row
                assert bytes(CODE, "ascii").hex() not in row.row


async def test_a_mailbox_that_is_refused_leaves_the_message_to_the_next_one(bench: Bench) -> None:
    ways = [{"kind": "email", "address": each, "thread": None} for each in ("a@x.id", "b@x.id")]
    bench.vault.knows(reporter(), "email", "pilihan@example.org", *ways)
    bench.outside.fail("email", 550, answer=NO_MAILBOX)
    await bench.hear(in_envelope(a_complaint("email"), 1))
    await bench.sender().step()
    assert [kept.to for kept in bench.outside.kept("email")] == ["a@x.id"]
    assert isinstance((await bench.recorded())[0], NotificationSent)

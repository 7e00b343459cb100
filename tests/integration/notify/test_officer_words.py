"""Officers' words on real doors: claimed for a round, told once, in order, kept nowhere."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from shared.errors import Transient
from shared.events.routing import CaseCompleted, CitizenQuestioned, WorkStarted
from shared.faults import FaultPoints
from shared.outbound import OutboundClient, ServiceClient
from tests.builders import a_case_event, a_complaint, in_envelope
from tests.integration.notify.bench import PHONE, Bench, reporter, tokens
from tests.integration.notify.servers import CODE

MAILBOX = "pelapor@example.org"
ASKED, DONE = UUID(int=71), UUID(int=72)
QUESTION = "Di gang yang mana, kanariwordsq? Sebelah kiri pos?"
RESULT = "Sudah diangkut, kanaridoneq."
CONFIRMATION = in_envelope(a_complaint("email"), 1)
QUESTIONED = in_envelope(a_case_event(CitizenQuestioned, question_ref=ASKED), 2)
STARTED = in_envelope(a_case_event(WorkStarted), 3)
COMPLETED = in_envelope(a_case_event(CaseCompleted, follow_up_ref=DONE), 4)


class Crash(Exception):
    """The process ends here."""


def crash() -> None:
    raise Crash


@pytest.fixture(autouse=True)
def words(bench: Bench) -> None:
    bench.vault.knows(reporter(), "email", MAILBOX)
    bench.routing.words |= {ASKED: QUESTION, DONE: RESULT}


def subjects(bench: Bench) -> list[str]:
    return [kept.payload["headers"]["Subject"].partition("] ")[2] for kept in bench.outside.kept()]


async def test_the_mail_about_a_question_holds_the_question(bench: Bench) -> None:
    await bench.hear(CONFIRMATION, QUESTIONED)
    await bench.send_all()
    [_, asked] = bench.outside.kept("email")
    assert QUESTION in asked.body
    assert CODE in asked.body
    assert bench.routing.claims == [[ASKED]]


async def test_a_short_message_never_holds_an_officers_words(bench: Bench) -> None:
    bench.vault.knows(reporter(), "phone", PHONE)
    await bench.hear(in_envelope(a_complaint("sms"), 1), QUESTIONED)
    await bench.send_all()
    await bench.hear(COMPLETED)
    await bench.send_all()
    kept = bench.outside.kept("sms")
    assert len(kept) == 3
    assert not [message for message in kept if "kanari" in message.model_dump_json()]


async def test_one_claim_for_all_messages_of_a_round(bench: Bench) -> None:
    for number in range(1, 21):
        bench.vault.knows(reporter(number), "email", MAILBOX)
        bench.routing.words[UUID(int=100 + number)] = f"Pertanyaan {number}?"
        asked = a_case_event(CitizenQuestioned, number=number, question_ref=UUID(int=100 + number))
        complaint = a_complaint("email", number=number)
        await bench.hear(in_envelope(complaint, number), in_envelope(asked, 100 + number))
    await bench.send_all()
    assert [len(claim) for claim in bench.routing.claims] == [20]
    assert sum("Pertanyaan" in kept.body for kept in bench.outside.kept("email")) == 20


async def test_what_carries_no_words_does_not_ask_for_any(bench: Bench) -> None:
    bench.routing.away = True
    await bench.hear(CONFIRMATION, STARTED)
    await bench.send_all()
    assert len(bench.outside.kept("email")) == 2


async def test_while_routing_is_away_a_question_waits_and_others_are_told(bench: Bench) -> None:
    bench.routing.away = True
    bench.vault.knows(reporter(2), "email", MAILBOX)
    other = in_envelope(a_complaint("email", number=2), 9)
    await bench.hear(CONFIRMATION, QUESTIONED, other)
    sender = bench.sender()
    for _ in range(3):
        await bench.send_all(sender)
        bench.pass_time(6)
    assert len(bench.outside.kept("email")) == 2
    [_, waits, _] = await bench.deliveries()
    assert (waits.status, waits.reason, waits.attempt) == ("waiting", "awaiting_words", 0)
    bench.routing.away = False
    assert await sender.step() == 1
    [*_, asked] = bench.outside.kept("email")
    assert QUESTION in asked.body
    [_, told, _] = await bench.deliveries()
    assert (told.status, told.reason, told.attempt) == ("sent", None, 1)


async def test_for_a_message_that_must_wait_nobodys_contact_is_opened(bench: Bench) -> None:
    await bench.hear(CONFIRMATION)
    await bench.sender().step()
    bench.routing.away = True
    await bench.hear(QUESTIONED)
    await bench.sender().step()
    assert len(bench.vault.claims) == 1


async def test_news_that_come_later_do_not_overtake_a_question_that_waits(bench: Bench) -> None:
    bench.routing.away = True
    await bench.hear(CONFIRMATION, QUESTIONED)
    sender = bench.sender()
    await bench.send_all(sender)
    bench.pass_time(1)
    await bench.hear(STARTED)
    assert await sender.step() == 0
    bench.routing.away = False
    bench.pass_time(6)
    await bench.send_all(sender)
    assert subjects(bench) == [
        "Laporan Anda telah kami terima",
        "Kami memerlukan keterangan Anda",
        "Laporan Anda sedang ditangani",
    ]
    assert all(kept.repeats == 0 for kept in bench.outside.kept())


async def test_with_a_lease_of_one_the_order_is_kept_too(bench: Bench) -> None:
    bench.routing.away = True
    await bench.hear(CONFIRMATION, QUESTIONED, STARTED)
    sender = bench.sender(lease_batch=1)
    await bench.send_all(sender)
    bench.routing.away = False
    bench.pass_time(6)
    await bench.send_all(sender)
    assert subjects(bench)[1:] == [
        "Kami memerlukan keterangan Anda",
        "Laporan Anda sedang ditangani",
    ]


async def test_a_question_that_waits_for_its_words_is_dropped_when_the_case_ends(
    bench: Bench,
) -> None:
    bench.routing.away = True
    await bench.hear(CONFIRMATION, QUESTIONED)
    sender = bench.sender()
    await bench.send_all(sender)
    bench.routing.away = False
    await bench.hear(COMPLETED)
    await bench.send_all(sender)
    assert subjects(bench) == ["Laporan Anda telah kami terima", "Laporan Anda telah selesai"]
    [_, dropped, _] = await bench.deliveries()
    assert (dropped.status, dropped.reason, dropped.attempt) == ("suppressed", "superseded", 0)


async def test_a_second_sender_does_not_overtake_what_is_on_its_way(bench: Bench) -> None:
    await bench.hear(CONFIRMATION)
    bench.outside.fail("email", 0, delay_seconds=0.5)
    slow = asyncio.create_task(bench.sender().step())
    await asyncio.sleep(0.2)
    await bench.hear(STARTED)
    assert await bench.sender().step() == 0
    await slow
    assert await bench.sender().step() == 1
    assert len(bench.outside.kept("email")) == 2


async def test_a_crash_after_the_call_asks_for_the_words_again_and_sends_the_same(
    bench: Bench,
) -> None:
    await bench.hear(CONFIRMATION)
    await bench.send_all()
    await bench.hear(QUESTIONED)
    with pytest.raises(Crash):
        await bench.sender(FaultPoints("sender.after_call", crash)).step()
    bench.pass_time(31)
    await bench.send_all()
    kept = bench.outside.kept("email")
    assert [message.repeats for message in kept] == [0, 1]
    assert len(bench.routing.claims) == 2


async def test_an_answer_of_routings_that_makes_no_sense_is_waited_out(bench: Bench) -> None:
    bench.routing.gone_mad = True
    await bench.hear(CONFIRMATION, QUESTIONED)
    await bench.send_all()
    assert [row.status for row in await bench.deliveries()] == ["sent", "waiting"]


@pytest.mark.parametrize(
    "answered",
    [
        pytest.param({"status": "held_back"}, id="an unknown status"),
        pytest.param({"ref": "kanariwordsq"}, id="of no message that was asked for"),
        pytest.param({"text": None}, id="words that may be told, without the words"),
        pytest.param({"text": ["kanariwordsq"]}, id="words of another shape"),
    ],
)
async def test_words_that_are_not_understood_are_waited_for_and_others_are_told(
    bench: Bench, answered: dict[str, Any]
) -> None:
    bench.vault.knows(reporter(2), "email", MAILBOX)
    other = a_case_event(CitizenQuestioned, number=2, question_ref=DONE)
    await bench.hear(
        CONFIRMATION, QUESTIONED, STARTED,
        in_envelope(a_complaint("email", number=2), 8), in_envelope(other, 9),
    )  # fmt: skip
    bench.routing.of_the_next_release = {ASKED: answered}
    sender = bench.sender()
    with capture_logs() as logs:
        await bench.send_all(sender)
    first, waits, behind, *others = await bench.deliveries()
    assert [row.status for row in (first, *others)] == ["sent", "sent", "sent"]
    assert (waits.status, waits.reason, waits.attempt) == ("waiting", "awaiting_words", 0)
    assert (behind.status, behind.attempt) == ("waiting", 0)
    assert RESULT in bench.outside.kept("email")[-1].body
    assert [line["count"] for line in logs if line["event"] == "words_not_understood"] == [1]
    assert "kanari" not in str(logs)
    bench.routing.of_the_next_release = {}
    bench.pass_time(6)
    await bench.send_all(sender)
    [*_, asked, started] = bench.outside.kept("email")
    assert QUESTION in asked.body
    assert "sedang ditangani" in started.body


async def test_words_that_are_not_understood_are_asked_for_and_logged_at_every_try(
    bench: Bench,
) -> None:
    await bench.hear(CONFIRMATION, QUESTIONED)
    bench.routing.of_the_next_release = {ASKED: {"status": "held_back"}}
    sender = bench.sender()
    await sender.step()
    with capture_logs() as logs:
        for _ in range(3):
            await sender.step()
            assert await sender.step() == 0
            bench.pass_time(6)
    assert bench.routing.claims == [[ASKED]] * 3
    assert len([line for line in logs if line["event"] == "words_not_understood"]) == 3


async def test_what_may_not_be_told_is_not_told_though_routing_sends_it(bench: Bench) -> None:
    await bench.hear(CONFIRMATION, QUESTIONED)
    bench.routing.of_the_next_release = {ASKED: {"status": "private"}}
    await bench.send_all()
    [_, asked] = bench.outside.kept("email")
    assert "kanari" not in asked.model_dump_json()


@pytest.mark.parametrize("known", [True, False])
async def test_words_that_routing_withholds_are_not_waited_for(bench: Bench, known: bool) -> None:
    bench.routing.words = {DONE: None} if known else {}
    await bench.hear(CONFIRMATION, COMPLETED)
    await bench.send_all()
    [_, done] = bench.outside.kept("email")
    assert "Yang telah dikerjakan" not in done.body
    assert [row.status for row in await bench.deliveries()] == ["sent", "sent"]


async def test_while_the_vault_is_away_words_are_not_lost_either(bench: Bench) -> None:
    await bench.hear(CONFIRMATION, QUESTIONED)
    bench.vault.away = True
    sender = bench.sender()
    with pytest.raises(Transient):
        await sender.step()
    bench.vault.away = False
    bench.pass_time(3)
    await bench.send_all(sender)
    assert QUESTION in bench.outside.kept("email")[1].body


async def test_a_routing_that_hangs_holds_nobody_else_up_for_long(
    bench: Bench, deaf_port: int
) -> None:
    signing, _, _ = tokens()
    client = OutboundClient(timeout=0.3)
    bench.routing_client = ServiceClient(
        client, signing, "routing", f"http://127.0.0.1:{deaf_port}"
    )
    await bench.hear(CONFIRMATION, QUESTIONED)
    async with asyncio.timeout(10):
        await bench.send_all()
    await client.close()
    assert len(bench.outside.kept("email")) == 1


@pytest.fixture
async def deaf_port() -> AsyncIterator[int]:
    """A port that accepts and never answers."""

    async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(nothing, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_no_words_are_kept_and_none_are_logged(
    bench: Bench, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    await bench.hear(CONFIRMATION, QUESTIONED)
    bench.outside.fail("email", 550, times=3, answer="5.1.1 User unknown")
    await bench.send_all()
    await bench.hear(COMPLETED)
    await bench.send_all()
    names = await bench.query(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'notify'"
    )
    for name in names:
        for row in await bench.query(f"SELECT CAST(t AS text) AS row FROM {name[0]} AS t"):
            assert "kanari" not in row.row
            assert b"kanari".hex() not in row.row
    written = caplog.text + "".join(capfd.readouterr())
    assert "kanari" not in written

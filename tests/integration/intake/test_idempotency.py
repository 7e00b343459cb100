"""The same message again, at once, by two processes, with a key: one complaint."""

import asyncio
import json

import asyncpg
import pytest

from services.intake.channels.submission import Submission
from services.intake.filing.accept import Acceptance
from services.intake.filing.filing import Filing
from services.intake.filing.planning import Arrival
from services.intake.media.sealing import FileSealer
from services.intake.vault.sealing import Sealer
from shared.clock import system_clock
from shared.database import create_engine
from shared.events.vocabulary import Channel
from shared.faults import FaultPoints
from shared.ids import new_id
from shared.telemetry import Metrics
from shared.work import Works
from tests.builders import codes_by
from tests.integration.intake.conftest import House

TEXT = "Saluran air mampet di depan sekolah."


async def test_fifty_times_at_once_is_one_complaint_and_fifty_equal_answers(house: House) -> None:
    request = house.request("lapor_1708", "tiket-1", TEXT)
    answers = await asyncio.gather(*(house.send(request) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert await house.counts() == {
        "intake.complaints": 1,
        "intake.contents": 1,
        "intake.idempotency_keys": 0,
        "intake.early_messages": 0,
        "intake.heard": 0,
        "intake.report_counters": 1,
        "intake.erasures": 0,
        "intake.erasure_requests": 0,
        "intake.outbox": 1,
        "vault.sealed_reporters": 1,
        "vault.access_log": 0,
        "vault.erasures": 0,
        "vault.reveals": 0,
    }


async def test_two_processes_at_once_are_one_complaint(house: House) -> None:
    other = house.second_replica()
    requests = [house.request("lapor_1708", f"tiket-{n}", TEXT) for n in range(10)]
    answers = await asyncio.gather(
        *(
            house.send(request, door)
            for request in requests
            for door in (house.door, other)
            for _ in range(5)
        )
    )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 10
    assert await house.count("intake", "complaints") == 10
    assert await house.count("vault", "sealed_reporters") == 10


async def test_a_key_in_flight_is_a_conflict_and_no_second_complaint(house: House) -> None:
    request = house.request("balai_warga", "draf-1", TEXT)
    answers = await asyncio.gather(*(house.send(request, key="k-1") for _ in range(50)))
    accepted = [answer for answer in answers if answer.status_code == 202]
    refused = [answer for answer in answers if answer.status_code == 409]
    assert len(accepted) + len(refused) == 50
    assert len({answer.text for answer in accepted}) == 1
    assert {answer.json()["field"] for answer in refused} == {"idempotency-key"}
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}
    assert await house.count("intake", "complaints") == 1


async def test_a_key_with_the_same_body_gets_the_same_answer(house: House) -> None:
    request = house.request("jaki", "a-1", TEXT)
    first, second = await house.send(request), await house.send(request)
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert await house.count("intake", "complaints") == 1


async def test_a_key_with_another_body_is_malformed(house: House) -> None:
    await house.report("jaki", "a-1", TEXT)
    request = house.request("jaki", "a-1", "Sesuatu yang lain.")
    answer = await house.send(request)
    assert answer.status_code == 422
    assert answer.json()["field"] == "idempotency-key"
    assert await house.count("intake", "complaints") == 1


async def test_the_same_key_of_two_callers_is_two_keys(house: House) -> None:
    first = await house.send(house.request("lapor_1708", "t-1", TEXT), key="sama")
    second = await house.send(house.request("balai_warga", "d-1", TEXT), key="sama")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["complaint_id"] != second.json()["complaint_id"]


async def test_the_same_id_on_two_channels_is_two_complaints(house: House) -> None:
    await house.report("lapor_1708", "1", TEXT)
    await house.report("balai_warga", "1", TEXT)
    assert await house.count("intake", "complaints") == 2


async def test_a_qlue_push_again_with_a_new_post_adds_only_that(house: House) -> None:
    request = house.request("qlue", "500", TEXT)
    [post] = json.loads(request.body)
    first = await house.send(request)
    both = json.dumps([{**post, "post_id": "501"}, post])
    second = await house.door.post(request.path, headers=request.headers, content=both)
    old, [new, again] = first.json()["complaints"], second.json()["complaints"]
    assert again == old[0]
    assert new["report_number"] != again["report_number"]


async def test_numbers_are_given_without_gaps(house: House) -> None:
    other = house.second_replica()
    answers = await asyncio.gather(
        *(
            house.send(house.request("lapor_1708", f"t-{n}", TEXT), door)
            for n, door in enumerate([house.door, other] * 30)
        )
    )
    numbers = sorted(int(answer.json()["report_number"][8:]) for answer in answers)
    assert numbers == list(range(1, 61))


async def test_a_poisonous_request_does_not_fail_its_neighbours(house: House) -> None:
    """A NUL that got past all checks makes PostgreSQL refuse the whole batch."""
    engine = create_engine(house.urls["intake"], "intake")
    works = Works(engine, "intake", system_clock, new_id, FaultPoints(), Metrics())
    codes = codes_by()
    acceptance = Acceptance(
        works,
        Filing(
            codes,
            Sealer(house.credentials.vault.public),
            FileSealer(house.credentials.media.public),
        ),
    )
    deliveries = [_arrival(str(number), TEXT) for number in range(9)]
    poison = _arrival("racun", "a\x00b")
    outcomes = await asyncio.gather(
        *(acceptance.accept(each) for each in [*deliveries[:5], poison, *deliveries[5:]]),
        return_exceptions=True,
    )
    await engine.dispose()
    failed = [place for place, outcome in enumerate(outcomes) if isinstance(outcome, Exception)]
    assert failed == [5]
    assert await house.count("intake", "complaints") == 9
    assert await house.count("vault", "sealed_reporters") == 9


def _arrival(external_id: str, text: str) -> Arrival:
    submission = Submission(channel=Channel.SMS, external_id=external_id, text="kosong")
    # model_copy does not validate: this is what a hole in the checks would let through.
    message = submission.model_copy(update={"text": text})
    return Arrival(id=new_id(), received_at=system_clock(), messages=(message,), original=b"")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT ref FROM vault.sealed_reporters",
        "UPDATE vault.sealed_reporters SET sealed = ''",
        "DELETE FROM vault.sealed_reporters",
        "TRUNCATE vault.sealed_reporters",
        "SELECT * FROM vault.access_log",
        "SELECT * FROM vault.erasures",
    ],
)
async def test_intake_can_add_to_the_vault_and_do_nothing_else(
    house: House, statement: str
) -> None:
    await house.report("jaki", "a-1", TEXT)
    assert await house.count("vault", "sealed_reporters") == 1
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await house.rows("intake", statement)


async def test_a_key_is_forgotten_after_a_week_and_younger_ones_are_not(house: House) -> None:
    old, young = house.request("jaki", "r-old", TEXT), house.request("jaki", "r-young", TEXT)
    await house.send(old, key="old")
    await house.send(young, key="young")
    await house.rows(
        "intake",
        "UPDATE idempotency_keys SET created_at = created_at - interval '8 days' WHERE ctid IN"
        " (SELECT ctid FROM idempotency_keys ORDER BY created_at LIMIT 1)",
    )
    # Another process has not pruned yet; the first one does so once a minute at most.
    await house.send(house.request("jaki", "r-3", TEXT), house.second_replica(), key="third")
    assert await house.count("intake", "idempotency_keys") == 2
    assert (await house.send(young, key="young")).status_code == 202

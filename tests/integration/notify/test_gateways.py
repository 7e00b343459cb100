"""A gateway that refuses us: its messages wait together, somebody is told, and then all go."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from services.notify.providers.registry import Adapters
from services.notify.providers.sms import Sms
from services.notify.store import NotifyStore
from shared.events.notify import NotificationFailed
from shared.events.routing import WorkStarted
from shared.outbound import OutboundClient
from shared.visibility import SYSTEM
from tests.builders import a_case_event, a_complaint, in_envelope
from tests.integration.notify.bench import PHONE, Bench, reporter
from tests.integration.notify.test_sender import Hanging

DAY = 86_400
WRONG_KEY = {"code": 20003, "message": "Authenticate", "status": 403}
OPTED_OUT = {"code": 21610, "message": "unsubscribed", "status": 400}


async def hear(bench: Bench, *numbers: int, channel: str = "sms", kind: str = "phone") -> None:
    for number in numbers:
        bench.vault.knows(reporter(number), kind, PHONE if kind == "phone" else f"JAKI-{number}")
    await bench.hear(*(in_envelope(a_complaint(channel, number=n), n) for n in numbers))


def refuse(bench: Bench, kind: str, status: int, **order: Any) -> None:
    """Until ``relent``."""
    bench.outside.fail(kind, status, times=1_000_000, **order)


def calls(bench: Bench) -> int:
    """How many calls have been refused."""
    return sum(1_000_000 - fault.times for fault in bench.outside.world.faults.list())


def relent(bench: Bench) -> None:
    bench.outside.world.faults.clear()


def numbers_told(bench: Bench) -> list[int]:
    return [
        int(number)
        for kept in bench.outside.kept()
        for number in [kept.model_dump_json().partition("JK241103")[2][:4]]
    ]


def held_back(bench: Bench, gateway: str, reason: str) -> float | None:
    labels = {"gateway": gateway, "reason": reason}
    return bench.metrics.registry.get_sample_value("crm_gateways_held_back", labels)


async def test_while_a_gateway_refuses_us_it_is_asked_by_one_message_and_no_try_is_used_up(
    bench: Bench,
) -> None:
    await hear(bench, *range(1, 21))
    refuse(bench, "sms", 403, answer=WRONG_KEY)
    one_at_a_time = bench.sender(max_attempts=2, calls_per_gateway=1, lease_batch=5)
    sender = bench.sender(max_attempts=2, lease_batch=5)
    with capture_logs() as logs:
        await bench.send_all(one_at_a_time)
        for _ in range(6):
            bench.pass_time(600)
            await bench.send_all(sender)
    # The first look takes them in four rounds, but asks once; then one call for each pause.
    assert calls(bench) == 7
    rows = await bench.deliveries()
    assert {(row.status, row.attempt, row.gateway) for row in rows} == {("waiting", 0, "sms")}
    assert {row.reason for row in rows} == {"http_403_20003"}
    assert held_back(bench, "sms", "http_403_20003") == 1
    alarms = [line for line in logs if line["event"] == "gateway_refuses_us"]
    assert [(line["log_level"], line["kind"]) for line in alarms] == [("error", "sms")] * 7
    relent(bench)
    bench.pass_time(600)
    await bench.send_all(sender)
    assert sorted(numbers_told(bench)) == list(range(1, 21))
    assert {row.attempt for row in await bench.deliveries()} == {1}
    await sender.step()
    assert held_back(bench, "sms", "http_403_20003") is None


async def test_while_a_gateway_is_held_back_contacts_are_opened_once(bench: Bench) -> None:
    await hear(bench, *range(1, 11))
    refuse(bench, "sms", 401)
    sender = bench.sender(lease_batch=3)
    await bench.send_all(sender)
    opened = sum(len(claim) for claim in bench.vault.claims)
    assert opened == 10
    for _ in range(20):
        bench.pass_time(0.2)
        await bench.send_all(sender)
    assert sum(len(claim) for claim in bench.vault.claims) == opened
    bench.pass_time(60)
    await bench.send_all(sender)
    assert sum(len(claim) for claim in bench.vault.claims) == opened + 3


async def test_a_gateway_that_is_away_costs_only_those_a_try_who_asked_it(bench: Bench) -> None:
    await hear(bench, *range(1, 6))
    hanging = Adapters({"phone": Hanging()}, {})
    await bench.send_all(bench.sender(adapters=hanging, calls_per_gateway=1))
    assert sorted(row.attempt for row in await bench.deliveries()) == [0, 0, 0, 0, 1]


async def test_another_replica_leaves_the_gateway_alone_as_well(bench: Bench) -> None:
    await hear(bench, 1)
    refuse(bench, "sms", 404)
    await bench.send_all()
    await hear(bench, 2)
    await bench.send_all(bench.sender())
    assert calls(bench) == 1


async def test_what_was_held_back_goes_case_by_case_in_its_order(bench: Bench) -> None:
    await hear(bench, 1, 2)
    refuse(bench, "sms", 403)
    sender = bench.sender()
    await bench.send_all(sender)
    news = [a_case_event(WorkStarted, number=number) for number in (1, 2)]
    await bench.hear(*(in_envelope(event, 10 + n) for n, event in enumerate(news)))
    assert await bench.send_all(sender) == 0
    relent(bench)
    bench.pass_time(60)
    await bench.send_all(sender)
    bodies = [kept.body for kept in bench.outside.kept()]
    assert ["ditangani" in body for body in bodies] == [False, False, True, True]


async def test_a_message_that_is_refused_for_reasons_unknown_holds_no_other(bench: Bench) -> None:
    await hear(bench, 1, 2, 3)
    bench.outside.fail("sms", 400)
    await bench.send_all(bench.sender(calls_per_gateway=1))
    rows = await bench.deliveries()
    assert sorted((row.status, row.reason) for row in rows) == [
        ("sent", None), ("sent", None), ("waiting", "http_400")
    ]  # fmt: skip


async def test_a_gateway_that_refuses_everybody_for_reasons_unknown_is_held_back(
    bench: Bench,
) -> None:
    await hear(bench, *range(1, 11))
    refuse(bench, "sms", 400)
    await bench.send_all(bench.sender(calls_per_gateway=1))
    assert calls(bench) == 3
    assert {row.status for row in await bench.deliveries()} == {"waiting"}


async def test_one_message_that_nobody_takes_does_not_keep_a_gateway_closed(bench: Bench) -> None:
    """The oldest message is refused for ever, and it is the first to be tried."""
    await hear(bench, *range(1, 6))
    refuse(bench, "sms", 400)
    sender = bench.sender(calls_per_gateway=1)
    await bench.send_all(sender)
    relent(bench)
    bench.outside.fail("sms", 400)
    bench.pass_time(60)
    await bench.send_all(sender)
    assert len(numbers_told(bench)) == 4


async def test_a_refusal_of_the_reporter_opens_a_gateway_too(bench: Bench) -> None:
    await hear(bench, 1, 2)
    bench.outside.fail("sms", 401)
    sender = bench.sender(calls_per_gateway=1)
    await bench.send_all(sender)
    bench.outside.fail("sms", 400, answer=OPTED_OUT)
    bench.pass_time(60)
    await bench.send_all(sender)
    assert sorted(row.status for row in await bench.deliveries()) == ["failed", "sent"]


async def test_a_gateway_that_is_gone_is_not_called_before_somebody_says_so(bench: Bench) -> None:
    await hear(bench, 1, 2, channel="jaki", kind="push")
    bench.outside.fail("jaki", 410)
    sender = bench.sender(calls_per_gateway=1)
    await bench.send_all(sender)
    for day in range(1, 7):
        bench.pass_time(DAY)
        await hear(bench, 2 + day, channel="jaki", kind="push")
        await bench.send_all(sender)
    assert numbers_told(bench) == []
    assert [len(claim) for claim in bench.vault.claims] == [2] + [1] * 6
    async with bench.works.open(SYSTEM) as work:
        assert await NotifyStore().resume(work.connection, "jaki", work.now)
    await bench.send_all(sender)
    assert sorted(numbers_told(bench)) == list(range(1, 9))


async def test_after_a_week_a_message_has_failed_for_the_gateway_and_that_is_said(
    bench: Bench,
) -> None:
    await hear(bench, 1)
    refuse(bench, "sms", 403)
    sender = bench.sender()
    for _ in range(7):
        await bench.send_all(sender)
        assert [row.status for row in await bench.deliveries()] == ["waiting"]
        bench.pass_time(DAY)
    await bench.send_all(sender)
    (row,) = await bench.deliveries()
    assert (row.status, row.reason, row.gateway) == ("failed", "http_403", "sms")
    (failed,) = await bench.recorded()
    assert isinstance(failed, NotificationFailed)
    assert failed.reason == "gateway"


@pytest.mark.parametrize(
    "said", ["600", "Sun, 03 Nov 2024 02:10:00 GMT", "Sunday, 03-Nov-24 02:10:00 GMT"]
)
async def test_a_gateway_that_names_a_time_is_left_alone_until_then(
    bench: Bench, client: OutboundClient, said: str
) -> None:
    await hear(bench, 1)
    bench.outside.fail("sms", 429, retry_after=said)
    by_its_clock = Adapters({"phone": Sms(client, bench.outside.gateways.sms, bench.clock)}, {})
    sender = bench.sender(adapters=by_its_clock)
    await bench.send_all(sender)
    bench.pass_time(590)
    assert await bench.send_all(sender) == 0
    bench.pass_time(10)
    await bench.send_all(sender)
    assert numbers_told(bench) == [1]

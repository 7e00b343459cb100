"""What a sender holds: renewed while it works, gone in seconds when it is stopped."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta

from services.notify.providers.adapter import Reply
from services.notify.providers.registry import Adapters
from services.notify.sending.hold import Hold
from services.notify.sending.outcomes import Outcome, Sent
from services.notify.store import NotifyStore
from services.notify.wording.message import Message
from tests.builders import a_complaint, in_envelope
from tests.integration.notify.bench import PHONE, Bench, reporter


@dataclass
class Time:
    """The database's clock and the process's ticks move together."""

    bench: Bench
    ticks: float = 1000.0

    def __call__(self) -> float:
        return self.ticks

    def passes(self, seconds: float) -> None:
        self.ticks += seconds
        self.bench.pass_time(seconds)


async def test_a_sender_at_work_keeps_its_messages_and_one_that_was_stopped_loses_them(
    bench: Bench,
) -> None:
    await bench.hear(in_envelope(a_complaint("sms"), 1))
    passing = Time(bench)
    first = Hold(bench.works, NotifyStore(), 8.0, passing)
    other = Hold(bench.works, NotifyStore(), 8.0, passing)
    taken, _, _ = await first.take(10)
    assert len(taken) == 1
    for _ in range(3):
        passing.passes(7)
        await first.renew(taken)
        assert (await other.take(10))[0] == []
    passing.passes(8)
    assert first.lost
    assert [lease.delivery.attempt for lease in (await other.take(10))[0]] == [2]


async def test_who_does_not_know_that_its_messages_are_anothers_keeps_them_from_nobody(
    bench: Bench,
) -> None:
    await bench.hear(in_envelope(a_complaint("sms"), 1))
    deluded = Hold(bench.works, NotifyStore(), 8.0, lambda: 0.0)
    taken, _, _ = await deluded.take(10)
    bench.pass_time(8)
    other = Hold(bench.works, NotifyStore(), 8.0)
    assert [lease.delivery.attempt for lease in (await other.take(10))[0]] == [2]
    bench.pass_time(4)
    await deluded.renew(taken)
    bench.pass_time(4)
    assert [lease.delivery.attempt for lease in (await other.take(10))[0]] == [3]


async def test_leases_are_renewed_while_a_step_is_at_work_and_no_longer_than_it_may_be(
    bench: Bench,
) -> None:
    await bench.hear(in_envelope(a_complaint("sms"), 1))
    hold = Hold(bench.works, NotifyStore(), 0.3)
    taken, _, _ = await hold.take(10)
    before = taken[0].delivery.next_attempt_at
    async with hold.kept(taken, longest=0.25):
        bench.pass_time(100)
        async with asyncio.timeout(5):
            while (row := (await bench.deliveries())[0]).next_attempt_at == before:
                await asyncio.sleep(0.02)
        assert row.next_attempt_at == before + timedelta(seconds=100)
        async with asyncio.timeout(5):
            while not hold.lost:
                await asyncio.sleep(0.02)


@dataclass
class StopsTheProcess:
    """A provider during whose first call the whole process stands still."""

    seconds: float
    name: str = "sms"
    to: list[str] = field(default_factory=list)

    async def send(self, message: Message, reply: Reply) -> Outcome:
        self.to.append(str(message.key))
        if len(self.to) == 1:
            time.sleep(self.seconds)  # noqa: ASYNC251 (as SIGSTOP: nothing of the process goes on)
        return Sent()


async def test_a_sender_that_was_stopped_longer_than_it_holds_sends_nothing_more(
    bench: Bench,
) -> None:
    for number in (1, 2, 3):
        bench.vault.knows(reporter(number), "phone", PHONE)
    await bench.hear(*(in_envelope(a_complaint("sms", number=n), n) for n in (1, 2, 3)))
    provider = StopsTheProcess(0.6)
    sender = bench.sender(
        adapters=Adapters({"phone": provider}, {}), hold_seconds=0.5, calls_per_gateway=1
    )
    await sender.step()
    assert len(provider.to) == 1
    bench.pass_time(60)
    await sender.step()
    assert len(set(provider.to)) == 3

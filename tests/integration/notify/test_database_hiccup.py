"""The database cuts its connections after a message has left and before that is recorded."""

import asyncio
from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notify.providers.adapter import Adapter, Reply
from services.notify.providers.registry import Adapters
from services.notify.sending.outcomes import Outcome
from services.notify.wording.message import Message
from shared.errors import Transient
from shared.events.vocabulary import Channel
from shared.fences import set_sight
from shared.visibility import SYSTEM
from tests.builders import a_complaint, in_envelope
from tests.integration.notify.bench import Bench

CONFIRMATION = in_envelope(a_complaint("sms"), 1)


@dataclass
class Hiccup:
    """The real SMS gateway; once it has a message, another connection locks the deliveries."""

    bench: Bench
    gateway: Adapter
    name: str = "sms"
    lock: AsyncConnection | None = None

    async def send(self, message: Message, reply: Reply) -> Outcome:
        outcome = await self.gateway.send(message, reply)
        self.lock = await self.bench.works.engine.connect()
        await set_sight(self.lock, SYSTEM)
        # Whatever the machine is busy with: the server would end it after five seconds.
        await self.lock.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        await self.lock.execute(text("SELECT id FROM deliveries FOR UPDATE"))
        return outcome

    async def cut_connections(self) -> int:
        """How many connections waited for the lock and are cut by now."""
        cut = await self.bench.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return len(cut)

    async def end(self) -> None:
        assert self.lock is not None
        await self.lock.close()


@pytest.fixture
async def hiccup(bench: Bench) -> Hiccup:
    await bench.hear(CONFIRMATION)
    return Hiccup(bench, bench.adapters.of(Channel.SMS, "phone"))


async def test_a_message_that_has_left_is_recorded_and_not_sent_again(
    bench: Bench, hiccup: Hiccup
) -> None:
    sender = bench.sender(adapters=Adapters({"phone": hiccup}, {}))
    step = asyncio.create_task(sender.step())
    async with asyncio.timeout(20):
        while not await hiccup.cut_connections():
            await asyncio.sleep(0.01)
    await hiccup.end()
    assert await step == 1
    assert [(row.status, row.attempt) for row in await bench.deliveries()] == [("sent", 1)]
    assert await bench.stages() == [("NotificationSent", "confirmation")]
    bench.pass_time(31)
    assert await bench.sender().step() == 0
    assert [kept.repeats for kept in bench.outside.kept("sms")] == [0]


async def test_a_hiccup_that_outlasts_the_leases_is_one_message_under_one_key(
    bench: Bench, hiccup: Hiccup
) -> None:
    sender = bench.sender(
        adapters=Adapters({"phone": hiccup}, {}), lease_seconds=3.0, hold_seconds=3.0
    )
    step = asyncio.create_task(sender.step())
    async with asyncio.timeout(20):
        while not step.done():
            await hiccup.cut_connections()
            await asyncio.sleep(0.05)
    with pytest.raises(Transient, match="the database is away or busy"):
        await step
    await hiccup.end()
    assert await bench.recorded() == []
    bench.pass_time(4)
    assert await bench.sender().step() == 1
    assert await bench.stages() == [("NotificationSent", "confirmation")]
    [kept] = bench.outside.kept("sms")
    assert (kept.repeats, kept.key) == (1, str((await bench.deliveries())[0].id))

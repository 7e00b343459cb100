"""From a waiting message to an answer: one receiver's trouble stops no other.

Each receiver is served by a task of its own, and by one process at a time as long as its lease
holds. No call goes out inside a transaction: one takes what is due, and one records what became of
it. Whoever dies between the two leaves messages that are sent again, under the same id.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.routing.webhooks import store
from services.routing.webhooks.messages import Secrets, Webhook
from services.routing.webhooks.outcomes import Answer, Delivery, after_calls, answer_of, conclude
from shared.clock import Clock
from shared.errors import Transient
from shared.outbound import NotPublic, Response
from shared.telemetry import describe, get_logger
from shared.visibility import SYSTEM
from shared.work import Works

INTERVAL_SECONDS = 1.0
CALL_SECONDS = 15.0
LEASE = timedelta(seconds=60)
"""More than one round: its calls, and recording them while the database is slow."""
RECEIVERS_AT_ONCE = 40
CALLS_AT_ONCE = 4
"""To one receiver, each of another case."""


class Client(Protocol):
    async def post(self, url: str, *, headers: dict[str, str], content: bytes) -> Response: ...


class Sender:
    """``step`` sees to it that every receiver for whom something is due is being served."""

    def __init__(
        self,
        works: Works,
        client: Client,
        secrets: Secrets,
        clock: Clock,
        holder: UUID,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """``holder``: a new id for each process."""
        self._works = works
        self._client = client
        self._secrets = secrets
        self._clock = clock
        self._holder = holder
        self._jitter = jitter
        self._serving: dict[UUID, asyncio.Task[None]] = {}
        self._log = get_logger("webhooks")

    async def step(self) -> int:
        """Raises Transient while the database is away."""
        self._reap()
        free = RECEIVERS_AT_ONCE - len(self._serving)
        if not free:
            return 0
        async with self._works.open(SYSTEM) as work:
            leased = await store.lease(
                work.connection, self._holder, list(self._serving), work.now, work.now + LEASE, free
            )
        for webhook in leased:
            self._serving[webhook.webhook_id] = asyncio.create_task(self._serve(webhook))
        return 0

    def _reap(self) -> None:
        for key, task in [each for each in self._serving.items() if each[1].done()]:
            del self._serving[key]
            error = None if task.cancelled() else task.exception()
            if error is not None:
                # It is tried again when its lease has run out; the others go on.
                self._log.error("webhook_bug", error=describe(error))

    async def settled(self) -> None:
        """When every receiver that is being served has been."""
        while self._serving:
            await asyncio.wait(self._serving.values())
            self._reap()

    async def close(self) -> None:
        """What is under way is broken off; it is sent again when its lease has run out."""
        for task in self._serving.values():
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving.values())

    async def _serve(self, webhook: Webhook) -> None:
        """Round after round, while something is due and the receiver takes it."""
        try:
            while await self._round(webhook.webhook_id):
                continue
        except Transient as error:
            # The lease runs out, and whoever comes then goes on.
            self._log.warning("webhook_not_served", error=describe(error))

    async def _round(self, webhook_id: UUID) -> bool:
        """Whether the receiver is called on: it has taken something, and may be due for more."""
        now = self._clock()
        async with self._works.read(SYSTEM) as connection:
            # Read anew: an administrator may have changed it.
            webhook = await store.find(connection, webhook_id)
            if webhook is None or not webhook.enabled:
                return False
            # A receiver that was away is tried with one message.
            at_once = 1 if webhook.failures else CALLS_AT_ONCE
            due = await store.take(connection, webhook_id, now, at_once)
        answers = await asyncio.gather(*(self._call(webhook, each) for each in due))
        after = after_calls(webhook, answers, self._clock(), self._jitter())
        called_on = bool(due) and after.enabled and after.held_until is None
        await self._record(after, due, answers, called_on)
        if not after.enabled:
            self._log.warning("webhook_disabled", cause=after.disabled_because)
        return called_on

    async def _record(
        self, webhook: Webhook, due: Sequence[Delivery], answers: Sequence[Answer], called_on: bool
    ) -> None:
        async with self._works.open(SYSTEM) as work:
            results = [
                conclude(delivery, answer, work.now, self._jitter())
                for delivery, answer in zip(due, answers, strict=True)
            ]
            if results:
                await store.conclude(work.connection, results, work.now)
            until = work.now + LEASE if called_on else None
            await store.note(work.connection, webhook, self._holder, until)

    async def _call(self, webhook: Webhook, delivery: Delivery) -> Answer:
        now: datetime = self._clock()
        headers = self._secrets.headers(webhook, delivery.delivery_id, delivery.body, now)
        try:
            response = await self._client.post(
                webhook.url, headers=headers, content=delivery.body.encode()
            )
        except NotPublic:
            return Answer(None, "not_public")
        except Transient:
            return Answer(None, "no_answer")
        return answer_of(response.status, response.headers)

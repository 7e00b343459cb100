"""Notify on a real database, with a vault and an outside world behind real doors."""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from services.notify.handler import NotifyHandler
from services.notify.providers.registry import Adapters
from services.notify.sending.sender import Sender
from services.notify.settings import NotifySettings
from services.notify.store import NotifyStore
from shared import inbox
from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.cloudevents import encode
from shared.consumer import Consumer
from shared.events.catalogue import BY_TYPE
from shared.events.event import Envelope, Event
from shared.facts_claim import FactsClaim
from shared.faults import FaultPoints
from shared.health import Heart
from shared.outbound import ServiceClient
from shared.spans import Spans
from shared.telemetry import Metrics
from shared.testing import FixedClock, MemoryBus
from shared.visibility import SYSTEM
from shared.work import Works
from tests.facts import ToldFacts
from tests.integration.notify.servers import Outside, Routing, Vault

PHONE = "+628110000001"


def key_pair() -> tuple[str, str]:
    key = Ed25519PrivateKey.generate()
    private, public = key.private_bytes_raw(), key.public_key().public_bytes_raw()
    return base64.b64encode(private).decode(), base64.b64encode(public).decode()


def tokens() -> tuple[ServiceTokens, ServiceTokens, ServiceTokens]:
    """Notify's, that sign, and the vault's and routing's, that know notify."""
    private, public = key_pair()
    known = {"notify": public}
    return (
        ServiceTokens("notify", private, {}, system_clock),
        ServiceTokens("vault", "", known, system_clock),
        ServiceTokens("routing", "", known, system_clock),
    )


@dataclass
class Bench:
    works: Works
    clock: FixedClock
    outside: Outside
    adapters: Adapters
    vault: Vault
    vault_client: ServiceClient
    routing: Routing
    routing_client: ServiceClient
    bus: MemoryBus = field(default_factory=MemoryBus)
    metrics: Metrics = field(default_factory=Metrics)
    facts: ToldFacts = field(default_factory=ToldFacts)
    spans: Spans | None = None

    def handler(self) -> NotifyHandler:
        return NotifyHandler(NotifyStore(), FactsClaim(self.facts))

    def settings(self, **changes: Any) -> NotifySettings:
        return NotifySettings(
            **{
                "database_url": "postgresql://role:word@unused:5432/crm",
                "service_key": key_pair()[0],
                "kafka_bootstrap_servers": "unused",
                "vault_url": "http://unused",
                "routing_url": "http://unused",
                "intake_url": "http://unused",
                "gateways": self.outside.gateways,
                **changes,
            }
        )

    def sender(
        self,
        faults: FaultPoints | None = None,
        adapters: Adapters | None = None,
        **changes: Any,
    ) -> Sender:
        return Sender(
            self.works,
            NotifyStore(),
            self.vault_client,
            self.routing_client,
            adapters or self.adapters,
            faults or FaultPoints(),
            self.settings(**changes),
            self.metrics,
            jitter=lambda: 0.0,
            spans=self.spans,
        )

    async def send_all(self, sender: Sender | None = None) -> int:
        """Steps until nothing is due; returns how many deliveries were handled."""
        sender, handled = sender or self.sender(), 0
        while did := await sender.step():
            handled += did
        return handled

    async def hear(self, *envelopes: Envelope) -> None:
        """As the consume loop does: claim, apply, in one transaction."""
        handler = self.handler()
        prepared = await handler.prepare(envelopes)
        async with self.works.open(SYSTEM) as work:
            fresh = await inbox.claim(work.connection, envelopes)
            if fresh:
                await handler.apply(work, fresh, prepared)

    @asynccontextmanager
    async def consuming(self, group: str) -> AsyncIterator[None]:
        """The real consume loop on this bus, as a member of ``group``."""
        stop = asyncio.Event()
        consumer = Consumer(
            self.handler(),
            self.bus.subscription(group),
            self.works,
            FaultPoints(),
            Metrics(),
            Heart("consumer", 30),
        )
        task = asyncio.create_task(consumer.run(stop))
        yield
        stop.set()
        self.bus.wake()
        await asyncio.wait_for(task, 10)

    async def publish(self, *envelopes: Envelope) -> None:
        await self.bus.producer().send([encode(envelope) for envelope in envelopes])

    async def query(self, statement: str, **values: Any) -> Sequence[Any]:
        async with self.works.read(SYSTEM) as connection:
            return (await connection.execute(text(statement), values)).all()

    async def deliveries(self) -> Sequence[Any]:
        return await self.query("SELECT * FROM deliveries ORDER BY seq")

    async def recorded(self) -> list[Event]:
        """What notify has said on the bus, in order."""
        rows = await self.query("SELECT type, body FROM outbox ORDER BY seq")
        return [BY_TYPE[row.type].model_validate_json(row.body) for row in rows]

    async def stages(self) -> list[tuple[str, str]]:
        """(event, template) of all that was recorded."""
        return [(type(e).__name__, str(getattr(e, "template", ""))) for e in await self.recorded()]

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))


def reporter(number: int = 1) -> UUID:
    """The reporter_ref that ``a_complaint(number=...)`` has."""
    return UUID(int=(2 << 100) + number)

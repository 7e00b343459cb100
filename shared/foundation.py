"""The parts that every process stands on, wired; a process's ``build`` adds its own to them.

``Footing`` has no database and no stream; ``Foundation``, with both, is what a service stands on.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from pydantic import TypeAdapter

from shared import topic_watch
from shared.aside_doors import create_router as create_aside_router
from shared.auth import OperatorTokens, ServiceTokens
from shared.bus import Topic, group_of
from shared.clock import Clock, DatabaseClock, system_clock
from shared.consumer import Consumer, Handler
from shared.database import create_engine
from shared.errors import StopTheLine
from shared.faults import FaultPoints
from shared.gauges import Gauges
from shared.health import Health
from shared.http.app import create_app
from shared.http.operation import Router
from shared.http.paging import Cursors
from shared.ids import NewId, new_id
from shared.kafka import KafkaProducer, KafkaSubscription, settings_of
from shared.operations import create_router as create_operations_router
from shared.outbound import OutboundClient, ServiceClient
from shared.outbox import Relay
from shared.runtime import Periodic, Service, SideServer
from shared.settings import ProcessSettings, ServiceSettings
from shared.shard_lease import ShardLease
from shared.telemetry import Metrics
from shared.topic_watch import TopicWatch
from shared.work import Works

K = TypeVar("K")

TOPIC_SECONDS = 30.0
"""Between two looks at the topic's settings; under a minute, after which a task counts as stuck."""


@dataclass
class Footing:
    """The parts every process stands on, also one that keeps nothing."""

    settings: ProcessSettings
    clock: Clock
    new_id: NewId
    faults: FaultPoints
    health: Health
    metrics: Metrics
    outbound: OutboundClient
    operators: OperatorTokens
    callers: ServiceTokens
    closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    on_stopping: list[Callable[[], object]] = field(default_factory=list)
    """Called when the stop of the service begins."""

    @classmethod
    def of_process(
        cls, settings: ProcessSettings, ids: NewId = new_id, clock: Clock = system_clock
    ) -> "Footing":
        """Build the parts; opens no connection. Without a database the machine's clock counts."""
        return cls(**_parts(settings, ids, clock))

    def service_client(self, name: str, url: str) -> ServiceClient:
        """A client for the internal API of the service ``name``."""
        return ServiceClient(self.outbound, self.callers, name, url)

    def cursors(self, listing: str, keyset: TypeAdapter[K]) -> Cursors[K]:
        """The cursors of a list. Raises StopTheLine without the key that they are signed with."""
        key = self.settings.service_key.get_secret_value()
        if not key:
            raise StopTheLine("A service that lists things signs its cursors: give SERVICE_KEY.")
        return Cursors(key.encode(), listing, keyset)

    def add_closer(self, closer: Callable[[], Awaitable[None]]) -> None:
        """``closer`` is awaited when the service has stopped, last added first."""
        self.closers.append(closer)

    def process(self, routers: Sequence[Router], title: str, description: str = "") -> Service:
        """Wire a process that has nothing but its door."""
        name = self.settings.service
        return Service(
            name=name,
            app=create_app(name, title, routers, self.health, self.metrics, description),
            settings=self.settings,
            consumer=None,
            relay=None,
            periodics=(),
            servers=(),
            health=self.health,
            metrics=self.metrics,
            closers=[self.outbound.close, *self.closers],
        )


def _parts(settings: ProcessSettings, ids: NewId, clock: Clock) -> dict[str, Any]:
    outbound = OutboundClient()
    return {
        "settings": settings,
        "clock": clock,
        "new_id": ids,
        "faults": FaultPoints(settings.fault),
        "health": Health(),
        "metrics": Metrics(),
        "outbound": outbound,
        "operators": OperatorTokens(
            outbound,
            settings.operator_jwks_url,
            settings.operator_issuer,
            settings.operator_audience,
            clock=clock,
        ),
        "callers": ServiceTokens(
            settings.service,
            settings.service_key.get_secret_value(),
            settings.service_public_keys,
            clock,
        ),
    }


@dataclass(kw_only=True)
class Foundation(Footing):
    """The parts every service stands on; a service's ``build`` adds its own to them."""

    settings: ServiceSettings
    clock: DatabaseClock
    works: Works

    @classmethod
    def of(cls, settings: ServiceSettings, ids: NewId = new_id) -> "Foundation":
        """Build the parts; opens no connection."""
        clock = DatabaseClock()
        parts = _parts(settings, ids, clock)
        engine = create_engine(
            settings.database_url.get_secret_value(), settings.service, settings.database_pool,
            clock=clock,
        )  # fmt: skip
        works = Works(engine, settings.service, clock, ids, parts["faults"], parts["metrics"])
        return cls(**parts, works=works)

    def service(
        self,
        handler: Handler | None,
        routers: Sequence[Router],
        periodics: Sequence[Periodic] = (),
        servers: Sequence[SideServer] = (),
        title: str = "",
        description: str = "",
        *,
        knows_cases: bool = True,
    ) -> Service:
        """Wire it all. ``handler`` is None for a service that hears nothing. ``knows_cases``: its
        table ``cases`` tells who may see one."""
        operations = [
            create_operations_router(self.works, handler, self.operators, knows_cases=knows_cases),
            create_aside_router(self.works, self.operators, knows_cases=knows_cases),
        ]
        name = self.settings.service
        relay = self._relay()
        self.works.on_recorded = relay.wake
        return Service(
            name=name,
            app=create_app(
                name, title or f"CRM {name}", [*routers, *operations], self.health, self.metrics,
                description, Gauges(self.works, self.metrics).refresh,
            ),
            settings=self.settings,
            consumer=self._consumer(handler) if handler else None,
            relay=relay,
            periodics=[*periodics, self._topic_watch()] if handler else periodics,
            servers=servers,
            health=self.health,
            metrics=self.metrics,
            closers=[self.works.engine.dispose, self.outbound.close, *self.closers],
            on_stopping=self.on_stopping,
        )  # fmt: skip

    def _relay(self) -> Relay:
        producer = KafkaProducer(
            self.settings.kafka_bootstrap_servers,
            self.settings.kafka_topic,
            self.settings.kafka_idempotence,
        )
        lease = ShardLease(
            self.works.engine, self.settings.service, self.new_id(), self.metrics,
            self.settings.relay_lease_seconds, self.clock,
            self.health.heart("database", patience=10.0, needed=True),
        )  # fmt: skip
        return Relay(
            self.works.engine, self.settings.service, producer, lease, self.faults, self.metrics,
            self.health.heart("relay", patience=30.0),
        )  # fmt: skip

    def _topic_watch(self) -> Periodic:
        settings = self.settings
        topic = Topic(
            settings.kafka_topic, settings.kafka_partitions, 1, settings.kafka_retention_ms
        )
        look = partial(settings_of, settings.kafka_bootstrap_servers)
        watch = TopicWatch(topic, look, self.health, self.metrics)
        return Periodic(topic_watch.NAME, watch.step, TOPIC_SECONDS)

    def _consumer(self, handler: Handler) -> Consumer:
        subscription = KafkaSubscription(
            self.settings.kafka_bootstrap_servers,
            self.settings.kafka_topic,
            group_of(self.settings.service),
            self.settings.kafka_session_seconds,
        )
        return Consumer(
            handler, subscription, self.works, self.faults, self.metrics,
            self.health.heart("consumer", patience=30.0), self.settings.batch_size,
        )  # fmt: skip

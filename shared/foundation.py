"""The parts that every service stands on, wired: those of a process, a database and the stream."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from math import inf
from typing import TypeVar

from shared import database_url, topic_watch
from shared.aside_doors import create_router as create_aside_router
from shared.bus import Topic, group_of
from shared.clock import DatabaseClock
from shared.consumer import Consumer, Handler
from shared.database import create_engine
from shared.footing import Footing, parts_of
from shared.gauges import Gauges, Measure
from shared.http.app import create_app
from shared.http.operation import Router
from shared.ids import NewId, new_id
from shared.kafka import Gathering, KafkaProducer, KafkaSubscription, settings_of
from shared.kafka_security import KafkaSecurity, security_of
from shared.operations import create_router as create_operations_router
from shared.outbox import Relay
from shared.runtime import Periodic, Service, SideServer
from shared.schema_fit import SchemaFit, newest_revision
from shared.settings import ServiceSettings
from shared.shard_lease import ShardLease
from shared.topic_watch import TopicWatch
from shared.trace_doors import create_router as create_trace_router
from shared.work import Works

K = TypeVar("K")

TOPIC_SECONDS = 30.0
"""Between two looks at the topic's settings; under a minute, after which a task counts as stuck."""


@dataclass(kw_only=True)
class Foundation(Footing):
    """The parts every service stands on; a service's ``build`` adds its own to them."""

    settings: ServiceSettings
    clock: DatabaseClock
    works: Works
    security: KafkaSecurity

    @classmethod
    def of(cls, settings: ServiceSettings, ids: NewId = new_id) -> "Foundation":
        """Build the parts; opens no connection. Raises StopTheLine where a file that the settings
        name is not what it must be, or the URL is none."""
        clock = DatabaseClock()
        parts = parts_of(settings, ids, clock)
        url = settings.database_url.get_secret_value()
        database_url.check(url)
        engine = create_engine(
            url, settings.service, settings.database_pool, clock=clock,
            pool_mode=settings.database_pool_mode,
        )  # fmt: skip
        works = Works(
            engine, settings.service, clock, ids, parts["faults"], parts["metrics"],
            sampled=parts["spans"] is not None,
        )  # fmt: skip
        return cls(**parts, works=works, security=security_of(settings, clock))

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
        measures: Sequence[Measure] = (),
        memory: Sequence[Callable[[], None]] = (),
    ) -> Service:
        """Wire it all. ``handler`` is None for a service that hears nothing. ``knows_cases``: its
        table ``cases`` tells who may see one. ``measures``, ``memory``: see ``Gauges``."""
        operations = [
            create_operations_router(self.works, handler, self.operators, knows_cases=knows_cases),
            create_aside_router(self.works, self.operators, knows_cases=knows_cases),
            create_trace_router(self.works, self.operators, knows_cases=knows_cases),
        ]
        name = self.settings.service
        relay, consumer = self._relay(), self._consumer(handler) if handler else None
        self.works.on_recorded = relay.wake
        of_all = [self._tell_clock, *([consumer.tell_lag] if consumer else [])]
        gauges = Gauges(self.works, self.metrics, own=measures, memory=[*of_all, *memory])
        return Service(
            name=name,
            app=create_app(
                name, title or f"CRM {name}", [*routers, *operations], self.health, self.metrics,
                description, gauges.refresh, self.clock.known, self.spans,
            ),
            settings=self.settings,
            consumer=consumer,
            relay=relay,
            periodics=[
                *periodics, *([self._topic_watch()] if handler else []), *self.key_watch()
            ],
            servers=servers,
            health=self.health,
            metrics=self.metrics,
            closers=[*self.last, self.works.engine.dispose, self.outbound.close, *self.closers],
            on_stopping=self.on_stopping,
            schema=self._schema_fit(),
        )  # fmt: skip

    def _schema_fit(self) -> SchemaFit | None:
        """None for a service without migrations beside its settings."""
        own = newest_revision(type(self.settings).__module__.rpartition(".")[0])
        if own is None:
            return None
        heart = self.health.heart("schema", patience=inf, needed=True)
        release = version("cepat-respon-masyarakat")
        return SchemaFit(self.works.engine, self.settings.service, own, release, heart)

    def _tell_clock(self) -> None:
        self.metrics.own_clock_error.tell_one(self.clock.own_error)

    def _relay(self) -> Relay:
        producer = KafkaProducer(
            self.settings.kafka_bootstrap_servers,
            self.settings.kafka_topic,
            self.settings.kafka_idempotence,
            self.security,
        )
        lease = ShardLease(
            self.works.engine, self.settings.service, self.new_id(), self.metrics,
            self.settings.relay_lease_seconds, self.clock,
            self.health.heart("database", patience=10.0, needed=True),
        )  # fmt: skip
        return Relay(
            self.works.engine, self.settings.service, producer, lease, self.faults, self.metrics,
            self.health.heart("relay", patience=30.0), spans=self.spans,
        )  # fmt: skip

    def _topic_watch(self) -> Periodic:
        settings = self.settings
        topic = Topic(
            settings.kafka_topic, settings.kafka_partitions, settings.kafka_replication_factor,
            settings.kafka_retention_ms, settings.kafka_min_insync_replicas,
        )  # fmt: skip
        look = partial(settings_of, settings.kafka_bootstrap_servers, security=self.security)
        watch = TopicWatch(
            topic, look, self.health, self.metrics,
            production=settings.environment == "production",
        )  # fmt: skip
        return Periodic(topic_watch.NAME, watch.step, TOPIC_SECONDS)

    def _consumer(self, handler: Handler) -> Consumer:
        subscription = KafkaSubscription(
            self.settings.kafka_bootstrap_servers,
            self.settings.kafka_topic,
            group_of(self.settings.service),
            self.settings.kafka_session_seconds,
            gathering=Gathering(
                self.settings.kafka_fetch_min_bytes, self.settings.kafka_fetch_max_wait_ms
            ),
            security=self.security,
        )
        return Consumer(
            handler, subscription, self.works, self.faults, self.metrics,
            self.health.heart("consumer", patience=30.0), self.settings.batch_size,
            spans=self.spans,
        )  # fmt: skip

"""Logs and metrics. Every metric has its one home here; log lines are JSON of allowed fields.

No message body, no code, no address of a person may get into either: fields are allow-listed,
exceptions are logged by type and place, without values.
"""

import logging
import sys
import traceback
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from importlib.metadata import version
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

ALLOWED_FIELDS = frozenset(
    {
        "event", "level", "timestamp", "service", "logger",
        "applied", "attempt", "batch", "bootstrap", "caller", "cause", "channel", "complaint_id",
        "complaint_ids", "count", "delay", "detail", "error", "event_id", "event_type", "field",
        "kind", "link", "method", "ms", "offset", "partition", "partitions", "path", "port",
        "purpose", "recorded", "request_id", "seconds", "shard", "signal", "status", "task",
        "template", "topic", "trace_id", "unit", "where",
    }
)  # fmt: skip


def keep_allowed_fields(
    _logger: Any, _method: str, entry: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    """Drop what is not on the list, and say that something was dropped."""
    dropped = sorted(entry.keys() - ALLOWED_FIELDS)
    kept = {key: value for key, value in entry.items() if key in ALLOWED_FIELDS}
    if dropped:
        kept["detail"] = f"fields left out: {', '.join(dropped)}"
    return kept


def configure_logging(service: str, level: str) -> None:
    """JSON lines on stderr, for our own loggers and those of libraries (warnings and worse)."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed_fields,
            structlog.processors.JSONRenderer(separators=(",", ":")),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.clear_contextvars()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LibraryFormatter(service))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    # aiokafka logs every broken connection as an error and goes on by itself.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    # It tells of each failed try, and of each span that it drops; shared/span_export.py says once.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)


class LibraryFormatter(logging.Formatter):
    """A library's record as JSON without its message's values (they may quote data)."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        entry = {
            "event": "library_log", "level": record.levelname.lower(), "service": self._service,
            "logger": record.name, "where": f"{record.module}:{record.lineno}",
            "error": describe(error) if error else None,
        }  # fmt: skip
        return str(structlog.processors.JSONRenderer()(None, "", entry))


def get_logger(service: str) -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(service=service)
    return logger


def named(complaints: Sequence[UUID]) -> dict[str, Any]:
    """The fields of a line that is about these complaints; of many the first twenty."""
    if len(complaints) == 1:
        return {"complaint_id": str(complaints[0])}
    return {"complaint_ids": [str(each) for each in complaints[:20]]} if complaints else {}


def describe(error: BaseException) -> str:
    """``Transient from TimeoutError at store.py:42 < consumer.py:90``: its type, that of its first
    cause, and the place; never a message."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames)
    )
    kinds = " from ".join(type(each).__qualname__ for each in dict.fromkeys((error, _first(error))))
    return f"{kinds} at {places}" if places else kinds


def _first(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


class Standing(Collector):
    """A gauge that is told as a whole at each scrape. What could not be had, or is there no more,
    is not shown: an old figure would look like a good one."""

    def __init__(
        self, registry: CollectorRegistry, name: str, text: str, labels: Sequence[str] = ()
    ) -> None:
        self._name, self._text, self._labels = name, text, labels
        self._found: Mapping[tuple[str, ...], float] = {}
        registry.register(self)

    def tell(self, found: Mapping[tuple[str, ...], float]) -> None:
        """By the values of the labels; of all others nothing is shown."""
        self._found = found

    def tell_one(self, value: float | None) -> None:
        """Of a gauge without labels; None: it could not be had."""
        self._found = {} if value is None else {(): value}

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return [self._family()]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        family = self._family()
        for labels, value in self._found.items():
            family.add_metric(labels, value)
        return [family]

    def _family(self) -> GaugeMetricFamily:
        return GaugeMetricFamily(self._name, self._text, labels=self._labels)


class Metrics:
    """All metrics of a process. Labels are names out of closed lists, never ids; but for those of
    keys, of which there are few and which say nothing."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events_applied = self._counter("crm_events_applied", "Events applied", ["type"])
        self.events_skipped = self._counter("crm_events_skipped", "Types this service hears not")
        self.events_repeated = self._counter("crm_events_repeated", "Deliveries already applied")
        self.events_parked = self._counter("crm_events_parked", "Events set aside", ["cause"])
        self.parked_now = self._gauge("crm_parked_now", "Events set aside at present", ["cause"])
        self.parked_oldest_seconds = self._gauge(
            "crm_parked_oldest_seconds", "Seconds since the first of them was set aside", ["cause"]
        )
        self.measured = self._gauge(
            "crm_measured", "1 where the gauges of a database could be asked", ["what"]
        )
        self.events_recorded = self._counter("crm_events_recorded", "Outbox rows", ["type"])
        self.events_relayed = self._counter("crm_events_relayed", "Events the broker has taken")
        self.shards_held = Gauge(
            "crm_relay_shards_held", "Shards of the outbox that this process publishes",
            registry=self.registry,
        )  # fmt: skip
        self.outbox_rows = self._standing(
            "crm_outbox_rows", "Events that the broker has not taken, 10,000 at most"
        )
        self.outbox_oldest = self._standing(
            "crm_outbox_oldest_seconds", "Age of the oldest event that the broker has not taken"
        )
        self.lag_records = self._standing(
            "crm_consumer_lag_records", "Records of the stream that are not applied", ["partition"]
        )
        self.lag_seconds = self._standing(
            "crm_consumer_lag_seconds", "Since the first of them was seen", ["partition"]
        )
        self.deliveries_now = self._standing(
            "crm_deliveries_now", "Messages to reporters that are open, 10,000 at most",
            ["channel", "status"],
        )  # fmt: skip
        self.deliveries_oldest = self._standing(
            "crm_deliveries_oldest_seconds", "Age of the oldest of them", ["channel", "status"]
        )
        self.timers_overdue = self._standing(
            "crm_timers_overdue", "Cases whose clock is due and has not fired, 10,000 at most"
        )
        self.timer_lateness = self._standing(
            "crm_timer_lateness_seconds", "Since the first of them was due"
        )
        self.intake_messages = self._standing(
            "crm_intake_queue_messages", "Messages that wait in memory for the database"
        )
        self.intake_bytes = self._standing("crm_intake_queue_bytes", "Bytes of their bodies")
        self.intake_most_messages = self._standing(
            "crm_intake_queue_most_messages", "Messages that may wait; who comes then gets 503"
        )
        self.intake_most_bytes = self._standing(
            "crm_intake_queue_most_bytes", "Bytes that may wait; who comes then gets 503"
        )
        self.intake = self._counter(
            "crm_intake", "Requests and mails that a channel brought, and what came of them",
            ["channel", "outcome"],
        )  # fmt: skip
        self.channel_last = self._standing(
            "crm_channel_last_seconds", "Since a channel brought a complaint last", ["channel"]
        )
        self.channel_pause = self._standing(
            "crm_channel_pause_seconds", "Longest pause between its last complaints", ["channel"]
        )
        self.backup_age = self._standing(
            "crm_backup_age_seconds",
            "Since the last backup was begun; without one, since the first complaint came",
        )
        self.vault_claims = self._counter(
            "crm_vault_claims", "Questions to the vault for contacts", ["outcome"]
        )
        self.loop_lag = Gauge(
            "crm_event_loop_lag_seconds", "Most that a wake-up came too late in half a minute",
            registry=self.registry,
        )  # fmt: skip
        self._standing("crm_build_info", "1, with the version of the program", ["version"]).tell(
            {(version("cepat-respon-masyarakat"),): 1.0}
        )
        self.own_clock_error = self._standing(
            "crm_clock_offset_seconds", "By how much this machine's clock is ahead of the database"
        )
        self.retries = self._counter("crm_retries", "Tries after a failure", ["task"])
        self.deaths = self._counter(
            "crm_deaths", "Tasks that died and were started again", ["task"]
        )
        self.gateway_failures = self._counter(
            "crm_gateway_failures", "Messages that a gateway did not take", ["gateway", "reason"]
        )
        self.gateways_held_back = Gauge(
            "crm_gateways_held_back", "1 for a gateway that takes nothing or refuses us",
            ["gateway", "reason"], registry=self.registry,
        )  # fmt: skip
        self.batch_seconds = Histogram(
            "crm_batch_seconds", "Seconds for one batch", registry=self.registry
        )
        self.batch_size = Histogram(
            "crm_batch_events", "Events in one batch", registry=self.registry,
            buckets=(1, 10, 50, 100, 250, 500, 1000),
        )  # fmt: skip
        self.http_seconds = Histogram(
            "crm_http_seconds", "Seconds for one request", ["method", "route", "status"],
            registry=self.registry,
        )  # fmt: skip
        self.partitions_standing = self._gauge(
            "crm_partitions_standing", "1 for a partition that the broker refuses",
            ["partition", "cause"],
        )  # fmt: skip
        self.topic_wrong = self._gauge(
            "crm_topic_setting_wrong", "1 for a setting that is not what the stream needs",
            ["setting"],
        )  # fmt: skip
        self.media_fetches = self._counter(
            "crm_media_fetches", "Tries to fetch a file, and what came of them",
            ["source", "outcome"],
        )  # fmt: skip
        self.media_orphans = self._counter(
            "crm_media_orphans", "Objects without a row that were deleted from the store"
        )
        self.media_lost = Gauge(
            "crm_media_lost", "Rows whose object is not in the store", registry=self.registry
        )
        self.scanner_away = Gauge(
            "crm_scanner_away", "1 while the scanner of documents and videos is away or set wrong",
            registry=self.registry,
        )  # fmt: skip
        self.rules_version = Gauge(
            "crm_rules_version", "Version of the rules that decides", registry=self.registry
        )
        self.rules_refused = Gauge(
            "crm_rules_refused", "1 while an activated version of the rules cannot be read",
            registry=self.registry,
        )  # fmt: skip
        self.rules_failed = self._counter(
            "crm_rules_failed", "Complaints left to people because a rule failed"
        )
        self.spans = self._counter(
            "crm_spans", "Spans of traces, and whether the collector took them", ["outcome"]
        )
        self.progress = self._gauge("crm_progress", "1 while the task makes progress", ["task"])
        self.silent_seconds = self._gauge(
            "crm_task_silent_seconds", "Since the task made progress last", ["task"]
        )
        self.patience_seconds = self._gauge(
            "crm_task_patience_seconds", "So long it may be silent before it counts as stuck",
            ["task"],
        )  # fmt: skip
        self.pool_used = self._standing(
            "crm_db_pool_used", "Connections to the database that are at work"
        )
        self.pool_most = self._standing(
            "crm_db_pool_most", "Connections that may be; who comes then waits"
        )
        self._key_used = self._counter(
            "crm_key_used", "Uses of a key, to write or to read", ["kind", "key_id"]
        )
        self._key_current = self._gauge(
            "crm_key_current", "1 for the key that writes, 0 for one that reads alone",
            ["kind", "key_id"],
        )  # fmt: skip
        self._key_last_used = self._gauge(
            "crm_key_last_used_seconds", "When a key was used last, in seconds since 1970",
            ["kind", "key_id"],
        )  # fmt: skip
        self._keys: dict[str, tuple[str, ...]] = {}
        # The names of Prometheus's own clients: process_resident_memory_bytes and its like.
        ProcessCollector(registry=self.registry)

        self._rows_aside = self._gauge("crm_rows_aside", "Rows set aside", ["table"])
        self._oldest_aside = self._gauge(
            "crm_rows_aside_oldest_seconds", "Since the first of them was", ["table"]
        )

    def count_rows_aside(self, found: Mapping[str, tuple[int, float]]) -> None:
        """How many of each table, and for how many seconds the first of them; nothing is said of a
        table of which none is."""
        self._rows_aside.clear()
        self._oldest_aside.clear()
        for table, (count, oldest) in found.items():
            self._rows_aside.labels(table).set(count)
            self._oldest_aside.labels(table).set(oldest)

    def tell_keys(self, held: Mapping[str, tuple[str, ...]]) -> None:
        """By kind the ids of the keys that are held now, the one that writes first. Their uses are
        counted from 0, so that a key that nobody used is told from one that is not here."""
        self._keys.update(held)
        self._key_current.clear()
        for kind, ids in self._keys.items():
            for place, key_id in enumerate(ids):
                self._key_current.labels(kind, key_id).set(place == 0)
                self._key_used.labels(kind, key_id)

    def count_key(self, kind: str, key_id: str, at: float) -> None:
        """``at``: seconds since 1970."""
        self._key_used.labels(kind, key_id).inc()
        self._key_last_used.labels(kind, key_id).set(at)

    def _counter(self, name: str, text: str, labels: list[str] | None = None) -> Counter:
        return Counter(name, text, labels or [], registry=self.registry)

    def _standing(self, name: str, text: str, labels: Sequence[str] = ()) -> Standing:
        return Standing(self.registry, name, text, labels)

    def _gauge(self, name: str, text: str, labels: list[str]) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)

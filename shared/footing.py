"""The parts that every process stands on, wired; a process's ``build`` adds its own to them.

A file of its own: a process that has neither database nor stream need not wait for their libraries
when it starts.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from pydantic import TypeAdapter

from shared import key_watch
from shared.auth import OperatorTokens, ServiceTokens
from shared.clock import Clock
from shared.errors import StopTheLine
from shared.faults import FaultPoints
from shared.health import Health
from shared.http.app import create_app
from shared.http.date import Known
from shared.http.operation import Router
from shared.http.paging import Cursors
from shared.ids import NewId, new_id
from shared.key_watch import Held, Holder, KeyBook, KeyWatch
from shared.outbound import OutboundClient, ServiceClient
from shared.production import refuse_unfit
from shared.runtime import Periodic, Service
from shared.settings import ProcessSettings, secrets_folder
from shared.spans import Spans
from shared.telemetry import Metrics

K = TypeVar("K")


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
    keys: KeyBook[Any]
    spans: Spans | None
    """Told of what is done, where spans are exported."""
    closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    on_stopping: list[Callable[[], object]] = field(default_factory=list)
    """Called when the stop of the service begins."""

    @classmethod
    def of_process(cls, settings: ProcessSettings, clock: Clock, ids: NewId = new_id) -> "Footing":
        """Build the parts; opens no connection."""
        return cls(**parts_of(settings, ids, clock))

    def service_client(self, name: str, url: str) -> ServiceClient:
        """A client for the internal API of the service ``name``."""
        return ServiceClient(self.outbound, self.callers, name, url)

    def cursors(self, listing: str, keyset: TypeAdapter[K]) -> Cursors[K]:
        """The cursors of a list. Raises StopTheLine without the key that they are signed with."""
        key = self.settings.derived_from
        if not key:
            raise StopTheLine("A service that lists things signs its cursors: give SERVICE_KEY.")
        return Cursors(key.encode(), listing, keyset)

    def add_closer(self, closer: Callable[[], Awaitable[None]]) -> None:
        """``closer`` is awaited when the service has stopped, last added first."""
        self.closers.append(closer)

    def process(
        self,
        routers: Sequence[Router],
        periodics: Sequence[Periodic],
        dated_by: Known,
        title: str,
        description: str = "",
        refresh: Callable[[], Awaitable[None]] | None = None,
    ) -> Service:
        """Wire a process that has its door and side tasks. ``dated_by``: of its answers' dates.
        ``refresh``: brings gauges up to date before they are scraped."""
        name = self.settings.service
        return Service(
            name=name,
            app=create_app(
                name,
                title,
                routers,
                self.health,
                self.metrics,
                description,
                refresh,
                dated_by=dated_by,
                spans=self.spans,
            ),
            settings=self.settings,
            consumer=None,
            relay=None,
            periodics=[*periodics, *self.key_watch()],
            servers=(),
            health=self.health,
            metrics=self.metrics,
            closers=[*self.last, self.outbound.close, *self.closers],
        )

    @property
    def last(self) -> list[Callable[[], Awaitable[None]]]:
        """What is let go when all else has ended: the last spans are those of a stop."""
        return [self.spans.close] if self.spans else []

    def hold_keys(self, holder: Holder[Any]) -> None:
        """``holder`` takes keys out of the settings, now and when their files change."""
        self.keys.hold(holder, self.settings)

    def key_watch(self) -> list[Periodic]:
        """Of a process whose secrets are files."""
        folder = secrets_folder()
        if not folder.is_dir():
            return []
        watch = KeyWatch(folder, type(self.settings), self.keys)
        return [Periodic(key_watch.NAME, watch.step, key_watch.KEY_SECONDS)]


def parts_of(settings: ProcessSettings, ids: NewId, clock: Clock) -> dict[str, Any]:
    """What a ``Footing`` is made of, by the names of its fields. Raises StopTheLine where the
    settings are not fit for the environment that they name."""
    refuse_unfit(settings)
    outbound = OutboundClient()
    metrics = Metrics()
    spans = _spans(settings, metrics, clock, ids)
    keys: KeyBook[ProcessSettings] = KeyBook(metrics, clock)
    callers = ServiceTokens(
        settings.service,
        settings.service_key.get_secret_value(),
        settings.service_public_keys,
        clock,
        keys.used,
    )
    keys.hold(partial(_service_keys, callers), settings)
    return {
        "settings": settings,
        "clock": clock,
        "new_id": ids,
        "faults": FaultPoints(settings.fault),
        "health": Health(),
        "metrics": metrics,
        "outbound": outbound,
        "operators": OperatorTokens(
            outbound,
            settings.operator_jwks_url,
            settings.operator_issuer,
            settings.operator_audience,
            clock=clock,
        ),
        "callers": callers,
        "keys": keys,
        "spans": spans,
    }


def _spans(settings: ProcessSettings, metrics: Metrics, clock: Clock, ids: NewId) -> Spans | None:
    """None unless a collector is named: nothing of OpenTelemetry is imported then. Raises
    StopTheLine where one is named and the extra is not installed."""
    if not settings.otlp_endpoint:
        return None
    try:
        from shared.span_export import SpanExport
    except ModuleNotFoundError as error:
        raise StopTheLine(
            "CRM_OTLP_ENDPOINT is set, and the extra that sends spans is not installed: install"
            " cepat-respon-masyarakat[otel], or take the setting away."
        ) from error
    return Spans(SpanExport(settings.service, settings.otlp_endpoint, metrics), clock, ids)


def _service_keys(callers: ServiceTokens, settings: ProcessSettings) -> Held:
    return callers.replace(settings.service_key.get_secret_value(), settings.service_public_keys)

"""Spans: what a backend of traces is told of requests, events and deliveries.

They are made where the log has its lines, of the ids that are there anyway: nothing is carried
along for them but the traceparent of an event. An attribute is a name out of a closed list, a
pattern of an address, a number or an id of the stream: class C0. Nothing of OpenTelemetry is known
here; ``shared/span_export.py`` sends what is made (docs/decisions/0096).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias
from uuid import UUID

from shared.clock import Clock
from shared.events.event import Envelope
from shared.ids import NewId
from shared.trace_context import AT_ONCE, Spot, root_of, sampled_spot, spot_of_act

Kind: TypeAlias = Literal["server", "client", "producer", "consumer"]
Attributes: TypeAlias = Mapping[str, str | int | Sequence[str]]

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "_OTHER"
"""Of OpenTelemetry's conventions: a caller may write any word there."""

NAMED = 20
"""So many complaints of a request are named, as in its line in the log."""

ATTRIBUTES = frozenset(
    {
        "http.request.method", "http.route", "http.response.status_code",
        "messaging.system", "messaging.operation.type", "messaging.batch.message_count",
        "crm.complaint_ids", "crm.event_id", "crm.event_type", "crm.event_types", "crm.cause_id",
        "crm.template", "crm.channel", "crm.gateway", "crm.attempt",
    }
)  # fmt: skip
"""All that a span may tell."""


@dataclass(frozen=True, slots=True)
class Span:
    """What was done, when it is over. seconds: for how long until ``ended``. links: spans of other
    traces, or of many, that it goes on from. failed: the fault is ours or another system's."""

    name: str
    kind: Kind
    spot: Spot
    parent: Spot | None
    ended: datetime
    seconds: float
    attributes: Attributes
    links: tuple[Spot, ...] = ()
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Try:
    """A try to deliver a message. traceparent: of the event that called for it, at ``called_at``;
    sent: the gateway took it."""

    complaint_id: UUID
    template: str
    channel: str
    gateway: str
    attempt: int
    traceparent: str | None = field(repr=False)
    called_at: datetime
    sent: bool


class Published(Protocol):
    """A row of an outbox that is on the bus."""

    @property
    def event_id(self) -> UUID: ...

    @property
    def complaint_id(self) -> UUID: ...

    @property
    def type(self) -> str: ...

    @property
    def causation_id(self) -> UUID | None: ...

    @property
    def traceparent(self) -> str | None: ...


class Sink(Protocol):
    """Takes spans and never makes whoever brings them wait."""

    def add(self, span: Span) -> None: ...

    async def close(self) -> None: ...


def of_request(
    act: UUID, method: str, route: str, status: int, complaints: Sequence[UUID],
    ended: datetime, seconds: float,
) -> Span:  # fmt: skip
    """``route``: the pattern of the address, never the address."""
    known = method if method in METHODS else OTHER_METHOD
    told: Attributes = {
        "http.request.method": known, "http.route": route, "http.response.status_code": status,
        **_named(complaints),
    }  # fmt: skip
    spot, failed = spot_of_act(act), status >= 500
    return Span(f"{known} {route}", "server", spot, None, ended, seconds, told, failed=failed)


def of_mail(act: UUID, complaints: Sequence[UUID], received: datetime, ended: datetime) -> Span:
    """A mail that came by SMTP or LMTP."""
    seconds = max(0.0, (ended - received).total_seconds())
    return Span("mail", "server", spot_of_act(act), None, ended, seconds, _named(complaints))


def of_published(
    rows: Sequence[Published], ended: datetime, seconds: float
) -> Iterator[Span]:  # fmt: skip
    """One for each event: its id is that which the event carries to its hearers, and its parent is
    the act with which the trace began."""
    for row in rows:
        spot = sampled_spot(row.traceparent)
        if spot is not None:
            cause = {"crm.cause_id": str(row.causation_id)} if row.causation_id else {}
            told: Attributes = {
                "messaging.system": "kafka", "messaging.operation.type": "send",
                "crm.event_type": row.type, "crm.event_id": str(row.event_id), **cause,
                **_named([row.complaint_id]),
            }  # fmt: skip
            name = f"publish {_short(row.type)}"
            yield Span(name, "producer", spot, root_of(spot), ended, seconds, told)


def of_applied(
    batch: UUID, envelopes: Sequence[Envelope], ended: datetime, seconds: float
) -> Span | None:
    """One for the batch, in a trace of its own (``batch``), with a link to each event whose trace
    is exported: a batch goes on from many. None where there is no such event."""
    found = [(each, sampled_spot(each.traceparent)) for each in envelopes]
    links = tuple(spot for _, spot in found if spot is not None)
    if not links:
        return None
    types = sorted({_short(each.type) for each, spot in found if spot is not None})
    told: Attributes = {
        "messaging.system": "kafka", "messaging.operation.type": "process",
        "messaging.batch.message_count": len(envelopes), "crm.event_types": types,
    }  # fmt: skip
    spot = spot_of_act(batch)
    return Span("apply", "consumer", spot, None, ended, seconds, told, links)


def of_try(own: UUID, tried: Try, ended: datetime, seconds: float) -> Span | None:
    """A call of a gateway, as a child of the event that called for the message; after the message
    has waited, in a trace of its own (``own``) with a link to that event. None where that event's
    trace is not exported."""
    cause = sampled_spot(tried.traceparent)
    if cause is None:
        return None
    told: Attributes = {
        "crm.template": tried.template, "crm.channel": tried.channel,
        "crm.gateway": tried.gateway, "crm.attempt": tried.attempt,
        **_named([tried.complaint_id]),
    }  # fmt: skip
    name, failed = f"deliver {tried.template}", not tried.sent
    if ended - tried.called_at > AT_ONCE:
        spot = spot_of_act(own)
        return Span(name, "client", spot, None, ended, seconds, told, (cause,), failed)
    spot = Spot(cause.trace, own.hex[16:])
    return Span(name, "client", spot, cause, ended, seconds, told, failed=failed)


class Spans:
    """Is told of what was done and makes spans of it; there is none where none are exported."""

    def __init__(self, sink: Sink, clock: Clock, new_id: NewId) -> None:
        self._sink = sink
        self._clock = clock
        self._new_id = new_id

    def request(
        self, act: UUID, method: str, route: str, status: int, seconds: float,
        complaints: Sequence[UUID],
    ) -> None:  # fmt: skip
        now = self._clock()
        self._sink.add(of_request(act, method, route, status, complaints, now, seconds))

    def mail(self, act: UUID, received: datetime, complaints: Sequence[UUID]) -> None:
        self._sink.add(of_mail(act, complaints, received, self._clock()))

    def published(self, rows: Sequence[Published], seconds: float) -> None:
        for span in of_published(rows, self._clock(), seconds):
            self._sink.add(span)

    def applied(self, envelopes: Sequence[Envelope], seconds: float) -> None:
        self._add(of_applied(self._new_id(), envelopes, self._clock(), seconds))

    def tried(self, what: Try, seconds: float) -> None:
        self._add(of_try(self._new_id(), what, self._clock(), seconds))

    async def close(self) -> None:
        """Sends what is left, for a bounded time."""
        await self._sink.close()

    def _add(self, span: Span | None) -> None:
        if span is not None:
            self._sink.add(span)


def _named(complaints: Sequence[UUID]) -> Mapping[str, Sequence[str]]:
    return {"crm.complaint_ids": [str(each) for each in complaints[:NAMED]]} if complaints else {}


def _short(event_type: str) -> str:
    """``id.go.jakarta.crm.ComplaintReceived.v1 -> ComplaintReceived.v1``"""
    return ".".join(event_type.rsplit(".", 2)[-2:])

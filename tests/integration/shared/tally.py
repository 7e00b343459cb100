"""A service in small: counts a complaint's events and answers the first with one of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import system_clock
from shared.database import create_engine, service_metadata
from shared.errors import Reject, Transient
from shared.events.event import Envelope, Event
from shared.events.intake import ComplaintReceived, ComplaintWithdrawn
from shared.faults import FaultPoints
from shared.ids import new_id
from shared.retry import RetryPolicy
from shared.telemetry import Metrics
from shared.work import Work, Works


@dataclass(frozen=True, slots=True)
class NotesTheTries(RetryPolicy):
    """The policy, and the number of each try whose pause it was asked for."""

    base: float = 0.01
    cap: float = 0.02
    tries: list[int] = field(default_factory=list)

    def delay(self, attempt: int, jitter: float) -> float:
        self.tries.append(attempt)
        return RetryPolicy.delay(self, attempt, jitter)


metadata = service_metadata("sla")
tally = sa.Table(
    "tally",
    metadata,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("seen", sa.ARRAY(sa.Text), nullable=False),
)

_ADD = sa.text(
    "INSERT INTO tally VALUES (:id, ARRAY[CAST(:name AS text)])"
    " ON CONFLICT (complaint_id) DO UPDATE SET seen = tally.seen || excluded.seen"
)


class TallyHandler:
    """``fail`` decides what happens to an event: None lets it pass."""

    hears: frozenset[type[Event]] = frozenset({ComplaintReceived, ComplaintWithdrawn})

    def __init__(self) -> None:
        self.poison: dict[UUID, Exception] = {}
        self.hiccups = 0
        self.batches: list[int] = []
        self.prepared: list[Any] = []

    async def prepare(self, envelopes: Sequence[Envelope]) -> Any:
        return len(envelopes)

    async def apply(self, work: Work, envelopes: Sequence[Envelope], prepared: Any) -> None:
        self.batches.append(len(envelopes))
        self.prepared.append(prepared)
        for envelope in envelopes:
            if envelope.id in self.poison:
                raise self.poison[envelope.id]
            name = type(envelope.event).__name__
            await work.connection.execute(_ADD, {"id": envelope.complaint_id, "name": name})
            self._answer(work, envelope)
        if self.hiccups:
            self.hiccups -= 1
            raise Transient("the world hiccuped")

    def _answer(self, work: Work, envelope: Envelope) -> None:
        if isinstance(envelope.event, ComplaintReceived):
            withdrawn = ComplaintWithdrawn(
                complaint_id=envelope.complaint_id, at=work.now, source="citizen"
            )
            work.record(withdrawn, cause=envelope.id, traceparent=envelope.traceparent)


async def tally_works(url: str) -> Works:
    """Works on an empty schema in which the tally's tables are made."""
    return await works_on(url, "sla", metadata)


async def works_on(url: str, service: str, tables: sa.MetaData | None = None) -> Works:
    """Works of ``service`` on an empty schema in which ``tables`` (the bus's alone) are made."""
    engine = create_engine(url, service)
    async with engine.begin() as connection:
        await connection.run_sync((tables or service_metadata(service)).create_all)
    return Works(engine, service, system_clock, new_id, FaultPoints(), Metrics())


async def tallies(connection: AsyncConnection) -> dict[UUID, list[str]]:
    rows = await connection.execute(sa.select(tally))
    return {row.complaint_id: list(row.seen) for row in rows}


BAD = Reject("broken_invariant", "the tally does not like it")

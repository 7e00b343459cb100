"""Operators' doors that every service has: the way of a complaint through it, and of a trace."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from shared import trace_rows
from shared.auth import Operator, OperatorTokens, Role
from shared.errors import Malformed, NotFound
from shared.http.operation import Router
from shared.visibility import SYSTEM, Sight, care_of
from shared.work import Works

EVENTS_AT_MOST = 100


class RecordedEvent(BaseModel):
    """An event that the service has stated. ``published_at``: when the bus had it; null while it
    waits. ``report_number``, ``channel``: of those that tell them."""

    event_id: UUID
    event_type: str
    at: datetime
    causation_id: UUID | None
    traceparent: str | None
    published_at: datetime | None
    report_number: str | None
    channel: str | None


class ParkedOnTheWay(BaseModel):
    """An event that was parked or held here, also one that has gone on since."""

    id: int
    event_id: UUID | None
    cause: str
    parked_at: datetime
    replayed_at: datetime | None
    discarded_at: datetime | None


class AsideOnTheWay(BaseModel):
    """A row that was set aside, also one that is released."""

    table: Annotated[str, Field(examples=["cases"])]
    cause: Annotated[str, Field(examples=["ValidationError at store.py:60"])]
    since: datetime
    released_at: datetime | None


class AppliedEvent(BaseModel):
    event_id: UUID
    applied_at: datetime


class ComplaintTrace(BaseModel):
    """What the service knows of the way of a complaint; ``applied`` of the events asked for."""

    recorded: list[RecordedEvent]
    applied: list[AppliedEvent]
    parked: list[ParkedOnTheWay]
    set_aside: list[AsideOnTheWay]


class TracedComplaints(BaseModel):
    complaints: list[UUID]


EventIds = Annotated[
    str | None,
    Query(
        max_length=37 * EVENTS_AT_MOST,
        pattern=r"^[0-9a-f-]{36}(,[0-9a-f-]{36})*$",
        examples=["0192f000-0000-7000-8000-000000000001,0192f000-0000-7000-8000-000000000002"],
    ),
]
"""Ids with commas between them, at most a hundred."""


def create_router(works: Works, operators: OperatorTokens, *, knows_cases: bool) -> Router:
    """For admins and auditors. ``knows_cases``: the service has a table ``cases`` that tells whom a
    case is about; a service without one knows of no case."""
    router = Router(prefix="/internal/v1", tags=["operations"])
    reader = Depends(operators.require(Role.ADMIN, Role.AUDITOR))

    def sight_of(operator: Operator) -> Sight | None:
        return care_of(operator, operators.units) if knows_cases else None

    @router.get("/complaints/{complaint_id}/trace", summary="Its way through this service")
    async def trace_complaint(
        complaint_id: UUID, event_ids: EventIds = None, operator: Operator = reader
    ) -> ComplaintTrace:
        """Times of what was stated, published, parked and set aside here, and of the named events
        when they were applied."""
        return await _trace(works, complaint_id, _ids(event_ids), sight_of(operator))

    @router.get("/traces/{trace_id}", summary="The complaints of a trace")
    async def trace_act(trace_id: UUID, operator: Operator = reader) -> TracedComplaints:
        """Those of which this service has stated an event within five minutes after the trace was
        begun, or before."""
        async with works.read(SYSTEM) as connection:
            found = await trace_rows.of_trace(connection, trace_id, sight_of(operator))
        return TracedComplaints(complaints=list(found))

    return router


def _ids(named: str | None) -> list[UUID]:
    """Raises Malformed."""
    try:
        return [UUID(each) for each in named.split(",")] if named else []
    except ValueError:
        raise Malformed(
            "Give ids of events, with commas between them.", field="event_ids"
        ) from None


async def _trace(
    works: Works, complaint_id: UUID, event_ids: Sequence[UUID], sight: Sight | None
) -> ComplaintTrace:
    """Raises NotFound for a complaint of which nothing is known here, or to this officer."""
    async with works.read(SYSTEM) as connection:
        hidden = await trace_rows.is_hidden(connection, complaint_id, sight)
        found = ComplaintTrace.model_validate(
            {
                "recorded": await trace_rows.recorded(connection, complaint_id),
                "applied": await trace_rows.applied(connection, event_ids),
                "parked": await trace_rows.parked(connection, complaint_id),
                "set_aside": await trace_rows.set_aside(connection, complaint_id),
            }
        )
    if hidden or found == ComplaintTrace(recorded=[], applied=[], parked=[], set_aside=[]):
        raise NotFound("Nothing is known here of such a complaint.", field="complaint_id")
    return found

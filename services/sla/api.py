"""The operators' interface: the clocks of a case, what is overdue, waiving an evaluation."""

import base64
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.sla.clocks import CaseClocks, ClockState
from services.sla.domain import waive
from services.sla.store import ClockStore, Cursor, OverdueClock, Waiver
from shared.auth import Operator, OperatorTokens, Role
from shared.errors import Forbidden, Malformed, NotFound
from shared.events.vocabulary import Clock
from shared.text import refuse_unstorable
from shared.work import Works

READERS = (Role.UNIT_OFFICER, Role.BIRO, Role.AUDITOR, Role.ADMIN)
ACROSS_UNITS = (Role.BIRO, Role.AUDITOR, Role.ADMIN)


class ClockView(BaseModel):
    """One clock. ``unit_id``: who must act; ``missed_at``: when the limit was found passed."""

    clock: Clock
    unit_id: str | None
    started_at: datetime
    due_at: datetime
    original_due_at: datetime
    policy_id: str
    policy_version: int
    warnings: int
    missed_at: datetime | None
    waived_at: datetime | None
    paused_since: datetime | None
    stopped_at: datetime | None


class HoldingView(BaseModel):
    unit_id: str
    since: datetime
    until: datetime | None


class DeadlinesView(BaseModel):
    complaint_id: UUID
    received_at: datetime | None
    closed_at: datetime | None
    extensions: int
    clocks: list[ClockView]
    holdings: list[HoldingView]


class OverdueView(BaseModel):
    complaint_id: UUID
    clock: Clock
    unit_id: str | None
    due_at: datetime
    original_due_at: datetime


class OverduePage(BaseModel):
    overdue: list[OverdueView]
    next_cursor: str | None
    """Pass it as ``cursor`` for the next page; null on the last one."""


class WaiveEvaluation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] = Field(
        max_length=2000
    )


def create_router(works: Works, store: ClockStore, operators: OperatorTokens) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["deadlines"])
    reader = operators.require(*READERS)
    biro = operators.require(Role.BIRO)

    @router.get("/deadlines/{complaint_id}")
    async def read_deadlines(
        complaint_id: UUID, operator: Annotated[Operator, Depends(reader)]
    ) -> DeadlinesView:
        """The clocks of a case; a unit's officer sees those of cases the unit has or had."""
        async with works.read() as connection:
            case = await store.find(connection, complaint_id)
        return _view(_visible(case, operator))

    @router.get("/overdue")
    async def list_overdue(
        operator: Annotated[Operator, Depends(reader)],
        unit: Annotated[str | None, Query(max_length=100)] = None,
        clock: Clock | None = None,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> OverduePage:
        """Limits that have passed while the clock still runs, longest overdue first."""
        wanted = _own_unit(unit, operator)
        after = _read_cursor(cursor)
        async with works.read() as connection:
            found = await store.overdue(connection, wanted, clock, after, limit + 1)
        return _page(found, limit)

    @router.post("/evaluations/{complaint_id}/waive")
    async def waive_evaluation(
        complaint_id: UUID, body: WaiveEvaluation, operator: Annotated[Operator, Depends(biro)]
    ) -> DeadlinesView:
        """The consequence of a month unfinished is dropped, for the reason given."""
        reason = refuse_unstorable(body.reason, "reason")
        return _view(await _waive(works, store, complaint_id, reason, operator))

    return router


async def _waive(
    works: Works, store: ClockStore, complaint_id: UUID, reason: str, operator: Operator
) -> CaseClocks:
    async with works.open() as work:
        found = await store.load_many(work.connection, [complaint_id])
        case = _visible(found.get(complaint_id), operator)
        note_id = work.new_id()
        decision = waive(case, note_id, work.now)
        await store.save_many(work.connection, [decision.state])
        await store.add_waiver(
            work.connection,
            Waiver(note_id, complaint_id, reason, operator.subject, operator.unit, work.now),
        )
        work.record(*decision.events, cause=case.heard)
    return decision.state


def _visible(case: CaseClocks | None, operator: Operator) -> CaseClocks:
    """Raises NotFound, without telling whether there is none or it is another unit's.

    A unit that is complained of sees nothing of it, whatever its officers may see elsewhere.
    """
    if case is not None and case.about_unit != operator.unit:
        held = any(holding.unit_id == operator.unit for holding in case.holdings)
        if held or operator.role in ACROSS_UNITS:
            return case
    raise NotFound("There are no deadlines of such a complaint for your unit.")


def _own_unit(unit: str | None, operator: Operator) -> str | None:
    if operator.role in ACROSS_UNITS:
        return refuse_unstorable(unit, "unit") if unit is not None else None
    if unit not in (None, operator.unit):
        raise Forbidden("You may list your own unit's only. Leave out 'unit'.", field="unit")
    return operator.unit


def _view(case: CaseClocks) -> DeadlinesView:
    return DeadlinesView(
        complaint_id=case.complaint_id,
        received_at=case.received_at,
        closed_at=case.closed_at,
        extensions=case.extensions,
        clocks=[_clock(clock, case) for clock in case.clocks.values()],
        holdings=[
            HoldingView(unit_id=holding.unit_id, since=holding.since, until=holding.until)
            for holding in case.holdings
        ],
    )


def _clock(clock: ClockState, case: CaseClocks) -> ClockView:
    return ClockView(
        clock=clock.clock,
        unit_id=case.responsible(clock),
        started_at=clock.started_at,
        due_at=clock.due_at,
        original_due_at=clock.original_due_at,
        policy_id=clock.policy_id,
        policy_version=clock.policy_version,
        warnings=clock.warned,
        missed_at=clock.missed_at,
        waived_at=clock.waived_at,
        paused_since=clock.paused_since,
        stopped_at=clock.stopped_at,
    )


def _page(found: list[OverdueClock], limit: int) -> OverduePage:
    shown = found[:limit]
    return OverduePage(
        overdue=[
            OverdueView(
                complaint_id=row.complaint_id,
                clock=row.clock,
                unit_id=row.unit_id,
                due_at=row.due_at,
                original_due_at=row.original_due_at,
            )
            for row in shown
        ],
        next_cursor=_write_cursor(shown[-1]) if len(found) > limit else None,
    )


def _write_cursor(last: OverdueClock) -> str:
    plain = f"{last.due_at.isoformat()}~{last.complaint_id}~{last.clock}"
    return base64.urlsafe_b64encode(plain.encode()).decode()


def _read_cursor(cursor: str | None) -> Cursor | None:
    if cursor is None:
        return None
    try:
        at, key, clock = base64.urlsafe_b64decode(cursor.encode()).decode().split("~")
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise ValueError("a cursor's instant is aware")
        return instant.astimezone(UTC), UUID(key), Clock(clock)
    except (ValueError, OverflowError):
        raise Malformed("Pass next_cursor of the page before, unchanged.", field="cursor") from None

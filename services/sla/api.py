"""The operators' interface: the clocks of a case, what is overdue, waiving an evaluation."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from services.sla.clocks import CaseClocks, ClockState
from services.sla.domain import waive
from services.sla.store import ClockStore, OverdueClock, OverdueKey, Waiver
from shared.auth import Operator, OperatorTokens, Role
from shared.errors import Conflict, Forbidden, NotFound
from shared.events.vocabulary import Clock
from shared.http.operation import Router
from shared.http.paging import CURSOR_AT_MOST, Cursors, page_of
from shared.http.refusals import refuses
from shared.units import Units
from shared.visibility import sees, sight_of
from shared.work import Works

READERS = (Role.UNIT_OFFICER, Role.TRIAGE_OFFICER, Role.BIRO, Role.AUDITOR, Role.ADMIN)
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


OVERDUE_KEYSET: TypeAdapter[OverdueKey] = TypeAdapter(OverdueKey)


def create_router(
    works: Works, store: ClockStore, operators: OperatorTokens, cursors: Cursors[OverdueKey]
) -> Router:
    router = Router(prefix="/v1", tags=["deadlines"])
    reader = operators.require(*READERS)
    biro = operators.require(Role.BIRO)

    @router.get("/deadlines/{complaint_id}")
    async def read_deadlines(
        complaint_id: UUID, operator: Annotated[Operator, Depends(reader)]
    ) -> DeadlinesView:
        """The clocks of a case, for those who may see it."""
        sight = sight_of(operator, operators.units)
        async with works.read(sight) as connection:
            case = await store.find(connection, complaint_id, sight)
        return _view(_there(case))

    @router.get("/overdue")
    async def list_overdue(
        operator: Annotated[Operator, Depends(reader)],
        unit: Annotated[str | None, Query(max_length=100)] = None,
        clock: Clock | None = None,
        cursor: Annotated[str | None, Query(max_length=CURSOR_AT_MOST)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> OverduePage:
        """Clocks that still run though their limit has passed, the longest overdue first."""
        wanted = _own_unit(unit, operator)
        after = cursors.read(cursor)
        sight = sight_of(operator, operators.units)
        async with works.read(sight) as connection:
            found = await store.overdue(connection, wanted, clock, sight, after, limit + 1)
        shown, last = page_of(found, limit)
        next_cursor = cursors.write((last.due_at, last.complaint_id, last.clock)) if last else None
        return OverduePage(overdue=[_overdue(row) for row in shown], next_cursor=next_cursor)

    @router.post("/evaluations/{complaint_id}/waive")
    @refuses(Conflict)
    async def waive_evaluation(
        complaint_id: UUID, body: WaiveEvaluation, operator: Annotated[Operator, Depends(biro)]
    ) -> DeadlinesView:
        """Drops the evaluation of a case that took more than a month, for the reason given."""
        return _view(
            await _waive(works, store, complaint_id, body.reason, operator, operators.units)
        )

    return router


async def _waive(
    works: Works,
    store: ClockStore,
    complaint_id: UUID,
    reason: str,
    operator: Operator,
    units: Units,
) -> CaseClocks:
    sight = sight_of(operator, units)
    async with works.open(sight) as work:
        # Asked before the lock: the wait for it would tell of a case that is hidden.
        _there(await store.find(work.connection, complaint_id, sight))
        await work.see_all()
        case = (await store.load_many(work.connection, [complaint_id]))[complaint_id]
        if not sees(sight, case.facts(units)):
            raise _not_there()
        note_id = work.new_id()
        decision = waive(case, operator.unit, note_id, work.now)
        await store.save_many(work.connection, [decision.state])
        await store.add_waiver(
            work.connection,
            Waiver(note_id, complaint_id, reason, operator.subject, operator.unit, work.now),
        )
        work.record(*decision.events, cause=case.heard)
    return decision.state


def _not_there() -> NotFound:
    """The same for a case that does not exist and for one that the officer may not see."""
    return NotFound("There are no deadlines of such a complaint for your unit.")


def _there(case: CaseClocks | None) -> CaseClocks:
    if case is None:
        raise _not_there()
    return case


def _own_unit(unit: str | None, operator: Operator) -> str | None:
    if operator.role in ACROSS_UNITS:
        return unit
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


def _overdue(row: OverdueClock) -> OverdueView:
    return OverdueView(
        complaint_id=row.complaint_id,
        clock=row.clock,
        unit_id=row.unit_id,
        due_at=row.due_at,
        original_due_at=row.original_due_at,
    )

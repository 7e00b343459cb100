"""Operators' doors that every service has: parked events, listed and replayed."""

from typing import Annotated

from fastapi import Depends, Path
from pydantic import BaseModel

from shared import parked
from shared.auth import Operator, OperatorTokens, Role
from shared.consumer import Handler, replay
from shared.errors import Conflict, NotFound, Reject
from shared.http.operation import Router
from shared.http.refusals import refuses
from shared.parked import ParkedEvent
from shared.visibility import Sight, care_of
from shared.work import Works

RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
"""A key that PostgreSQL counts in a bigint."""


class ParkedEvents(BaseModel):
    parked: list[ParkedEvent]


class Replayed(BaseModel):
    replayed: int


def create_router(
    works: Works, handler: Handler | None, operators: OperatorTokens, *, knows_cases: bool
) -> Router:
    """Listing for admins and auditors, replay for admins. ``knows_cases``: the service has a table
    ``cases`` that tells whom a case is about; a service without one knows of no case."""
    router = Router(prefix="/internal/v1/parked", tags=["operations"])
    reader = Depends(operators.require(Role.ADMIN, Role.AUDITOR))
    admin = Depends(operators.require(Role.ADMIN))

    def sight_of(operator: Operator) -> Sight | None:
        return care_of(operator, operators.units) if knows_cases else None

    @router.get("", summary="Events set aside, oldest first")
    async def list_parked(operator: Operator = reader) -> ParkedEvents:
        async with works.read() as connection:
            return ParkedEvents(parked=await parked.waiting(connection, sight_of(operator)))

    @router.post("/{parked_id}/replay", summary="Apply one and what waits behind it")
    @refuses(Conflict)
    async def replay_parked(parked_id: RowId, operator: Operator = admin) -> Replayed:
        if handler is None:
            raise NotFound("This service hears no events.")
        async with works.read() as connection:
            if not await parked.is_seen(connection, parked_id, sight_of(operator)):
                raise parked.nothing_parked()
        try:
            return Replayed(replayed=await replay(works, handler, parked_id))
        except Reject as error:
            raise Conflict(f"It still cannot be applied: {error}.") from error

    return router

"""Operators' doors that every service has: parked events, listed and replayed."""

from typing import Annotated

from fastapi import Depends, Path
from pydantic import BaseModel

from shared import parked
from shared.auth import Operator, OperatorTokens, Role
from shared.consumer import Handler, replay
from shared.errors import Conflict, NotFound, Reject
from shared.http.operation import Router
from shared.parked import ParkedEvent
from shared.work import Works

RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
"""A key that PostgreSQL counts in a bigint."""


class ParkedEvents(BaseModel):
    parked: list[ParkedEvent]


class Replayed(BaseModel):
    replayed: int


def create_router(works: Works, handler: Handler | None, operators: OperatorTokens) -> Router:
    """Listing for admins and auditors, replay for admins."""
    router = Router(prefix="/internal/v1/parked", tags=["operations"])
    reader = Depends(operators.require(Role.ADMIN, Role.AUDITOR))
    admin = Depends(operators.require(Role.ADMIN))

    @router.get("", summary="Events set aside, oldest first")
    async def list_parked(_: Operator = reader) -> ParkedEvents:
        async with works.read() as connection:
            return ParkedEvents(parked=await parked.waiting(connection))

    @router.post("/{parked_id}/replay", summary="Apply one and what waits behind it")
    async def replay_parked(parked_id: RowId, _: Operator = admin) -> Replayed:
        if handler is None:
            raise NotFound("This service hears no events.")
        try:
            return Replayed(replayed=await replay(works, handler, parked_id))
        except Reject as error:
            raise Conflict(f"It still cannot be applied: {error}.") from error

    return router

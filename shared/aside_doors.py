"""Operators' doors that every service has: rows that are set aside, listed and released."""

from typing import Annotated

from fastapi import Depends, Path
from pydantic import BaseModel

from shared import set_aside
from shared.auth import Operator, OperatorTokens, Role
from shared.http.operation import Router
from shared.set_aside import RowAside
from shared.visibility import SYSTEM, Sight, care_of
from shared.work import Works

AsideId = Annotated[int, Path(ge=1, le=2**63 - 1)]
"""A key that PostgreSQL counts in a bigint."""


class RowsAside(BaseModel):
    rows: list[RowAside]


class Released(BaseModel):
    released: int


def create_router(works: Works, operators: OperatorTokens, *, knows_cases: bool) -> Router:
    """Listing for admins and auditors, release for admins. ``knows_cases``: the service has a table
    ``cases`` that tells whom a case is about; a service without one knows of no case."""
    router = Router(prefix="/internal/v1/set-aside", tags=["operations"])
    reader = Depends(operators.require(Role.ADMIN, Role.AUDITOR))
    admin = Depends(operators.require(Role.ADMIN))

    def sight_of(operator: Operator) -> Sight | None:
        return care_of(operator, operators.units) if knows_cases else None

    @router.get("", summary="Rows set aside, oldest first")
    async def list_rows_aside(operator: Operator = reader) -> RowsAside:
        """Rows that cannot be read, decided or published, at most 100."""
        async with works.read(SYSTEM) as connection:
            return RowsAside(rows=await set_aside.waiting(connection, sight_of(operator)))

    @router.post("/{aside_id}/release", summary="Try a row again that was put right")
    async def release_row(aside_id: AsideId, operator: Operator = admin) -> Released:
        """The next step of its loop takes it; one that is as bad as before is set aside again."""
        async with works.open(SYSTEM) as work:
            await set_aside.release(work.connection, aside_id, sight_of(operator), operator.subject)
        return Released(released=1)

    return router

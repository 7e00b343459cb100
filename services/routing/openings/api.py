"""What auditors read of openings."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, Field, TypeAdapter

from services.routing.openings import store
from services.routing.openings.store import Opened, Opening, Place
from shared.auth import Operator, OperatorTokens, Role
from shared.http.operation import Router
from shared.http.paging import CURSOR_AT_MOST, Cursors, page_of
from shared.units import UnitTree
from shared.visibility import sight_of
from shared.work import Works

PLACE: TypeAdapter[Place] = TypeAdapter(Place)


class OpeningView(BaseModel):
    """An officer has opened a restricted case, or a locked file of any case. ``officer``: the
    opaque subject of the token."""

    at: datetime
    officer: Annotated[str, Field(examples=["officer-7"])]
    officer_unit: Annotated[str, Field(examples=["31.74.01.1001"])]
    officer_unit_name: Annotated[str | None, Field(examples=["Kelurahan Cipete Selatan"])]
    """Null for a unit that is no more."""
    role: Annotated[str, Field(examples=["unit_officer"])]
    complaint_id: UUID
    report_number: str
    what: Opened
    reason: str | None
    """Where one had to be given."""
    media_ref: UUID | None
    """The file, where one was opened."""


class OpeningsPage(BaseModel):
    openings: list[OpeningView]
    next_cursor: str | None
    """Pass it as ``cursor`` for the next page; null on the last one."""


def create_router(
    works: Works, units: UnitTree, operators: OperatorTokens, cursors: Cursors[Place]
) -> Router:
    router = Router(prefix="/v1", tags=["cases"])
    auditor = Depends(operators.require(Role.AUDITOR))

    @router.get("/openings", summary="Who opened which restricted case or locked file")
    async def list_openings(
        operator: Operator = auditor,
        cursor: Annotated[str | None, Query(max_length=CURSOR_AT_MOST)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> OpeningsPage:
        """The newest first, of cases that you see. Each opening is recorded before the case is
        shown, your own as well; reading this list is none."""
        sight, after = sight_of(operator, units), cursors.read(cursor)
        async with works.read(sight) as connection:
            found = await store.newest(connection, sight, after, limit + 1)
        shown, last = page_of(found, limit)
        return OpeningsPage(
            openings=[_view(each, units) for each in shown],
            next_cursor=cursors.write((last.at, last.opening_id)) if last else None,
        )

    return router


def _view(opening: Opening, units: UnitTree) -> OpeningView:
    unit = units.find(opening.actor_unit)
    return OpeningView(
        at=opening.at,
        officer=opening.actor,
        officer_unit=opening.actor_unit,
        officer_unit_name=unit.name if unit else None,
        role=opening.role,
        complaint_id=opening.complaint_id,
        report_number=opening.report_number,
        what=Opened(opening.what),
        reason=opening.reason,
        media_ref=opening.media_ref,
    )

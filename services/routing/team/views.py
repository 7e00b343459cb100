"""Filters of the inbox that an officer has saved for himself."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from services.routing.case.commands import AreaCode, Slug
from services.routing.case.stage import Tab
from services.routing.team import store as team
from services.routing.team.directory import noted
from services.routing.team.store import SavedView
from services.routing.work.store import Due, Hand, Sort
from shared.auth import Operator
from shared.errors import Conflict
from shared.events.vocabulary import CaseState, Channel
from shared.http.operation import Router
from shared.http.refusals import refuses
from shared.visibility import SYSTEM
from shared.work import Works

VIEWS_AT_MOST = 50
"""Of one officer."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class InboxQuery(BaseModel):
    """Parameters of `GET /v1/inbox`, but for those of a page; what is left out filters nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    tab: Tab | None = None
    state: CaseState | None = None
    category: Slug | None = None
    area: AreaCode | None = None
    channel: Channel | None = None
    due: Due | None = None
    assignee: Hand | None = None
    sort: Sort | None = None
    watched: Annotated[bool, Field(strict=True)] | None = None


class ViewChange(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Name
    query: InboxQuery


class InboxView(BaseModel):
    view_id: UUID
    name: str
    query: InboxQuery
    changed_at: datetime


class SavedViews(BaseModel):
    views: list[InboxView]
    """By name."""


def add_views(router: Router, works: Works, worker: Callable[..., Awaitable[Operator]]) -> None:
    @router.get("/views")
    async def list_saved_views(operator: Annotated[Operator, Depends(worker)]) -> SavedViews:
        """My own saved views of the inbox."""
        async with works.read(SYSTEM) as connection:
            found = await team.saved_views(connection, operator.subject, operator.unit)
        return SavedViews(views=[_shown(each) for each in found])

    @router.put("/views/{view_id}")
    @refuses(Conflict)
    async def save_view(
        view_id: UUID, change: ViewChange, operator: Annotated[Operator, Depends(worker)]
    ) -> InboxView:
        """A new view, under an id of the caller's making, or one of mine anew. At most 50."""
        query = change.query.model_dump(mode="json", exclude_none=True)
        async with works.open(SYSTEM) as work:
            me = await noted(work, operator)
            view = SavedView(view_id, change.name, query, work.now)
            if not await team.write_view(work.connection, me, view, VIEWS_AT_MOST):
                raise Conflict("You have as many views as you may have. Remove one.")
        return _shown(view)

    @router.delete("/views/{view_id}", status_code=204)
    async def remove_view(view_id: UUID, operator: Annotated[Operator, Depends(worker)]) -> None:
        """I have this view no longer. Said twice, it changes nothing."""
        async with works.open(SYSTEM) as work:
            me = await noted(work, operator)
            await team.remove_view(work.connection, me, view_id)


def _shown(view: SavedView) -> InboxView:
    return InboxView(
        view_id=view.view_id,
        name=view.name,
        query=query_of(view.query),
        changed_at=view.changed_at,
    )


def query_of(stored: Mapping[str, Any]) -> InboxQuery:
    """Filters as this release or another one stored them. What the inbox does not know is left out:
    one view with a filter of the past must not keep an officer from all of his. Pure."""
    try:
        return InboxQuery.model_validate(stored)
    except ValidationError as error:
        unknown = {each["loc"][0] for each in error.errors(include_input=False)}
        return InboxQuery.model_validate({k: v for k, v in stored.items() if k not in unknown})

"""Officers' lists: what waits for a unit, and what waits for the triage desk."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.routing.case.commands import Slug
from services.routing.case.relations import judges_for
from services.routing.domain import Duty
from services.routing.placing.atlas import Atlas
from services.routing.store import CaseStore, InboxFilter
from services.routing.work.acts import actor_of
from services.routing.work.views import Page, page_of, read_cursor
from shared.auth import Operator, OperatorTokens, Role
from shared.events.vocabulary import CaseState
from shared.work import Works

WORKERS = (Role.UNIT_OFFICER, Role.TRIAGE_OFFICER, Role.BIRO)
"""Roles that work on cases."""


def add_lists(
    router: APIRouter,
    works: Works,
    store: CaseStore,
    atlas: Atlas,
    operators: OperatorTokens,
) -> None:
    @router.get("/inbox")
    async def inbox(
        operator: Annotated[Operator, Depends(operators.require(*WORKERS))],
        state: CaseState | None = None,
        category: Annotated[Slug | None, Query()] = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Page:
        """Open cases of my unit, and what waits for my judgement; closed ones by ``state``."""
        actor = actor_of(operator)
        wanted = InboxFilter(actor.unit, judges_for(actor, atlas.units), state, category)
        async with works.read() as connection:
            found = await store.inbox(connection, wanted, read_cursor(cursor), limit)
        return page_of(found, actor, atlas.units, limit)

    @router.get("/triage")
    async def triage(
        operator: Annotated[Operator, Depends(operators.require(Role.TRIAGE_OFFICER, Role.BIRO))],
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Page:
        """Cases for which no unit was found."""
        wanted = InboxFilter(atlas.units.of_duty(Duty.TRIAGE).id, state=CaseState.RECEIVED)
        async with works.read() as connection:
            found = await store.inbox(connection, wanted, read_cursor(cursor), limit)
        return page_of(found, actor_of(operator), atlas.units, limit)

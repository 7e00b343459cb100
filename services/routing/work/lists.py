"""Officers' lists: what waits for a unit, and what waits for the triage desk."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query
from pydantic import TypeAdapter

from services.routing.case.commands import Slug
from services.routing.placing.atlas import Atlas
from services.routing.store import CaseStore, Cursor, InboxFilter
from services.routing.work.acts import WORKERS, actor_of
from services.routing.work.offers import Offers
from services.routing.work.views import Page, inbox_page
from shared.auth import Operator, OperatorTokens, Role
from shared.events.vocabulary import CaseState
from shared.http.operation import Router
from shared.http.paging import CURSOR_AT_MOST, Cursors
from shared.units import Duty
from shared.visibility import sight_of
from shared.work import Works

READERS = (*WORKERS, Role.AUDITOR, Role.ADMIN)
"""Roles that read a case that they see."""
CURSOR: TypeAdapter[Cursor] = TypeAdapter(Cursor)


@dataclass(frozen=True, slots=True)
class ListCursors:
    """Where the pages of each list end."""

    inbox: Cursors[Cursor]
    triage: Cursors[Cursor]
    unread: Cursors[Cursor]

    @classmethod
    def of(cls, make: Callable[[str, TypeAdapter[Cursor]], Cursors[Cursor]]) -> "ListCursors":
        """``make``: cursors by the name of the list (`Foundation.cursors`)."""
        return cls(
            make("routing.inbox", CURSOR),
            make("routing.triage", CURSOR),
            make("routing.unread", CURSOR),
        )


def add_lists(
    router: Router,
    works: Works,
    store: CaseStore,
    atlas: Atlas,
    operators: OperatorTokens,
    cursors: ListCursors,
    offers: Offers,
) -> None:
    """Two lists; the cursor of one is refused by the other."""

    @router.get("/inbox")
    async def list_inbox(
        operator: Annotated[Operator, Depends(operators.require(*WORKERS))],
        state: CaseState | None = None,
        category: Annotated[Slug | None, Query()] = None,
        watched: Annotated[bool, Query(description="Cases that my unit has passed on")] = False,
        cursor: Annotated[str | None, Query(max_length=CURSOR_AT_MOST)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Page:
        """Open cases of my unit, and what waits for my judgement; closed ones by ``state``. Or
        those that my unit has passed on, and goes on watching (``watched``)."""
        actor = actor_of(operator)
        sight, after = sight_of(actor, atlas.units), cursors.inbox.read(cursor)
        wanted = InboxFilter(actor.unit, sight.judges_for, state, category, watched)
        async with works.read() as connection:
            found = await store.inbox(connection, wanted, sight, after, limit + 1)
            known = await offers.of(connection, found, actor)
            return inbox_page(connection, found, known, atlas.units, limit, cursors.inbox)

    @router.get("/triage")
    async def list_triage(
        operator: Annotated[Operator, Depends(operators.require(Role.TRIAGE_OFFICER, Role.BIRO))],
        cursor: Annotated[str | None, Query(max_length=CURSOR_AT_MOST)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Page:
        """Cases for which no unit was found."""
        actor = actor_of(operator)
        sight, after = sight_of(actor, atlas.units), cursors.triage.read(cursor)
        wanted = InboxFilter(atlas.units.of_duty(Duty.TRIAGE).id, state=CaseState.RECEIVED)
        async with works.read() as connection:
            found = await store.inbox(connection, wanted, sight, after, limit + 1)
            known = await offers.of(connection, found, actor)
            return inbox_page(connection, found, known, atlas.units, limit, cursors.triage)

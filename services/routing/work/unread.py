"""What reporters wrote and no officer has looked at: the list, and the look that ends it.

Words that change no state (an objection to a completed case, an addition to a merged one) would be
seen by nobody otherwise. Whoever must look finds them here until somebody has said that he did.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from services.routing.case.commands import Text
from services.routing.case.relations import must_look
from services.routing.domain import Actor, Case, look
from services.routing.placing.atlas import Atlas
from services.routing.store import CaseStore, Cursor, Look
from services.routing.work.acts import actor_of, case_under_lock
from services.routing.work.offers import Offers
from services.routing.work.views import CaseView, Page, unread_page, view_of
from shared.auth import Operator
from shared.errors import Conflict, Forbidden
from shared.http.operation import Router
from shared.http.paging import CURSOR_AT_MOST, Cursors
from shared.http.refusals import refuses
from shared.units import Units
from shared.visibility import sight_of
from shared.work import Work, Works


class LookedAt(BaseModel):
    """An officer has read what the reporter wrote. note: why nothing else follows."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    refs: Annotated[list[UUID], Field(min_length=1, max_length=200)]
    note: Text | None = None


def add_unread(
    router: Router,
    works: Works,
    store: CaseStore,
    atlas: Atlas,
    worker: Callable[..., Awaitable[Operator]],
    cursors: Cursors[Cursor],
    offers: Offers,
) -> None:
    @router.get("/unread")
    async def list_unread(
        operator: Annotated[Operator, Depends(worker)],
        cursor: Annotated[str | None, Query(max_length=CURSOR_AT_MOST)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Page:
        """Cases with words of the reporter's that my unit must look at, the longest unread first:
        open, merged and withdrawn ones that it holds, and completed and rejected ones that it may
        reopen. ``objection_until`` says how long the reporter has the right to object."""
        actor = actor_of(operator)
        sight, after = sight_of(actor, atlas.units), cursors.read(cursor)
        units = [unit for unit in (sight.works_for, sight.judges_for) if unit is not None]
        async with works.read(sight) as connection:
            found = await store.unread(connection, units, sight, after, limit + 1)
            known = await offers.of(connection, found, actor)
            return unread_page(connection, found, known, atlas.units, limit, cursors)

    @router.post("/unread/{complaint_id}/look")
    @refuses(Conflict)
    async def look_at(
        complaint_id: UUID, body: LookedAt, operator: Annotated[Operator, Depends(worker)]
    ) -> CaseView:
        """The words ``refs`` have been read. They leave the list; what came meanwhile stays. Said
        twice, it changes nothing. Who looked, and the note, are kept."""
        actor = actor_of(operator)
        async with works.open(sight_of(actor, atlas.units)) as work:
            case = await case_under_lock(work, store, complaint_id, actor, atlas.units)
            after = looked(case, body.refs, actor, atlas.units)
            if after is not case:
                await _keep(work, store, after, body, actor)
            known = await offers.of(work.connection, [after], actor)
        return view_of(known[complaint_id], atlas.units)


def looked(case: Case, refs: list[UUID], actor: Actor, units: Units) -> Case:
    """The case after the look; the same case when all of it was looked at before. Pure.

    Raises Conflict for words that are not of this case, Forbidden for a unit that need not look.
    """
    if not set(refs) <= set(case.content_refs):
        raise Conflict("Name words of this case: refs of its contents.", field="refs")
    if not set(refs) & set(case.unread):
        return case
    sight = sight_of(actor, units)
    if must_look(case, units) not in (sight.works_for, sight.judges_for):
        raise Forbidden("Another unit must look at these words.")
    return look(case, refs)


async def _keep(work: Work, store: CaseStore, case: Case, body: LookedAt, actor: Actor) -> None:
    await store.save_many(work.connection, [case])
    look_id = work.new_id()
    await store.add_look(
        work.connection,
        Look(look_id, case.complaint_id, body.refs, actor, body.note, work.now),
    )

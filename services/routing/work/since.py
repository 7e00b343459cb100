"""What happened to a case since an officer has read it."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from services.routing.domain import MAX_VERSION
from services.routing.openings.record import Openings
from services.routing.openings.store import Opened
from services.routing.placing.atlas import Atlas
from services.routing.store import CaseStore
from services.routing.work.acts import actor_of, there
from services.routing.work.views import StepsSince, step_view
from shared.auth import Operator
from shared.http.conditional import WriteEtag
from shared.http.operation import Router
from shared.visibility import sight_of
from shared.work import Works

"""What the column holds."""


def add_steps(
    router: Router,
    works: Works,
    store: CaseStore,
    atlas: Atlas,
    reader: Callable[..., Awaitable[Operator]],
) -> None:
    @router.get("/cases/{complaint_id}/steps")
    async def list_steps(
        complaint_id: UUID,
        operator: Annotated[Operator, Depends(reader)],
        write_etag: WriteEtag,
        since: Annotated[int, Query(ge=0, le=MAX_VERSION)] = 0,
    ) -> StepsSince:
        """The steps of a case after the version ``since``, oldest first; all of them from 0. What
        to show an officer whose act was refused because the case has changed (412)."""
        actor = actor_of(operator)
        sight = sight_of(actor, atlas.units)
        async with works.read(sight) as connection:
            case = there(await store.find(connection, complaint_id, sight))
            steps = await store.history(connection, complaint_id, since, actor.unit)
        await Openings(works, atlas.units).note(case, actor, Opened.STEPS)
        write_etag(case.version)
        shown = [step_view(step, atlas.units) for step in steps]
        return StepsSince(version=case.version, steps=shown)

"""The door at which the whole of a confidential report's words is opened."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, ConfigDict

from services.routing.case.commands import Text
from services.routing.contents import Contents
from services.routing.openings import store as openings
from services.routing.openings.record import Openings
from services.routing.openings.views import OpenedView, opened_view
from services.routing.store import CaseStore
from services.routing.texts.opening import opening_barred
from services.routing.work.acts import actor_of, there
from services.routing.work.views import ContentView, content_view
from shared.auth import Operator
from shared.errors import Conflict, Gone
from shared.http.operation import Router
from shared.http.refusals import refuses
from shared.units import UnitTree
from shared.visibility import sight_of
from shared.work import Works


class OpenText(BaseModel):
    """``reason``: kept with your name, and shown with the case."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    reason: Text


class WholeText(BaseModel):
    """What the reporter wrote, nothing masked."""

    contents: list[ContentView]
    text_opened: list[OpenedView]
    """Oldest first, this opening as the last."""


def add_text(
    router: Router,
    works: Works,
    store: CaseStore,
    contents: Contents,
    units: UnitTree,
    worker: Callable[..., Awaitable[Operator]],
) -> None:
    record = Openings(works, units)

    @router.post("/cases/{complaint_id}/text/open")
    @refuses(Conflict, Gone)
    async def open_text(
        complaint_id: UUID, operator: Annotated[Operator, Depends(worker)], body: OpenText
    ) -> WholeText:
        """Shows the whole of a confidential report's words, with a reason: to the case's reviewer,
        and to the triage desk while it holds the case. It is recorded before it is shown."""
        actor = actor_of(operator)
        sight = sight_of(actor, units)
        async with works.read(sight) as connection:
            case = there(await store.find(connection, complaint_id, sight))
        barred = opening_barred(case, actor, units)
        if barred is not None:
            raise barred
        # Asked first: while intake is away nothing is shown, and so nothing is recorded.
        claimed = await contents.whole_of_case(case)
        await record.note_text(case, actor, body.reason)
        async with works.read(sight) as connection:
            opened = await openings.of_text(connection, complaint_id)
        return WholeText(
            contents=[
                content_view(ref, claimed.get(ref), case.erased) for ref in case.content_refs
            ],
            text_opened=[opened_view(each, units) for each in opened],
        )

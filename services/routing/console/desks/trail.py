"""The auditor's trail: who has opened what is locked or restricted, when and why."""

from typing import Annotated

from fastapi import Depends, Query, Response

from services.routing.console.calls import Away
from services.routing.console.cases import instant
from services.routing.console.console import Console
from services.routing.console.desks.queues import PAGE
from services.routing.console.desks.showing import body_of, show, status_of
from services.routing.console.visits import OfficerVisit
from shared.auth import Role
from shared.http.operation import Router


def create_router(console: Console) -> Router:
    router = console.router()
    auditor = Annotated[OfficerVisit, Depends(console.officer(Role.AUDITOR))]

    @router.get("/jejak")
    async def openings_trail(
        visit: auditor, hal: Annotated[str | None, Query(max_length=400)] = None
    ) -> Response:
        called = await console.api.get(
            "routing", "/openings", visit.officer, cursor=hal, limit=PAGE
        )
        return show(
            console, visit, "trail.html", status_of(called), trail=body_of(called),
            away=isinstance(called, Away), moment=instant,
        )  # fmt: skip

    return router

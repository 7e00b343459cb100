"""The operators' interface: inboxes, a case, and one address per command of the state machine."""

import re
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.routing.case.commands import Command, Slug
from services.routing.case.transitions import BIRO, INSPEKTORAT, TRANSITIONS
from services.routing.contents import Contents
from services.routing.domain import TRIAGE, Actor
from services.routing.handler import Atlas
from services.routing.store import CaseStore, InboxFilter
from services.routing.work.acts import Desk, visible
from services.routing.work.views import (
    CaseDetail,
    CaseView,
    CategoryView,
    Page,
    UnitView,
    content_view,
    page_of,
    read_cursor,
    step_view,
    view_of,
)
from shared.auth import Operator, OperatorTokens, Role
from shared.clock import Clock
from shared.events.vocabulary import CaseState, UnitKind
from shared.http.conditional import etag, if_match
from shared.http.input import parse_model
from shared.work import Works

IF_MATCH = {
    "parameters": [
        {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "schema": {"type": "string"},
            "description": "The ETag of the version that was read.",
        }
    ]
}
WORKERS = (Role.UNIT_OFFICER, Role.TRIAGE_OFFICER, Role.BIRO)


def create_router(
    works: Works,
    store: CaseStore,
    desk: Desk,
    contents: Contents,
    atlas: Atlas,
    operators: OperatorTokens,
    clock: Clock,
) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["cases"])
    worker = operators.require(*WORKERS)
    _add_lists(router, works, store, atlas, operators)
    _add_case(router, works, store, contents, atlas, worker)
    _add_tables(router, atlas, operators, clock)
    for command in TRANSITIONS:
        router.add_api_route(
            f"/cases/{{complaint_id}}/{command.verb}",
            _endpoint(command, desk, atlas, worker),
            methods=["POST"],
            response_model=CaseView,
            operation_id=command.__name__,
            summary=_in_words(command.__name__),
            openapi_extra=IF_MATCH,
        )
    return router


def _in_words(name: str) -> str:
    """``AcceptCase -> Accept case``"""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: f" {found[0].lower()}", name)


def _add_lists(
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
        actor = _actor(operator)
        wanted = InboxFilter(actor.unit, _reviewer(actor), state, category)
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
        wanted = InboxFilter(TRIAGE, state=CaseState.RECEIVED)
        async with works.read() as connection:
            found = await store.inbox(connection, wanted, read_cursor(cursor), limit)
        return page_of(found, _actor(operator), atlas.units, limit)


def _add_case(
    router: APIRouter,
    works: Works,
    store: CaseStore,
    contents: Contents,
    atlas: Atlas,
    worker: Callable[..., Awaitable[Operator]],
) -> None:
    @router.get("/cases/{complaint_id}")
    async def read_case(
        complaint_id: UUID, operator: Annotated[Operator, Depends(worker)], response: Response
    ) -> CaseDetail:
        """A case with its text and history, for those who may see it."""
        actor = _actor(operator)
        async with works.read() as connection:
            case = visible(await store.find(connection, complaint_id), actor)
            steps = await store.history(connection, complaint_id)
        claimed = {} if case.erased else await contents.claim(case.content_refs)
        response.headers["etag"] = etag(case.version)
        return CaseDetail(
            **view_of(case, actor, atlas.units).model_dump(),
            contents=[
                content_view(ref, claimed.get(ref), case.erased) for ref in case.content_refs
            ],
            history=[step_view(step) for step in steps],
        )


def _add_tables(router: APIRouter, atlas: Atlas, operators: OperatorTokens, clock: Clock) -> None:
    anyone = operators.require()

    @router.get("/units", dependencies=[Depends(anyone)])
    async def units(kind: UnitKind | None = None, parent: str | None = None) -> list[UnitView]:
        """The unit tree, whole or a part of it."""
        found = atlas.units.all() if kind is None else atlas.units.of_kind(kind)
        return [
            UnitView(id=u.id, name=u.name, kind=u.kind, parent=u.parent, area=u.area)
            for u in found
            if parent is None or u.parent == parent
        ]

    @router.get("/categories", dependencies=[Depends(anyone)])
    async def categories() -> list[CategoryView]:
        """The categories that are valid today."""
        table = atlas.tables(clock()).categories
        return [
            CategoryView(
                slug=c.slug,
                name=c.name,
                unit=c.unit,
                handled_by_kelurahan=c.handled_by_kelurahan,
                allows_extension=c.allows_extension,
                plan_required=c.plan_required,
            )
            for c in table.categories.values()
        ]


def _endpoint(
    kind: type[Command], desk: Desk, atlas: Atlas, worker: Callable[..., Awaitable[Operator]]
) -> Callable[..., Awaitable[CaseView]]:
    async def act(
        complaint_id: UUID,
        operator: Annotated[Operator, Depends(worker)],
        seen: Annotated[int, Depends(if_match)],
        response: Response,
        command: Command | None = None,
    ) -> CaseView:
        actor = _actor(operator)
        # No body is an empty one: most commands say all by their address.
        wanted = parse_model(kind, b"{}") if command is None else command
        after = await desk.act(complaint_id, seen, wanted, actor)
        response.headers["etag"] = etag(after.version)
        return view_of(after, actor, atlas.units)

    # FastAPI reads the body's model from the annotation; each command has its own.
    act.__annotations__["command"] = kind | None
    return act


def _actor(operator: Operator) -> Actor:
    return Actor(operator.subject, operator.role.value, operator.unit)


def _reviewer(actor: Actor) -> str | None:
    """For whom the officer judges: the Biro's officers for the Biro, Inspektorat's for theirs."""
    if actor.role == "biro":
        return BIRO
    return INSPEKTORAT if actor.unit == INSPEKTORAT else None

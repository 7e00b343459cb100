"""The operators' interface: inboxes, a case, and one address per command of the state machine."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Depends
from fastapi.responses import Response

from services.routing.case.commands import Command, UnitId
from services.routing.case.transitions import TRANSITIONS
from services.routing.contents import Contents
from services.routing.explaining.views import explanation_view
from services.routing.media.api import KnownFiles, Showing, add_media
from services.routing.media.links import Links
from services.routing.once.keys import Once, request_of
from services.routing.openings.record import Openings
from services.routing.openings.store import Opened
from services.routing.openings.views import opened_view
from services.routing.placing.atlas import Atlas
from services.routing.search.api import add_search
from services.routing.store import CaseStore
from services.routing.team.api import add_team
from services.routing.texts.api import add_text
from services.routing.work.acts import WORKERS, Acts, Given, actor_of, there
from services.routing.work.bulk import add_bulk
from services.routing.work.lists import READERS, ListCursors, add_lists
from services.routing.work.offers import Offers
from services.routing.work.serving import Serving
from services.routing.work.since import add_steps
from services.routing.work.store import hanging_on
from services.routing.work.unread import add_unread
from services.routing.work.views import (
    CaseDetail,
    CaseView,
    CategoryView,
    UnitView,
    content_view,
    merged_view,
    not_allowed,
    note_view,
    step_view,
    under_judgement,
    view_of,
    watching_units,
)
from shared.auth import Operator, OperatorTokens
from shared.beside import beside
from shared.clock import Clock
from shared.errors import Conflict, Gone
from shared.events.vocabulary import UnitKind
from shared.http.conditional import WriteEtag, etag_writer, if_match
from shared.http.idempotency import IdempotencyKey
from shared.http.operation import Router
from shared.http.refusals import refuses
from shared.visibility import sight_of
from shared.work import Works


def create_router(
    works: Works,
    store: CaseStore,
    acts: Acts,
    contents: Contents,
    atlas: Atlas,
    operators: OperatorTokens,
    cursors: ListCursors,
    clock: Clock,
    links: Links,
) -> Router:
    router = Router(prefix="/v1", tags=["cases"])
    worker = operators.require(*WORKERS)
    offers = Offers(store, contents, atlas, clock, acts.site_checks)
    serving = Serving(Once(works), acts, store, offers, atlas)
    add_lists(router, works, atlas, operators, cursors, offers)
    add_search(router, works, atlas, operators, cursors.search, offers)
    add_unread(router, works, store, atlas, worker, cursors.unread, offers)
    showing = Showing(works, store, atlas.units, links)
    _add_case(
        router, works, store, contents, atlas, operators.require(*READERS), offers, showing, clock
    )
    add_media(router, showing, worker)
    add_text(router, works, store, contents, atlas.units, worker)
    _add_tables(router, atlas, operators, clock)
    add_steps(router, works, store, atlas, operators.require(*READERS))
    add_team(router, works, store, atlas, operators, serving)
    add_bulk(router, worker, serving)
    for command in TRANSITIONS:
        router.add_api_route(
            f"/cases/{{complaint_id}}/{command.verb}",
            _endpoint(command, worker, serving),
            methods=["POST"],
            response_model=CaseView,
            dependencies=[Depends(etag_writer)],
            operation_id=_in_words(command).lower().replace(" ", "_"),
            summary=_in_words(command),
        )
    return router


def _in_words(command: type[Command]) -> str:
    """``AcceptCase -> Accept case``"""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: f" {found[0].lower()}", command.__name__)


def _add_case(
    router: Router,
    works: Works,
    store: CaseStore,
    contents: Contents,
    atlas: Atlas,
    reader: Callable[..., Awaitable[Operator]],
    offers: Offers,
    showing: Showing,
    clock: Clock,
) -> None:
    record = Openings(works, atlas.units)

    @router.get("/cases/{complaint_id}")
    async def read_case(
        complaint_id: UUID, operator: Annotated[Operator, Depends(reader)], write_etag: WriteEtag
    ) -> CaseDetail:
        """A case with its text and history, for those who may see it. An administrator and an
        auditor read it; nothing is open to them (``allowed``). That a restricted case is opened is
        recorded before it is shown.

        What is not open stands in ``not_allowed`` with its reason; the command would be refused
        for the same. In lists ``allowed`` does not know of words that the reporter has just written
        and that routing has not heard; here intake is asked for them where it matters.
        """
        actor = actor_of(operator)
        sight = sight_of(actor, atlas.units)
        async with AsyncExitStack() as under_way:
            async with works.read(sight) as connection:
                found, children = await store.find_with_merged(connection, complaint_id, sight)
                case = there(found)
                claiming = await under_way.enter_async_context(beside(contents.of_case(case)))
                hanging = await hanging_on(connection, case, actor.unit)
                offer = (await offers.of(connection, [case], actor))[complaint_id]
            await record.note(case, actor, Opened.CASE)
            files = KnownFiles(hanging.files, hanging.opened_files)
            claimed, media = await asyncio.gather(claiming, showing.with_case(files, case, actor))
        steps = hanging.steps
        filed = under_judgement(case, steps)
        opened = hanging.opened_words if case.confidential else []
        offer = await offers.with_words_on_their_way(offer)
        write_etag(case.version)
        return CaseDetail(
            **dict(view_of(offer, atlas.units)),
            not_allowed=not_allowed(offer.openings),
            contents=[
                content_view(ref, claimed.get(ref), case.erased) for ref in case.content_refs
            ],
            explanation=explanation_view(steps, atlas.units, atlas.tables(clock()).categories),
            text_opened=[opened_view(each, atlas.units) for each in opened],
            under_judgement=step_view(filed, atlas.units) if filed else None,
            merged=[merged_view(child) for child in children],
            watchers=watching_units(case, atlas.units),
            media=media,
            notes=[note_view(note, actor, atlas.units) for note in hanging.notes],
            history=[step_view(step, atlas.units) for step in steps],
        )


def _add_tables(router: Router, atlas: Atlas, operators: OperatorTokens, clock: Clock) -> None:
    anyone = operators.require()

    @router.get("/units", dependencies=[Depends(anyone)])
    async def list_units(
        kind: UnitKind | None = None, parent: UnitId | None = None
    ) -> list[UnitView]:
        """The unit tree, whole or a part of it."""
        found = atlas.units.all() if kind is None else atlas.units.of_kind(kind)
        return [
            UnitView(id=u.id, name=u.name, kind=u.kind, parent=u.parent, area=u.area)
            for u in found
            if parent is None or u.parent == parent
        ]

    @router.get("/categories", dependencies=[Depends(anyone)])
    async def list_categories() -> list[CategoryView]:
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
                photo_required=c.photo_required,
                photo_from=c.photo_from.date() if c.photo_from else None,
            )
            for c in table.categories.values()
        ]


def _endpoint(
    kind: type[Command], worker: Callable[..., Awaitable[Operator]], serving: Serving
) -> Callable[..., Awaitable[Response]]:
    @refuses(Conflict, Gone)
    async def give(
        complaint_id: UUID,
        operator: Annotated[Operator, Depends(worker)],
        seen: Annotated[int, Depends(if_match)],
        key: IdempotencyKey,
        command: Command,
    ) -> Response:
        given = Given(complaint_id, seen, command, actor_of(operator))
        request = request_of(operator, key, given.said, complaint_id)
        return (await serving.command(given, operator, request)).response()

    # FastAPI reads the body's model from the annotation; each command has its own.
    give.__annotations__["command"] = Annotated[kind, _body_of(kind)]
    return give


def _body_of(kind: type[Command]) -> Any:
    """No body is an empty one, where the command says all by its address."""
    says_more = any(field.is_required() for field in kind.model_fields.values())
    return Body() if says_more else Body(default_factory=kind)

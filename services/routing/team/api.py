"""A unit's own affairs over HTTP: who works here, who has a case in hand, what officers note."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from services.routing.case.commands import Text
from services.routing.once.keys import Answer, request_of
from services.routing.openings.record import Openings
from services.routing.openings.store import Opened
from services.routing.placing.atlas import Atlas
from services.routing.store import CaseStore
from services.routing.team import store as team
from services.routing.team.assigning import AssigneeChange
from services.routing.team.directory import COLLEAGUE_FOR, COLLEAGUES_AT_MOST, noted
from services.routing.team.store import Colleague, InternalNote
from services.routing.team.templates import add_templates
from services.routing.team.views import add_views
from services.routing.work.acts import WORKERS, actor_of, there
from services.routing.work.lists import READERS
from services.routing.work.serving import Serving
from services.routing.work.views import CaseView, NoteView, note_view
from shared.auth import Operator, OperatorTokens, Role
from shared.errors import Conflict, Gone, NotFound
from shared.events.vocabulary import UnitKind
from shared.http.conditional import etag_writer, if_match
from shared.http.idempotency import IdempotencyKey
from shared.http.operation import Router
from shared.http.refusals import refuses
from shared.units import Duty
from shared.visibility import SYSTEM, sight_of
from shared.work import Work, Works

Reader = Callable[..., Awaitable[Operator]]

NOTES_AT_MOST = 500
"""Of one case."""


class Me(BaseModel):
    """Whoever asks. ``officer_id``: opaque, by which colleagues name him; it is one per unit."""

    officer_id: UUID
    name: str | None
    """As the token says; null where it says none."""
    role: Role
    unit_id: str
    unit_name: str
    unit_kind: UnitKind
    area: tuple[str, ...]
    """Kemendagri codes of the area that the unit serves; empty for all of Jakarta."""
    duty: Duty | None
    """What the unit does for all cases; null for most."""


class ColleagueView(BaseModel):
    officer_id: UUID
    name: str | None
    role: Role
    is_me: bool


class NewNote(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    text: Text


class Notes(BaseModel):
    notes: list[NoteView]
    """Oldest first."""


def add_team(
    router: Router,
    works: Works,
    store: CaseStore,
    atlas: Atlas,
    operators: OperatorTokens,
    serving: Serving,
) -> None:
    worker = operators.require(*WORKERS)
    _add_directory(router, works, atlas, operators.require())
    _add_hands(router, worker, serving)
    _add_notes(router, works, store, atlas, operators.require(*READERS), worker, serving)
    add_templates(router, works, worker)
    add_views(router, works, worker)


def _add_directory(router: Router, works: Works, atlas: Atlas, anyone: Reader) -> None:
    @router.get("/me")
    async def read_me(operator: Annotated[Operator, Depends(anyone)]) -> Me:
        """Who I am to this system. It writes me down in the directory of my unit."""
        async with works.open(SYSTEM) as work:
            officer_id = await noted(work, operator)
        unit = atlas.units.find(operator.unit)
        if unit is None:
            raise NotFound("Your unit is not in the unit tree.")
        return Me(
            officer_id=officer_id, name=operator.name, role=operator.role, unit_id=unit.id,
            unit_name=unit.name, unit_kind=unit.kind, area=unit.area, duty=unit.duty,
        )  # fmt: skip

    @router.get("/officers")
    async def list_officers(
        operator: Annotated[Operator, Depends(anyone)],
    ) -> list[ColleagueView]:
        """My colleagues: officers of my unit who asked `GET /v1/me` or acted on a case in the last
        90 days. Names of other units' officers are told to nobody."""
        async with works.open(SYSTEM) as work:
            me = await noted(work, operator)
            since = work.now - COLLEAGUE_FOR
            found = await team.colleagues(work.connection, operator.unit, since, COLLEAGUES_AT_MOST)
        return [_colleague_view(each, me) for each in found]


def _colleague_view(each: Colleague, me: UUID) -> ColleagueView:
    return ColleagueView(
        officer_id=each.officer_id,
        name=each.name,
        role=Role(each.role),
        is_me=each.officer_id == me,
    )


def _add_hands(router: Router, worker: Reader, serving: Serving) -> None:
    @router.put(
        "/cases/{complaint_id}/assignee",
        response_model=CaseView,
        dependencies=[Depends(etag_writer)],
    )
    @refuses(Conflict, Gone)
    async def assign_officer(
        complaint_id: UUID,
        change: AssigneeChange,
        operator: Annotated[Operator, Depends(worker)],
        seen: Annotated[int, Depends(if_match)],
        key: IdempotencyKey,
    ) -> Response:
        """Gives the case into the hand of an officer of my unit, or of nobody. It is the unit's own
        affair: the version stays, no event tells of it, and it ends when another unit gets the
        case. Out of a colleague's hand it is taken only where ``instead_of`` names him."""
        said = ["assignee", str(complaint_id), seen, change.model_dump(mode="json")]
        request = request_of(operator, key, said, complaint_id)
        answer = await serving.assign(complaint_id, seen, change, operator, request)
        return answer.response()

    @router.post(
        "/cases/{complaint_id}/unwatch",
        response_model=CaseView,
        dependencies=[Depends(etag_writer)],
    )
    @refuses(Conflict, Gone)
    async def unwatch_case(
        complaint_id: UUID,
        operator: Annotated[Operator, Depends(worker)],
        seen: Annotated[int, Depends(if_match)],
        key: IdempotencyKey,
    ) -> Response:
        """My unit, which has passed the case on, watches it no longer: it leaves our lists, and
        without another ground to see it there is no such case for us. It watches again when it
        passes the case on again."""
        request = request_of(operator, key, ["unwatch", str(complaint_id), seen], complaint_id)
        return (await serving.unwatch(complaint_id, seen, operator, request)).response()


def _add_notes(
    router: Router,
    works: Works,
    store: CaseStore,
    atlas: Atlas,
    reader: Reader,
    worker: Reader,
    serving: Serving,
) -> None:
    @router.get("/cases/{complaint_id}/notes")
    async def list_notes(
        complaint_id: UUID, operator: Annotated[Operator, Depends(reader)]
    ) -> Notes:
        """What officers wrote to each other about the case. No reporter reads it."""
        actor = actor_of(operator)
        sight = sight_of(actor, atlas.units)
        async with works.read(sight) as connection:
            case = there(await store.find(connection, complaint_id, sight))
            found = await team.notes(connection, complaint_id, actor.unit)
        await Openings(works, atlas.units).note(case, actor, Opened.NOTES)
        return Notes(notes=[note_view(note, actor, atlas.units) for note in found])

    @router.post("/cases/{complaint_id}/notes", response_model=NoteView)
    @refuses(Conflict, Gone)
    async def add_note(
        complaint_id: UUID,
        new: NewNote,
        operator: Annotated[Operator, Depends(worker)],
        key: IdempotencyKey,
    ) -> Response:
        """Writes to all officers who see the case. It changes no version, and stays here: no
        event tells of it."""
        actor = actor_of(operator)
        sight = sight_of(actor, atlas.units)

        async def add(work: Work) -> Answer:
            await noted(work, operator)
            case = there(await store.find(work.connection, complaint_id, sight))
            if case.erased:
                raise Gone("The contents of this complaint are erased. Nothing is added to it.")
            note = InternalNote(
                work.new_id(), new.text, work.now, actor.subject, actor.unit, operator.name
            )
            if not await team.add_note(work.connection, note, complaint_id, NOTES_AT_MOST):
                raise Conflict("The case has as many notes as it may have.")
            return Answer.of(note_view(note, actor, atlas.units))

        said = ["note", str(complaint_id), new.text]
        request = request_of(operator, key, said, complaint_id)
        return (await serving.once.do(request, sight, add)).response()

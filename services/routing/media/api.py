"""A case's files as an officer is shown them, and the door at which one of them is opened."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.case.commands import Text
from services.routing.case.reasons import NOTHING_LEFT
from services.routing.domain import Actor, Case, CaseMedia
from services.routing.media import store as media
from services.routing.media.links import Linked, Links
from services.routing.media.locks import is_shown, opening_barred
from services.routing.media.views import MediaView, found_flags, media_view
from services.routing.openings import store as openings
from services.routing.openings.record import Openings
from services.routing.openings.store import MediaOpening
from services.routing.store import CaseStore
from services.routing.work.acts import actor_of, there
from shared.auth import Operator
from shared.errors import Conflict, Gone, NotFound, Unavailable
from shared.http.operation import Router
from shared.http.refusals import refuses
from shared.units import UnitTree
from shared.visibility import sight_of
from shared.work import Works


@dataclass(frozen=True, slots=True)
class KnownFiles:
    """Of one case, as they stood when it was read."""

    files: Sequence[CaseMedia]
    opened: Sequence[MediaOpening]


async def known_files(connection: AsyncConnection, case: Case) -> KnownFiles:
    files = await media.of_case(connection, case)
    opened = await openings.of_media(connection, case.complaint_id) if files else []
    return KnownFiles(files, opened)


@dataclass(frozen=True, slots=True)
class Showing:
    """Puts together what an officer is shown of files."""

    works: Works
    store: CaseStore
    units: UnitTree
    links: Links

    async def with_case(self, known: KnownFiles, case: Case, actor: Actor) -> list[MediaView]:
        """All of a case; called outside of any transaction. Without links while media is away."""
        shown = [each.ref for each in known.files if is_shown(each, case)]
        linked = await self.links.for_page(shown, actor)
        numbers = await self._numbers(known.files, linked, actor)
        return [
            media_view(each, case, linked.get(each.ref), numbers, known.opened, self.units)
            for each in known.files
        ]

    async def opened(
        self, known: KnownFiles, file: CaseMedia, linked: Linked, case: Case, actor: Actor
    ) -> MediaView:
        """One that was opened."""
        numbers = await self._numbers([file], {file.ref: linked}, actor)
        return media_view(file, case, linked, numbers, known.opened, self.units, shown=True)

    async def _numbers(
        self, files: Sequence[CaseMedia], linked: Mapping[UUID, Linked], actor: Actor
    ) -> dict[UUID, str]:
        """Numbers of the other reports that flags name, as far as the officer sees them."""
        flags = [flag for each in files for flag in found_flags(each, linked.get(each.ref))]
        others = {flag.other_complaint_id for flag in flags} - {None}
        if not others:
            return {}
        sight = sight_of(actor, self.units)
        async with self.works.read(sight) as connection:
            return await self.store.numbers(connection, sorted(filter(None, others)), sight)


class OpenMedia(BaseModel):
    """``reason``: kept with your name, and shown with the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    reason: Text


def add_media(router: Router, showing: Showing, worker: Callable[..., Awaitable[Operator]]) -> None:
    works, units = showing.works, showing.units
    record = Openings(works, units)

    @router.post("/cases/{complaint_id}/media/{media_ref}/open")
    @refuses(Conflict, Gone, Unavailable)
    async def open_media(
        complaint_id: UUID,
        media_ref: UUID,
        operator: Annotated[Operator, Depends(worker)],
        body: OpenMedia,
    ) -> MediaView:
        """Opens one locked file of a case, with a reason. The reporter's files of a private report
        are opened by the case's reviewer and by the triage desk while it holds the case, documents
        and videos also by the unit that holds it. It is recorded before it is shown."""
        actor = actor_of(operator)
        sight = sight_of(actor, units)
        async with works.read(sight) as connection:
            case = there(await showing.store.find(connection, complaint_id, sight))
            known = await known_files(connection, case)
        file = _of_case(known.files, media_ref)
        barred = opening_barred(file, case, actor, units)
        if barred is not None:
            raise barred
        linked = await showing.links.for_one(media_ref, actor)
        if linked is None or linked.status not in ("ok", "kept"):
            raise Gone(NOTHING_LEFT)
        await record.note_media(case, actor, media_ref, body.reason)
        async with works.read(sight) as connection:
            known = await known_files(connection, case)
        return await showing.opened(known, file, linked, case, actor)


def _of_case(files: Sequence[CaseMedia], ref: UUID) -> CaseMedia:
    found = next((each for each in files if each.ref == ref), None)
    if found is None:
        raise NotFound("This case has no such file. GET the case lists its media.")
    return found

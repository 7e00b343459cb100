"""Officers' lists: what waits for a unit, and what waits for the triage desk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args

from fastapi import Depends, Query
from pydantic import TypeAdapter

from services.routing.case.commands import AreaCode, Slug
from services.routing.case.stage import Tab
from services.routing.placing.atlas import Atlas
from services.routing.search.api import PageEnd
from services.routing.store import Cursor
from services.routing.work.acts import WORKERS, actor_of
from services.routing.work.offers import Offers
from services.routing.work.store import Due, Hand, Place, Sort, Wanted, read_list
from services.routing.work.views import CaseList, Inbox, TabCounts, list_of
from shared.auth import Operator, OperatorTokens, Role
from shared.events.vocabulary import CaseState, Channel
from shared.http.operation import Router
from shared.http.paging import CURSOR_AT_MOST, Cursors, WriteNext
from shared.units import Duty
from shared.visibility import Sight, sight_of
from shared.work import Works

READERS = (*WORKERS, Role.AUDITOR, Role.ADMIN)
"""Roles that read a case that they see."""
BY_TIME: TypeAdapter[Cursor] = TypeAdapter(Cursor)
PAGE_END: TypeAdapter[PageEnd] = TypeAdapter(PageEnd)
PLACE: TypeAdapter[Place] = TypeAdapter(Place)


@dataclass(frozen=True, slots=True)
class ListCursors:
    """Where the pages of each list end."""

    inbox: Mapping[Sort, Cursors[Place]]
    triage: Cursors[Place]
    unread: Cursors[Cursor]
    search: Cursors[PageEnd]

    @classmethod
    def of(cls, make: Callable[[str, TypeAdapter[Any]], Cursors[Any]]) -> "ListCursors":
        """``make``: cursors by the name of the list (`Foundation.cursors`). Each order of the inbox
        is a list of its own: in another order its places mean nothing."""
        return cls(
            {sort: make(f"routing.inbox.{sort}", PLACE) for sort in get_args(Sort)},
            make("routing.triage", PLACE),
            make("routing.unread", BY_TIME),
            make("routing.search", PAGE_END),
        )


@dataclass(frozen=True, slots=True)
class Filters:
    """What an officer wants to see of the inbox, in whatever form it is answered."""

    tab: Tab | None
    state: CaseState | None
    category: str | None
    area: str | None
    channel: Channel | None
    due: Due | None
    assignee: Hand | None
    watched: bool
    sort: Sort

    def wanted(self, officer: Operator, sight: Sight) -> Wanted:
        return Wanted(
            officer.unit, sight.judges_for, self.tab, self.state, self.category, self.area,
            self.channel, self.due, self.watched, self.sort, self.assignee, officer.subject,
        )  # fmt: skip


async def filters(
    tab: Annotated[Tab | None, Query(description="A part of the inbox")] = None,
    state: CaseState | None = None,
    category: Annotated[Slug | None, Query()] = None,
    area: Annotated[
        AreaCode | None, Query(description="Kemendagri code of an area of any level")
    ] = None,
    channel: Channel | None = None,
    due: Annotated[Due | None, Query(description="Whose nearest limit comes so soon")] = None,
    assignee: Annotated[
        Hand | None, Query(description="In my own hand, or of my unit and in nobody's")
    ] = None,
    watched: Annotated[bool, Query(description="Cases that my unit has passed on")] = False,
    sort: Annotated[Sort, Query(description="Soonest due first, or oldest first")] = "due",
) -> Filters:
    """Of the query."""
    return Filters(tab, state, category, area, channel, due, assignee, watched, sort)


def add_lists(
    router: Router,
    works: Works,
    atlas: Atlas,
    operators: OperatorTokens,
    cursors: ListCursors,
    offers: Offers,
) -> None:
    """Two lists; the cursor of one is refused by the other."""

    async def answer(
        operator: Operator, wanted: Wanted, cursor: str | None, limit: int, pages: Cursors[Place]
    ) -> tuple[CaseList, TabCounts]:
        actor, now, after = actor_of(operator), offers.clock(), pages.read(cursor)
        sight = sight_of(actor, atlas.units)
        async with works.read(sight) as connection:
            found = await read_list(connection, wanted, sight, now, after, limit + 1)
            known = await offers.of(connection, found.cases, actor)
            listed = list_of(connection, found, known, atlas.units, limit, pages, now)
        return listed, TabCounts.model_validate(found.counts)

    @router.get("/inbox")
    async def list_inbox(
        operator: Annotated[Operator, Depends(operators.require(*WORKERS))],
        write_next: WriteNext,
        asked: Annotated[Filters, Depends(filters)],
        cursor: Annotated[str | None, Query(max_length=CURSOR_AT_MOST)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Inbox:
        """Open cases of my unit, and what waits for my judgement; closed ones by ``state``, the
        newest first. Or those that my unit has passed on, and goes on watching (``watched``). Or
        one ``tab``:

        - ``new``: my unit has it and nobody has taken it.
        - ``in_hand``: taken, in progress, to be done again.
        - ``waiting``: for a judgement, for the reporter's answer, or for the unit it was passed to.
        - ``judgement``: for mine.
        - ``overdue``: of all these, those whose limit has passed.
        """
        wanted = asked.wanted(operator, sight_of(actor_of(operator), atlas.units))
        found, counts = await answer(operator, wanted, cursor, limit, cursors.inbox[wanted.sort])
        write_next(found.next_cursor)
        return Inbox(**dict(found), counts=counts)

    @router.get("/triage")
    async def list_triage(
        operator: Annotated[Operator, Depends(operators.require(Role.TRIAGE_OFFICER, Role.BIRO))],
        write_next: WriteNext,
        cursor: Annotated[str | None, Query(max_length=CURSOR_AT_MOST)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> CaseList:
        """Cases for which no unit was found, the soonest due first."""
        wanted = Wanted(atlas.units.of_duty(Duty.TRIAGE).id, state=CaseState.RECEIVED)
        found, _ = await answer(operator, wanted, cursor, limit, cursors.triage)
        write_next(found.next_cursor)
        return found

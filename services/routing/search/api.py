"""The search over what an officer may see: by words, by number, by what is known of a case."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import Body, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.routing.case.commands import AreaCode, Slug
from services.routing.placing.atlas import Atlas
from services.routing.search.store import Place, Sought, find
from services.routing.work.acts import WORKERS, actor_of
from services.routing.work.offers import Offers
from services.routing.work.views import CaseView, view_of
from shared.auth import Operator, OperatorTokens, Role
from shared.events.vocabulary import CaseState, Channel
from shared.http.operation import Router
from shared.http.paging import CURSOR_AT_MOST, Cursors, page_of
from shared.instant import Instant
from shared.set_aside import CASES, each
from shared.visibility import sight_of
from shared.work import Works

SEARCHERS = (*WORKERS, Role.AUDITOR, Role.ADMIN)
"""Roles that read a case that they see."""
PAGE_AT_MOST = 100
PageEnd: TypeAlias = tuple[bool, datetime, UUID]
"""Whether the page was found by words that are spelled alike, and its last row."""
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]


class CaseSearch(BaseModel):
    """What is looked for; a case fits when all that is given fits."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    words: Words | None = Field(default=None, repr=False)
    """Of the reporter, or of the place. ``"two words"`` side by side, ``or``, ``-without``. Where
    nobody wrote these, words that are spelled a little differently are looked for."""
    report_number: Annotated[str | None, Field(max_length=20)] = None
    state: CaseState | None = None
    category: Slug | None = None
    area: AreaCode | None = None
    """Kemendagri code of an area of any level."""
    channel: Channel | None = None
    since: Annotated[Instant | None, Field(alias="from")] = None
    """Received at this instant or later."""
    until: Annotated[Instant | None, Field(alias="to")] = None
    """Received before this instant."""
    cursor: Annotated[str | None, Field(max_length=CURSOR_AT_MOST)] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_AT_MOST)] = 25

    def sought(self) -> Sought:
        return Sought(
            words=self.words,
            report_number=self.report_number.upper() if self.report_number else None,
            state=self.state,
            category=self.category,
            area=self.area,
            channel=self.channel,
            since=self.since,
            until=self.until,
        )


class FoundCases(BaseModel):
    """The newest first."""

    cases: list[CaseView]
    total_at_least: int
    """So many cases there are on this page and behind it, and perhaps more; no fewer."""
    next_cursor: str | None
    """Pass it as ``cursor`` for the next page; null on the last one."""


def add_search(
    router: Router,
    works: Works,
    atlas: Atlas,
    operators: OperatorTokens,
    cursors: Cursors[PageEnd],
    offers: Offers,
) -> None:
    @router.post("/search")
    async def find_cases(
        operator: Annotated[Operator, Depends(operators.require(*SEARCHERS))],
        search: Annotated[CaseSearch, Body(default_factory=CaseSearch)],
    ) -> FoundCases:
        """Cases that I may see, the newest first. The words are sent in the body: what is looked
        for stands in no address that is logged."""
        actor = actor_of(operator)
        alike, after = _begin(cursors.read(search.cursor))
        sought = replace(search.sought(), alike=alike)
        sight, now = sight_of(actor, atlas.units), offers.clock()
        async with works.read(sight) as connection:
            found = await find(connection, sought, sight, now, after, search.limit + 1)
            if not found.cases and search.cursor is None and sought.can_be_alike:
                sought = replace(sought, alike=True)
                found = await find(connection, sought, sight, now, after, search.limit + 1)
            shown, last = page_of(found.cases, search.limit)
            known = await offers.of(connection, shown, actor)
            views = each(
                connection, CASES, shown,
                lambda case: view_of(known[case.complaint_id], atlas.units),
            )  # fmt: skip
        behind = (sought.alike, last.received_at, last.complaint_id) if last else None
        return FoundCases(
            cases=views,
            total_at_least=found.at_least,
            next_cursor=cursors.write(behind) if behind else None,
        )


def _begin(after: PageEnd | None) -> tuple[bool, Place | None]:
    return (False, None) if after is None else (after[0], after[1:])

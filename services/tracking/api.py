"""HTTP doors: look-up by code for everyone, search and figures for officers."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.tracking import store
from services.tracking.answers import ANSWER_AT_MOST, Answers
from services.tracking.domain import CaseRecord
from services.tracking.lookup import CODE_AT_MOST, Lookup
from services.tracking.store import CaseKey, Filters
from services.tracking.tracked import TrackedCase
from shared.auth import Operator, OperatorTokens, Role
from shared.clock import Clock
from shared.errors import Conflict, Forbidden, Gone, NotFound
from shared.events import vocabulary
from shared.events.vocabulary import CaseState, Channel
from shared.http.operation import Router
from shared.http.paging import CURSOR_AT_MOST, Cursors, page_of
from shared.http.refusals import refuses
from shared.instant import Instant
from shared.units import Units
from shared.visibility import Sight, sight_of
from shared.work import Works

CITYWIDE = frozenset({Role.BIRO, Role.AUDITOR, Role.ADMIN})
READERS = (*sorted(CITYWIDE), Role.UNIT_OFFICER, Role.TRIAGE_OFFICER)
SEARCHERS = (*READERS, Role.DESK_OFFICER)
"""A desk looks up what it has entered, for the reporter who comes back with the report number."""
PAGE_AT_MOST = 200
SMALL_BODY_BYTES = 4096
ANSWER_BODY_BYTES = 128 * 1024
"""The longest answer with each character written as two \\u escapes."""


ANSWERED = {
    "answer_question": {
        "operationId": "answer_question",
        "requestBody": {"code": "$request.body#/code", "text": "Di depan nomor 12."},
        "description": "While `question_open` is true.",
    }
}
"""Where the answer with a code leads, in the contract."""


class TrackRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    code: Annotated[str, Field(max_length=CODE_AT_MOST)]
    """The tracking code; case, dashes and spaces do not matter."""


class AnswerRequest(TrackRequest):
    """The answer to the question that is open in the case of ``code``."""

    text: Annotated[str, Field(min_length=1, max_length=ANSWER_AT_MOST, repr=False)]


class AnswerTaken(BaseModel):
    taken: Literal[True] = True


class FoundCase(BaseModel):
    """A case as officers see it in a list."""

    model_config = ConfigDict(from_attributes=True)

    complaint_id: UUID
    report_number: str | None
    channel: Channel | None
    category: str | None
    citizen_category: str | None
    area_name: str | None
    confidential: bool
    restricted: bool
    state: CaseState
    unit_id: str | None
    unit_name: str | None
    accepted: bool
    received_at: datetime | None
    due_at: datetime | None
    original_due_at: datetime | None
    closed_at: datetime | None
    missed: list[vocabulary.Clock]
    extension: str | None
    question_open: bool
    reopened: int
    merged_into: UUID | None
    evaluation: str | None
    erased: bool


class FoundCases(BaseModel):
    cases: list[FoundCase]
    next_cursor: str | None
    """Hand it back as ``cursor`` for the page behind this one; null on the last."""


class Figure(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    key: str
    name: str | None
    received: int
    open: int
    completed: int
    overdue: int
    completed_in_time: int
    mean_seconds: float | None
    p90_seconds: float | None


class Statistics(BaseModel):
    """Cases received in the period. ``by_region``: Kemendagri code of the city or regency,
    empty where the place is not known; ``by_day``: date in Jakarta."""

    total: Figure
    by_state: list[Figure]
    by_channel: list[Figure]
    by_unit: list[Figure]
    by_region: list[Figure]
    by_day: list[Figure]


class Criteria(BaseModel):
    """Filters that search and figures share."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    report_number: Annotated[str | None, Field(max_length=20)] = None
    state: CaseState | None = None
    unit: Annotated[str | None, Field(max_length=80)] = None
    channel: Channel | None = None
    category: Annotated[str | None, Field(max_length=80)] = None
    overdue: bool | None = None
    since: Annotated[Instant | None, Field(alias="from")] = None
    """Received at this instant or later."""
    until: Annotated[Instant | None, Field(alias="to")] = None
    """Received before this instant."""

    def filters(self) -> Filters:
        return Filters(
            report_number=self.report_number.upper() if self.report_number else None,
            state=self.state,
            unit=self.unit,
            channel=self.channel,
            category=self.category,
            overdue=self.overdue,
            since=self.since,
            until=self.until,
        )


class SearchQuery(Criteria):
    cursor: Annotated[str | None, Field(max_length=CURSOR_AT_MOST)] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_AT_MOST)] = 50


def sight_for(operator: Operator, criteria: Criteria, units: Units) -> Sight:
    """What the officer may see; raises Forbidden when another unit's cases are asked for."""
    if operator.role not in CITYWIDE and criteria.unit not in (None, operator.unit):
        raise Forbidden("Your role sees the cases of its own unit. Leave out unit.", field="unit")
    return sight_of(operator, units)


def create_public_router(lookup: Lookup, answers: Answers, clock: Clock) -> Router:
    """Look-up and answer by code, both POST: no code stands in a URL that is logged."""
    router = Router(prefix="/v1", tags=["track"])

    @router.post(
        "/track",
        summary="Where a complaint stands",
        max_body_size=SMALL_BODY_BYTES,
        responses={200: {"links": ANSWERED}},
    )
    @refuses(NotFound)
    async def track_complaint(request: TrackRequest) -> TrackedCase:
        """404 for a code that is not known, whatever is wrong with it, in the same time.

        No limit on tries is kept here; the proxy in front keeps it.
        """
        found = await lookup.find(request.code)
        if found is None:
            raise NotFound("No complaint has this code. Check each character.", field="code")
        return TrackedCase.of(found, clock())

    @router.post(
        "/track/answer", summary="Answer the open question", max_body_size=ANSWER_BODY_BYTES
    )
    @refuses(NotFound, Conflict, Gone)
    async def answer_question(request: AnswerRequest) -> AnswerTaken:
        """200 once the answer is filed; the same text again does no harm.

        404 as for ``/v1/track``; 409 when no question is open or it has another answer; 503 with
        Retry-After when it was not taken: send the same again.
        """
        await answers.give(request.code, request.text)
        return AnswerTaken()

    return router


CASES_KEYSET: TypeAdapter[CaseKey] = TypeAdapter(CaseKey)


def create_operators_router(
    works: Works, operators: OperatorTokens, clock: Clock, cursors: Cursors[CaseKey]
) -> Router:
    """Search and figures over the cases that an officer may see, and no others."""
    router = Router(prefix="/v1", tags=["operators"])
    reader = Depends(operators.require(*READERS))
    searcher = Depends(operators.require(*SEARCHERS))

    @router.get("/cases", summary="Cases, newest first")
    async def search_cases(
        query: Annotated[SearchQuery, Query()], who: Operator = searcher
    ) -> FoundCases:
        sight = sight_for(who, query, operators.units)
        after = cursors.read(query.cursor)
        async with works.read(sight) as connection:
            found = await store.search(
                connection, sight, query.filters(), clock(), after, query.limit + 1
            )
        shown, last = page_of(found, query.limit)
        key = _key(last) if last else None
        return FoundCases(
            cases=[FoundCase.model_validate(record) for record in shown],
            next_cursor=cursors.write(key) if key else None,
        )

    @router.get("/statistics", summary="Counts and completion times of a period")
    async def read_statistics(
        query: Annotated[Criteria, Query()], who: Operator = reader
    ) -> Statistics:
        sight = sight_for(who, query, operators.units)
        async with works.read(sight) as connection:
            return _statistics(await store.figures(connection, sight, query.filters(), clock()))

    return router


def _key(record: CaseRecord) -> CaseKey | None:
    """None for a case whose complaint is not here yet; the search finds no such case."""
    return (record.received_at, record.complaint_id) if record.received_at else None


def _statistics(found: list[store.Figure]) -> Statistics:
    groups: dict[str, list[Figure]] = {}
    for figure in found:
        groups.setdefault(figure.by, []).append(Figure.model_validate(asdict(figure)))
    return Statistics(
        total=groups["total"][0],
        by_state=groups.get("state", []),
        by_channel=groups.get("channel", []),
        by_unit=groups.get("unit", []),
        by_region=groups.get("region", []),
        by_day=groups.get("day", []),
    )

"""The SQL of the search: from the cards by words and keys to the cases, the newest first.

A common word stands in half of all reports, and a list needs a page of them. So the newest are
searched first: those of a few days, then of the weeks before, and so on until the page is full.
What a few days do not fill a page with is rare enough to be searched for in more of them.
"""

from collections import ChainMap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.domain import Case
from services.routing.search.words import similar_to
from services.routing.store import case_of
from services.routing.texts import keys
from shared.events.vocabulary import CaseState
from shared.set_aside import CASES, paged
from shared.visibility import Sight, condition

Place: TypeAlias = tuple[datetime, UUID]
"""The last row of a page: when the complaint was received, and its id."""

STEPS = (5, 30, 180)
"""Days of each further step back; what is older is searched at last, all of it. What the first step
has nothing of is rare: then all that is older is searched at once, because each step would cost as
much."""
ALIKE_AT_MOST = 20
"""Words that are looked for instead of one that was typed."""
BY_DAY_AT_MOST = 7
"""A longer step goes by months: each key more costs time for every row that is compared."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for; a case fits when all that is given fits. ``since`` is within, ``until``
    is not. ``area``: of any level. ``alike``: words that are spelled like these, not the same.
    ``held_by``, ``passed_on_by``: units. ``meant``: those words, as PostgreSQL looks for them."""

    words: str | None = field(default=None, repr=False)
    alike: bool = False
    report_number: str | None = None
    state: str | None = None
    category: str | None = None
    area: str | None = None
    channel: str | None = None
    held_by: str | None = None
    passed_on_by: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    meant: str | None = field(default=None, repr=False)

    @property
    def can_be_alike(self) -> bool:
        """Whether words that are spelled a little differently can be looked for instead."""
        return not self.alike and self.words is not None and bool(similar_to(self.words))

    @property
    def keys(self) -> list[str]:
        """Keys that a case must have, all of them."""
        named = (
            (keys.state_key, self.state), (keys.category_key, self.category),
            (keys.area_key, self.area), (keys.channel_key, self.channel),
            (keys.unit_key, self.held_by), (keys.watcher_key, self.passed_on_by),
        )  # fmt: skip
        return [key(value) for key, value in named if value is not None]


@dataclass(frozen=True, slots=True)
class Found:
    """``at_least``: so many there are behind the place that was asked for, perhaps more."""

    cases: Sequence[Case]
    at_least: int


@dataclass(frozen=True, slots=True)
class _Step:
    """Cases received before ``until``, since ``since``; None: all that are older."""

    until: datetime
    since: datetime | None = None

    @property
    def keys(self) -> list[str]:
        """Of the days or months that it touches."""
        if self.since is None:
            return []
        first, last = self.since.date(), self.until.date()
        days = [first + timedelta(n) for n in range((last - first).days + 1)]
        key = keys.day_key if len(days) <= BY_DAY_AT_MOST + 1 else keys.month_key
        return list(dict.fromkeys(map(key, days)))


async def find(
    connection: AsyncConnection,
    sought: Sought,
    sight: Sight,
    now: datetime,
    after: Place | None,
    limit: int,
) -> Found:
    """At most ``limit`` cases within sight, the newest first."""
    # A plan for any words would be one for rare words or for common ones, and wrong for the rest.
    await connection.execute(_PLAN_FOR_THESE)
    if sought.alike:
        sought = replace(sought, meant=await _meant(connection, sought.words or ""))
        if not sought.meant:
            return Found((), 0)
    found: list[Case] = []
    count = 0
    for number, each in enumerate(_steps(sought, now, after)):
        step = _Step(each.until) if number == 1 and not count else each
        cases, matches = await _within(connection, sought, sight, step, after, limit - len(found))
        found += cases
        count += matches
        if len(found) == limit or step.since is None:
            break
    return Found(found, count)


async def _meant(connection: AsyncConnection, words: str) -> str | None:
    """The query for reports that have for each of the words one that is spelled like it. None:
    to one of them no word of any report is alike, or none but the words themselves, for which a
    search has looked in vain."""
    typed = similar_to(words)
    rows = await connection.execute(_ALIKE, {"typed": typed, "most": ALIKE_AT_MOST})
    alike = [row.alike for row in rows]
    if not all(alike) or (alike == [[word] for word in typed] and words.lower().split() == typed):
        return None
    # Letters alone stand in the vocabulary, so none of them needs to be escaped.
    return " & ".join(f"({' | '.join(each)})" for each in alike)


def _steps(sought: Sought, now: datetime, after: Place | None) -> Iterator[_Step]:
    """From the place of the last page back (a second more, since it is left out by its id), or from
    now: an hour more, since intake has a clock of its own."""
    newest = now + timedelta(hours=1) if after is None else after[0] + timedelta(seconds=1)
    until = min(filter(None, (newest, sought.until))).astimezone(UTC)
    if sought.report_number is None:
        for days in STEPS:
            if sought.since is not None and until <= sought.since:
                return
            since = until - timedelta(days=days)
            yield _Step(until, since)
            until = since
    yield _Step(until)


async def _within(
    connection: AsyncConnection,
    sought: Sought,
    sight: Sight,
    step: _Step,
    after: Place | None,
    limit: int,
) -> tuple[list[Case], int]:
    seen = condition(sight, "c")
    wanted = [*_clauses(sought), *_keyed(sought, sight), *_when(step)]
    statement = text(_FIND.format(clauses=" AND ".join((seen.sql, *(sql for sql, _ in wanted)))))
    values = ChainMap({}, dict(seen.parameters), *(given for _, given in wanted))
    counted: list[int] = []

    async def fetch(after: Place | None, limit: int) -> Sequence[Any]:
        at, complaint_id = after or (None, None)
        place = {"after_at": at, "after_id": complaint_id, "limit": limit}
        rows = (await connection.execute(statement, {**values, **place})).all()
        counted.append(rows[0].matches if rows else 0)
        return rows

    found = await paged(connection, CASES, fetch, case_of, _place_of, after, limit)
    return found, counted[0]


def _place_of(row: Any) -> Place:
    return row.received_at, row.complaint_id


def _clauses(sought: Sought) -> Iterator[tuple[str, dict[str, Any]]]:
    if sought.report_number is not None:
        yield "c.report_number = CAST(:number AS text)", {"number": sought.report_number}
    if sought.words is not None and not sought.alike:
        yield _HAS_WORDS, {"words": sought.words}
    if sought.meant is not None:
        yield _HAS_MEANT, {"meant": sought.meant}
    if sought.held_by is not None:
        yield "c.unit_id = CAST(:held_by AS text)", {"held_by": sought.held_by}
    if sought.since is not None:
        yield "c.received_at >= CAST(:since AS timestamptz)", {"since": sought.since}


def _keyed(sought: Sought, sight: Sight) -> Iterator[tuple[str, dict[str, Any]]]:
    """The index finds by what leaves much out. A key of nearly all cards has a list there as long
    as the city's history: by this each card is looked through that the rest has found."""
    of_index, of_card = sought.keys, []
    if sought.words is not None and _COMPLETED in of_index:
        of_index, of_card = [key for key in of_index if key != _COMPLETED], [_COMPLETED]
    if of_index:
        yield "i.keys @> CAST(:keys AS text[])", {"keys": of_index}
    if of_card:
        yield f"{_UNINDEXED_KEYS} @> CAST(:common AS text[])", {"common": of_card}
    grounds = keys.seen_by(sight)
    # What a unit holds has the key of that unit already.
    if grounds is not None and not set(grounds) & set(of_index):
        found_by = _UNINDEXED_KEYS if keys.UNRESTRICTED in grounds else "i.keys"
        yield f"{found_by} && CAST(:grounds AS text[])", {"grounds": grounds}


def _when(step: _Step) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "c.received_at < CAST(:step_until AS timestamptz)", {"step_until": step.until}
    if step.since is not None:
        yield "i.keys && CAST(:times AS text[])", {"times": step.keys}
        yield "c.received_at >= CAST(:step_since AS timestamptz)", {"step_since": step.since}


_PLAN_FOR_THESE = text("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")
_COMPLETED = keys.state_key(CaseState.COMPLETED)
# An index serves a column, and no term that is made of it.
_UNINDEXED_KEYS = "(i.keys || CAST('{}' AS text[]))"
_HAS_WORDS = "i.sought @@ websearch_to_tsquery('simple', CAST(:words AS text))"
_HAS_MEANT = "i.sought @@ CAST(:meant AS tsquery)"
_ALIKE = text("""
    SELECT ARRAY(SELECT word FROM vocabulary WHERE word %> typed
                 ORDER BY word <->> typed, word LIMIT :most) AS alike
    FROM unnest(CAST(:typed AS text[])) WITH ORDINALITY AS given(typed, place) ORDER BY place
""")
_FIND = """
    SELECT complaint_id, received_at, CAST(body AS text) AS body, matches FROM (
        SELECT c.complaint_id, c.received_at, c.body, count(*) OVER () AS matches
        FROM cards i JOIN texts t ON t.card_id = i.card_id
        JOIN cases c ON c.complaint_id = t.complaint_id
        WHERE {clauses}
          AND (CAST(:after_at AS timestamptz) IS NULL
               OR (c.received_at, c.complaint_id)
                  < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
        ORDER BY c.received_at DESC, c.complaint_id DESC LIMIT :limit
    ) AS page
    ORDER BY received_at DESC, complaint_id DESC
"""
"""Of all that match only a page is made a text: this costs as much as to find it."""

"""The SQL of the search: by the index of the words and its keys, the newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.domain import Case
from services.routing.store import case_of
from services.routing.texts import keys
from shared.set_aside import CASES, paged
from shared.visibility import Sight, condition

Place: TypeAlias = tuple[datetime, UUID]
"""The last row of a page: when the complaint was received, and its id."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for; a case fits when all that is given fits. ``since`` is within, ``until``
    is not. ``area``: of any level."""

    words: str | None = field(default=None, repr=False)
    report_number: str | None = None
    state: str | None = None
    category: str | None = None
    area: str | None = None
    channel: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def keys(self) -> list[str]:
        """Keys that a case must have, all of them."""
        named = (
            (keys.state_key, self.state), (keys.category_key, self.category),
            (keys.area_key, self.area), (keys.channel_key, self.channel),
        )  # fmt: skip
        return [key(value) for key, value in named if value is not None]


@dataclass(frozen=True, slots=True)
class Found:
    cases: Sequence[Case]
    total_at_least: int


async def find(
    connection: AsyncConnection,
    sought: Sought,
    sight: Sight,
    now: datetime,
    after: Place | None,
    limit: int,
) -> Found:
    """At most ``limit`` cases within sight, the newest first."""
    seen = condition(sight, "c")
    clauses = " AND ".join((seen.sql, *_clauses(sought, sight)))
    statement = text(_FIND.format(clauses=clauses))
    values = {**seen.parameters, **_values(sought, sight)}

    async def fetch(after: Place | None, limit: int) -> Sequence[Any]:
        at, complaint_id = after or (None, None)
        place = {"after_at": at, "after_id": complaint_id, "limit": limit}
        return (await connection.execute(statement, {**values, **place})).all()

    found = await paged(connection, CASES, fetch, case_of, _place_of, after, limit)
    return Found(found, len(found))


def _place_of(row: Any) -> Place:
    return row.received_at, row.complaint_id


def _clauses(sought: Sought, sight: Sight) -> Iterator[str]:
    if sought.report_number is not None:
        yield "c.report_number = CAST(:number AS text)"
    if sought.words is not None:
        yield (
            "(t.sought @@ websearch_to_tsquery('simple', CAST(:words AS text))"
            " OR t.words %> CAST(:words AS text))"
        )
    if keys.seen_by(sight) is not None:
        yield "t.keys && CAST(:seen_by AS text[])"
    if sought.keys:
        yield "t.keys @> CAST(:keys AS text[])"
    if sought.since is not None:
        yield "c.received_at >= CAST(:since AS timestamptz)"
    if sought.until is not None:
        yield "c.received_at < CAST(:until AS timestamptz)"


def _values(sought: Sought, sight: Sight) -> dict[str, Any]:
    return {
        "number": sought.report_number,
        "words": sought.words,
        "seen_by": keys.seen_by(sight),
        "keys": sought.keys,
        "since": sought.since,
        "until": sought.until,
    }


_FIND = """
    SELECT c.complaint_id, c.received_at, CAST(c.body AS text) AS body
    FROM cases c LEFT JOIN texts t ON t.complaint_id = c.complaint_id
    WHERE {clauses}
      AND (CAST(:after_at AS timestamptz) IS NULL
           OR (c.received_at, c.complaint_id)
              < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
    ORDER BY c.received_at DESC, c.complaint_id DESC LIMIT :limit
"""

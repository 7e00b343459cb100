"""The SQL of officers' lists: a page, and how many stand in each tab, from one snapshot.

What a unit has open is little, what it has closed grows for ever. So open cases are read whole, by
indexes that hold no closed ones, and are counted, sorted and cut in one statement. Closed ones are
read page by page in the order of their index.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.domain import Case
from services.routing.store import case_of
from shared.events.vocabulary import CLOSED_STATES, CaseState, Channel
from shared.set_aside import CASES, paged
from shared.visibility import Sight, condition

Place: TypeAlias = tuple[datetime | None, datetime, UUID]
"""The last row of a page: its nearest limit, when the complaint was received, and its id."""
Sort = Literal["due", "received"]
Due = Literal["overdue", "day", "week"]

_WITHIN: Mapping[Due, timedelta] = {
    "overdue": timedelta(0),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}
CLOSED_COUNTED_TO = 1000
"""Closed cases are counted no further: nobody needs to know more, and it would cost the more, the
longer the unit works."""


class Tab(StrEnum):
    """A part of a unit's inbox. Each open case that a unit has to do with stands in one of the
    first four; ``overdue`` cuts across them."""

    NEW = "new"
    IN_HAND = "in_hand"
    WAITING = "waiting"
    JUDGEMENT = "judgement"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Cases that ``unit_id`` holds, that wait for ``reviewer``, and that it has passed on; closed
    ones only by ``state``. Without ``tab`` those that it holds and that wait for the reviewer, or
    the ``watched`` ones: those that it has passed on. ``area``: of any level."""

    unit_id: str
    reviewer: str | None = None
    tab: Tab | None = None
    state: CaseState | None = None
    category: str | None = None
    area: str | None = None
    channel: Channel | None = None
    due: Due | None = None
    watched: bool = False
    sort: Sort = "due"

    @property
    def is_closed(self) -> bool:
        return self.state in CLOSED_STATES


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list. ``total``: of all its pages. ``counts``: by tab, under the same filters."""

    cases: Sequence[Case]
    total: int
    counts: Mapping[Tab, int] = field(default_factory=dict)


async def read_list(
    connection: AsyncConnection,
    wanted: Wanted,
    sight: Sight,
    now: datetime,
    after: Place | None,
    limit: int,
) -> Listed:
    """At most ``limit`` cases behind ``after``; the soonest due first, or the oldest. Those whose
    limits are not known stand at the end, the oldest first."""
    seen = condition(sight)
    filters = " AND ".join((seen.sql, *_filters(wanted)))
    statement = text((_closed if wanted.is_closed else _open)(wanted, filters))
    values = {**seen.parameters, **_values(wanted, now)}
    counted: dict[str, int] = {}

    async def fetch(after: Place | None, limit: int) -> Sequence[Any]:
        due, at, complaint_id = after or (None, None, None)
        place = {"after_due": due, "after_at": at, "after_id": complaint_id, "limit": limit}
        rows = (await connection.execute(statement, {**values, **place})).all()
        for name in ("total", *Tab):
            counted.setdefault(name, getattr(rows[0], name))
        # An empty page is one row, which says the counts alone.
        return [row for row in rows if row.complaint_id is not None]

    found = await paged(connection, CASES, fetch, case_of, _place_of, after, limit)
    return Listed(found, counted.pop("total"), {tab: counted[tab] for tab in Tab})


def selection(wanted: Wanted, sight: Sight, now: datetime) -> tuple[str, dict[str, Any]]:
    """A query for the ids of all cases of a list, and its parameters."""
    seen = condition(sight)
    clauses = " AND ".join((seen.sql, *_filters(wanted)))
    if wanted.is_closed:
        whose = _PASSED_ON if wanted.watched else _HELD
        chosen = f"SELECT complaint_id FROM cases WHERE stage IS NULL AND {whose} AND {clauses}"  # noqa: S608 (constants)
    else:
        mine = _MINE.format(filters=clauses)
        chosen = f"SELECT complaint_id FROM ({mine}) AS mine WHERE {_in_tab(wanted)}"  # noqa: S608 (constants)
    return chosen, {**seen.parameters, **_values(wanted, now)}


def _place_of(row: Any) -> Place:
    return row.next_due_at, row.received_at, row.complaint_id


def _filters(wanted: Wanted) -> Iterator[str]:
    if wanted.state is not None:
        yield "state = CAST(:state AS text)"
    if wanted.category is not None:
        yield "category = CAST(:category AS text)"
    if wanted.channel is not None:
        yield "channel = CAST(:channel AS text)"
    if wanted.area is not None:
        yield (
            "(kelurahan_code = CAST(:area AS text)"
            " OR starts_with(kelurahan_code, CAST(:area AS text) || '.'))"
        )
    if wanted.due is not None:
        yield "next_due_at <= CAST(:due_by AS timestamptz)"


def _values(wanted: Wanted, now: datetime) -> dict[str, Any]:
    return {
        "unit": wanted.unit_id,
        "reviewer": wanted.reviewer,
        "state": wanted.state,
        "category": wanted.category,
        "channel": wanted.channel,
        "area": wanted.area,
        "now": now,
        "due_by": now + _WITHIN[wanted.due] if wanted.due else None,
    }


def _open(wanted: Wanted, filters: str) -> str:
    return _OPEN.format(filters=filters, wanted=_in_tab(wanted), **_ORDERS[wanted.sort])


def _closed(wanted: Wanted, filters: str) -> str:
    whose = _PASSED_ON if wanted.watched else _HELD
    # No limit of a closed case runs, so that both orders are the same.
    return _CLOSED.format(filters=filters, whose=whose, **_ORDERS["received"])


def _in_tab(wanted: Wanted) -> str:
    if wanted.watched:
        within = "passed_on"
    elif wanted.tab is None:
        within = "NOT passed_on"
    else:
        within = "true"
    if wanted.tab is None:
        return within
    tab = _OVERDUE if wanted.tab is Tab.OVERDUE else f"tab = '{wanted.tab}'"
    return f"{within} AND {tab}"


_HELD = "unit_id = CAST(:unit AS text)"
_PASSED_ON = "watchers @> to_jsonb(CAST(:unit AS text)) AND unit_id <> CAST(:unit AS text)"
_NOT_MINE_TO_JUDGE = (
    "(awaited_reviewer IS NULL OR awaited_reviewer IS DISTINCT FROM CAST(:reviewer AS text))"
)
_OVERDUE = "next_due_at <= CAST(:now AS timestamptz)"
_DUE = "coalesce(next_due_at, 'infinity')"
_AFTER_DUE = "coalesce(CAST(:after_due AS timestamptz), 'infinity')"
_BY_RECEIPT = "received_at, complaint_id"
_AFTER_RECEIPT = "CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)"
_ORDERS: Mapping[Sort, Mapping[str, str]] = {
    "due": {
        "by": f"{_DUE}, {_BY_RECEIPT}",
        "place": f"{_AFTER_DUE}, {_AFTER_RECEIPT}",
        "order": "coalesce(page.next_due_at, 'infinity'), page.received_at, complaint_id",
    },
    "received": {
        "by": _BY_RECEIPT,
        "place": _AFTER_RECEIPT,
        "order": "page.received_at, complaint_id",
    },
}
_MINE = f"""
        SELECT complaint_id, received_at, next_due_at, stage AS tab, false AS passed_on
        FROM cases
        WHERE stage IS NOT NULL AND {_HELD} AND {_NOT_MINE_TO_JUDGE} AND {{filters}}
        UNION ALL
        SELECT complaint_id, received_at, next_due_at, 'judgement', false
        FROM cases WHERE awaited_reviewer = CAST(:reviewer AS text) AND {{filters}}
        UNION ALL
        SELECT complaint_id, received_at, next_due_at, 'waiting', true
        FROM cases
        WHERE stage IS NOT NULL AND {_PASSED_ON} AND {_NOT_MINE_TO_JUDGE} AND {{filters}}
"""  # noqa: S608 (constants)
_OPEN = f"""
    WITH mine AS MATERIALIZED ({_MINE}
    ), counted AS (
        SELECT count(*) FILTER (WHERE {{wanted}}) AS total,
               count(*) FILTER (WHERE tab = 'new') AS new,
               count(*) FILTER (WHERE tab = 'in_hand') AS in_hand,
               count(*) FILTER (WHERE tab = 'waiting') AS waiting,
               count(*) FILTER (WHERE tab = 'judgement') AS judgement,
               count(*) FILTER (WHERE {_OVERDUE}) AS overdue
        FROM mine
    ), page AS (
        SELECT complaint_id, received_at, next_due_at FROM mine
        WHERE {{wanted}} AND (CAST(:after_id AS uuid) IS NULL OR ({{by}}) > ({{place}}))
        ORDER BY {{by}} LIMIT :limit
    )
    SELECT counted.*, page.*, CAST(cases.body AS text) AS body
    FROM counted LEFT JOIN page ON true LEFT JOIN cases USING (complaint_id)
    ORDER BY {{order}}
"""  # noqa: S608 (constants)
_CLOSED = f"""
    WITH counted AS (
        SELECT count(*) AS total, 0 AS new, 0 AS in_hand, 0 AS waiting, 0 AS judgement,
               0 AS overdue
        FROM (SELECT FROM cases WHERE stage IS NULL AND {{whose}} AND {{filters}}
              LIMIT {CLOSED_COUNTED_TO}) AS bounded
    ), page AS (
        SELECT complaint_id, received_at, next_due_at FROM cases
        WHERE stage IS NULL AND {{whose}} AND {{filters}}
          AND (CAST(:after_id AS uuid) IS NULL OR ({{by}}) > ({{place}}))
        ORDER BY {{by}} LIMIT :limit
    )
    SELECT counted.*, page.*, CAST(cases.body AS text) AS body
    FROM counted LEFT JOIN page ON true LEFT JOIN cases USING (complaint_id)
    ORDER BY {{order}}
"""  # noqa: S608 (constants)

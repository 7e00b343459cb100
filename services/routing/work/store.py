"""The SQL of officers' lists: a page, and how many stand in each tab, from one snapshot.

What a unit has open is little, what it has closed grows for ever. So open cases are read whole, by
indexes that know which are open, and are counted, sorted and cut in one statement. Closed ones are
found by the search, the newest first.
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
from services.routing.search.store import Sought, find
from services.routing.store import case_of
from services.routing.texts.keys import OPEN, watcher_key
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
    """A page of a list. ``total``: of all its pages; of closed cases so many at least. ``counts``:
    by tab, under the same filters."""

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
    """At most ``limit`` cases behind ``after``; the soonest due first, or the oldest. Those of
    which no limit runs stand at the end, the oldest first. Closed ones: the newest first."""
    read = _closed if wanted.is_closed else _open
    return await read(connection, wanted, sight, now, after, limit)


async def _closed(
    connection: AsyncConnection,
    wanted: Wanted,
    sight: Sight,
    now: datetime,
    after: Place | None,
    limit: int,
) -> Listed:
    none = dict.fromkeys(Tab, 0)
    if wanted.tab is not None or wanted.due is not None:
        return Listed((), 0, none)
    sought = Sought(
        state=wanted.state, category=wanted.category, area=wanted.area, channel=wanted.channel,
        held_by=None if wanted.watched else wanted.unit_id,
        passed_on_by=wanted.unit_id if wanted.watched else None,
    )  # fmt: skip
    found = await find(connection, sought, sight, now, after[1:] if after else None, limit)
    return Listed(found.cases, found.at_least, none)


async def _open(
    connection: AsyncConnection,
    wanted: Wanted,
    sight: Sight,
    now: datetime,
    after: Place | None,
    limit: int,
) -> Listed:
    seen = condition(sight, "c")
    filters = " AND ".join((seen.sql, *_filters(wanted)))
    statement = text(_OPEN.format(filters=filters, wanted=_in_tab(wanted), **_ORDERS[wanted.sort]))
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


def _place_of(row: Any) -> Place:
    return row.next_due_at, row.received_at, row.complaint_id


def _filters(wanted: Wanted) -> Iterator[str]:
    if wanted.state is not None:
        yield "c.state = CAST(:state AS text)"
    if wanted.category is not None:
        yield "c.category = CAST(:category AS text)"
    if wanted.channel is not None:
        yield "c.channel = CAST(:channel AS text)"
    if wanted.area is not None:
        yield (
            "(c.kelurahan_code = CAST(:area AS text)"
            " OR starts_with(c.kelurahan_code, CAST(:area AS text) || '.'))"
        )
    if wanted.due is not None:
        yield "c.next_due_at <= CAST(:due_by AS timestamptz)"


def _values(wanted: Wanted, now: datetime) -> dict[str, Any]:
    return {
        "passed_on": [OPEN, watcher_key(wanted.unit_id)],
        "unit": wanted.unit_id,
        "reviewer": wanted.reviewer,
        "state": wanted.state,
        "category": wanted.category,
        "channel": wanted.channel,
        "area": wanted.area,
        "now": now,
        "due_by": now + _WITHIN[wanted.due] if wanted.due else None,
    }


def _in_tab(wanted: Wanted) -> str:
    """Which of the counted rows stand in the list."""
    if wanted.tab is None:
        return "passed_on" if wanted.watched else "NOT passed_on"
    tab = _OVERDUE if wanted.tab is Tab.OVERDUE else f"tab = '{wanted.tab}'"
    return f"passed_on AND {tab}" if wanted.watched else tab


_NOT_MINE_TO_JUDGE = (
    "(c.awaited_reviewer IS NULL OR c.awaited_reviewer <> coalesce(CAST(:reviewer AS text), ''))"
)
_OVERDUE = "next_due_at <= CAST(:now AS timestamptz)"
_ORDERS: Mapping[Sort, Mapping[str, str]] = {
    "due": {
        "by": "coalesce(next_due_at, 'infinity'), received_at, complaint_id",
        "place": "coalesce(CAST(:after_due AS timestamptz), 'infinity'),"
        " CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)",
    },
    "received": {
        "by": "received_at, complaint_id",
        "place": "CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)",
    },
}
# The rows of the first and the second part are found by equality of text, those of the third by
# their cards: an operator on the watchers would use no index behind row-level security.
_OPEN = f"""
    WITH mine AS MATERIALIZED (
        SELECT c.complaint_id, c.received_at, c.next_due_at, c.stage AS tab, false AS passed_on
        FROM cases c
        WHERE c.stage IS NOT NULL AND c.unit_id = CAST(:unit AS text) AND {_NOT_MINE_TO_JUDGE}
          AND {{filters}}
        UNION ALL
        SELECT c.complaint_id, c.received_at, c.next_due_at, 'judgement', false
        FROM cases c WHERE c.awaited_reviewer = CAST(:reviewer AS text) AND {{filters}}
        UNION ALL
        SELECT c.complaint_id, c.received_at, c.next_due_at, 'waiting', true
        FROM cards i JOIN texts t ON t.card_id = i.card_id
        JOIN cases c ON c.complaint_id = t.complaint_id
        WHERE i.keys @> CAST(:passed_on AS text[]) AND c.stage IS NOT NULL
          AND c.unit_id <> CAST(:unit AS text) AND {_NOT_MINE_TO_JUDGE} AND {{filters}}
    ), counted AS (
        SELECT count(*) FILTER (WHERE {{wanted}}) AS total,
               count(*) FILTER (WHERE tab = 'new') AS new,
               count(*) FILTER (WHERE tab = 'in_hand') AS in_hand,
               count(*) FILTER (WHERE tab = 'waiting') AS waiting,
               count(*) FILTER (WHERE tab = 'judgement') AS judgement,
               count(*) FILTER (WHERE {_OVERDUE}) AS overdue
        FROM mine
    ), page AS (
        SELECT complaint_id, received_at, next_due_at, row_number() OVER (ORDER BY {{by}}) AS place
        FROM mine
        WHERE {{wanted}} AND (CAST(:after_id AS uuid) IS NULL OR ({{by}}) > ({{place}}))
        ORDER BY place LIMIT :limit
    )
    SELECT counted.*, page.*, CAST(cases.body AS text) AS body
    FROM counted LEFT JOIN page ON true LEFT JOIN cases USING (complaint_id)
    ORDER BY page.place
"""  # noqa: S608 (constants)

"""The SQL of officers' lists: a page, and how many stand in each tab, from one snapshot.

What a unit has open is little, what it has closed grows for ever. So open cases are counted, sorted
and cut by their slips, all in one statement. Closed ones are found by the search, the newest first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Literal, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.case.stage import Tab
from services.routing.domain import Case, CaseMedia
from services.routing.media import store as media
from services.routing.openings import store as openings
from services.routing.openings.store import MediaOpening, TextOpening
from services.routing.search.store import Sought, find
from services.routing.store import HISTORY, Step, case_of
from services.routing.team import store as team
from services.routing.team.store import Colleague, InternalNote
from services.routing.texts.store import EXCERPT, Shown
from shared.events.vocabulary import CLOSED_STATES, CaseState, Channel
from shared.set_aside import CASES, paged
from shared.visibility import Sight, condition

Place: TypeAlias = tuple[datetime | None, datetime, int | UUID]
"""The last row of a page: its nearest limit, when the complaint was received, and its card, or of a
closed case its id."""
Sort = Literal["due", "received"]
Due = Literal["overdue", "day", "week"]
Hand = Literal["me", "none"]
"""Whose hand a case is in: whoever asks, or nobody of the unit that holds it."""

_WITHIN: Mapping[Due, timedelta] = {
    "overdue": timedelta(0),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}


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
    assignee: Hand | None = None
    subject: str | None = field(default=None, repr=False)
    """Of whoever asks; needed with ``assignee``."""

    @property
    def is_closed(self) -> bool:
        return self.state in CLOSED_STATES


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list. ``total``: of all its pages; of closed cases so many at least. ``counts``:
    by tab, under the same filters."""

    cases: Sequence[Case]
    total: int
    counts: Mapping[Tab, int]
    places: Mapping[UUID, Place]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a case besides its state. ``has_children``: cases were merged into it.
    ``assignee``: who has it in hand, of the unit that asks."""

    has_children: bool
    shown: Shown
    assignee: Colleague | None


async def known_of(
    connection: AsyncConnection, complaints: Sequence[UUID], unit_id: str
) -> dict[UUID, Known]:
    """By complaint, of all of them; for an officer of ``unit_id``."""
    values = {"ids": list(complaints), "unit": unit_id, "length": EXCERPT}
    return {row.id: _known(row) for row in await connection.execute(_KNOWN, values)}


def _known(row: Any) -> Known:
    held = row.officer_id is not None
    return Known(
        row.has_children,
        Shown(row.excerpt or None, row.address),
        Colleague(row.officer_id, row.subject, row.role, row.name, row.seen_at) if held else None,
    )


@dataclass(frozen=True, slots=True)
class Hanging:
    """What hangs on one case. ``opened_files``, ``opened_words``: who has opened what is locked."""

    steps: Sequence[Step]
    notes: Sequence[InternalNote]
    files: Sequence[CaseMedia]
    opened_files: Sequence[MediaOpening]
    opened_words: Sequence[TextOpening]


async def hanging_on(connection: AsyncConnection, case: Case, reader: str) -> Hanging:
    """In one statement, as the stores of each kind read it; within the sight of the transaction.
    ``reader``: the unit whose officers are named."""
    values = {"id": case.complaint_id, "since": 0, "reader": reader, "head": case.head_id}
    row = (await connection.execute(_HANGING, values)).one()
    return Hanging(
        steps=[Step(**_read(each, "at")) for each in row.steps],
        notes=[InternalNote(**_read(each, "at", "note_id")) for each in row.notes],
        files=media.in_order(case, [_file(each) for each in row.files]),
        opened_files=[MediaOpening(**_read(each, "at", "ref")) for each in row.opened_files],
        opened_words=[TextOpening(**_read(each, "at")) for each in row.opened_words],
    )


def _file(said: Mapping[str, Any]) -> CaseMedia:
    return media.file_of(SimpleNamespace(**_read(said, "at", "ref", "complaint_id", "content_ref")))


def _read(said: Mapping[str, Any], at: str, *ids: str) -> dict[str, Any]:
    """A row that came as JSON: its moment and its ids are texts there."""
    known = {name: UUID(said[name]) for name in ids if said[name] is not None}
    return {**said, **known, at: datetime.fromisoformat(said[at]).astimezone(UTC)}


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
    # No limit of a closed case runs, and it is in nobody's hand.
    if wanted.tab is not None or wanted.due is not None or wanted.assignee == "me":
        return Listed((), 0, none, {})
    behind = (after[1], after[2]) if after and isinstance(after[2], UUID) else None
    found = await find(connection, _sought(wanted), sight, now, behind, limit)
    places = {
        each.complaint_id: (None, each.received_at, each.complaint_id) for each in found.cases
    }
    return Listed(found.cases, found.at_least, none, places)


def _sought(wanted: Wanted) -> Sought:
    return Sought(
        state=wanted.state, category=wanted.category, area=wanted.area, channel=wanted.channel,
        held_by=None if wanted.watched else wanted.unit_id,
        passed_on_by=wanted.unit_id if wanted.watched else None,
    )  # fmt: skip


async def _open(
    connection: AsyncConnection,
    wanted: Wanted,
    sight: Sight,
    now: datetime,
    after: Place | None,
    limit: int,
) -> Listed:
    seen = condition(sight, "c")
    filters = " AND ".join(_filters(wanted, sight))
    statement = _statement(seen.sql, filters, _in_tab(wanted), wanted.sort)
    values = {**seen.parameters, **_values(wanted, now)}
    counted: dict[str, int] = {}
    places: dict[UUID, Place] = {}

    async def fetch(after: Place | None, limit: int) -> Sequence[Any]:
        due, at, card = after or (None, None, None)
        place = {"after_due": due, "after_at": at, "limit": limit,
                 "after_card": card if isinstance(card, int) else None}  # fmt: skip
        rows = (await connection.execute(statement, {**values, **place})).all()
        for name in ("total", *Tab):
            counted.setdefault(name, getattr(rows[0], name))
        # An empty page is one row, which says the counts alone.
        shown = [row for row in rows if row.complaint_id is not None]
        places.update((row.complaint_id, _place_of(row)) for row in shown)
        return shown

    found = await paged(connection, CASES, fetch, case_of, _place_of, after, limit)
    total = counted.pop("total")
    return Listed(found, total, {tab: counted[tab] for tab in Tab}, places)


@lru_cache(maxsize=256)
def _statement(seen: str, filters: str, wanted: str, sort: Sort) -> sa.TextClause:
    """Made once for each kind of sight and each set of filters: to read a statement's words anew
    costs as much as to send it."""
    return text(
        _OPEN.format(seen=seen, filters=filters, wanted=wanted, by=_BY[sort], place=_PLACE[sort])
    )


def _place_of(row: Any) -> Place:
    return row.next_due_at, row.received_at, row.card_id


def _filters(wanted: Wanted, sight: Sight) -> Iterator[str]:
    yield "(about_unit IS NULL OR about_unit <> ALL(CAST(:sight_lineage AS text[])))"
    if sight.works_for != wanted.unit_id:
        # Who is not of the unit reads its list by clearance.
        yield "NOT restricted"
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
    if wanted.assignee is not None:
        yield _IN_HAND[wanted.assignee]
    if wanted.due is not None:
        yield "next_due_at <= CAST(:due_by AS timestamptz)"


_IN_HAND: Mapping[Hand, str] = {
    "me": """card_id IN (
        SELECT t.card_id FROM cases c JOIN texts t ON t.complaint_id = c.complaint_id
        WHERE c.assignee_id = (
            SELECT officer_id FROM officers
            WHERE unit_id = CAST(:unit AS text) AND subject = CAST(:subject AS text)))""",
    "none": """ground = 'holder' AND card_id NOT IN (
        SELECT t.card_id FROM cases c JOIN texts t ON t.complaint_id = c.complaint_id
        WHERE c.unit_id = CAST(:unit AS text) AND c.assignee_id IS NOT NULL)""",
}


def _values(wanted: Wanted, now: datetime) -> dict[str, Any]:
    return {
        "unit": wanted.unit_id,
        "reviewer": wanted.reviewer,
        "state": wanted.state,
        "category": wanted.category,
        "channel": wanted.channel,
        "area": wanted.area,
        "subject": wanted.subject,
        "now": now,
        "due_by": now + _WITHIN[wanted.due] if wanted.due else None,
    }


def _in_tab(wanted: Wanted) -> str:
    """Which of the counted slips stand in the list."""
    watched = "ground = 'watcher'"
    if wanted.tab is None:
        return watched if wanted.watched else "ground <> 'watcher'"
    tab = _OVERDUE if wanted.tab is Tab.OVERDUE else f"tab = '{wanted.tab}'"
    return f"{watched} AND {tab}" if wanted.watched else tab


_OVERDUE = "next_due_at <= CAST(:now AS timestamptz)"
_BY: Mapping[Sort, str] = {
    "due": "coalesce(next_due_at, 'infinity'), received_at, card_id",
    "received": "received_at, card_id",
}
_AFTER = "CAST(:after_at AS timestamptz), CAST(:after_card AS bigint)"
_PLACE: Mapping[Sort, str] = {
    "due": f"coalesce(CAST(:after_due AS timestamptz), 'infinity'), {_AFTER}",
    "received": _AFTER,
}
_OPEN = f"""
    WITH mine AS MATERIALIZED (
        SELECT card_id, received_at, next_due_at, tab, ground FROM slips
        WHERE unit_id = CAST(:unit AS text) AND ground <> 'judge' AND {{filters}}
          AND (judged_by IS NULL OR judged_by <> coalesce(CAST(:reviewer AS text), ''))
        UNION ALL
        SELECT card_id, received_at, next_due_at, tab, ground FROM slips
        WHERE unit_id = CAST(:reviewer AS text) AND ground = 'judge' AND {{filters}}
    ), counted AS (
        SELECT count(*) FILTER (WHERE {{wanted}}) AS total,
               count(*) FILTER (WHERE tab = 'new') AS new,
               count(*) FILTER (WHERE tab = 'in_hand') AS in_hand,
               count(*) FILTER (WHERE tab = 'waiting') AS waiting,
               count(*) FILTER (WHERE tab = 'judgement') AS judgement,
               count(*) FILTER (WHERE {_OVERDUE}) AS overdue
        FROM mine
    ), page AS MATERIALIZED (
        SELECT card_id, received_at, next_due_at, row_number() OVER (ORDER BY {{by}}) AS place
        FROM mine
        WHERE {{wanted}} AND (CAST(:after_card AS bigint) IS NULL OR ({{by}}) > ({{place}}))
        ORDER BY place LIMIT :limit
    )
    SELECT counted.*, page.card_id, page.received_at, page.next_due_at, c.complaint_id,
           CAST(c.body AS text) AS body
    FROM counted LEFT JOIN (
        page JOIN texts t ON t.card_id = page.card_id
        JOIN cases c ON c.complaint_id = t.complaint_id AND {{seen}}
    ) ON true
    ORDER BY page.place
"""  # noqa: S608 (constants)


def _rows(sql: str) -> str:
    """A statement's rows as one value, in their order."""
    return f"coalesce((SELECT json_agg(told) FROM ({sql}) AS told), CAST('[]' AS json))"  # noqa: S608 (constants)


_HANGING = text(f"""
    SELECT {_rows(HISTORY)} AS steps, {_rows(team.NOTES)} AS notes, {_rows(media.OF_CASE)} AS files,
           {_rows(openings.OF_MEDIA)} AS opened_files, {_rows(openings.OF_TEXT)} AS opened_words
""")
_KNOWN = text("""
    SELECT asked.id, left(t.words, :length) AS excerpt, t.address,
           EXISTS (SELECT FROM cases f WHERE f.head_id = asked.id) AS has_children,
           o.officer_id, o.subject, o.role, o.name, o.seen_at
    FROM unnest(CAST(:ids AS uuid[])) AS asked(id)
    LEFT JOIN texts t ON t.complaint_id = asked.id
    LEFT JOIN cases c ON c.complaint_id = asked.id AND c.unit_id = CAST(:unit AS text)
    LEFT JOIN officers o ON o.officer_id = c.assignee_id
""")

"""Rows set aside: what cannot be read or decided is put down with its cause, its neighbours go on.

A loop takes a thousand rows at a time. Without this room one of them that cannot be read would end
every step of the loop, and then the process, and again after each restart.

`each`, `decide_each`, `States` and `saved` are the only ways from stored rows to values and back
(tests/architecture/test_batches.py). They note a bad row on the connection; `shared.work.Works`
writes the notes down when its transaction is over, also one that failed. A loop leaves out what is
noted (`not_aside`) until somebody has put the row right and releases it. A cause is the type and
the place of an error, never what the row holds.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.stdlib import BoundLogger

from shared.database import refuses_a_row
from shared.errors import NotFound, Reject, Transient, UnreadableState
from shared.telemetry import describe
from shared.visibility import Sight, condition

R = TypeVar("R")
S = TypeVar("S")

CASES: Final = "cases"
CLOCKS: Final = "clocks"
COMPLAINTS: Final = "complaints"
CONTENTS: Final = "contents"
DELIVERIES: Final = "deliveries"
FILES: Final = "files"
OUTBOX: Final = "outbox"

ALL_AT_ONCE = 20
"""When so many rows or more fail and none succeeds, the fault is not theirs but our code's."""

Name: TypeAlias = tuple[UUID, UUID]
"""What a row is called: its own key, and its complaint."""

_NOTES = "rows_to_set_aside"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of ``table`` that cannot be read or decided. ``cause``: type and place of the error."""

    table: str
    row_id: UUID
    complaint_id: UUID
    cause: str


class AllFail(Transient):
    """Every row of a batch fails: the fault is not theirs. To set a whole city aside would do harm;
    the loop tries again, and its health says that it does."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"every row of a batch fails: {cause}")


class RowAside(BaseModel):
    """What an operator is shown of a row that is set aside. ``times``: how often it was met."""

    id: int
    table: Annotated[str, Field(examples=[CASES])]
    row_id: UUID
    complaint_id: UUID
    cause: Annotated[str, Field(examples=["ValidationError at store.py:60"])]
    times: int
    since: datetime
    last_at: datetime


# --- reading and deciding, row by row -----------------------------------------------------


def begin(connection: AsyncConnection) -> list[BadRow]:
    """From now on bad rows that ``connection`` meets are noted in this list."""
    notes: list[BadRow] = []
    connection.info[_NOTES] = notes
    return notes


def note(connection: AsyncConnection, row: BadRow) -> None:
    connection.info.setdefault(_NOTES, []).append(row)


def of_complaint(row: Any) -> Name:
    """Of a table with one row per complaint."""
    return row.complaint_id, row.complaint_id


class NotItsOwn(Exception):
    """A row holds the state of another complaint: saved again, it would be written over that."""


def own(row: Any, state: S) -> S:
    """The state, if it is of the complaint of its row; else raises NotItsOwn."""
    if of_complaint(state) != of_complaint(row):
        raise NotItsOwn
    return state


def cause_of(error: BaseException) -> str:
    """What our own errors say holds nothing of the row; of all others the type and the place."""
    return str(error) if isinstance(error, Reject) else describe(error)


@contextmanager
def reading(connection: AsyncConnection, table: str, complaint_id: UUID) -> Iterator[None]:
    """Reads one row that nobody can do without; raises UnreadableState for a bad one."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 (whatever is wrong with a row, it is the row's)
        note(connection, BadRow(table, complaint_id, complaint_id, cause_of(error)))
        raise UnreadableState from None


def each(
    connection: AsyncConnection,
    table: str,
    rows: Iterable[R],
    act: Callable[[R], S],
    name: Callable[[R], Name] = of_complaint,
) -> list[S]:
    """What ``act`` makes of each row, in their order; a row that it cannot do is noted and left
    out."""
    made: list[S] = []
    for row in rows:
        try:
            made.append(act(row))
        except Exception as error:  # noqa: BLE001 (whatever is wrong with a row, it is the row's)
            note(connection, BadRow(table, *name(row), cause_of(error)))
    return made


def decide_each(
    connection: AsyncConnection,
    table: str,
    rows: Sequence[R],
    decide: Callable[[R], S],
    name: Callable[[R], Name] = of_complaint,
) -> list[S]:
    """The same for decisions. Raises AllFail, and sets nothing aside, when all of many fail."""
    notes = connection.info.setdefault(_NOTES, [])
    before = len(notes)
    decided = each(connection, table, rows, decide, name)
    if not decided and len(rows) >= ALL_AT_ONCE:
        cause = notes[-1].cause
        del notes[before:]
        raise AllFail(cause)
    return decided


class States(Mapping[UUID, S], Generic[S]):
    """Stored states by complaint. Whoever touches one that cannot be read gets UnreadableState.

    It is not left out: then it would look as if there were none, and a new one would be written
    over it.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        table: str,
        rows: Iterable[Any],
        read: Callable[[Any], S],
    ) -> None:
        """``rows`` have a ``complaint_id``; ``read`` makes a state of one."""
        found = list(rows)
        readable = each(connection, table, found, lambda row: (row.complaint_id, read(row)))
        self._states: dict[UUID, S] = dict(readable)
        self._unreadable = {row.complaint_id for row in found} - self._states.keys()

    def __getitem__(self, key: UUID) -> S:
        if key in self._unreadable:
            raise UnreadableState
        return self._states[key]

    def readable(self, key: UUID) -> S | None:
        """None also for one that cannot be read: only for who writes nothing."""
        return self._states.get(key)

    def __contains__(self, key: object) -> bool:
        return key in self._states or key in self._unreadable

    def __iter__(self) -> Iterator[UUID]:
        yield from self._states
        yield from self._unreadable

    def __len__(self) -> int:
        return len(self._states) + len(self._unreadable)


async def paged(
    connection: AsyncConnection,
    table: str,
    fetch: Callable[[Any, int], Awaitable[Sequence[Any]]],
    read: Callable[[Any], S],
    key: Callable[[Any], Any],
    after: Any,
    limit: int,
) -> list[S]:
    """``limit`` readable rows of a list, fewer only at its end. ``fetch(after, limit)`` gets rows
    behind a ``key``: for each bad row one more is fetched, or a page with a bad row on it would
    look like the last one."""
    found: list[S] = []
    while True:
        wanted = limit - len(found)
        rows = await fetch(after, wanted)
        found += each(connection, table, rows, read)
        if len(found) == limit or len(rows) < wanted:
            return found
        after = key(rows[-1])


# --- saving --------------------------------------------------------------------------------


def is_about_a_row(error: Exception) -> bool:
    """Whether a batch may succeed without one of its rows. What passes by itself is no row's fault,
    nor is a database that refuses us."""
    if isinstance(error, DBAPIError):
        return refuses_a_row(error)
    return not isinstance(error, Transient)


async def sift(
    rows: Sequence[R],
    attempt: Callable[[Sequence[R]], Awaitable[None]],
    about_a_row: Callable[[Exception], bool] = is_about_a_row,
) -> list[tuple[R, Exception]]:
    """Tries all at once; after a failure in halves, until those that fail stand alone. Returns
    these with their errors; all others are done, in their order. Raises AllFail when they are many.

    ``attempt`` does all of what it is given, or nothing. What is not ``about_a_row`` is raised.
    """
    failed = await _sift(rows, attempt, about_a_row) if rows else []
    if len(failed) == len(rows) >= ALL_AT_ONCE:
        raise AllFail(cause_of(failed[0][1])) from failed[0][1]
    return failed


async def _sift(
    rows: Sequence[R],
    attempt: Callable[[Sequence[R]], Awaitable[None]],
    about_a_row: Callable[[Exception], bool],
) -> list[tuple[R, Exception]]:
    try:
        await attempt(rows)
    except Exception as error:
        if not about_a_row(error):
            raise
        if len(rows) == 1:
            return [(rows[0], error)]
        middle = len(rows) // 2
        halves = rows[:middle], rows[middle:]
        return [each for half in halves for each in await _sift(half, attempt, about_a_row)]
    return []


async def saved(
    connection: AsyncConnection,
    table: str,
    rows: Sequence[R],
    save: Callable[[Sequence[R]], Awaitable[None]],
    name: Callable[[R], Name],
) -> list[R]:
    """The rows that ``save`` has written, in one statement unless the database refuses one of
    them; those that it refuses are noted."""

    async def attempt(some: Sequence[R]) -> None:
        async with connection.begin_nested():
            await save(some)

    if not rows:
        return []
    refused = await sift(rows, attempt)
    for row, error in refused:
        note(connection, BadRow(table, *name(row), cause_of(error)))
    without = {id(row) for row, _ in refused}
    return [row for row in rows if id(row) not in without]


# --- the room itself -----------------------------------------------------------------------

_WRITE = text(
    "INSERT INTO set_aside AS s (table_name, row_id, complaint_id, cause)"
    " SELECT * FROM unnest(CAST(:tables AS text[]), CAST(:ids AS uuid[]),"
    " CAST(:complaints AS uuid[]), CAST(:causes AS text[]))"
    " ON CONFLICT (table_name, row_id) DO UPDATE SET cause = excluded.cause, last_at = now(),"
    " since = CASE WHEN s.released_at IS NULL THEN s.since ELSE now() END,"
    " times = s.times + 1, released_at = NULL, released_by = NULL"
    " RETURNING row_id, since = last_at AS is_news"
)
_LIST = (
    'SELECT id, table_name AS "table", row_id, complaint_id, cause, times, since, last_at'
    " FROM set_aside s WHERE released_at IS NULL{seen} ORDER BY id LIMIT :limit"
)
_RELEASE = (
    "UPDATE set_aside s SET released_at = coalesce(released_at, now()),"
    " released_by = coalesce(released_by, :by) WHERE id = :id{seen} RETURNING id"
)
# What the service knows no case of, it cannot know to be hidden; the list tells its id alone.
_SEEN = (
    " AND NOT EXISTS (SELECT 1 FROM cases c"
    " WHERE c.complaint_id = s.complaint_id AND ({seen}) IS NOT TRUE)"
)
_CENSUS = text(
    "SELECT table_name, count(*) AS waiting,"
    " CAST(extract(epoch FROM now() - min(since)) AS float8) AS oldest"
    " FROM (SELECT table_name, since FROM set_aside WHERE released_at IS NULL LIMIT 10000) aside"
    " GROUP BY table_name"
)


def not_aside(complaint_id: str, *tables: str) -> str:
    """A condition for a query: nothing of this complaint is set aside in ``tables``.

    ``complaint_id``: the column, with the name of its table. Also the complaint's other rows wait,
    so that what is told of it keeps its order.
    """
    names = ", ".join(f"'{table}'" for table in tables)
    return (
        "NOT EXISTS (SELECT 1 FROM set_aside WHERE set_aside.released_at IS NULL"  # noqa: S608
        f" AND set_aside.complaint_id = {complaint_id} AND set_aside.table_name IN ({names}))"
    )


async def write(connection: AsyncConnection, rows: Iterable[BadRow]) -> list[BadRow]:
    """Set the rows aside; one that is aside already is counted. Returns those that were not."""
    unique = {(row.table, row.row_id): row for row in rows}
    # In one order for all, so that two transactions cannot deadlock.
    ordered = [unique[key] for key in sorted(unique)]
    found = await connection.execute(
        _WRITE,
        {
            "tables": [row.table for row in ordered],
            "ids": [row.row_id for row in ordered],
            "complaints": [row.complaint_id for row in ordered],
            "causes": [row.cause for row in ordered],
        },
    )
    news = {row.row_id for row in found if row.is_news}
    return [row for row in ordered if row.row_id in news]


def announce(log: BoundLogger, rows: Iterable[BadRow]) -> None:
    """Say in the log of a service what was set aside."""
    for row in rows:
        log.error(
            "row_set_aside", kind=row.table, complaint_id=str(row.complaint_id), error=row.cause
        )


async def waiting(
    connection: AsyncConnection, sight: Sight | None = None, limit: int = 100
) -> list[RowAside]:
    """Rows set aside, oldest first: those of cases within ``sight``, which the service's table
    ``cases`` tells. None: the service has no such table."""
    seen, values = _within(sight)
    rows = await connection.execute(text(_LIST.format(seen=seen)), {**values, "limit": limit})
    return [RowAside(**row) for row in rows.mappings()]


async def release(connection: AsyncConnection, aside_id: int, sight: Sight | None, by: str) -> None:
    """Let the loops take the row again; of one that is released nothing changes. ``by``: the opaque
    subject of whoever says so. Raises NotFound for an id under which nothing within ``sight`` was
    ever set aside."""
    seen, values = _within(sight)
    done = await connection.execute(
        text(_RELEASE.format(seen=seen)), {**values, "id": aside_id, "by": by}
    )
    if done.one_or_none() is None:
        raise NotFound("Nothing was set aside under this id. List what is set aside first.")


def _within(sight: Sight | None) -> tuple[str, Mapping[str, Any]]:
    if sight is None:
        return "", {}
    seen = condition(sight, "c")
    return _SEEN.format(seen=seen.sql), seen.parameters


async def census(connection: AsyncConnection) -> dict[str, tuple[int, float]]:
    """By table how many rows are set aside, and for how many seconds the first of them has been; a
    table of which nothing is aside is not in it."""
    rows = await connection.execute(_CENSUS)
    return {row.table_name: (row.waiting, row.oldest) for row in rows}

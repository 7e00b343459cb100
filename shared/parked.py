"""Parked events: set aside with cause and bytes, the later ones of the same complaint behind them.

A parked event does not stop its neighbours; it stops only its own complaint, so that order is
kept. The ways out are in `shared.quarantine`; nothing is ever deleted here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.bus import Record
from shared.cloudevents import BusMessage
from shared.errors import NotFound
from shared.visibility import Sight, condition

HELD = "held"
"""Cause of those that only wait behind a parked one."""

FREED = "freed"
"""Cause of one that waited behind a parked event which was discarded: nothing is before it now."""

UNREADABLE = "unreadable"
"""Cause of what the client cannot read: its detail has the offsets, its value the bytes."""

_WAITS = "replayed_at IS NULL AND discarded_at IS NULL"
_PARK = text(
    'INSERT INTO parked (event_id, complaint_id, topic, partition, "offset", key, header_names,'
    " header_values, value, cause, detail)"
    " VALUES (:event_id, :complaint_id, :topic, :partition, :offset, :key, :header_names,"
    " :header_values, :value, :cause, :detail) ON CONFLICT DO NOTHING"
)
# FOR SHARE waits for a replay of the complaint that is under way, then sees its outcome.
_BLOCKED = text(
    f"SELECT complaint_id FROM parked WHERE {_WAITS}"  # noqa: S608 (a constant, here and below)
    " AND complaint_id = ANY(CAST(:complaint_ids AS uuid[])) FOR SHARE"
)
_SINCE = text(
    f"SELECT min(parked_at) FROM parked WHERE {_WAITS}"  # noqa: S608
    " AND complaint_id = ANY(CAST(:complaint_ids AS uuid[]))"
)
_FIRST_WITH = text(
    "SELECT key, header_names, header_values, value FROM"  # noqa: S608
    f" (SELECT * FROM parked WHERE {_WAITS} ORDER BY id LIMIT 10000) waiting"
    " WHERE position(:bytes IN value) > 0 ORDER BY id LIMIT 1"
)
_COLUMNS = (
    'p.id, p.event_id, p.complaint_id, p.topic, p.partition, p."offset", p.cause, p.detail,'
    " p.parked_at, p.edited_at, p.replayed_at, p.discarded_at, p.key, p.header_names,"
    " p.header_values, p.value,"
    " (SELECT count(*) FROM parked b WHERE b.complaint_id = p.complaint_id AND b.id > p.id"
    " AND b.replayed_at IS NULL AND b.discarded_at IS NULL) AS behind"
)
_LIST = f"SELECT {_COLUMNS} FROM parked p WHERE {_WAITS}{{seen}} ORDER BY id LIMIT :limit"  # noqa: S608
_FIND = f"SELECT {_COLUMNS} FROM parked p WHERE id = :id{{seen}}"  # noqa: S608
_LOCK_ONE = f"{_FIND} FOR UPDATE OF p"
_OF_COMPLAINT = text(
    f"SELECT {_COLUMNS} FROM parked p WHERE {_WAITS}"  # noqa: S608
    " AND complaint_id = CAST(:complaint_id AS uuid) ORDER BY id"
)
_IS_SEEN = f"SELECT 1 FROM parked p WHERE id = :id AND {_WAITS}{{seen}}"  # noqa: S608
# What the service does not know of yet, it cannot know to be hidden; the list tells its id alone.
_SEEN = (
    " AND NOT EXISTS (SELECT 1 FROM cases c"
    " WHERE c.complaint_id = p.complaint_id AND ({seen}) IS NOT TRUE)"
)
_COMPLAINT = text(f"SELECT complaint_id FROM parked WHERE id = :id AND {_WAITS}")  # noqa: S608
_BEHIND = f" FROM parked WHERE {_WAITS} AND (id = :id OR complaint_id = :complaint_id) ORDER BY id"
_PEEK = text("SELECT id, key, header_names, header_values, value" + _BEHIND)
_LOCK = text("SELECT id, key, header_names, header_values, value" + _BEHIND + " FOR UPDATE")
_REPLAYED = text("UPDATE parked SET replayed_at = now() WHERE id = ANY(CAST(:ids AS bigint[]))")
_DISCARDED = text("UPDATE parked SET discarded_at = :at WHERE id = :id")
_RELABEL = text("UPDATE parked SET cause = :cause, detail = :detail WHERE id = :id")
_FREE = text(
    "UPDATE parked SET cause = :freed, detail = 'what stood before it was discarded'"
    " WHERE id = :id AND cause = :held"
)
_EDITED = text(
    "UPDATE parked SET complaint_id = :complaint_id, key = :key, header_names = :header_names,"
    " header_values = :header_values, value = :value, edited_at = :at WHERE id = :id"
)
# A figure that is asked for at each scrape must not cost more when more is wrong: hence the limit.
_CENSUS = text(
    "SELECT cause, count(*) AS events,"  # noqa: S608
    " CAST(extract(epoch FROM now() - min(parked_at)) AS float8) AS oldest_seconds"
    f" FROM (SELECT cause, parked_at FROM parked WHERE {_WAITS} LIMIT 10000) waiting"
    " GROUP BY cause"
)


@dataclass(frozen=True, slots=True)
class Parked:
    """A row of ``parked``. ``behind``: events of the same complaint that wait behind it.

    ``message``: as it came, or as it was edited last. Instants: UTC.
    """

    id: int
    event_id: UUID | None
    complaint_id: UUID | None
    topic: str
    partition: int
    offset: int
    cause: str
    detail: str
    behind: int
    parked_at: datetime
    edited_at: datetime | None
    replayed_at: datetime | None
    discarded_at: datetime | None
    message: BusMessage = field(repr=False)

    @property
    def waits(self) -> bool:
        return self.replayed_at is None and self.discarded_at is None


@dataclass(frozen=True, slots=True)
class Census:
    """How many events wait for one cause, and seconds since the first of them was parked."""

    events: int
    oldest_seconds: float


async def park(
    connection: AsyncConnection,
    record: Record,
    cause: str,
    detail: str,
    event_id: UUID | None,
    complaint_id: UUID | None,
) -> None:
    """Set a record aside; one that is parked already stays as it is."""
    await connection.execute(
        _PARK,
        {
            "event_id": event_id,
            "complaint_id": complaint_id,
            "topic": record.partition.topic,
            "partition": record.partition.number,
            "offset": record.offset,
            **_columns_of(record),
            "cause": cause,
            "detail": detail,
        },
    )


def _columns_of(carried: Record | BusMessage) -> dict[str, Any]:
    return {
        "key": carried.key,
        # PostgreSQL stores no NUL in a text, and a foreign writer's header may have one.
        "header_names": [name.replace("\x00", "\ufffd") for name, _ in carried.headers],
        "header_values": [value for _, value in carried.headers],
        "value": carried.value,
    }


async def blocked(connection: AsyncConnection, complaint_ids: Sequence[UUID]) -> set[UUID]:
    """The complaints of which an earlier event is parked."""
    rows = await connection.execute(_BLOCKED, {"complaint_ids": complaint_ids})
    return set(rows.scalars())


async def waiting_since(
    connection: AsyncConnection, complaint_ids: Sequence[UUID]
) -> datetime | None:
    """Since when an event of one of the complaints has not been applied; None when all are."""
    since: datetime | None = await connection.scalar(_SINCE, {"complaint_ids": complaint_ids})
    return since


async def first_with(connection: AsyncConnection, sought: bytes) -> BusMessage | None:
    """The oldest waiting event in whose value these bytes stand."""
    row = (await connection.execute(_FIRST_WITH, {"bytes": sought})).one_or_none()
    return message_of(row) if row else None


async def waiting(
    connection: AsyncConnection, sight: Sight | None = None, limit: int = 100
) -> list[Parked]:
    """Parked and held events, oldest first: those of cases within ``sight``, which the service's
    table ``cases`` tells. None: the service has no such table."""
    rows = await _within(connection, _LIST, sight, limit=limit)
    return [_parked(row) for row in rows]


async def waiting_of(connection: AsyncConnection, complaint_id: UUID | None) -> list[Parked]:
    """What waits of one complaint, oldest first; nothing for None."""
    rows = await connection.execute(_OF_COMPLAINT, {"complaint_id": complaint_id})
    return [_parked(row) for row in rows]


async def find(connection: AsyncConnection, parked_id: int, sight: Sight | None) -> Parked:
    """One event within ``sight``, also after its replay or discard. Raises NotFound."""
    return _one(await _within(connection, _FIND, sight, id=parked_id))


async def lock(connection: AsyncConnection, parked_id: int, sight: Sight | None) -> Parked:
    """The same, locked.

    Asked before the lock whether it is within sight: the wait for it would tell of a hidden one.
    """
    _one(await _within(connection, _FIND, sight, id=parked_id))
    return _one(await _within(connection, _LOCK_ONE, sight, id=parked_id))


async def lock_one_waiting(
    connection: AsyncConnection, parked_id: int, sight: Sight | None
) -> Parked:
    """One that waits, locked. Raises NotFound."""
    found = await lock(connection, parked_id, sight)
    if not found.waits:
        raise nothing_parked()
    return found


async def is_seen(connection: AsyncConnection, parked_id: int, sight: Sight | None) -> bool:
    """Whether this event is in the list of an officer of this sight."""
    return bool(await _within(connection, _IS_SEEN, sight, id=parked_id))


async def is_known(connection: AsyncConnection, parked_id: int, sight: Sight | None) -> bool:
    """The same, also after its replay or discard."""
    return bool(await _within(connection, _FIND, sight, id=parked_id))


async def census(connection: AsyncConnection) -> dict[str, Census]:
    """By cause; one for which nothing waits is not in it."""
    rows = await connection.execute(_CENSUS)
    return {row.cause: Census(row.events, row.oldest_seconds) for row in rows}


async def _within(
    connection: AsyncConnection, statement: str, sight: Sight | None, **values: int
) -> Sequence[Row[Any]]:
    if sight is None:
        return (await connection.execute(text(statement.format(seen="")), values)).all()
    seen = condition(sight, "c")
    within = text(statement.format(seen=_SEEN.format(seen=seen.sql)))
    return (await connection.execute(within, {**values, **seen.parameters})).all()


def _one(rows: Sequence[Row[Any]]) -> Parked:
    if not rows:
        raise nothing_parked()
    return _parked(rows[0])


def _parked(row: Row[Any]) -> Parked:
    values = {name: getattr(row, name) for name in Parked.__slots__ if name != "message"}
    return Parked(**values, message=message_of(row))


async def peek(connection: AsyncConnection, parked_id: int) -> dict[int, BusMessage]:
    """The parked event and all that waits behind it, oldest first, by row id.

    Raises NotFound when nothing with that id is parked.
    """
    rows = await connection.execute(_PEEK, await _keys(connection, parked_id))
    return {row.id: message_of(row) for row in rows}


async def lock_waiting(connection: AsyncConnection, parked_id: int) -> dict[int, BusMessage]:
    """Lock the same rows and return them; raises NotFound likewise."""
    keys = await _keys(connection, parked_id)
    await connection.execute(_LOCK, keys)
    # Asked again under the lock: a consumer may have added one while we waited for it.
    rows = await connection.execute(_LOCK, keys)
    return {row.id: message_of(row) for row in rows}


def nothing_parked() -> NotFound:
    """The same for an id under which nothing is parked, and for an event that is hidden."""
    return NotFound("Nothing is parked under this id. List the parked events first.")


async def _keys(connection: AsyncConnection, parked_id: int) -> dict[str, object]:
    row = (await connection.execute(_COMPLAINT, {"id": parked_id})).one_or_none()
    if row is None:
        raise nothing_parked()
    return {"id": parked_id, "complaint_id": row.complaint_id}


def message_of(row: Row[Any]) -> BusMessage:
    """What a row holds of a record."""
    headers = list(zip(row.header_names, row.header_values, strict=True))
    return BusMessage(row.key or b"", headers, row.value or b"")


async def mark_replayed(connection: AsyncConnection, parked_ids: Sequence[int]) -> None:
    await connection.execute(_REPLAYED, {"ids": parked_ids})


async def mark_discarded(connection: AsyncConnection, parked_id: int, at: datetime) -> None:
    await connection.execute(_DISCARDED, {"id": parked_id, "at": at})


async def free(connection: AsyncConnection, behind: Sequence[int]) -> None:
    """Nothing stands before the first of ``behind`` any more: it does not wait for another one."""
    for parked_id in behind[:1]:
        await connection.execute(_FREE, {"id": parked_id, "freed": FREED, "held": HELD})


async def relabel(connection: AsyncConnection, parked_id: int, cause: str, detail: str) -> None:
    """Say anew why an event waits."""
    await connection.execute(_RELABEL, {"id": parked_id, "cause": cause, "detail": detail})


async def put(
    connection: AsyncConnection,
    parked_id: int,
    complaint_id: UUID,
    message: BusMessage,
    at: datetime,
) -> None:
    """Put an edited message in the place of the one that stands there."""
    values = {"id": parked_id, "complaint_id": complaint_id, "at": at}
    await connection.execute(_EDITED, {**values, **_columns_of(message)})

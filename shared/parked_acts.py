"""What officers have done to parked events, on record: edits, and requests to discard one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import two_persons
from shared.cloudevents import BusMessage
from shared.parked import message_of

_ADD_EDIT = text(
    "INSERT INTO parked_edits (parked_id, edited_by, note, edited_at, key, header_names,"
    " header_values, value) SELECT id, :edited_by, :note, :edited_at, key, header_names,"
    " header_values, value FROM parked WHERE id = :parked_id"
)
_EDITS = text(
    "SELECT edited_by, note, edited_at, key, header_names, header_values, value"
    " FROM parked_edits WHERE parked_id = :parked_id ORDER BY id"
)
_DISCARD = (
    "SELECT discard_id, parked_id, asked_by, note, asked_at, expires_at, outcome, settled_by,"
    " settled_note, settled_at FROM discards"
)
_DISCARDS = text(f"{_DISCARD} WHERE parked_id = :parked_id ORDER BY asked_at, discard_id")
_WAITING = text(
    f"{_DISCARD} WHERE parked_id = ANY(CAST(:parked_ids AS bigint[])) AND outcome IS NULL"
)
_FIND = text(f"{_DISCARD} WHERE discard_id = :discard_id")
_SAVE = text(
    "INSERT INTO discards (discard_id, parked_id, asked_by, note, asked_at, expires_at, outcome,"
    " settled_by, settled_note, settled_at) VALUES (:discard_id, :parked_id, :asked_by, :note,"
    " :asked_at, :expires_at, :outcome, :settled_by, :settled_note, :settled_at)"
    " ON CONFLICT (discard_id) DO UPDATE SET outcome = EXCLUDED.outcome,"
    " settled_by = EXCLUDED.settled_by, settled_note = EXCLUDED.settled_note,"
    " settled_at = EXCLUDED.settled_at"
)


@dataclass(frozen=True, slots=True)
class Edit:
    """Who put a parked event right, and why; ``before``: as it stood until then."""

    edited_by: str
    note: str
    edited_at: datetime
    before: BusMessage = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discard(two_persons.Request):
    """A wish to discard the event that is parked under ``parked_id``."""

    discard_id: UUID
    parked_id: int


async def keep_before_edit(
    connection: AsyncConnection, parked_id: int, by: str, note: str, at: datetime
) -> None:
    """Keep an event as it stands, byte for byte, with who is about to change it and why."""
    values = {"parked_id": parked_id, "edited_by": by, "note": note, "edited_at": at}
    await connection.execute(_ADD_EDIT, values)


async def edits_of(connection: AsyncConnection, parked_id: int) -> list[Edit]:
    """Oldest first: the first holds the event as it came."""
    rows = await connection.execute(_EDITS, {"parked_id": parked_id})
    return [Edit(row.edited_by, row.note, row.edited_at, message_of(row)) for row in rows]


async def save_discard(connection: AsyncConnection, discard: Discard) -> None:
    """A new request, or what became of one."""
    await connection.execute(_SAVE, asdict(discard))


async def discards_of(connection: AsyncConnection, parked_id: int) -> list[Discard]:
    """All requests for one event, oldest first."""
    rows = await connection.execute(_DISCARDS, {"parked_id": parked_id})
    return [Discard(**row._mapping) for row in rows]


async def find_discard(connection: AsyncConnection, discard_id: UUID) -> Discard | None:
    row = (await connection.execute(_FIND, {"discard_id": discard_id})).one_or_none()
    return Discard(**row._mapping) if row else None


async def waiting_discards(
    connection: AsyncConnection, parked_ids: Sequence[int]
) -> Mapping[int, Discard]:
    """Requests that nobody has settled, by the event; they may have expired."""
    rows = await connection.execute(_WAITING, {"parked_ids": list(parked_ids)})
    return {row.parked_id: Discard(**row._mapping) for row in rows}

"""The only SQL of evidence that comes in."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.media.domain import FileState
from services.intake.media.evidence.limits import Held
from services.intake.media.incoming import Laid
from shared.events.vocabulary import MediaFlag, MediaKind, MediaRefusal

AHEAD = timedelta(days=1)
"""An officer waits for it: it is due before all that reporters have sent."""

_ADD_CHUNK = text(
    "INSERT INTO spool (ref, number, sealed, created_at) VALUES (:ref, :number, :sealed, :now)"
)
_ADD = text(
    "INSERT INTO evidence (ref, complaint_id, officer, unit, held_since, request, mac)"
    " VALUES (:ref, :complaint_id, :officer, :unit, :held_since, :request, :mac)"
    " ON CONFLICT (request) DO NOTHING RETURNING ref"
)
_ADD_FILE = text(
    "INSERT INTO files (ref, complaint_id, origin, number, chunks, size, wrapped_key, key_id,"
    " state, created_at, due_at) VALUES (:ref, :complaint_id, 'evidence', 1, :chunks, :size,"
    " :wrapped_key, :key_id, 'waiting', :now, :due)"
)
_TAKE_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(CAST(:complaint_id AS text), 0))")
_HELD = text(
    "SELECT count(*) AS files, coalesce(sum(size), 0) AS size FROM files"
    " WHERE complaint_id = :complaint_id AND origin = 'evidence' AND state <> 'refused'"
)
_FIRST = text(
    "SELECT e.ref, e.complaint_id, e.mac, f.wrapped_key FROM evidence e JOIN files f USING (ref)"
    " WHERE e.request = :request"
)
_STANDING = text("SELECT ref, state, kind, reason, flags FROM files WHERE ref = :ref")
_HELD_SINCE = text("SELECT held_since FROM evidence WHERE ref = :ref")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that an officer has handed over. held_since: when the unit first held the case.
    request: stands for the officer and the key of the request; None without a key. mac: of the
    bytes, under the file's own key."""

    ref: UUID
    complaint_id: UUID
    officer: str
    unit: str
    held_since: datetime | None
    request: bytes | None
    mac: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class First:
    """The file that was handed over under a key before."""

    ref: UUID
    complaint_id: UUID
    mac: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """What has become of a file until now."""

    ref: UUID
    state: FileState
    kind: MediaKind | None
    reason: MediaRefusal | None
    flags: tuple[MediaFlag, ...]


async def add_chunk(
    connection: AsyncConnection, ref: UUID, number: int, sealed: bytes, now: datetime
) -> None:
    """One chunk; a file that no row names later is swept."""
    values = {"ref": ref, "number": number, "sealed": sealed, "now": now}
    await connection.execute(_ADD_CHUNK, values)


async def add(connection: AsyncConnection, evidence: Evidence, laid: Laid, now: datetime) -> bool:
    """The file is acknowledged and waits. False, and nothing is written, where another one came
    under the same key meanwhile."""
    row = await connection.execute(
        _ADD,
        {
            "ref": evidence.ref,
            "complaint_id": evidence.complaint_id,
            "officer": evidence.officer,
            "unit": evidence.unit,
            "held_since": evidence.held_since,
            "request": evidence.request,
            "mac": evidence.mac,
        },
    )
    if row.one_or_none() is None:
        return False
    await connection.execute(
        _ADD_FILE,
        {
            "ref": evidence.ref,
            "complaint_id": evidence.complaint_id,
            "chunks": laid.chunks,
            "size": laid.size,
            "wrapped_key": laid.wrapped_key,
            "key_id": laid.key_id,
            "now": now,
            "due": now - AHEAD,
        },
    )
    return True


async def take_turn(connection: AsyncConnection, complaint_id: UUID) -> None:
    """Nobody else adds evidence to the case before this transaction ends."""
    await connection.execute(_TAKE_TURN, {"complaint_id": str(complaint_id)})


async def held(connection: AsyncConnection, complaint_id: UUID) -> Held:
    """The evidence that the case has now."""
    row = (await connection.execute(_HELD, {"complaint_id": complaint_id})).one()
    return Held(int(row.files), int(row.size))


async def first(connection: AsyncConnection, request: bytes) -> First | None:
    """What was handed over under the same key by the same officer."""
    row = (await connection.execute(_FIRST, {"request": request})).first()
    if row is None:
        return None
    return First(row.ref, row.complaint_id, bytes(row.mac), bytes(row.wrapped_key))


async def standing(connection: AsyncConnection, ref: UUID) -> Standing:
    """Of a file that was acknowledged."""
    row = (await connection.execute(_STANDING, {"ref": ref})).one()
    return Standing(
        row.ref,
        FileState(row.state),
        MediaKind(row.kind) if row.kind else None,
        MediaRefusal(row.reason) if row.reason else None,
        tuple(MediaFlag(flag) for flag in row.flags),
    )


async def held_since(connection: AsyncConnection, ref: UUID) -> datetime | None:
    """When the unit that has handed it over first held the case; None when nobody knows."""
    found: datetime | None = await connection.scalar(_HELD_SINCE, {"ref": ref})
    return found

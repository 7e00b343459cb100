"""The only SQL of the vault."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.vault.reveals import Reveal
from shared.visibility import Sight, condition

_LOAD = text(
    "SELECT ref, complaint_id, sealed, key_id, code_key_id FROM sealed_reporters"
    " WHERE ref = ANY(CAST(:refs AS uuid[]))"
)
_SEALED_FOR = text(
    "SELECT EXISTS (SELECT 1 FROM sealed_reporters WHERE key_id = ANY(CAST(:key_ids AS bytea[])))"
)
_SEALED_BY = (
    "SELECT ref, sealed, original FROM sealed_reporters WHERE {key} AND ref > :after"
    " ORDER BY ref LIMIT :limit"
)
_BY_KEY, _BY_NONE = (
    text(_SEALED_BY.format(key=key)) for key in ("key_id = :key_id", "key_id IS NULL")
)
# Nothing else writes into a sealed row. One that was erased meanwhile is gone, and stays so.
_SEAL_ANEW = text(
    "UPDATE sealed_reporters AS s SET sealed = new.sealed, original = new.original,"
    " key_id = :key_id FROM unnest(CAST(:refs AS uuid[]), CAST(:sealed AS bytea[]),"
    " CAST(:originals AS bytea[])) AS new (ref, sealed, original) WHERE s.ref = new.ref"
)
_ERASED = text(
    "SELECT complaint_id FROM erasures WHERE complaint_id = ANY(CAST(:complaint_ids AS uuid[]))"
)
_LOG = text(
    "INSERT INTO access_log (at, caller, purpose, ref, complaint_id, outcome)"
    " SELECT :at, :caller, :purpose, * FROM unnest(CAST(:refs AS uuid[]),"
    " CAST(:complaint_ids AS uuid[]), CAST(:outcomes AS text[]))"
)
_TOMBSTONE = text(
    "INSERT INTO erasures (complaint_id, erased_at)"
    " SELECT * FROM unnest(CAST(:complaint_ids AS uuid[]), CAST(:ats AS timestamptz[]))"
    " ON CONFLICT DO NOTHING"
)
_DELETE = text(
    "DELETE FROM sealed_reporters WHERE complaint_id = ANY(CAST(:complaint_ids AS uuid[]))"
)


# A reveal is never withdrawn, and its end follows from its time.
_REVEAL = (
    "r.reveal_id, r.complaint_id, r.about_unit, r.restricted, r.asked_by, r.note, r.asked_at,"
    " r.expires_at, CASE WHEN r.confirmed_by IS NOT NULL THEN 'confirmed' END AS outcome,"
    " r.confirmed_by AS settled_by, r.confirmed_note AS settled_note, r.confirmed_at AS settled_at"
)
_LOCK_REVEAL = f"SELECT {_REVEAL} FROM reveals r WHERE r.reveal_id = :id AND {{seen}} FOR UPDATE"  # noqa: S608
_OPEN_REVEALS = (
    f"SELECT {_REVEAL} FROM reveals r WHERE r.expires_at > :now AND {{seen}}"  # noqa: S608
    " ORDER BY r.asked_at, r.reveal_id LIMIT 500"
)
_SAVE_REVEAL = text(
    "INSERT INTO reveals (reveal_id, complaint_id, about_unit, restricted, asked_by, note,"
    " asked_at, expires_at, confirmed_by, confirmed_note, confirmed_at)"
    " VALUES (:reveal_id, :complaint_id, :about_unit, :restricted, :asked_by, :note, :asked_at,"
    " :expires_at, :settled_by, :settled_note, :settled_at)"
    " ON CONFLICT (reveal_id) DO UPDATE SET confirmed_by = EXCLUDED.confirmed_by,"
    " confirmed_note = EXCLUDED.confirmed_note, confirmed_at = EXCLUDED.confirmed_at"
)
_ORIGINALS = text(
    "SELECT ref, original, created_at FROM sealed_reporters WHERE complaint_id = :complaint_id"
    " ORDER BY created_at, ref"
)


@dataclass(frozen=True, slots=True)
class SealedOriginal:
    """A message as it came, sealed; None where none was kept."""

    ref: UUID
    original: bytes | None = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SealedRow:
    """``key_id``: of the key pair it was sealed for; None in rows of the first release.
    ``code_key_id``: of the key of the complaint's tracking code; None of before keys had ids."""

    ref: UUID
    complaint_id: UUID
    sealed: bytes = field(repr=False)
    key_id: bytes | None
    code_key_id: str | None


@dataclass(frozen=True, slots=True)
class SealedValues:
    """What of a row is sealed."""

    ref: UUID
    sealed: bytes = field(repr=False)
    original: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Access:
    """One line of the access log. outcome: a status of the API."""

    ref: UUID
    complaint_id: UUID
    outcome: str


async def load_sealed(connection: AsyncConnection, refs: Sequence[UUID]) -> dict[UUID, SealedRow]:
    """The sealed rows by ref; absent ones are not in it."""
    rows = await connection.execute(_LOAD, {"refs": list(refs)})
    return {row.ref: SealedRow(*row) for row in rows}


async def has_rows_for(connection: AsyncConnection, key_ids: Sequence[bytes]) -> bool:
    """Whether anything is sealed for any of these key pairs."""
    return bool(await connection.scalar(_SEALED_FOR, {"key_ids": list(key_ids)}))


async def sealed_by(
    connection: AsyncConnection, key_id: bytes | None, after: UUID, limit: int
) -> list[SealedValues]:
    """Rows that name this key pair (None: that name none), behind ``after``, by their refs."""
    asked = {"after": after, "limit": limit}
    if key_id is None:
        rows = await connection.execute(_BY_NONE, asked)
    else:
        rows = await connection.execute(_BY_KEY, {**asked, "key_id": key_id})
    return [SealedValues(*row) for row in rows]


async def seal_anew(
    connection: AsyncConnection, rows: Sequence[SealedValues], key_id: bytes
) -> None:
    """The same values, sealed for that key pair."""
    await connection.execute(
        _SEAL_ANEW,
        {
            "key_id": key_id,
            "refs": [row.ref for row in rows],
            "sealed": [row.sealed for row in rows],
            "originals": [row.original for row in rows],
        },
    )


async def erased_among(connection: AsyncConnection, complaint_ids: Sequence[UUID]) -> set[UUID]:
    rows = await connection.execute(_ERASED, {"complaint_ids": list(complaint_ids)})
    return set(rows.scalars())


async def log_accesses(
    connection: AsyncConnection,
    at: datetime,
    caller: str,
    purpose: str,
    accesses: Sequence[Access],
) -> None:
    await connection.execute(
        _LOG,
        {
            "at": at,
            "caller": caller,
            "purpose": purpose,
            "refs": [access.ref for access in accesses],
            "complaint_ids": [access.complaint_id for access in accesses],
            "outcomes": [access.outcome for access in accesses],
        },
    )


async def erase(connection: AsyncConnection, erased_at: dict[UUID, datetime]) -> None:
    """Delete all that is sealed of these complaints; their refs answer ``gone`` from now on."""
    ids = sorted(erased_at)
    await connection.execute(
        _TOMBSTONE, {"complaint_ids": ids, "ats": [erased_at[each] for each in ids]}
    )
    await connection.execute(_DELETE, {"complaint_ids": ids})


async def save_reveal(connection: AsyncConnection, reveal: Reveal) -> None:
    """A new request, or that it is confirmed."""
    await connection.execute(_SAVE_REVEAL, asdict(reveal))


async def lock_reveal(connection: AsyncConnection, reveal_id: UUID, care: Sight) -> Reveal | None:
    """The request, locked; None for one that is not there or not in ``care``."""
    seen = condition(care, "r")
    rows = await connection.execute(
        text(_LOCK_REVEAL.format(seen=seen.sql)), {"id": reveal_id, **seen.parameters}
    )
    row = rows.one_or_none()
    return Reveal(**row._mapping) if row else None


async def open_reveals(connection: AsyncConnection, care: Sight, now: datetime) -> list[Reveal]:
    """Requests in ``care`` whose time is not over, oldest first, at most 500."""
    seen = condition(care, "r")
    rows = await connection.execute(
        text(_OPEN_REVEALS.format(seen=seen.sql)), {"now": now, **seen.parameters}
    )
    return [Reveal(**row._mapping) for row in rows]


async def originals_of(connection: AsyncConnection, complaint_id: UUID) -> list[SealedOriginal]:
    """All that came of a complaint, oldest first."""
    rows = await connection.execute(_ORIGINALS, {"complaint_id": complaint_id})
    return [SealedOriginal(*row) for row in rows]

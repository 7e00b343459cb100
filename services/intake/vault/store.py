"""The only SQL of the vault."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_LOAD = text(
    "SELECT ref, complaint_id, sealed, key_id FROM sealed_reporters"
    " WHERE ref = ANY(CAST(:refs AS uuid[]))"
)
# There is no index for this. It is asked only when nothing opens: with the right key the first row
# answers, and with a wrong key the vault serves nobody until the key is corrected.
_SEALED_FOR = text("SELECT EXISTS (SELECT 1 FROM sealed_reporters WHERE key_id = :key_id)")
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


@dataclass(frozen=True, slots=True)
class SealedRow:
    """``key_id``: of the key pair it was sealed for; None in rows of the first release."""

    ref: UUID
    complaint_id: UUID
    sealed: bytes = field(repr=False)
    key_id: bytes | None


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


async def has_rows_for(connection: AsyncConnection, key_id: bytes) -> bool:
    """Whether anything was ever sealed for this key pair."""
    return bool(await connection.scalar(_SEALED_FOR, {"key_id": key_id}))


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

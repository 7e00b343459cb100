"""The only SQL of kept answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

SWEPT_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered under a key. ``body``: JSON (class C1); None since the reporter's data was
    erased. ``version``: of the case, for the ETag; None for an answer without one."""

    fingerprint: bytes
    version: int | None
    body: str | None = field(repr=False)


async def claim(
    connection: AsyncConnection,
    name: bytes,
    fingerprint: bytes,
    complaint_id: UUID | None,
    now: datetime,
) -> KeptAnswer | None:
    """None: the key is ours, from now on and if this transaction commits. Else what was answered.

    Whoever asks under the same key meanwhile waits here until that transaction is over.
    """
    values = {"name": name, "fingerprint": fingerprint, "complaint": complaint_id, "at": now}
    if (await connection.execute(_CLAIM, values)).first() is not None:
        return None
    return await kept(connection, name)


async def kept(connection: AsyncConnection, name: bytes) -> KeptAnswer | None:
    """What was answered under a key, if anything was."""
    row = (await connection.execute(_KEPT, {"name": name})).first()
    return KeptAnswer(row.fingerprint, row.version, row.body) if row else None


async def keep(connection: AsyncConnection, name: bytes, version: int | None, body: str) -> None:
    """The answer of a key that was claimed in this transaction."""
    await connection.execute(_KEEP, {"name": name, "version": version, "body": body})


async def forget(connection: AsyncConnection, complaints: Sequence[UUID]) -> None:
    """Takes the bodies away. The keys stay: what was done under them is not done again."""
    await connection.execute(_FORGET, {"complaints": list(complaints)})


async def sweep(connection: AsyncConnection, now: datetime, lifetime: timedelta) -> int:
    """Deletes keys that are older than ``lifetime``, some at a time; how many it were."""
    before = {"before": now - lifetime, "limit": SWEPT_AT_ONCE}
    return (await connection.execute(_SWEEP, before)).rowcount


_CLAIM = text("""
    INSERT INTO kept_answers (name, fingerprint, complaint_id, at)
    VALUES (:name, :fingerprint, :complaint, :at)
    ON CONFLICT (name) DO NOTHING RETURNING name
""")
_KEPT = text("SELECT fingerprint, version, body FROM kept_answers WHERE name = :name")
_KEEP = text("UPDATE kept_answers SET version = :version, body = :body WHERE name = :name")
_FORGET = text("""
    UPDATE kept_answers SET body = NULL
    WHERE complaint_id = ANY(CAST(:complaints AS uuid[])) AND body IS NOT NULL
""")
_SWEEP = text("""
    DELETE FROM kept_answers WHERE name IN (
        SELECT name FROM kept_answers WHERE at < :before ORDER BY at LIMIT :limit)
""")

"""The only SQL of media."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.media.clearing.outcome import Cleared, Kept, Outcome, Refused, Size
from services.intake.media.domain import File, FileState, settled_as
from services.intake.media.incoming import Laid
from shared import set_aside
from shared.events.vocabulary import MediaFlag, MediaKind, MediaOrigin
from shared.set_aside import FILES, Name, not_aside

_FILE = (
    "f.ref, f.complaint_id, f.content_ref, f.origin, f.number, f.chunks, f.wrapped_key, f.key_id,"
    " f.attempts, f.unfinished, f.created_at"
)
_LEASE = text(
    "WITH due AS (SELECT ref FROM files WHERE state = :state AND due_at <= :now"  # noqa: S608
    f" AND {not_aside('complaint_id', FILES)}"
    " ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED)"
    " UPDATE files AS f SET attempts = f.attempts + 1, due_at = :until FROM due"
    f" WHERE f.ref = due.ref RETURNING {_FILE}"
)
_CHUNKS = text("SELECT sealed FROM spool WHERE ref = :ref ORDER BY number")
_CHUNK = text("SELECT sealed FROM spool WHERE ref = :ref AND number = :number")
_UNSCANNED = "state = 'kept' AND scanned_at IS NULL"
_LEASE_UNSCANNED = text(
    f"WITH due AS (SELECT ref FROM files WHERE {_UNSCANNED} AND due_at <= :now"  # noqa: S608
    f" AND {not_aside('complaint_id', FILES)}"
    " ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)"
    " UPDATE files AS f SET attempts = f.attempts + 1, due_at = :until FROM due"
    f" WHERE f.ref = due.ref RETURNING {_FILE}"
)
_SCANNED = f" WHERE ref = :ref AND {_UNSCANNED} AND attempts = :attempts"
_UNLOCK = text(f"UPDATE files SET scanned_at = :now{_SCANNED} RETURNING kind")  # noqa: S608
_REFUSE_INFECTED = text(
    "UPDATE files SET state = 'refused', reason = 'infected', kind = NULL, media_type = NULL,"  # noqa: S608
    f" settled_at = :now{_SCANNED} RETURNING ref"
)
_PUT_OFF_SCAN = text(f"UPDATE files SET due_at = :due{_SCANNED}")  # noqa: S608
_PUT_OFF = text(
    "UPDATE files SET due_at = :due WHERE ref = :ref AND state = :state AND attempts = :attempts"
)
_COUNT_UNFINISHED = text(
    "UPDATE files SET unfinished = unfinished + 1 WHERE ref = :ref AND attempts = :attempts"
)
_OF_ERASED = (
    "origin = 'reporter' AND EXISTS (SELECT 1 FROM erasures e"
    " WHERE e.complaint_id = files.complaint_id)"
)
_SETTLE = text(
    "UPDATE files SET state = :state, kind = :kind, media_type = :media_type, reason = :reason,"  # noqa: S608
    " flags = CAST(:flags AS text[]), settled_at = :now, due_at = :now"
    " WHERE ref = :ref AND state = ANY(ARRAY['waiting', 'fetching']) AND attempts = :attempts"
    f" AND NOT ({_OF_ERASED}) RETURNING ref"
)
_LATE = text(f"SELECT ref FROM files WHERE ref = :ref AND {_OF_ERASED} FOR UPDATE")  # noqa: S608
_DROP_CHUNKS = text("DELETE FROM spool WHERE ref = ANY(CAST(:refs AS uuid[]))")
_OF_THIS_LEASE = "ref = :ref AND state = 'fetching' AND attempts = :attempts"
_WANTED = text(
    "SELECT w.ref, w.source, w.locator, f.created_at FROM wanted w JOIN files f USING (ref)"
    " WHERE w.ref = ANY(CAST(:refs AS uuid[]))"
)
_DROP_WANTED = text("DELETE FROM wanted WHERE ref = :ref")
_DROP_EARLIER = text(
    "DELETE FROM spool WHERE ref = :ref"  # noqa: S608 (a constant)
    f" AND EXISTS (SELECT 1 FROM files WHERE {_OF_THIS_LEASE})"
)
# Locked for the moment of the write: whoever takes the file over deletes what was laid down before,
# and nothing is laid down behind them. Chunks of two tries would be a file that no key opens.
_ADD_FETCHED = text(
    "INSERT INTO spool (ref, number, sealed, created_at)"  # noqa: S608 (a constant)
    f" SELECT ref, :number, :sealed, :now FROM files WHERE {_OF_THIS_LEASE} FOR SHARE"
)
_ARRIVED = text(
    "UPDATE files SET state = 'waiting', chunks = :chunks, size = :size,"  # noqa: S608 (a constant)
    " wrapped_key = :wrapped_key, key_id = :key_id, attempts = 0, due_at = :now"
    f" WHERE {_OF_THIS_LEASE} RETURNING ref"
)
_ADD_DERIVATIVES = text(
    "INSERT INTO derivatives (ref, size, object_name, width, height, bytes)"
    " SELECT :ref, size, name, width, height, bytes FROM unnest(CAST(:sizes AS text[]),"
    " CAST(:names AS text[]), CAST(:widths AS int[]), CAST(:heights AS int[]),"
    " CAST(:bytes AS int[])) AS new (size, name, width, height, bytes)"
)
# Whoever comes second takes the first one's: a complaint has one key, whatever the order.
_ADD_KEY = text(
    "INSERT INTO complaint_keys (complaint_id, origin, wrapped, key_id)"
    " VALUES (:complaint_id, :origin, :wrapped, :key_id)"
    " ON CONFLICT (complaint_id, origin) DO UPDATE SET wrapped = complaint_keys.wrapped"
    " RETURNING wrapped"
)
_TOMBSTONE = text(
    "INSERT INTO erasures (complaint_id, erased_at)"
    " SELECT * FROM unnest(CAST(:complaint_ids AS uuid[]), CAST(:ats AS timestamptz[]))"
    " ON CONFLICT DO NOTHING"
)
_OF_REPORTERS = "f.complaint_id = ANY(CAST(:complaint_ids AS uuid[])) AND f.origin = 'reporter'"
# Locked first: who settles one of them meanwhile ends before, and its derivatives are found.
_LOCK_ERASED = text(
    f"SELECT {_FILE}, f.state FROM files f WHERE {_OF_REPORTERS}"  # noqa: S608
    " ORDER BY f.ref FOR UPDATE"
)
_DOOM = text(
    "WITH gone AS (DELETE FROM derivatives WHERE ref = ANY(CAST(:refs AS uuid[]))"
    " RETURNING object_name)"
    " INSERT INTO doomed (object_name, since) SELECT object_name, :now FROM gone"
    " ON CONFLICT DO NOTHING"
)
_REMEMBER = text(
    "INSERT INTO removed (ref, removed_at) SELECT ref, :now FROM unnest(CAST(:refs AS uuid[])) ref"
    " ON CONFLICT DO NOTHING"
)
_FORGET = (
    _DROP_CHUNKS,
    text("DELETE FROM wanted WHERE ref = ANY(CAST(:refs AS uuid[]))"),
    # Only evidence has keys, and no evidence is a reporter's.
    text("DELETE FROM fingerprints WHERE ref = ANY(CAST(:refs AS uuid[]))"),
    text("DELETE FROM files WHERE ref = ANY(CAST(:refs AS uuid[]))"),
)
_FORGET_KEYS = text(
    "DELETE FROM complaint_keys WHERE origin = 'reporter'"
    " AND complaint_id = ANY(CAST(:complaint_ids AS uuid[]))"
)
_DOOMED = text("SELECT object_name FROM doomed ORDER BY since LIMIT :limit")
_BURIED = text("DELETE FROM doomed WHERE object_name = ANY(CAST(:names AS text[]))")
_NAMES_AFTER = text(
    "SELECT object_name FROM derivatives WHERE object_name > :after"
    " ORDER BY object_name LIMIT :limit"
)
_KNOWN = text("SELECT object_name FROM derivatives WHERE object_name = ANY(CAST(:names AS text[]))")
_SWEEP_CHUNKS = text(
    "DELETE FROM spool WHERE (ref, number) IN (SELECT s.ref, s.number FROM spool s"
    " WHERE s.created_at < :before AND NOT EXISTS (SELECT 1 FROM files f WHERE f.ref = s.ref)"
    " LIMIT :limit FOR UPDATE SKIP LOCKED)"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A derivative that lies in the store under ``object_name``."""

    size: Size
    object_name: str
    width: int
    height: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where a file is to be fetched. locator: sealed. since: when its message was acknowledged."""

    source: str
    locator: bytes = field(repr=False)
    since: datetime


def _name(row: Any) -> Name:
    return row.ref, row.complaint_id


def _file(row: Any) -> File:
    return File(
        ref=row.ref,
        complaint_id=row.complaint_id,
        content_ref=row.content_ref,
        origin=MediaOrigin(row.origin),
        number=row.number,
        since=row.created_at,
        chunks=row.chunks or 0,
        wrapped_key=row.wrapped_key or b"",
        key_id=row.key_id,
        attempts=row.attempts,
        unfinished=row.unfinished,
    )


async def lease(
    connection: AsyncConnection, state: FileState, now: datetime, until: datetime, limit: int
) -> list[File]:
    """Files in ``state`` that are due, longest due first; nobody else has them before ``until``."""
    rows = await connection.execute(
        _LEASE, {"state": state.value, "now": now, "until": until, "limit": limit}
    )
    return set_aside.each(connection, FILES, rows, _file, _name)


async def chunks_of(connection: AsyncConnection, ref: UUID) -> list[bytes]:
    """The sealed chunks of a file, in their order."""
    return [bytes(chunk) for chunk in (await connection.execute(_CHUNKS, {"ref": ref})).scalars()]


async def chunk(connection: AsyncConnection, ref: UUID, number: int) -> bytes | None:
    """One sealed chunk; None when there is none, or none any more."""
    found = await connection.scalar(_CHUNK, {"ref": ref, "number": number})
    return None if found is None else bytes(found)


async def lease_unscanned(
    connection: AsyncConnection, now: datetime, until: datetime
) -> File | None:
    """A document or video that is locked and due; nobody else has it before ``until``."""
    rows = await connection.execute(_LEASE_UNSCANNED, {"now": now, "until": until})
    found = set_aside.each(connection, FILES, rows, _file, _name)
    return found[0] if found else None


async def unlock(connection: AsyncConnection, file: File, now: datetime) -> MediaKind | None:
    """It was found clean; its kind. None, and nothing is written, where its lease has run out or
    it is gone."""
    asked = {"ref": file.ref, "attempts": file.attempts, "now": now}
    kind = await connection.scalar(_UNLOCK, asked)
    return None if kind is None else MediaKind(kind)


async def refuse_infected(connection: AsyncConnection, file: File, now: datetime) -> bool:
    """Something was found in it: its bytes are gone. False where its lease has run out."""
    asked = {"ref": file.ref, "attempts": file.attempts, "now": now}
    if (await connection.execute(_REFUSE_INFECTED, asked)).one_or_none() is None:
        return False
    await connection.execute(_DROP_CHUNKS, {"refs": [file.ref]})
    return True


async def put_off_scan(connection: AsyncConnection, file: File, due: datetime) -> None:
    """It is scanned again at ``due``, unless somebody else holds it by now."""
    await connection.execute(
        _PUT_OFF_SCAN, {"ref": file.ref, "attempts": file.attempts, "due": due}
    )


async def put_off(connection: AsyncConnection, file: File, state: FileState, due: datetime) -> None:
    """It is tried again at ``due``, unless somebody else holds it by now."""
    await connection.execute(
        _PUT_OFF,
        {"ref": file.ref, "state": state.value, "attempts": file.attempts, "due": due},
    )


async def count_unfinished(connection: AsyncConnection, file: File) -> None:
    """It was not opened to its end, unless somebody else holds it by now."""
    await connection.execute(_COUNT_UNFINISHED, {"ref": file.ref, "attempts": file.attempts})


async def wanted_of(connection: AsyncConnection, refs: Sequence[UUID]) -> dict[UUID, Wanted]:
    """Where these files are to be fetched."""
    rows = await connection.execute(_WANTED, {"refs": list(refs)})
    return {row.ref: Wanted(row.source, bytes(row.locator), row.created_at) for row in rows}


async def drop_earlier(connection: AsyncConnection, file: File) -> None:
    """Deletes what a try before this one has laid in the spool."""
    await connection.execute(_DROP_EARLIER, {"ref": file.ref, "attempts": file.attempts})


async def add_fetched(
    connection: AsyncConnection, file: File, number: int, sealed: bytes, now: datetime
) -> bool:
    """Lays down a chunk of a file that is being fetched. False, and nothing is laid down, where
    its lease has run out or its reporter was erased."""
    done = await connection.execute(
        _ADD_FETCHED,
        {
            "ref": file.ref,
            "attempts": file.attempts,
            "number": number,
            "sealed": sealed,
            "now": now,
        },
    )
    return done.rowcount == 1


async def arrived(connection: AsyncConnection, file: File, laid: Laid, now: datetime) -> bool:
    """All of it lies in the spool, and it waits as if it had been handed over. False as above."""
    row = await connection.execute(
        _ARRIVED,
        {
            "ref": file.ref,
            "attempts": file.attempts,
            "chunks": laid.chunks,
            "size": laid.size,
            "wrapped_key": laid.wrapped_key,
            "key_id": laid.key_id,
            "now": now,
        },
    )
    if row.one_or_none() is None:
        return False
    await connection.execute(_DROP_WANTED, {"ref": file.ref})
    return True


async def give_up(connection: AsyncConnection, file: File, outcome: Refused, now: datetime) -> bool:
    """It is not fetched any more. False as above."""
    if not await settle(connection, file, outcome, (), (), now):
        return False
    await connection.execute(_DROP_WANTED, {"ref": file.ref})
    return True


async def settle(
    connection: AsyncConnection,
    file: File,
    outcome: Outcome,
    stored: Sequence[Stored],
    flags: Sequence[MediaFlag],
    now: datetime,
) -> bool:
    """Writes what became of it; its bytes are dropped unless they are kept. False, and nothing is
    written, where its lease has run out or its reporter was erased."""
    kept = outcome if isinstance(outcome, Kept) else None
    row = await connection.execute(
        _SETTLE,
        {
            "ref": file.ref,
            "attempts": file.attempts,
            "state": settled_as(outcome).value,
            "kind": None if isinstance(outcome, Refused) else outcome.kind.value,
            "media_type": kept.media_type if kept else None,
            "reason": outcome.reason.value if isinstance(outcome, Refused) else None,
            "flags": [flag.value for flag in flags],
            "now": now,
        },
    )
    if row.one_or_none() is None:
        return False
    if isinstance(outcome, Cleared):
        await _add_derivatives(connection, file.ref, stored)
    if kept is None:
        await connection.execute(_DROP_CHUNKS, {"refs": [file.ref]})
    return True


async def _add_derivatives(
    connection: AsyncConnection, ref: UUID, stored: Sequence[Stored]
) -> None:
    await connection.execute(
        _ADD_DERIVATIVES,
        {
            "ref": ref,
            "sizes": [each.size.value for each in stored],
            "names": [each.object_name for each in stored],
            "widths": [each.width for each in stored],
            "heights": [each.height for each in stored],
            "bytes": [each.bytes for each in stored],
        },
    )


async def add_key(connection: AsyncConnection, file: File, wrapped: bytes, key_id: bytes) -> bytes:
    """The key of the objects of the file's complaint from now on: this one, or the one that was
    there before. In the transaction that leases the file: an erasure locks the files, too, so it
    comes before and the file is gone, or after and finds the key. ``drop_late`` forgets the key of
    a file that came after the erasure."""
    asked = {
        "complaint_id": file.complaint_id,
        "origin": file.origin.value,
        "wrapped": wrapped,
        "key_id": key_id,
    }
    found: bytes = await connection.scalar(_ADD_KEY, asked)
    return found


async def drop_late(connection: AsyncConnection, file: File, now: datetime) -> bool:
    """Deletes a file that came after its reporter's erasure. False where it is no such one."""
    if (await connection.execute(_LATE, {"ref": file.ref})).one_or_none() is None:
        return False
    await _forget(connection, [file.ref], now)
    await connection.execute(_FORGET_KEYS, {"complaint_ids": [file.complaint_id]})
    return True


async def erase(
    connection: AsyncConnection, erased_at: Mapping[UUID, datetime], now: datetime
) -> list[File]:
    """Deletes what reporters of these complaints have handed over: keys and waiting bytes at once,
    the objects are doomed. Returns the files that were there."""
    ids = sorted(erased_at)
    await connection.execute(
        _TOMBSTONE, {"complaint_ids": ids, "ats": [erased_at[each] for each in ids]}
    )
    rows = (await connection.execute(_LOCK_ERASED, {"complaint_ids": ids})).all()
    refs = [row.ref for row in rows]
    if refs:
        await _forget(connection, refs, now)
    await connection.execute(_FORGET_KEYS, {"complaint_ids": ids})
    # Deleted is also what cannot be read.
    return set_aside.each(connection, FILES, rows, _file, _name)


async def _forget(connection: AsyncConnection, refs: Sequence[UUID], now: datetime) -> None:
    await connection.execute(_DOOM, {"refs": refs, "now": now})
    await connection.execute(_REMEMBER, {"refs": refs, "now": now})
    for statement in _FORGET:
        await connection.execute(statement, {"refs": refs})


async def doomed(connection: AsyncConnection, limit: int) -> list[str]:
    """Names of objects that are to be deleted, longest doomed first."""
    return list((await connection.execute(_DOOMED, {"limit": limit})).scalars())


async def bury(connection: AsyncConnection, names: Sequence[str]) -> None:
    """These objects are deleted."""
    await connection.execute(_BURIED, {"names": list(names)})


async def names_after(connection: AsyncConnection, after: str, limit: int) -> list[str]:
    """At most ``limit`` names that derivatives have, in the order of their bytes, from behind
    ``after``."""
    rows = await connection.execute(_NAMES_AFTER, {"after": after, "limit": limit})
    return list(rows.scalars())


async def known_among(connection: AsyncConnection, names: Sequence[str]) -> set[str]:
    """Those of the names that derivatives have now."""
    return set((await connection.execute(_KNOWN, {"names": list(names)})).scalars())


async def sweep_chunks(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Deletes chunks from before that instant of which no file was acknowledged; how many."""
    done = await connection.execute(_SWEEP_CHUNKS, {"before": before, "limit": limit})
    return done.rowcount

"""The only SQL of intake. Each statement writes or reads a whole batch in one round trip."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain import (
    Complaint,
    ComplaintState,
    EarlyMessage,
    KnownMessage,
    Withheld,
)
from services.intake.erasing import ErasureRequest
from shared.database import BACKUP_AT
from shared.errors import Malformed, Transient
from shared.events.vocabulary import Channel
from shared.set_aside import COMPLAINTS, States, reading
from shared.visibility import Sight, condition

_UNIQUE_VIOLATION = "23505"

_COMPLAINT = (
    "c.complaint_id, c.report_number, c.channel, c.reporter_ref, c.state, c.received_at,"
    " c.code_key_id"
)
_OF_NO_OFFICIAL = (
    "NOT EXISTS (SELECT 1 FROM withheld w WHERE w.complaint_id = c.complaint_id"
    " AND (w.restricted OR w.about_unit IS NOT NULL))"
)
_BY_DIGEST = text(
    f"SELECT m.message_digest, m.content_digest, m.kind, {_COMPLAINT}"  # noqa: S608 (a constant)
    " FROM contents m JOIN complaints c ON c.complaint_id = m.complaint_id"
    " WHERE m.message_digest = ANY(CAST(:digests AS bytea[]))"
)
_BY_NUMBER = text(
    f"SELECT {_COMPLAINT} FROM complaints c"  # noqa: S608
    " WHERE c.report_number = ANY(CAST(:numbers AS text[]))"
)
# Ordered, so that two transactions with the same complaints wait for each other in one direction
# and cannot deadlock.
_LOCK = text(
    f"SELECT {_COMPLAINT} FROM complaints c"  # noqa: S608
    " WHERE c.complaint_id = ANY(CAST(:ids AS uuid[])) ORDER BY c.complaint_id FOR UPDATE"
)
_BY_ID = text(
    f"SELECT {_COMPLAINT} FROM complaints c"  # noqa: S608
    " WHERE c.complaint_id = ANY(CAST(:ids AS uuid[]))"
)
_ACCEPTED = text(
    "SELECT asked.channel, last.received_at AS last_accepted_at,"  # noqa: S608 (a constant)
    " coalesce(lately.day, 0) AS accepted_24h, coalesce(lately.week, 0) AS accepted_7d"
    " FROM unnest(CAST(:channels AS text[])) AS asked (channel)"
    " LEFT JOIN LATERAL (SELECT c.received_at FROM complaints c"
    f" WHERE c.channel = asked.channel AND {_OF_NO_OFFICIAL}"
    " ORDER BY c.received_at DESC LIMIT 1) AS last ON true"
    " LEFT JOIN LATERAL (SELECT count(*) AS week,"
    " count(*) FILTER (WHERE c.received_at > :day) AS day FROM complaints c"
    f" WHERE c.channel = asked.channel AND c.received_at > :week AND {_OF_NO_OFFICIAL})"
    " AS lately ON true"
)
# Bounded by the limit: of a busy channel the last hours are read, of a quiet one the last week.
_PAUSES = text(
    "SELECT asked.channel, CAST(extract(epoch FROM now() - max(lately.at)) AS float8) AS last,"  # noqa: S608
    " CASE WHEN count(lately.at) >= :enough THEN"
    " CAST(extract(epoch FROM max(lately.at - lately.before)) AS float8) END AS pause"
    " FROM unnest(CAST(:channels AS text[])) AS asked (channel)"
    " JOIN LATERAL (SELECT t.received_at AS at, lag(t.received_at) OVER (ORDER BY t.received_at)"
    " AS before FROM (SELECT c.received_at FROM complaints c WHERE c.channel = asked.channel"
    f" AND {_OF_NO_OFFICIAL} AND c.received_at > now() - interval '7 days'"
    " ORDER BY c.received_at DESC LIMIT 500) AS t) AS lately ON true"
    " GROUP BY asked.channel"
)
_KEYS = text(
    "SELECT k.scope, k.key_digest, k.body_digest, k.complaint_ids FROM idempotency_keys k"
    " JOIN unnest(CAST(:scopes AS text[]), CAST(:digests AS bytea[])) AS asked (scope, digest)"
    " ON k.scope = asked.scope AND k.key_digest = asked.digest"
)
# A row's array is one text: PostgreSQL has no array of arrays of different lengths.
_ADD_KEYS = text(
    "INSERT INTO idempotency_keys (scope, key_digest, body_digest, complaint_ids, created_at)"
    " SELECT scope, key_digest, body_digest, CAST(ids AS uuid[]), created_at"
    " FROM unnest(CAST(:scopes AS text[]), CAST(:keys AS bytea[]), CAST(:bodies AS bytea[]),"
    " CAST(:ids AS text[]), CAST(:ats AS timestamptz[]))"
    " AS new (scope, key_digest, body_digest, ids, created_at)"
)
# Another replica may prune at the same time. Rows that it has locked are skipped; it deletes them.
_PRUNE_KEYS = text(
    "DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY("
    "SELECT ctid FROM idempotency_keys WHERE created_at < :before"
    " LIMIT 1000 FOR UPDATE SKIP LOCKED))"
)
_PRUNE_EARLY = text(
    "DELETE FROM early_messages WHERE ctid = ANY(ARRAY("
    "SELECT ctid FROM early_messages WHERE complaint_id IS NULL AND created_at < :before"
    " LIMIT 1000 FOR UPDATE SKIP LOCKED))"
)
_PRUNE_HEARD = text(
    "DELETE FROM heard WHERE ctid = ANY(ARRAY("
    "SELECT ctid FROM heard WHERE heard_at < :before"
    " LIMIT 1000 FOR UPDATE SKIP LOCKED))"
)
# In the order of the keys, so that two transactions wait for each other in one direction.
_LOCK_MESSAGES = text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) key")
_EARLY = text(
    f"SELECT e.message_digest, e.withdrawn_by, {_COMPLAINT}"  # noqa: S608
    " FROM early_messages e LEFT JOIN complaints c ON c.complaint_id = e.complaint_id"
    " WHERE e.message_digest = ANY(CAST(:digests AS bytea[]))"
)
_ADD_EARLY = text(
    "INSERT INTO early_messages AS e (message_digest, complaint_id, withdrawn_by, created_at)"
    " SELECT digest, id, by, :at FROM unnest(CAST(:digests AS bytea[]), CAST(:ids AS uuid[]),"
    " CAST(:bys AS text[])) AS new (digest, id, by)"
    " ON CONFLICT (message_digest) DO UPDATE SET"
    " complaint_id = COALESCE(e.complaint_id, EXCLUDED.complaint_id),"
    " withdrawn_by = COALESCE(e.withdrawn_by, EXCLUDED.withdrawn_by)"
)
_HEARD = text(
    "SELECT digest FROM heard WHERE digest = ANY(CAST(:digests AS bytea[])) AND heard_at >= :since"
)
_ADD_HEARD = text(
    "INSERT INTO heard (digest, heard_at)"
    " SELECT digest, :at FROM unnest(CAST(:digests AS bytea[])) AS new (digest)"
    " ON CONFLICT (digest) DO UPDATE SET heard_at = EXCLUDED.heard_at"
)
_COUNT = text(
    "INSERT INTO report_counters AS r (day, last)"
    " SELECT * FROM unnest(CAST(:days AS date[]), CAST(:counts AS integer[]))"
    " ON CONFLICT (day) DO UPDATE SET last = r.last + EXCLUDED.last RETURNING day, last"
)
_ADD_COMPLAINTS = text(
    "INSERT INTO complaints"
    " (complaint_id, report_number, channel, reporter_ref, state, received_at, code_key_id)"
    " SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS text[]),"
    " CAST(:channels AS text[]), CAST(:reporters AS uuid[]), CAST(:states AS text[]),"
    " CAST(:ats AS timestamptz[]), CAST(:code_keys AS text[]))"
)
_CODE_KEYS = text(
    "SELECT complaint_id, code_key_id FROM complaints"
    " WHERE complaint_id = ANY(CAST(:ids AS uuid[]))"
)
_SET_STATES = text(
    "UPDATE complaints c SET state = new.state"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[])) AS new (id, state)"
    " WHERE c.complaint_id = new.id"
)
_ADD_CONTENTS = text(
    "INSERT INTO contents"
    " (ref, complaint_id, message_digest, content_digest, kind, text,"
    " latitude, longitude, address, created_at)"
    " SELECT * FROM unnest(CAST(:refs AS uuid[]), CAST(:ids AS uuid[]),"
    " CAST(:digests AS bytea[]), CAST(:contents AS bytea[]),"
    " CAST(:kinds AS text[]), CAST(:texts AS text[]),"
    " CAST(:latitudes AS float8[]), CAST(:longitudes AS float8[]), CAST(:addresses AS text[]),"
    " CAST(:ats AS timestamptz[]))"
)
# Intake may only INSERT here. ON CONFLICT and RETURNING would need the right to read.
_ADD_SEALED = text(
    "INSERT INTO vault.sealed_reporters"
    " (ref, complaint_id, sealed, original, created_at, key_id, senders, code_key_id)"
    " SELECT ref, id, sealed, original, at, key_id, CAST(senders AS bytea[]), code_key"
    " FROM unnest(CAST(:refs AS uuid[]), CAST(:ids AS uuid[]), CAST(:sealed AS bytea[]),"
    " CAST(:originals AS bytea[]), CAST(:ats AS timestamptz[]), CAST(:key_ids AS bytea[]),"
    " CAST(:senders AS text[]), CAST(:code_keys AS text[]))"
    " AS new (ref, id, sealed, original, at, key_id, senders, code_key)"
)
_ADD_FILES = text(
    "INSERT INTO media.files (ref, complaint_id, content_ref, origin, number, chunks, size,"
    " wrapped_key, key_id, state, created_at, due_at)"
    " SELECT ref, complaint_id, content_ref, 'reporter', number, chunks, size, wrapped_key, key_id,"
    " CASE WHEN wrapped_key IS NULL THEN 'fetching' ELSE 'waiting' END, :at, :at"
    " FROM unnest(CAST(:ref AS uuid[]), CAST(:complaint_id AS uuid[]),"
    " CAST(:content_ref AS uuid[]), CAST(:number AS smallint[]), CAST(:chunks AS int[]),"
    " CAST(:size AS bigint[]), CAST(:wrapped_key AS bytea[]), CAST(:key_id AS bytea[]))"
    " AS new (ref, complaint_id, content_ref, number, chunks, size, wrapped_key, key_id)"
    # It counts what it left out; to ask which one it was would need the right to read.
    " ON CONFLICT DO NOTHING"
)
_ADD_WANTED = text(
    "INSERT INTO media.wanted (ref, source, locator) SELECT * FROM unnest(CAST(:ref AS uuid[]),"
    " CAST(:source AS text[]), CAST(:locator AS bytea[]))"
)
_ADD_CHUNK = text(
    "INSERT INTO media.spool (ref, number, sealed, created_at) VALUES (:ref, :number, :sealed, :at)"
)
# The one question that intake may ask the vault: a yes or no for each pair.
_SAME_SENDER = text(
    "SELECT vault.same_sender(CAST(:complaints AS uuid[]), CAST(:senders AS bytea[]))"
)
_CLAIM_CONTENTS = text(
    "SELECT ref, complaint_id, kind, text, latitude, longitude, address, erased_at"
    " FROM contents WHERE ref = ANY(CAST(:refs AS uuid[]))"
)
_REFS = text("SELECT ref FROM contents WHERE complaint_id = :id ORDER BY created_at, ref")
_CONTENT_OF_MESSAGE = text(
    "SELECT ref, complaint_id, kind, text, latitude, longitude, address, erased_at"
    " FROM contents WHERE message_digest = :digest"
)
_ADD_WITHHELD = text(
    "INSERT INTO withheld (complaint_id, about_unit, restricted, category, geotagged,"
    " kelurahan_code, entered_by_unit)"
    " SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:abouts AS text[]),"
    " CAST(:restricted AS boolean[]), CAST(:categories AS text[]), CAST(:geotagged AS boolean[]),"
    " CAST(:kelurahans AS text[]), CAST(:desks AS text[]))"
)
_CLAIM_FACTS = text(
    "SELECT complaint_id, about_unit, coalesce(restricted, false) AS restricted, category,"
    " coalesce(geotagged, false) AS geotagged, kelurahan_code, entered_by_unit"
    " FROM complaints LEFT JOIN withheld USING (complaint_id)"
    " WHERE complaint_id = ANY(CAST(:ids AS uuid[]))"
)
_ERASE_CONTENTS = text(
    "UPDATE contents SET text = NULL, latitude = NULL, longitude = NULL, address = NULL,"
    " erased_at = :at WHERE complaint_id = :id AND erased_at IS NULL"
)
# No row of withheld: the stream was told all, so the complaint is about no unit.
_IN_CARE = """
    SELECT 1 FROM complaints LEFT JOIN withheld w USING (complaint_id)
    WHERE complaint_id = :id AND {seen}
"""
_OF_ERASURE = """
    SELECT complaint_id FROM erasure_requests LEFT JOIN withheld w USING (complaint_id)
    WHERE erasure_id = :id AND {seen}
"""
_REQUEST = (
    "r.erasure_id, r.complaint_id, r.asked_by, r.note, r.asked_at, r.expires_at, r.outcome,"
    " r.settled_by, r.settled_note, r.settled_at"
)
_WAITING_IN_CARE = f"""
    SELECT {_REQUEST} FROM erasure_requests r
    LEFT JOIN withheld w ON w.complaint_id = r.complaint_id
    WHERE r.outcome IS NULL AND r.expires_at > :now AND {{seen}}
    ORDER BY r.asked_at, r.erasure_id LIMIT 500
"""  # noqa: S608
_WAITING_ERASURE = text(
    f"SELECT {_REQUEST} FROM erasure_requests r"  # noqa: S608
    " WHERE r.complaint_id = :id AND r.outcome IS NULL"
)
_FIND_ERASURE = text(
    f"SELECT {_REQUEST} FROM erasure_requests r WHERE r.erasure_id = :id"  # noqa: S608
)
_SAVE_ERASURE = text(
    "INSERT INTO erasure_requests (erasure_id, complaint_id, asked_by, note, asked_at,"
    " expires_at, outcome, settled_by, settled_note, settled_at)"
    " VALUES (:erasure_id, :complaint_id, :asked_by, :note, :asked_at, :expires_at, :outcome,"
    " :settled_by, :settled_note, :settled_at)"
    " ON CONFLICT (erasure_id) DO UPDATE SET outcome = EXCLUDED.outcome,"
    " settled_by = EXCLUDED.settled_by, settled_note = EXCLUDED.settled_note,"
    " settled_at = EXCLUDED.settled_at"
)
# Read where the database keeps its settings: a session knows those alone of when it began.
_BACKUP_AGE = text(
    "SELECT coalesce(CAST(extract(epoch FROM now() - coalesce(("
    " SELECT CAST(substr(said, length(CAST(:name AS text)) + 2) AS timestamptz)"
    " FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
    " CROSS JOIN LATERAL unnest(s.setconfig) AS said"
    " WHERE d.datname = current_database() AND s.setrole = 0"
    " AND starts_with(said, CAST(:name AS text) || '=')"
    "), (SELECT received_at FROM complaints ORDER BY complaint_id LIMIT 1))) AS float8), 0)"
)
_ERASED_IDS = text("SELECT complaint_id FROM erasures ORDER BY erased_at DESC LIMIT :limit")
_LAST_RECEIVED = text(
    # The id tells its time, and has an index.
    "SELECT received_at FROM complaints ORDER BY complaint_id DESC LIMIT 1"
)
_ADD_ERASURE = text(
    "INSERT INTO erasures (complaint_id, erased_by, note, erased_at) VALUES (:id, :by, :note, :at)"
)


class AdoptedBefore(Malformed):
    """A file belongs to another message already."""

    def __init__(self) -> None:
        super().__init__("Upload it again: it belongs to another report.", field="uploads")


class Collision(Transient):
    """Another transaction has just written the same message or key. The caller must try again."""


@contextmanager
def _collisions() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) == _UNIQUE_VIOLATION:
            raise Collision("the same message was accepted elsewhere just now") from None
        raise


@dataclass(frozen=True, slots=True)
class StoredKey:
    """What an Idempotency-Key stands for: a complaint per message, None where none was filed."""

    body_digest: bytes
    complaint_ids: tuple[UUID | None, ...]


@dataclass(frozen=True, slots=True)
class KeyRow:
    scope: str
    key_digest: bytes
    body_digest: bytes
    complaint_ids: tuple[UUID | None, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ContentRow:
    """A message's words and place (class C1); ``kind``: complaint, answer, note or edit."""

    ref: UUID
    complaint_id: UUID
    message_digest: bytes = field(repr=False)
    content_digest: bytes | None = field(repr=False)
    kind: str
    text: str | None = field(repr=False)
    latitude: float | None = field(repr=False)
    longitude: float | None = field(repr=False)
    address: str | None = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SealedRow:
    ref: UUID
    complaint_id: UUID
    sealed: bytes = field(repr=False)
    original: bytes | None = field(repr=False)
    created_at: datetime
    key_id: bytes
    senders: tuple[bytes, ...] = field(repr=False)
    code_key_id: str | None


@dataclass(frozen=True, slots=True)
class StoredContent:
    """What is stored of a message. Its words and place are None after an erasure."""

    ref: UUID
    complaint_id: UUID
    kind: str
    text: str | None = field(repr=False)
    latitude: float | None = field(repr=False)
    longitude: float | None = field(repr=False)
    address: str | None = field(repr=False)
    erased_at: datetime | None


def _complaint(row: Row[tuple[object, ...]]) -> Complaint:
    return Complaint(
        complaint_id=row.complaint_id,
        report_number=row.report_number,
        channel=Channel(row.channel),
        reporter_ref=row.reporter_ref,
        state=ComplaintState(row.state),
        received_at=row.received_at,
        code_key_id=row.code_key_id,
    )


def _readable(connection: AsyncConnection, row: Row[tuple[object, ...]]) -> Complaint:
    """Raises UnreadableState: the request that named the complaint fails, alone."""
    with reading(connection, COMPLAINTS, row.complaint_id):
        return _complaint(row)


async def find_messages(
    connection: AsyncConnection, digests: Sequence[bytes]
) -> dict[bytes, KnownMessage]:
    """Messages accepted before, by digest, with their complaints."""
    rows = await connection.execute(_BY_DIGEST, {"digests": digests})
    return {
        row.message_digest: KnownMessage(
            _readable(connection, row), row.kind == "complaint", row.content_digest
        )
        for row in rows
    }


async def find_by_number(
    connection: AsyncConnection, numbers: Sequence[str]
) -> dict[str, Complaint]:
    rows = await connection.execute(_BY_NUMBER, {"numbers": numbers})
    return {row.report_number: _readable(connection, row) for row in rows}


async def load_many(
    connection: AsyncConnection, keys: Sequence[UUID], *, lock: bool = True
) -> Mapping[UUID, Complaint]:
    """Complaints by id, by default locked until the transaction ends."""
    rows = await connection.execute(_LOCK if lock else _BY_ID, {"ids": list(keys)})
    return States(connection, COMPLAINTS, rows, _complaint)


async def find_keys(
    connection: AsyncConnection, keys: Sequence[tuple[str, bytes]]
) -> dict[tuple[str, bytes], StoredKey]:
    """Idempotency keys used before, by (scope, digest)."""
    parameters = {"scopes": [scope for scope, _ in keys], "digests": [key for _, key in keys]}
    rows = await connection.execute(_KEYS, parameters)
    return {
        (row.scope, row.key_digest): StoredKey(row.body_digest, tuple(row.complaint_ids))
        for row in rows
    }


async def add_keys(connection: AsyncConnection, rows: Sequence[KeyRow]) -> None:
    """Raises Collision when one is there already."""
    with _collisions():
        await connection.execute(
            _ADD_KEYS,
            {
                "scopes": [row.scope for row in rows],
                "keys": [row.key_digest for row in rows],
                "bodies": [row.body_digest for row in rows],
                "ids": [_array(row.complaint_ids) for row in rows],
                "ats": [row.created_at for row in rows],
            },
        )


def _array(ids: Sequence[UUID | None]) -> str:
    return "{" + ",".join(str(each) if each else "NULL" for each in ids) + "}"


async def prune_keys(connection: AsyncConnection, before: datetime) -> None:
    """Forget keys older than ``before``, some at a time."""
    await connection.execute(_PRUNE_KEYS, {"before": before})


async def prune_early(connection: AsyncConnection, before: datetime) -> None:
    """Forget deletions whose message never came, some at a time."""
    await connection.execute(_PRUNE_EARLY, {"before": before})


async def prune_heard(connection: AsyncConnection, before: datetime) -> None:
    await connection.execute(_PRUNE_HEARD, {"before": before})


async def lock_messages(connection: AsyncConnection, digests: Sequence[bytes]) -> None:
    """Until the transaction ends, no other one files these messages, their edits or deletions."""
    keys = sorted({int.from_bytes(digest[:8], signed=True) for digest in digests})
    await connection.execute(_LOCK_MESSAGES, {"keys": keys})


async def find_early(
    connection: AsyncConnection, digests: Sequence[bytes]
) -> dict[bytes, EarlyMessage]:
    """Messages whose edit or deletion came before them, by digest."""
    rows = await connection.execute(_EARLY, {"digests": digests})
    return {
        row.message_digest: EarlyMessage(
            _readable(connection, row) if row.complaint_id else None, row.withdrawn_by
        )
        for row in rows
    }


async def add_early(
    connection: AsyncConnection,
    rows: Sequence[tuple[bytes, UUID | None, str | None]],
    at: datetime,
) -> None:
    """Rows of digest, the complaint that stands for the message, who deleted it."""
    merged: dict[bytes, tuple[UUID | None, str | None]] = {}
    for digest, complaint_id, by in rows:
        before = merged.get(digest, (None, None))
        merged[digest] = (before[0] or complaint_id, before[1] or by)
    parameters = {
        "digests": list(merged),
        "ids": [complaint_id for complaint_id, _ in merged.values()],
        "bys": [by for _, by in merged.values()],
        "at": at,
    }
    await connection.execute(_ADD_EARLY, parameters)


async def find_heard(
    connection: AsyncConnection, digests: Sequence[bytes], since: datetime
) -> frozenset[bytes]:
    """Those of the digests that were heard at ``since`` or later."""
    rows = await connection.execute(_HEARD, {"digests": digests, "since": since})
    return frozenset(rows.scalars())


async def add_heard(connection: AsyncConnection, digests: Sequence[bytes], at: datetime) -> None:
    """``digests`` in their order, so that two transactions cannot deadlock."""
    await connection.execute(_ADD_HEARD, {"digests": digests, "at": at})


async def count_complaints(
    connection: AsyncConnection, counts: Mapping[date, int]
) -> dict[date, int]:
    """Adds to the days' counters and returns them; they stay locked until the transaction ends."""
    days = sorted(counts)
    rows = await connection.execute(_COUNT, {"days": days, "counts": [counts[day] for day in days]})
    return {row.day: row.last for row in rows}


async def add_complaints(connection: AsyncConnection, complaints: Sequence[Complaint]) -> None:
    await connection.execute(
        _ADD_COMPLAINTS,
        {
            "ids": [each.complaint_id for each in complaints],
            "numbers": [each.report_number for each in complaints],
            "channels": [each.channel.value for each in complaints],
            "reporters": [each.reporter_ref for each in complaints],
            "states": [each.state.value for each in complaints],
            "ats": [each.received_at for each in complaints],
            "code_keys": [each.code_key_id for each in complaints],
        },
    )


async def save_many(connection: AsyncConnection, states: Sequence[Complaint]) -> None:
    """Write the states of complaints that exist; nothing else of them ever changes."""
    await connection.execute(
        _SET_STATES,
        {
            "ids": [each.complaint_id for each in states],
            "states": [each.state.value for each in states],
        },
    )


async def add_contents(connection: AsyncConnection, rows: Sequence[ContentRow]) -> None:
    """Raises Collision when a message with that digest is there already."""
    with _collisions():
        await connection.execute(
            _ADD_CONTENTS,
            {
                "refs": [row.ref for row in rows],
                "ids": [row.complaint_id for row in rows],
                "digests": [row.message_digest for row in rows],
                "contents": [row.content_digest for row in rows],
                "kinds": [row.kind for row in rows],
                "texts": [row.text for row in rows],
                "latitudes": [row.latitude for row in rows],
                "longitudes": [row.longitude for row in rows],
                "addresses": [row.address for row in rows],
                "ats": [row.created_at for row in rows],
            },
        )


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file as it is laid down for media: its chunks lie in the spool, or ``source`` and
    ``locator`` (sealed) say where it can be fetched."""

    ref: UUID
    complaint_id: UUID
    content_ref: UUID
    number: int
    key_id: bytes
    chunks: int | None = None
    size: int | None = None
    wrapped_key: bytes | None = field(default=None, repr=False)
    source: str | None = None
    locator: bytes | None = field(default=None, repr=False)


async def add_files(connection: AsyncConnection, rows: Sequence[FileRow], at: datetime) -> None:
    """Writes into media's tables in the same transaction. Intake cannot read it back.

    Raises AdoptedBefore when one of them belongs to another message.
    """
    laid = ("ref", "complaint_id", "content_ref", "number", "chunks", "size", "wrapped_key",
            "key_id")  # fmt: skip
    columns = {name: [getattr(row, name) for row in rows] for name in laid}
    added = await connection.execute(_ADD_FILES, {**columns, "at": at})
    if added.rowcount < len(rows):
        raise AdoptedBefore
    wanted = [row for row in rows if row.locator is not None]
    if wanted:
        told = ("ref", "source", "locator")
        columns = {name: [getattr(row, name) for row in wanted] for name in told}
        await connection.execute(_ADD_WANTED, columns)


async def add_chunk(
    connection: AsyncConnection, ref: UUID, number: int, sealed: bytes, at: datetime
) -> None:
    """Writes a sealed chunk into media's spool."""
    await connection.execute(_ADD_CHUNK, {"ref": ref, "number": number, "sealed": sealed, "at": at})


async def add_sealed(connection: AsyncConnection, rows: Sequence[SealedRow]) -> None:
    """Writes into the vault's table in the same transaction. Intake cannot read it back."""
    await connection.execute(
        _ADD_SEALED,
        {
            "refs": [row.ref for row in rows],
            "ids": [row.complaint_id for row in rows],
            "sealed": [row.sealed for row in rows],
            "originals": [row.original for row in rows],
            "ats": [row.created_at for row in rows],
            "key_ids": [row.key_id for row in rows],
            "senders": [_byte_array(row.senders) for row in rows],
            "code_keys": [row.code_key_id for row in rows],
        },
    )


def _byte_array(values: Sequence[bytes]) -> str:
    return "{" + ",".join(f'"\\\\x{value.hex()}"' for value in values) + "}"


async def sent_by_same(
    connection: AsyncConnection, pairs: Sequence[tuple[UUID, bytes]]
) -> frozenset[tuple[UUID, bytes]]:
    """Those of the pairs (complaint, digest of a sender) that belong together."""
    answers = await connection.scalar(
        _SAME_SENDER,
        {
            "complaints": [complaint for complaint, _ in pairs],
            "senders": [sender for _, sender in pairs],
        },
    )
    return frozenset(pair for pair, same in zip(pairs, answers, strict=True) if same)


async def add_withheld(connection: AsyncConnection, rows: Sequence[Withheld]) -> None:
    await connection.execute(
        _ADD_WITHHELD,
        {
            "ids": [row.complaint_id for row in rows],
            "abouts": [row.about_unit for row in rows],
            "restricted": [row.restricted for row in rows],
            "categories": [row.category for row in rows],
            "geotagged": [row.geotagged for row in rows],
            "kelurahans": [row.kelurahan_code for row in rows],
            "desks": [row.entered_by_unit for row in rows],
        },
    )


async def claim_facts(
    connection: AsyncConnection, complaint_ids: Sequence[UUID]
) -> dict[UUID, Mapping[str, object]]:
    """What was withheld of each complaint; nothing and false where nothing was."""
    rows = await connection.execute(_CLAIM_FACTS, {"ids": list(complaint_ids)})
    return {row.complaint_id: row._asdict() for row in rows}


async def claim_contents(
    connection: AsyncConnection, refs: Sequence[UUID]
) -> dict[UUID, StoredContent]:
    rows = await connection.execute(_CLAIM_CONTENTS, {"refs": list(refs)})
    return {row.ref: StoredContent(*row) for row in rows}


async def accepted_by_channel(
    connection: AsyncConnection, channels: Sequence[Channel], now: datetime
) -> dict[str, dict[str, Any]]:
    """By channel: ``last_accepted_at``, ``accepted_24h`` and ``accepted_7d`` of what was accepted
    until ``now`` and is about no official."""
    values = {
        "channels": [channel.value for channel in channels],
        "day": now - timedelta(hours=24),
        "week": now - timedelta(days=7),
    }
    rows = (dict(row._mapping) for row in await connection.execute(_ACCEPTED, values))
    return {row.pop("channel"): row for row in rows}


async def pauses_by_channel(
    connection: AsyncConnection, channels: Sequence[Channel], enough: int
) -> dict[str, tuple[float, float | None]]:
    """By channel the seconds since it brought a complaint last, and its longest pause between the
    last 500 of a week, None where there were less than ``enough``. A channel that was silent all
    week is left out, and so is what is about officials."""
    values = {"channels": [channel.value for channel in channels], "enough": enough}
    rows = await connection.execute(_PAUSES, values)
    return {row.channel: (row.last, row.pause) for row in rows}


async def code_keys_of(
    connection: AsyncConnection, complaint_ids: Sequence[UUID]
) -> dict[UUID, str | None]:
    """By complaint the key of its tracking code; None of before keys had ids."""
    rows = await connection.execute(_CODE_KEYS, {"ids": list(complaint_ids)})
    return {row.complaint_id: row.code_key_id for row in rows}


async def refs_of(connection: AsyncConnection, complaint_id: UUID) -> list[UUID]:
    """Refs of all that was filed of a complaint, oldest first."""
    rows = await connection.execute(_REFS, {"id": complaint_id})
    return list(rows.scalars())


async def find_content(connection: AsyncConnection, digest: bytes) -> StoredContent | None:
    """What was filed of the message with this digest."""
    row = (await connection.execute(_CONTENT_OF_MESSAGE, {"digest": digest})).one_or_none()
    return None if row is None else StoredContent(*row)


async def erase_contents(connection: AsyncConnection, complaint_id: UUID, at: datetime) -> None:
    await connection.execute(_ERASE_CONTENTS, {"id": complaint_id, "at": at})


async def note_erasure(
    connection: AsyncConnection, complaint_id: UUID, by: str | None, note: str | None, at: datetime
) -> None:
    """``by``, ``note``: who agreed to it last, and why."""
    values = {"id": complaint_id, "by": by, "note": note, "at": at}
    await connection.execute(_ADD_ERASURE, values)


async def backup_age(connection: AsyncConnection) -> float:
    """Seconds since the last backup was begun; since the first complaint came where there is none;
    0 in a database without either."""
    found: float = await connection.scalar(_BACKUP_AGE, {"name": BACKUP_AT})
    return max(0.0, found)


async def erased_ids(connection: AsyncConnection, limit: int) -> set[UUID]:
    """At most ``limit`` complaints whose reporter is erased."""
    return set((await connection.execute(_ERASED_IDS, {"limit": limit})).scalars())


async def last_received(connection: AsyncConnection) -> datetime | None:
    """When the newest complaint came."""
    found: datetime | None = await connection.scalar(_LAST_RECEIVED)
    return found


async def is_in_care(connection: AsyncConnection, complaint_id: UUID, care: Sight) -> bool:
    """Whether there is such a complaint for an officer of this sight."""
    return await _first(connection, _IN_CARE, complaint_id, care) is not None


async def complaint_of_erasure(
    connection: AsyncConnection, erasure_id: UUID, care: Sight
) -> UUID | None:
    """The complaint of a request; None for one that is not there or not in ``care``."""
    row = await _first(connection, _OF_ERASURE, erasure_id, care)
    return row.complaint_id if row else None


async def _first(
    connection: AsyncConnection, statement: str, key: UUID, care: Sight
) -> Row[Any] | None:
    seen = condition(care, "w")
    rows = await connection.execute(
        text(statement.format(seen=seen.sql)), {"id": key, **seen.parameters}
    )
    return rows.one_or_none()


async def waiting_erasure(connection: AsyncConnection, complaint_id: UUID) -> ErasureRequest | None:
    """The request of a complaint that is not settled; it may have expired."""
    row = (await connection.execute(_WAITING_ERASURE, {"id": complaint_id})).one_or_none()
    return ErasureRequest(**row._mapping) if row else None


async def waiting_erasures(
    connection: AsyncConnection, care: Sight, now: datetime
) -> list[ErasureRequest]:
    """Requests in ``care`` that may be confirmed, oldest first, at most 500."""
    seen = condition(care, "w")
    rows = await connection.execute(
        text(_WAITING_IN_CARE.format(seen=seen.sql)), {"now": now, **seen.parameters}
    )
    return [ErasureRequest(**row._mapping) for row in rows]


async def find_erasure(connection: AsyncConnection, erasure_id: UUID) -> ErasureRequest:
    row = (await connection.execute(_FIND_ERASURE, {"id": erasure_id})).one()
    return ErasureRequest(**row._mapping)


async def save_erasure(connection: AsyncConnection, request: ErasureRequest) -> None:
    """A new request, or what became of one."""
    await connection.execute(_SAVE_ERASURE, asdict(request))

"""Rows of media by the key pair that they are sealed for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_FILES = text(
    "SELECT f.ref, f.wrapped_key, w.locator FROM files f LEFT JOIN wanted w USING (ref)"
    " WHERE f.key_id = :key_id AND f.ref > :after ORDER BY f.ref LIMIT :limit"
)
# A file that was fetched meanwhile has another key, and says so itself.
_SEAL_FILES = text(
    "UPDATE files AS f SET wrapped_key = new.wrapped, key_id = :key_id"
    " FROM unnest(CAST(:refs AS uuid[]), CAST(:before AS bytea[]), CAST(:anew AS bytea[]))"
    " AS new (ref, before, wrapped)"
    " WHERE f.ref = new.ref AND f.wrapped_key IS NOT DISTINCT FROM new.before"
)
_SEAL_WANTED = text(
    "UPDATE wanted AS w SET locator = new.locator"
    " FROM unnest(CAST(:refs AS uuid[]), CAST(:anew AS bytea[])) AS new (ref, locator)"
    " WHERE w.ref = new.ref AND new.locator IS NOT NULL"
)
_KEYS_BY = (
    "SELECT complaint_id, origin, wrapped FROM complaint_keys WHERE {key}"
    " AND complaint_id > :after ORDER BY complaint_id, origin LIMIT :limit"
)
_KEYS, _KEYS_OF_BEFORE = (
    text(_KEYS_BY.format(key=key)) for key in ("key_id = :key_id", "key_id IS NULL")
)
_SEAL_KEYS = text(
    "UPDATE complaint_keys AS k SET wrapped = new.wrapped, key_id = :key_id"
    " FROM unnest(CAST(:complaints AS uuid[]), CAST(:origins AS text[]),"
    " CAST(:anew AS bytea[])) AS new (complaint_id, origin, wrapped)"
    " WHERE k.complaint_id = new.complaint_id AND k.origin = new.origin"
)


@dataclass(frozen=True, slots=True)
class SealedFile:
    """wrapped_key: None of a file that is still to be fetched. locator: None of any other."""

    ref: UUID
    wrapped_key: bytes | None = field(repr=False)
    locator: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedKey:
    complaint_id: UUID
    origin: str
    wrapped: bytes = field(repr=False)


async def files_by(
    connection: AsyncConnection, key_id: bytes, after: UUID, limit: int
) -> list[SealedFile]:
    """Files that name this key pair, behind ``after``, by their refs."""
    asked = {"key_id": key_id, "after": after, "limit": limit}
    return [SealedFile(*row) for row in await connection.execute(_FILES, asked)]


async def seal_files(
    connection: AsyncConnection,
    pairs: Sequence[tuple[SealedFile, SealedFile]],
    key_id: bytes,
) -> None:
    """Each file as it was and as it is now, sealed for that key pair."""
    refs = [new.ref for _, new in pairs]
    await connection.execute(
        _SEAL_WANTED, {"refs": refs, "anew": [new.locator for _, new in pairs]}
    )
    await connection.execute(
        _SEAL_FILES,
        {
            "key_id": key_id,
            "refs": refs,
            "before": [was.wrapped_key for was, _ in pairs],
            "anew": [new.wrapped_key for _, new in pairs],
        },
    )


async def keys_by(
    connection: AsyncConnection, key_id: bytes | None, after: UUID, limit: int
) -> list[SealedKey]:
    """Keys of complaints' objects that name this key pair (None: that name none), behind the
    complaint ``after``."""
    asked = {"after": after, "limit": limit}
    if key_id is None:
        rows = await connection.execute(_KEYS_OF_BEFORE, asked)
    else:
        rows = await connection.execute(_KEYS, {**asked, "key_id": key_id})
    return [SealedKey(*row) for row in rows]


async def seal_keys(connection: AsyncConnection, keys: Sequence[SealedKey], key_id: bytes) -> None:
    """The same keys, wrapped for that key pair."""
    await connection.execute(
        _SEAL_KEYS,
        {
            "key_id": key_id,
            "complaints": [key.complaint_id for key in keys],
            "origins": [key.origin for key in keys],
            "anew": [key.wrapped for key in keys],
        },
    )

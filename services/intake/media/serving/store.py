"""What is asked of media's tables before a file is handed out."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.media.domain import FileState
from services.intake.media.proof.flags import Finding, Near
from services.intake.media.serving.signing import LinkSize
from shared import set_aside
from shared.events.vocabulary import MediaFlag, MediaKind, MediaOrigin, MediaRefusal
from shared.set_aside import FILES, Name

_SEAL_BYTES = 16
"""By so much a sealed chunk is longer: the tag of AES-GCM."""

_STANDING = text(
    "SELECT f.ref, f.complaint_id, f.origin, f.number, f.state, f.kind, f.reason, f.flags,"
    " f.scanned_at IS NOT NULL AS scanned, f.taken_near,"
    " ARRAY(SELECT n.flag FROM findings n WHERE n.ref = f.ref"
    " ORDER BY n.flag, n.other_complaint_id) AS found,"
    " ARRAY(SELECT n.other_complaint_id FROM findings n WHERE n.ref = f.ref"
    " ORDER BY n.flag, n.other_complaint_id) AS others,"
    " ARRAY(SELECT d.size FROM derivatives d WHERE d.ref = f.ref) AS sizes"
    " FROM files f WHERE f.ref = ANY(CAST(:refs AS uuid[]))"
)
_REMOVED = text("SELECT ref FROM removed WHERE ref = ANY(CAST(:refs AS uuid[]))")
_HELD = text(
    "SELECT f.ref, f.complaint_id, f.origin, f.number, f.state, f.kind, f.media_type,"
    " f.wrapped_key, d.object_name, d.bytes, k.wrapped"
    " FROM files f LEFT JOIN derivatives d ON d.ref = f.ref AND d.size = :size"
    " LEFT JOIN complaint_keys k ON k.complaint_id = f.complaint_id AND k.origin = f.origin"
    " WHERE f.ref = :ref"
)
# The length of a chunk stands beside the chunk: nothing of it is read.
_LENGTHS = text("SELECT octet_length(sealed) - :seal FROM spool WHERE ref = :ref ORDER BY number")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a file stands. sizes: of its picture. scanned: a document or video that is clean.
    findings: each flag, once for each other case that it names."""

    ref: UUID
    origin: MediaOrigin
    number: int
    state: FileState
    kind: MediaKind | None
    reason: MediaRefusal | None
    findings: tuple[Finding, ...]
    taken_near: Near
    scanned: bool
    sizes: frozenset[LinkSize]


@dataclass(frozen=True, slots=True)
class Held:
    """A file, and where the bytes of one of its sizes lie: ``object_name`` and the ``wrapped`` key
    of its complaint, or in the spool under ``wrapped_key``. length: of the picture, in bytes."""

    ref: UUID
    complaint_id: UUID
    origin: MediaOrigin
    number: int
    state: FileState
    kind: MediaKind | None
    media_type: str | None
    wrapped_key: bytes = field(repr=False)
    object_name: str | None
    length: int | None
    wrapped: bytes | None = field(repr=False)


def _name(row: Any) -> Name:
    return row.ref, row.complaint_id


def _standing(row: Any) -> Standing:
    return Standing(
        ref=row.ref,
        origin=MediaOrigin(row.origin),
        number=row.number,
        state=FileState(row.state),
        kind=MediaKind(row.kind) if row.kind else None,
        reason=MediaRefusal(row.reason) if row.reason else None,
        findings=tuple(_findings(row)),
        taken_near=Near(row.taken_near),
        scanned=row.scanned,
        sizes=frozenset(LinkSize(each) for each in row.sizes),
    )


def _findings(row: Any) -> Iterator[Finding]:
    for flag in row.flags:
        told = zip(row.found, row.others, strict=True)
        for other in [other for found, other in told if found == flag] or [None]:
            yield Finding(MediaFlag(flag), other)


def _held(row: Any) -> Held:
    return Held(
        ref=row.ref,
        complaint_id=row.complaint_id,
        origin=MediaOrigin(row.origin),
        number=row.number,
        state=FileState(row.state),
        kind=MediaKind(row.kind) if row.kind else None,
        media_type=row.media_type,
        wrapped_key=row.wrapped_key or b"",
        object_name=row.object_name,
        length=row.bytes,
        wrapped=row.wrapped,
    )


async def standings(connection: AsyncConnection, refs: Sequence[UUID]) -> dict[UUID, Standing]:
    """Those of the files that there are. One that cannot be read is set aside, and is not there."""
    rows = await connection.execute(_STANDING, {"refs": list(refs)})
    return {each.ref: each for each in set_aside.each(connection, FILES, rows, _standing, _name)}


async def removed_among(connection: AsyncConnection, refs: Collection[UUID]) -> set[UUID]:
    """Those of the files that were erased."""
    return set((await connection.execute(_REMOVED, {"refs": list(refs)})).scalars())


async def held(connection: AsyncConnection, ref: UUID, size: LinkSize) -> Held | None:
    """The file; None when there is none, or none any more."""
    rows = await connection.execute(_HELD, {"ref": ref, "size": size.value})
    found = set_aside.each(connection, FILES, rows, _held, _name)
    return found[0] if found else None


async def chunk_lengths(connection: AsyncConnection, ref: UUID) -> list[int]:
    """Bytes that each chunk of a file in the spool has when it is opened, in their order."""
    return list((await connection.execute(_LENGTHS, {"ref": ref, "seal": _SEAL_BYTES})).scalars())

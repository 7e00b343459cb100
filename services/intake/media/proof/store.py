"""The only SQL of proof: what was found of a picture, and the index of fingerprints."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.media.clearing.fingerprint import NEAR, keys_asked, keys_stored
from services.intake.media.clearing.outcome import Fingerprint
from services.intake.media.proof.flags import Finding, Near
from shared.events.vocabulary import MediaOrigin

BANDS = 3
"""So many keys has each hash (`clearing.fingerprint.keys_stored`)."""
CANDIDATES = 40
"""So many of the nearest are compared by their greys: pictures of one kind, a wall or a sheet of
paper, may share bits by the hundred."""
REPORTERS_AT_MOST = 40

_TAKE_TURN = text("SELECT pg_advisory_xact_lock(hashtext('fingerprints'))")
# A plan that is made before the statistics know of the rows would read all of them: 55 s of 36
# million, against 5 ms by the index.
_BY_INDEX = text("SELECT set_config('enable_seqscan', :on, true)")
_DISTANCES = ", ".join(
    f"bit_count(CAST(hash # CAST(:hash_{n} AS bigint) AS bit(64)))" for n in range(4)
)
# What is not near is left out before pictures are put together: of nine thousand keys that are met
# a hundred are near. They are met first, whatever the statistics say of either table.
NEAREST = text(
    "WITH met AS MATERIALIZED (SELECT ref, min(distance) AS distance FROM ("  # noqa: S608 (numbers of our own)
    f"SELECT ref, least({_DISTANCES}) AS distance"
    " FROM fingerprint_keys WHERE key = ANY(CAST(:keys AS int[]))"
    ") AS keys WHERE distance <= :near GROUP BY ref)"
    " SELECT f.ref, f.complaint_id, f.origin, f.digest, f.hashes, f.grey"
    " FROM met JOIN fingerprints f USING (ref)"
    " WHERE f.complaint_id <> :own ORDER BY distance LIMIT :limit"
)
"""Evidence of other cases by the bits of four parts, ``:hash_0`` to ``:hash_3``."""
_REPORTERS = text(
    "SELECT ref, complaint_id, origin, digest, hashes, grey FROM fingerprints"
    " WHERE origin = 'reporter' AND complaint_id = :complaint_id ORDER BY ref LIMIT :limit"
)
_ADD_FINGERPRINT = text(
    "INSERT INTO fingerprints (ref, complaint_id, origin, digest, hashes, grey)"
    " VALUES (:ref, :complaint_id, :origin, :digest, CAST(:hashes AS bigint[]), :grey)"
)
_ADD_KEYS = text(
    "INSERT INTO fingerprint_keys (key, hash, ref) SELECT key, hash, :ref"
    " FROM unnest(CAST(:keys AS int[]), CAST(:hashes AS bigint[])) AS new (key, hash)"
)
_ADD_FINDINGS = text(
    "INSERT INTO findings (ref, flag, other_complaint_id) SELECT :ref, flag, other"
    " FROM unnest(CAST(:flags AS text[]), CAST(:others AS uuid[])) AS new (flag, other)"
)
_SET_NEAR = text("UPDATE files SET taken_near = :near WHERE ref = :ref")


async def add_findings(connection: AsyncConnection, ref: UUID, found: Sequence[Finding]) -> None:
    """What a reviewer should look at, with the other case of each."""
    values = {"flags": [each.flag.value for each in found], "others": [e.other for e in found]}
    await connection.execute(_ADD_FINDINGS, {"ref": ref, **values})


async def set_near(connection: AsyncConnection, ref: UUID, near: Near) -> None:
    """Whether it was taken where the complaint is."""
    await connection.execute(_SET_NEAR, {"ref": ref, "near": near.value})


@dataclass(frozen=True, slots=True)
class Earlier:
    """A picture that was cleared before."""

    complaint_id: UUID
    origin: MediaOrigin
    fingerprint: Fingerprint = field(repr=False)


async def take_turn(connection: AsyncConnection) -> None:
    """Until the transaction ends nobody else compares: of two that are the same and come at once,
    the second finds the first."""
    await connection.execute(_TAKE_TURN)


async def nearest(
    connection: AsyncConnection, asked: Fingerprint, complaint_id: UUID
) -> list[Earlier]:
    """Evidence of other cases than ``complaint_id`` that is near by its bits, nearest first."""
    hashes = {f"hash_{at}": signed(part.hash) for at, part in enumerate(asked.asked)}
    values = {
        "keys": sorted(set(keys_asked(asked))), "near": NEAR, "own": complaint_id,
        "limit": CANDIDATES, **hashes,
    }  # fmt: skip
    await connection.execute(_BY_INDEX, {"on": "off"})
    rows = (await connection.execute(NEAREST, values)).all()
    await connection.execute(_BY_INDEX, {"on": "on"})
    return [_earlier(row) for row in rows]


async def reporters(connection: AsyncConnection, complaint_id: UUID) -> list[Earlier]:
    """Pictures of the reporter of this case."""
    asked = {"complaint_id": complaint_id, "limit": REPORTERS_AT_MOST}
    return [_earlier(row) for row in await connection.execute(_REPORTERS, asked)]


async def add_fingerprint(
    connection: AsyncConnection,
    ref: UUID,
    complaint_id: UUID,
    origin: MediaOrigin,
    found: Fingerprint,
) -> None:
    """By it later evidence finds this picture: evidence by the index, a reporter's by its case."""
    is_evidence = origin is MediaOrigin.EVIDENCE
    hashes = [signed(each) for each in found.hashes]
    await connection.execute(
        _ADD_FINGERPRINT,
        {
            "ref": ref,
            "complaint_id": complaint_id,
            "origin": origin.value,
            "digest": found.digest if is_evidence else None,
            "hashes": hashes,
            "grey": found.grey,
        },
    )
    if is_evidence:
        repeated = [each for each in hashes for _ in range(BANDS)]
        await connection.execute(
            _ADD_KEYS, {"ref": ref, "keys": keys_stored(found), "hashes": repeated}
        )


def signed(bits: int) -> int:
    """64 bits as the column has them."""
    return bits - (1 << 64) if bits >> 63 else bits


def unsigned(value: int) -> int:
    return value & ((1 << 64) - 1)


def _earlier(row: Any) -> Earlier:
    fingerprint = Fingerprint(
        digest=bytes(row.digest or b""),
        hashes=tuple(unsigned(each) for each in row.hashes),
        asked=(),
        grey=bytes(row.grey),
    )
    return Earlier(row.complaint_id, MediaOrigin(row.origin), fingerprint)

"""The only SQL of corrections."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.learning.correcting import Correction


async def keep(connection: AsyncConnection, correction: Correction) -> None:
    """An act that comes twice is kept once."""
    await connection.execute(_KEEP, asdict(correction))


async def forget(connection: AsyncConnection, complaints: Sequence[UUID]) -> None:
    """What was learned of erased reporters' words is gone with them."""
    await connection.execute(_FORGET, {"complaints": list(complaints)})


_KEEP = text("""
    INSERT INTO corrections (complaint_id, version, content_ref, from_category, to_category,
                             from_unit, to_unit, role, rules_version, at)
    VALUES (:complaint_id, :version, :content_ref, :from_category, :to_category, :from_unit,
            :to_unit, :role, :rules_version, :at)
    ON CONFLICT (complaint_id, version) DO NOTHING
""")
_FORGET = text("DELETE FROM corrections WHERE complaint_id = ANY(CAST(:complaints AS uuid[]))")

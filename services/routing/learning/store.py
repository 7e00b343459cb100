"""The only SQL of corrections."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.learning.correcting import Correction

Place = tuple[UUID, int]
"""Where a page of corrections ends: the complaint, and the version of its case."""


async def keep(connection: AsyncConnection, correction: Correction) -> None:
    """An act that comes twice is kept once."""
    await connection.execute(_KEEP, asdict(correction))


async def forget(connection: AsyncConnection, complaints: Sequence[UUID]) -> None:
    """What was learned of erased reporters' words is gone with them."""
    await connection.execute(_FORGET, {"complaints": list(complaints)})


async def page(connection: AsyncConnection, after: Place | None, limit: int) -> list[Correction]:
    """Corrections in the order of their key, those of a case in the order of its versions."""
    complaint_id, version = after or (None, None)
    place = {"complaint_id": complaint_id, "version": version, "limit": limit}
    found = await connection.execute(_PAGE, place)
    return [Correction(**row) for row in found.mappings()]


_COLUMNS = (
    "complaint_id, version, content_ref, from_category, to_category, from_unit, to_unit, role,"
    " rules_version, at"
)
_KEEP = text(f"""
    INSERT INTO corrections ({_COLUMNS})
    VALUES (:complaint_id, :version, :content_ref, :from_category, :to_category, :from_unit,
            :to_unit, :role, :rules_version, :at)
    ON CONFLICT (complaint_id, version) DO NOTHING
""")  # noqa: S608 (constants)
_FORGET = text("DELETE FROM corrections WHERE complaint_id = ANY(CAST(:complaints AS uuid[]))")
_PAGE = text(f"""
    SELECT {_COLUMNS} FROM corrections
    WHERE CAST(:complaint_id AS uuid) IS NULL
       OR (complaint_id, version) > (CAST(:complaint_id AS uuid), CAST(:version AS int))
    ORDER BY complaint_id, version LIMIT :limit
""")  # noqa: S608 (constants)

"""The only SQL of corrections."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.learning.correcting import Correction
from services.routing.learning.report import Decisions
from shared.events.routing import CaseRouted
from shared.visibility import Sight, condition


async def keep(connection: AsyncConnection, correction: Correction) -> None:
    """An act that comes twice is kept once."""
    await connection.execute(_KEEP, asdict(correction))


async def forget(connection: AsyncConnection, complaints: Sequence[UUID]) -> None:
    """What was learned of erased reporters' words is gone with them."""
    await connection.execute(_FORGET, {"complaints": list(complaints)})


async def decisions(
    connection: AsyncConnection, sight: Sight, since: datetime, version: int | None
) -> Sequence[Decisions]:
    """What became of the complaints within ``sight`` that were received since then, of one version
    or of all; neither those about officials nor those whose reporter is erased."""
    seen = condition(sight, "c")
    values = {**seen.parameters, "since": since, "version": version, "routed": CaseRouted.__name__}
    rows = await connection.execute(text(_DECISIONS.format(seen=seen.sql)), values)
    return [Decisions(**row) for row in rows.mappings()]


_KEEP = text("""
    INSERT INTO corrections (complaint_id, version, content_ref, from_category, to_category,
                             from_unit, to_unit, role, rules_version, at)
    VALUES (:complaint_id, :version, :content_ref, :from_category, :to_category, :from_unit,
            :to_unit, :role, :rules_version, :at)
    ON CONFLICT (complaint_id, version) DO NOTHING
""")
_FORGET = text("DELETE FROM corrections WHERE complaint_id = ANY(CAST(:complaints AS uuid[]))")
_DECISIONS = """
    WITH people AS (
        SELECT complaint_id,
               (array_agg(from_unit ORDER BY version))[1] AS from_unit,
               (array_agg(to_category ORDER BY version DESC))[1] AS to_category,
               (array_agg(to_unit ORDER BY version DESC))[1] AS to_unit
        FROM corrections GROUP BY complaint_id
    ), decided AS (
        SELECT h.event = :routed AS routed, h.facts ->> 'category' AS category, h.unit_id AS unit,
               CAST(c.body ->> 'rules_version' AS integer) AS version,
               p.complaint_id IS NOT NULL AS corrected, p.to_category, p.from_unit, p.to_unit
        FROM cases c
        JOIN history h ON h.complaint_id = c.complaint_id AND h.version = 1
        LEFT JOIN people p ON p.complaint_id = c.complaint_id
        WHERE c.received_at >= :since AND {seen}
          AND NOT c.restricted AND c.about_unit IS NULL
          AND NOT CAST(c.body ->> 'erased' AS boolean)
    )
    SELECT *, count(*) AS cases FROM decided
    WHERE CAST(:version AS integer) IS NULL OR version = :version
    GROUP BY routed, category, unit, version, corrected, to_category, from_unit, to_unit
"""

"""The SQL of openings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, auto
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.domain import Actor, Case
from shared.visibility import Sight, condition

Place: TypeAlias = tuple[datetime, UUID]
"""The last row of a page: when it was opened, and the id of the opening."""


class Opened(StrEnum):
    """What was opened of a case."""

    CASE = auto()
    FILE = auto()
    STEPS = auto()
    NOTES = auto()
    MEDIA = auto()
    """One locked file, of any case."""
    TEXT = auto()
    """The whole of a confidential report's words."""


@dataclass(frozen=True, slots=True)
class Opening:
    """``actor``: the opaque subject of the officer's token. ``reason``: class C1."""

    opening_id: UUID
    at: datetime
    actor: str
    actor_unit: str
    role: str
    complaint_id: UUID
    report_number: str
    what: str
    reason: str | None = field(repr=False)
    media_ref: UUID | None


@dataclass(frozen=True, slots=True)
class MediaOpening:
    """A locked file that was opened. ``reason``: class C1."""

    ref: UUID
    at: datetime
    actor_unit: str
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TextOpening:
    """The whole of masked words was opened. ``reason``: class C1."""

    at: datetime
    actor_unit: str
    reason: str = field(repr=False)


async def add(
    connection: AsyncConnection,
    opening_id: UUID,
    case: Case,
    actor: Actor,
    what: Opened,
    reason: str | None,
    at: datetime,
    media_ref: UUID | None = None,
) -> None:
    await connection.execute(
        _ADD,
        {
            "id": opening_id,
            "complaint": case.complaint_id,
            "actor": actor.subject,
            "actor_unit": actor.unit,
            "role": actor.role,
            "what": what.value,
            "reason": reason,
            "at": at,
            "media": media_ref,
        },
    )


async def of_media(connection: AsyncConnection, complaint_id: UUID) -> list[MediaOpening]:
    """Which locked files of a case were opened, oldest first."""
    found = await connection.execute(_OF_MEDIA, {"id": complaint_id})
    return [MediaOpening(**row) for row in found.mappings()]


async def of_text(connection: AsyncConnection, complaint_id: UUID) -> list[TextOpening]:
    """When the whole of a case's words was opened, oldest first."""
    found = await connection.execute(_OF_TEXT, {"id": complaint_id})
    return [TextOpening(**row) for row in found.mappings()]


async def newest(
    connection: AsyncConnection, sight: Sight, after: Place | None, limit: int
) -> Sequence[Opening]:
    """Openings of cases within ``sight``, the newest first, those behind ``after``."""
    seen = condition(sight, "c")
    at, opening_id = after or (None, None)
    place = {"after_at": at, "after_id": opening_id, "limit": limit}
    found = await connection.execute(
        text(_NEWEST.format(seen=seen.sql)), {**seen.parameters, **place}
    )
    return [Opening(**row) for row in found.mappings()]


_ADD = text("""
    INSERT INTO openings (opening_id, complaint_id, actor, actor_unit, role, what, reason, at,
                          media_ref)
    VALUES (:id, :complaint, :actor, :actor_unit, :role, :what, :reason, :at, :media)
""")
OF_MEDIA = """
    SELECT media_ref AS ref, at, actor_unit, reason FROM openings
    WHERE complaint_id = :id AND media_ref IS NOT NULL ORDER BY at, opening_id
"""
OF_TEXT = """
    SELECT at, actor_unit, reason FROM openings
    WHERE complaint_id = :id AND what = 'text' ORDER BY at, opening_id
"""
_OF_MEDIA, _OF_TEXT = text(OF_MEDIA), text(OF_TEXT)
_NEWEST = """
    SELECT o.opening_id, o.at, o.actor, o.actor_unit, o.role, o.complaint_id,
           c.body ->> 'report_number' AS report_number, o.what, o.reason, o.media_ref
    FROM openings o JOIN cases c ON c.complaint_id = o.complaint_id
    WHERE {seen}
      AND (CAST(:after_at AS timestamptz) IS NULL
           OR (o.at, o.opening_id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
    ORDER BY o.at DESC, o.opening_id DESC LIMIT :limit
"""

"""The only SQL of a unit's own affairs: officers, assignments, internal notes, templates, views."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.domain import Actor
from shared.auth import Operator


@dataclass(frozen=True, slots=True)
class Colleague:
    """An officer as his token named him last (class C2, for his own unit). ``subject``: never
    shown; it tells whether this is whoever asks."""

    officer_id: UUID
    subject: str = field(repr=False)
    role: str
    name: str | None = field(repr=False)
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Assignment:
    """An officer of ``by``'s unit has the case in hand from now on; None: nobody has."""

    assignment_id: UUID
    complaint_id: UUID
    officer_id: UUID | None
    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class InternalNote:
    """What an officer wrote to others (class C1). ``name``: of the author, where whoever asks is of
    his unit. ``text``: None since the reporter's data was erased."""

    note_id: UUID
    text: str | None = field(repr=False)
    at: datetime
    actor: str = field(repr=False)
    actor_unit: str
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Template:
    """Words of a unit for one command. ``name``: of the colleague who changed it last."""

    template_id: UUID
    command: str
    title: str
    text: str
    changed_at: datetime
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SavedView:
    """An officer's own filter of the inbox. ``query``: its parameters, by name."""

    view_id: UUID
    name: str
    query: Mapping[str, Any]
    changed_at: datetime


# --- officers ------------------------------------------------------------------------------


async def find_officer(connection: AsyncConnection, subject: str, unit_id: str) -> Colleague | None:
    row = (await connection.execute(_OFFICER, {"subject": subject, "unit": unit_id})).first()
    return Colleague(*row) if row else None


async def write_officer(
    connection: AsyncConnection, officer_id: UUID, officer: Operator, now: datetime
) -> UUID:
    """The id of the officer, who may be known by another one than ``officer_id`` already."""
    values = {
        "id": officer_id, "subject": officer.subject, "unit": officer.unit,
        "role": officer.role.value, "name": officer.name, "at": now,
    }  # fmt: skip
    found: UUID = (await connection.execute(_WRITE_OFFICER, values)).scalar_one()
    return found


async def colleagues(
    connection: AsyncConnection, unit_id: str, seen_since: datetime, at_most: int
) -> list[Colleague]:
    """Officers of a unit by name, those that were seen lately."""
    values = {"unit": unit_id, "since": seen_since, "limit": at_most}
    return [Colleague(*row) for row in await connection.execute(_COLLEAGUES, values)]


async def colleague(
    connection: AsyncConnection, unit_id: str, officer_id: UUID
) -> Colleague | None:
    """The officer of that id, if he is of the unit."""
    row = (await connection.execute(_COLLEAGUE, {"unit": unit_id, "id": officer_id})).first()
    return Colleague(*row) if row else None


# --- assignments ---------------------------------------------------------------------------


async def assignees(
    connection: AsyncConnection, complaints: Sequence[UUID]
) -> dict[UUID, Colleague]:
    """Who has each case in hand, by complaint; for officers of the unit that holds it."""
    found = await connection.execute(_ASSIGNEES, {"ids": list(complaints)})
    return {row.complaint_id: Colleague(*row[1:]) for row in found}


async def assign(connection: AsyncConnection, given: Assignment) -> None:
    """The case must be under lock."""
    values = {
        "id": given.assignment_id, "complaint": given.complaint_id, "officer": given.officer_id,
        "unit": given.by.unit, "actor": given.by.subject, "at": given.at,
    }  # fmt: skip
    await connection.execute(_ASSIGN, values)
    await connection.execute(_ADD_ASSIGNMENT, values)


async def add_unwatching(
    connection: AsyncConnection, unwatching_id: UUID, complaint_id: UUID, by: Actor, at: datetime
) -> None:
    values = {"id": unwatching_id, "complaint": complaint_id, "unit": by.unit,
              "actor": by.subject, "at": at}  # fmt: skip
    await connection.execute(_ADD_UNWATCHING, values)


async def names_in_history(
    connection: AsyncConnection, complaint_id: UUID, unit_id: str
) -> dict[int, str | None]:
    """Names of officers of ``unit_id``, by the versions of the case that they have made."""
    values = {"id": complaint_id, "unit": unit_id}
    return {row.version: row.name for row in await connection.execute(_NAMES, values)}


# --- internal notes ------------------------------------------------------------------------


async def add_note(
    connection: AsyncConnection, note: InternalNote, complaint_id: UUID, at_most: int
) -> bool:
    """Whether there was room: a case has ``at_most`` notes."""
    values = {
        "id": note.note_id, "complaint": complaint_id, "text": note.text, "at": note.at,
        "actor": note.actor, "unit": note.actor_unit, "limit": at_most,
    }  # fmt: skip
    return (await connection.execute(_ADD_NOTE, values)).first() is not None


async def notes(
    connection: AsyncConnection, complaint_id: UUID, unit_id: str
) -> list[InternalNote]:
    """All notes about a case, oldest first, with the names of authors of ``unit_id``."""
    found = await connection.execute(_NOTES, {"id": complaint_id, "reader": unit_id})
    return [InternalNote(*row) for row in found]


async def forget_notes(connection: AsyncConnection, complaints: Sequence[UUID]) -> None:
    """Takes the words away, and leaves that there were some."""
    await connection.execute(_FORGET_NOTES, {"ids": list(complaints)})


# --- templates -----------------------------------------------------------------------------


async def templates(
    connection: AsyncConnection, unit_id: str, command: str | None = None
) -> list[Template]:
    found = await connection.execute(_TEMPLATES, {"unit": unit_id, "command": command})
    return [Template(*row) for row in found]


async def write_template(
    connection: AsyncConnection, template: Template, by: Actor, at_most: int
) -> bool:
    """Whether there was room: a unit has ``at_most`` templates."""
    values = {
        "unit": by.unit, "id": template.template_id, "command": template.command,
        "title": template.title, "text": template.text, "actor": by.subject,
        "at": template.changed_at, "limit": at_most,
    }  # fmt: skip
    return (await connection.execute(_WRITE_TEMPLATE, values)).first() is not None


async def remove_template(
    connection: AsyncConnection, template_id: UUID, by: Actor, at: datetime
) -> None:
    values = {"unit": by.unit, "id": template_id, "actor": by.subject, "at": at}
    await connection.execute(_REMOVE_TEMPLATE, values)


# --- saved views ---------------------------------------------------------------------------


async def saved_views(connection: AsyncConnection, subject: str, unit_id: str) -> list[SavedView]:
    """By name; none of an officer whom the directory does not know."""
    values = {"subject": subject, "unit": unit_id}
    return [SavedView(*row) for row in await connection.execute(_VIEWS, values)]


async def write_view(
    connection: AsyncConnection, officer_id: UUID, view: SavedView, at_most: int
) -> bool:
    """Whether there was room: an officer has ``at_most`` views."""
    values = {
        "officer": officer_id, "id": view.view_id, "name": view.name,
        "query": json.dumps(dict(view.query)), "at": view.changed_at, "limit": at_most,
    }  # fmt: skip
    return (await connection.execute(_WRITE_VIEW, values)).first() is not None


async def remove_view(connection: AsyncConnection, officer_id: UUID, view_id: UUID) -> None:
    await connection.execute(_REMOVE_VIEW, {"officer": officer_id, "id": view_id})


_OFFICER = text("""
    SELECT officer_id, subject, role, name, seen_at FROM officers
    WHERE unit_id = :unit AND subject = :subject
""")
_WRITE_OFFICER = text("""
    INSERT INTO officers (officer_id, subject, unit_id, role, name, seen_at)
    VALUES (:id, :subject, :unit, :role, :name, :at)
    ON CONFLICT (unit_id, subject) DO UPDATE
    SET role = excluded.role, name = excluded.name, seen_at = excluded.seen_at
    RETURNING officer_id
""")
_COLLEAGUES = text("""
    SELECT officer_id, subject, role, name, seen_at FROM officers
    WHERE unit_id = :unit AND seen_at > :since
    ORDER BY name NULLS LAST, officer_id LIMIT :limit
""")
_COLLEAGUE = text("""
    SELECT officer_id, subject, role, name, seen_at FROM officers
    WHERE unit_id = :unit AND officer_id = :id
""")
_ASSIGNEES = text("""
    SELECT c.complaint_id, o.officer_id, o.subject, o.role, o.name, o.seen_at
    FROM cases c JOIN officers o ON o.officer_id = c.assignee_id
    WHERE c.complaint_id = ANY(CAST(:ids AS uuid[]))
""")
_ASSIGN = text("UPDATE cases SET assignee_id = :officer WHERE complaint_id = :complaint")
_ADD_ASSIGNMENT = text("""
    INSERT INTO assignments (assignment_id, complaint_id, unit_id, officer_id, actor, at)
    VALUES (:id, :complaint, :unit, :officer, :actor, :at)
""")
_ADD_UNWATCHING = text("""
    INSERT INTO unwatchings (unwatching_id, complaint_id, unit_id, actor, at)
    VALUES (:id, :complaint, :unit, :actor, :at)
""")
_NAMES = text("""
    SELECT h.version, o.name FROM history h
    JOIN officers o ON o.unit_id = h.actor_unit AND o.subject = h.actor
    WHERE h.complaint_id = :id AND h.actor_unit = :unit
""")
_ADD_NOTE = text("""
    INSERT INTO internal_notes (note_id, complaint_id, text, actor, actor_unit, at)
    SELECT :id, :complaint, :text, :actor, :unit, :at
    WHERE (SELECT count(*) FROM internal_notes WHERE complaint_id = :complaint) < :limit
    RETURNING note_id
""")
NOTES = """
    SELECT n.note_id, n.text, n.at, n.actor, n.actor_unit, o.name
    FROM internal_notes n
    LEFT JOIN officers o
    ON o.unit_id = n.actor_unit AND o.subject = n.actor AND o.unit_id = CAST(:reader AS text)
    WHERE n.complaint_id = :id ORDER BY n.at, n.note_id
"""
_NOTES = text(NOTES)
_FORGET_NOTES = text("""
    UPDATE internal_notes SET text = NULL WHERE complaint_id = ANY(CAST(:ids AS uuid[]))
""")
_TEMPLATES = text("""
    SELECT t.template_id, t.command, t.title, t.text, t.changed_at, o.name
    FROM reply_templates t
    LEFT JOIN officers o ON o.unit_id = t.unit_id AND o.subject = t.actor
    WHERE t.unit_id = :unit AND NOT t.removed
      AND (CAST(:command AS text) IS NULL OR t.command = CAST(:command AS text))
    ORDER BY t.command, t.title, t.template_id
""")
_WRITE_TEMPLATE = text("""
    INSERT INTO reply_templates (unit_id, template_id, command, title, text, actor, changed_at,
                                 removed)
    SELECT :unit, :id, :command, :title, :text, :actor, :at, false
    WHERE (SELECT count(*) FROM reply_templates
           WHERE unit_id = :unit AND NOT removed AND template_id <> :id) < :limit
    ON CONFLICT (unit_id, template_id) DO UPDATE
    SET command = excluded.command, title = excluded.title, text = excluded.text,
        actor = excluded.actor, changed_at = excluded.changed_at, removed = false
    RETURNING template_id
""")
_REMOVE_TEMPLATE = text("""
    UPDATE reply_templates SET removed = true, actor = :actor, changed_at = :at
    WHERE unit_id = :unit AND template_id = :id AND NOT removed
""")
_VIEWS = text("""
    SELECT v.view_id, v.name, v.query, v.changed_at
    FROM officers o JOIN saved_views v ON v.officer_id = o.officer_id
    WHERE o.unit_id = :unit AND o.subject = :subject ORDER BY v.name, v.view_id
""")
_WRITE_VIEW = text("""
    INSERT INTO saved_views (officer_id, view_id, name, query, changed_at)
    SELECT :officer, :id, :name, CAST(:query AS jsonb), :at
    WHERE (SELECT count(*) FROM saved_views
           WHERE officer_id = :officer AND view_id <> :id) < :limit
    ON CONFLICT (officer_id, view_id) DO UPDATE
    SET name = excluded.name, query = excluded.query, changed_at = excluded.changed_at
    RETURNING view_id
""")
_REMOVE_VIEW = text("""
    DELETE FROM saved_views WHERE officer_id = :officer AND view_id = :id
""")

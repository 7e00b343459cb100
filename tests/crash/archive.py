"""Reads ``Books`` out of the services' schemas, each as the service's own role."""

import json
import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from services.intake.media.objects.sweeping import CHUNK_AGE, OBJECT_AGE
from shared.visibility import SYSTEM, settings_of
from tests.crash.books import (
    HEARERS,
    Books,
    Case,
    Clocks,
    Deed,
    Delivery,
    FileRow,
    Files,
    Stage,
    Standing,
    Step,
    View,
)

_HISTORY = (
    "SELECT complaint_id, version, event, state, unit_id, actor FROM routing.history"
    " ORDER BY complaint_id, version"
)
_CASES = (
    "SELECT complaint_id, (body->>'version')::int AS version, state,"
    " jsonb_array_length(body->'content_refs') AS n"
    " FROM routing.cases"
)
_VIEWS = "SELECT complaint_id, stages, notices, erased FROM tracking.cases"
_CLOCKS = (
    "SELECT c.complaint_id, (c.body->>'case_version')::int AS version,"
    " c.next_fire_at IS NOT NULL AS fires,"
    " array_remove(array_agg(k.clock) FILTER (WHERE k.stopped_at IS NULL), NULL) AS running"
    " FROM sla.cases c LEFT JOIN sla.clocks k USING (complaint_id) GROUP BY c.complaint_id"
)
_DELIVERIES = "SELECT id, complaint_id, created_at, cause FROM notify.deliveries"
_SEALED = "SELECT DISTINCT complaint_id FROM vault.sealed_reporters"
_WORDED = "SELECT DISTINCT complaint_id FROM intake.contents WHERE text IS NOT NULL"
_FILES = "SELECT ref, complaint_id, origin, state, reason FROM media.files"
_REMOVED = "SELECT ref FROM media.removed"
_OFFICERS = "SELECT complaint_id, officer FROM media.evidence"
_KEYS = "SELECT complaint_id FROM media.complaint_keys WHERE origin = 'reporter'"
_NAMED = "SELECT object_name, ref FROM media.derivatives"
_DOOMED = "SELECT object_name FROM media.doomed"
_CHUNKS = "SELECT ref, min(created_at) < now() - $1::interval AS old FROM media.spool GROUP BY ref"
_TOLD = "SELECT ref, state FROM routing.case_media"
_INBOX = "SELECT event_id, received_at FROM {}.inbox"

_STANDINGS = {
    "routing": """
        SELECT complaint_id, state, unit_id AS holder, watchers,
               body->>'question_ref' AS question,
               body->>'question_ref' IS NOT NULL AS "waits for the citizen",
               body->>'extension_author' IS NOT NULL AS "asks for time",
               (body->>'accepted')::boolean AS accepted, head_id AS head,
               (body->>'closed_at')::timestamptz AS "closed at"
        FROM routing.cases
    """,
    "tracking": """
        SELECT complaint_id, state, unit_id AS holder, watchers,
               question_ref::text AS question, question_open AS "waits for the citizen",
               coalesce(extension = 'requested', false) AS "asks for time",
               accepted, merged_into AS head, closed_at AS "closed at",
               due_at AS "limit", original_due_at AS "first limit"
        FROM tracking.cases
    """,
    "sla": """
        SELECT c.complaint_id, body->>'state' AS state, body->'holdings'->-1->>'unit_id' AS holder,
               watchers, (body->>'asks_for_time')::boolean AS "asks for time",
               CASE WHEN a.clock IS NOT NULL THEN body->>'question_ref' END AS question,
               a.clock IS NOT NULL AS "waits for the citizen",
               (body->>'closed_at')::timestamptz AS "closed at",
               f.due_at AS "limit", f.original_due_at AS "first limit"
        FROM sla.cases c
        LEFT JOIN sla.clocks f ON f.complaint_id = c.complaint_id AND f.clock = 'follow_up'
        LEFT JOIN sla.clocks a
               ON a.complaint_id = c.complaint_id AND a.clock = 'answer' AND a.stopped_at IS NULL
    """,
}
"""Columns of one name hold one thing, each said by the service for itself."""


class _Rows(NamedTuple):
    service: str
    sql: str
    values: tuple[object, ...] = ()


_WANTED = {
    "history": _Rows("routing", _HISTORY),
    "cases": _Rows("routing", _CASES),
    "views": _Rows("tracking", _VIEWS),
    "clocks": _Rows("sla", _CLOCKS),
    "deliveries": _Rows("notify", _DELIVERIES),
    "sealed": _Rows("vault", _SEALED),
    "worded": _Rows("intake", _WORDED),
    "files": _Rows("media", _FILES),
    "removed": _Rows("media", _REMOVED),
    "officers": _Rows("media", _OFFICERS),
    "keys": _Rows("media", _KEYS),
    "named": _Rows("media", _NAMED),
    "doomed": _Rows("media", _DOOMED),
    "chunks": _Rows("media", _CHUNKS, (CHUNK_AGE,)),
    "told": _Rows("routing", _TOLD),
    **{f"inbox of {name}": _Rows(name, _INBOX.format(name)) for name in HEARERS},
    **{f"standings of {name}": _Rows(name, sql) for name, sql in _STANDINGS.items()},
}


async def read_books(
    urls: Mapping[str, str],
    deeds: Sequence[Deed],
    erasures: Mapping[UUID, UUID],
    handed_over: Collection[UUID],
    pictures: Path,
) -> Books:
    """``urls``: database by service; ``erasures``: event id by complaint; ``handed_over``: files of
    evidence that were acknowledged; ``pictures``: the store. Raises what asyncpg raises while the
    database is away, and OSError while the store is."""
    rows = await _fetch(urls)
    inboxes = {name: {r[0]: r[1] for r in rows[f"inbox of {name}"]} for name in HEARERS}
    return Books(
        deeds=deeds,
        history=[Step(*row) for row in rows["history"]],
        cases={r[0]: Case(r[1], r[2], r[3]) for r in rows["cases"]},
        views={r["complaint_id"]: _view(r) for r in rows["views"]},
        clocks={r[0]: Clocks(r[1], frozenset(r[3] or ()), r[2]) for r in rows["clocks"]},
        deliveries=[Delivery(*row) for row in rows["deliveries"]],
        sealed=frozenset(row[0] for row in rows["sealed"]),
        worded=frozenset(row[0] for row in rows["worded"]),
        inboxes={name: frozenset(ids) for name, ids in inboxes.items()},
        silenced=_heard(erasures, inboxes["notify"]),
        standings={name: _standings(rows[f"standings of {name}"]) for name in _STANDINGS},
        files=_files(rows, handed_over, pictures),
    )


def _files(rows: Mapping[str, list[Any]], handed_over: Collection[UUID], pictures: Path) -> Files:
    return Files(
        rows={r[0]: FileRow(*r[1:]) for r in rows["files"]},
        removed=frozenset(r[0] for r in rows["removed"]),
        told={r[0]: r[1] for r in rows["told"]},
        handed_over=frozenset(handed_over),
        officers=[(r[0], r[1]) for r in rows["officers"]],
        keys=frozenset(r[0] for r in rows["keys"]),
        named={r[0]: r[1] for r in rows["named"]},
        doomed=frozenset(r[0] for r in rows["doomed"]),
        objects=_objects(pictures),
        chunks=frozenset(r[0] for r in rows["chunks"]),
        old_chunks=frozenset(r[0] for r in rows["chunks"] if r["old"]),
    )


def _objects(pictures: Path) -> dict[str, bool]:
    """The folder is made with the first picture."""
    if not pictures.exists():
        return {}
    before = (datetime.now(UTC) - OBJECT_AGE).timestamp()
    with os.scandir(pictures) as found:
        return {each.name: each.stat().st_mtime < before for each in found}


async def _fetch(urls: Mapping[str, str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for service in sorted({wanted.service for wanted in _WANTED.values()}):
        connection = await asyncpg.connect(
            urls[service], timeout=10, command_timeout=30, server_settings=settings_of(SYSTEM)
        )
        try:
            for name, wanted in _WANTED.items():
                if wanted.service == service:
                    found[name] = await connection.fetch(wanted.sql, *wanted.values)
        finally:
            await connection.close()
    return found


def _heard(erasures: Mapping[UUID, UUID], inbox: Mapping[UUID, datetime]) -> dict[UUID, datetime]:
    return {complaint: inbox[event] for complaint, event in erasures.items() if event in inbox}


def _standings(rows: Sequence[Any]) -> dict[UUID, Standing]:
    return {
        row["complaint_id"]: {what: held for what, held in row.items() if what != "complaint_id"}
        for row in rows
    }


def _view(row: Any) -> View:
    stages = json.loads(row["stages"])
    return View(
        stages=tuple(Stage(s["event"], s["state"], s["unit_id"]) for s in stages),
        notices=Counter((n["template"], n["outcome"]) for n in json.loads(row["notices"])),
        erased=row["erased"],
    )

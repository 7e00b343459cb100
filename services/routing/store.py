"""The SQL of routing's cases, officers' notes, history, looks."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.case.relations import must_look
from services.routing.case.stage import next_due_at
from services.routing.case.standing import Standing, standing_of
from services.routing.casefile.steps import content_of
from services.routing.casefile.store import chain_up
from services.routing.domain import Actor, Case, only_limits_moved
from services.routing.live import store as changes
from services.routing.slips import store as slips
from services.routing.texts import store as texts
from services.routing.texts.keys import keys_of
from services.routing.texts.store import Written
from shared.case_chain import content_digest, note_text
from shared.events.event import Event
from shared.events.holders import CaseStep
from shared.events.routing import CaseEvent
from shared.set_aside import CASES, States, each, own, paged
from shared.units import Units
from shared.visibility import Sight, condition

_CASE: TypeAdapter[Case] = TypeAdapter(Case)
_NOTE_FIELDS = ("note_ref", "plan_ref", "question_ref", "follow_up_ref")
_STANDING = set(CaseEvent.model_fields)
"""What every event of a case says: it stands in the history's other columns."""

Cursor = tuple[datetime, UUID]
"""The last row of a page: since when the words are unread, and the complaint."""


@dataclass(frozen=True, slots=True)
class Note:
    """An officer's words (class C1), stored under the reference that the event carries."""

    note_id: UUID
    complaint_id: UUID
    verb: str
    words: str
    evidence: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """A note as it is claimed. ``named_by``: names of the events of its case that refer to it."""

    complaint_id: UUID
    verb: str
    words: str = field(repr=False)
    named_by: Sequence[str]
    erased: bool


@dataclass(frozen=True, slots=True)
class Said:
    """An event as it was decided, and as the stream is told it. ``withheld``: what it is not told,
    as JSON values by field; None where it is told all."""

    event: Event
    told: Event
    withheld: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a case's history, with the words that belong to it. ``facts``: what its event says
    beside where the case stands, as JSON values by field."""

    version: int
    event: str
    at: datetime
    state: str
    unit_id: str
    actor_unit: str | None
    words: str | None
    evidence: Sequence[Mapping[str, Any]]
    facts: Mapping[str, Any]
    officer: str | None = field(default=None, repr=False)
    """The name of who did it, where whoever reads is of his unit (class C2)."""
    explanation: Mapping[str, Any] | None = None
    """Why the rules decided so (`services.routing.explaining`), as JSON values by field."""


@dataclass(frozen=True, slots=True)
class Look:
    """An officer has looked at the words ``refs``. note: why nothing else follows (class C1)."""

    look_id: UUID
    complaint_id: UUID
    refs: Sequence[UUID]
    officer: Actor
    note: str | None = field(repr=False)
    at: datetime


class CaseStore:
    """Cases by complaint id, loaded under lock and saved in bulk."""

    def __init__(self, units: Units) -> None:
        """``units`` say whose judgement a saved case waits for, and who may judge it."""
        self._units = units
        self._written: Mapping[UUID, Written] = MappingProxyType({})

    def of_batch(self, written: Mapping[UUID, Written]) -> "CasesOfBatch":
        """The store for one batch; ``written``: what its reporters wrote, by complaint."""
        return CasesOfBatch(self._units, written)

    async def load_many(
        self, connection: AsyncConnection, keys: Sequence[UUID]
    ) -> Mapping[UUID, Case]:
        found = await connection.execute(_LOCK, {"ids": list(keys)})
        return States(connection, CASES, found, case_of)

    async def save_many(self, connection: AsyncConnection, states: Sequence[Case]) -> None:
        cases = [(case, standing_of(case, self._units)) for case in states]
        await changes.note(connection, cases)
        await self._save(connection, cases)
        keys = {case.complaint_id: keys_of(case, standing.facts) for case, standing in cases}
        erased = {case.complaint_id for case in states if case.erased}
        added = keys.keys() & self._written.keys() - erased
        await texts.write(connection, keys, self._copied(states, added))
        await texts.follow(connection, {key: keys[key] for key in keys.keys() - added})
        await texts.erase(connection, sorted(erased))
        await slips.lay(connection, cases, self._units)

    def _copied(self, states: Sequence[Case], added: Collection[UUID]) -> dict[UUID, Written]:
        """What is kept to be searched and listed: of confidential reports it is masked."""
        hidden = {case.complaint_id for case in states if case.confidential}
        written = {key: self._written[key] for key in added}
        return {key: it.masked() if key in hidden else it for key, it in written.items()}

    async def _save(
        self, connection: AsyncConnection, cases: Sequence[tuple[Case, Standing]]
    ) -> None:
        states, standings = zip(*cases, strict=True)
        await connection.execute(
            _SAVE,
            {
                "ids": [case.complaint_id for case in states],
                "states": [case.state.value for case in states],
                "units": [case.unit_id for case in states],
                "categories": [case.category for case in states],
                "heads": [case.head_id for case in states],
                "reviewers": [standing.awaited for standing in standings],
                "judges": [standing.reviewer for standing in standings],
                "watchers": [json.dumps(case.watchers) for case in states],
                "abouts": [case.about_unit for case in states],
                "restricted": [case.restricted for case in states],
                "received": [case.received_at for case in states],
                "lookers": [must_look(case, self._units) for case in states],
                "unread": [case.unread_since for case in states],
                "stages": [standing.stage for standing in standings],
                "numbers": [case.report_number for case in states],
                "channels": [case.channel.value for case in states],
                "areas": [case.kelurahan_code for case in states],
                "dues": [case.due_at for case in states],
                "originals": [case.original_due_at for case in states],
                "nexts": [next_due_at(case) for case in states],
                "bodies": [write_case(case) for case in states],
            },
        )

    async def find(
        self, connection: AsyncConnection, complaint_id: UUID, sight: Sight
    ) -> Case | None:
        """One case, without a lock. None: it is not there, or not within sight."""
        found = await self._seen(connection, [complaint_id], sight)
        return States(connection, CASES, found, case_of).get(complaint_id)

    async def find_with_merged(
        self, connection: AsyncConnection, complaint_id: UUID, sight: Sight
    ) -> tuple[Case | None, list[Case]]:
        """As `find`, with the cases that were merged into it, in order, as far as they are within
        sight."""
        seen = condition(sight)
        values = {"id": complaint_id, **seen.parameters}
        rows = (await connection.execute(_with_merged(seen.sql), values)).all()
        own = [row for row in rows if row.complaint_id == complaint_id]
        merged = [row for row in rows if row.complaint_id != complaint_id]
        case = States(connection, CASES, own, case_of).get(complaint_id)
        return case, each(connection, CASES, merged, case_of)

    async def seen_among(
        self, connection: AsyncConnection, keys: Sequence[UUID], sight: Sight
    ) -> set[UUID]:
        """Which of the cases are there and within sight. None is locked: the wait for a lock would
        tell of a case that is hidden."""
        seen = condition(sight)
        values = {"ids": list(keys), **seen.parameters}
        found = await connection.execute(_ids_seen(seen.sql), values)
        return {row.complaint_id for row in found}

    async def _seen(
        self, connection: AsyncConnection, keys: Sequence[UUID], sight: Sight
    ) -> Sequence[Any]:
        seen = condition(sight)
        values = {"ids": list(keys), **seen.parameters}
        return (await connection.execute(_find_seen(seen.sql), values)).all()

    async def find_many(self, connection: AsyncConnection, keys: Sequence[UUID]) -> States[Case]:
        """Cases by complaint id, without a lock."""
        found = await connection.execute(_FIND_MANY, {"ids": list(keys)})
        return States(connection, CASES, found, case_of)

    async def numbers(
        self, connection: AsyncConnection, keys: Sequence[UUID], sight: Sight
    ) -> dict[UUID, str]:
        """Report numbers by complaint, of those within sight."""
        found = await self._seen(connection, keys, sight)
        cases = States(connection, CASES, found, case_of)
        return {key: case.report_number for key, case in cases.items()}

    async def children_of(
        self, connection: AsyncConnection, heads: Sequence[UUID]
    ) -> dict[UUID, list[UUID]]:
        """Ids of the cases merged into each head, in order."""
        found: dict[UUID, list[UUID]] = {}
        for row in await connection.execute(_CHILDREN, {"heads": list(heads)}):
            found.setdefault(row.head_id, []).append(row.complaint_id)
        return found

    async def unread(
        self,
        connection: AsyncConnection,
        units: Collection[str],
        sight: Sight,
        after: Cursor | None,
        limit: int,
    ) -> list[Case]:
        """Cases with words that one of ``units`` must look at, the longest unread first."""
        seen = condition(sight)
        statement = text(_UNREAD.format(seen=seen.sql))
        values = {**seen.parameters, "units": list(units)}

        async def fetch(after: Cursor | None, limit: int) -> Sequence[Any]:
            at, complaint_id = after or (None, None)
            place = {"after_at": at, "after_id": complaint_id, "limit": limit}
            return (await connection.execute(statement, {**values, **place})).all()

        return await paged(connection, CASES, fetch, case_of, _unread_place_of, after, limit)

    async def add_look(self, connection: AsyncConnection, look: Look) -> None:
        await connection.execute(
            _ADD_LOOK,
            {
                "id": look.look_id,
                "complaint": look.complaint_id,
                "refs": list(look.refs),
                "actor": look.officer.subject,
                "actor_unit": look.officer.unit,
                "note": look.note,
                "at": look.at,
            },
        )

    async def add_note(self, connection: AsyncConnection, note: Note) -> None:
        await connection.execute(
            _ADD_NOTE,
            {
                "id": note.note_id,
                "complaint": note.complaint_id,
                "verb": note.verb,
                "words": note.words,
                "evidence": json.dumps(list(note.evidence)),
                "hashed": note_text(note.words, note.evidence).decode(),
            },
        )

    async def claim_notes(
        self, connection: AsyncConnection, refs: Sequence[UUID]
    ) -> dict[UUID, WrittenNote]:
        """Notes by their id, with what decides whether they may leave."""
        found = await connection.execute(_CLAIM_NOTES, {"ids": list(refs)})
        return {
            row.note_id: WrittenNote(
                row.complaint_id, row.verb, row.words, row.named_by, row.erased
            )
            for row in found
        }

    async def add_history(
        self, connection: AsyncConnection, said: Sequence[Said], actor: Actor | None
    ) -> None:
        """One row per event, as it was decided, each chained to the one before. The cases are
        locked or new."""
        rows = [(each.event, each.withheld) for each in said if isinstance(each.event, CaseEvent)]
        if not rows:
            return
        facts = [event for event, _ in rows]
        said_whole = [fact.model_dump(mode="json", exclude=_STANDING) for fact in facts]
        unchained = await connection.execute(
            _ADD_HISTORY,
            {
                "ids": [fact.complaint_id for fact in facts],
                "versions": [fact.case_version for fact in facts],
                "events": [type(fact).__name__ for fact in facts],
                "ats": [fact.at for fact in facts],
                "states": [fact.state.value for fact in facts],
                "units": [fact.unit_id for fact in facts],
                "notes": [_note_of(fact) for fact in facts],
                "withheld": [json.dumps(fields) if fields else None for _, fields in rows],
                "facts": [json.dumps(each) for each in said_whole],
                "contents": [
                    content_digest(_content(fact, whole, fields or None, actor))
                    for (fact, fields), whole in zip(rows, said_whole, strict=True)
                ],
                "actor": actor.subject if actor else None,
                "actor_unit": actor.unit if actor else None,
            },
        )
        if late := [row.complaint_id for row in unchained]:
            await chain_up(connection, late)

    async def holders_at(
        self, connection: AsyncConnection, steps: Sequence[CaseStep]
    ) -> dict[CaseStep, str]:
        """Id of the unit that held each case after each version."""
        complaints, versions = [each for each, _ in steps], [version for _, version in steps]
        found = await connection.execute(_HOLDERS, {"ids": complaints, "versions": versions})
        return {(row.complaint_id, row.version): row.unit_id for row in found}

    async def held_since(
        self, connection: AsyncConnection, complaint_id: UUID, unit_id: str
    ) -> datetime | None:
        """When the unit first held the case; None when it never did."""
        asked = {"id": complaint_id, "unit": unit_id}
        found: datetime | None = await connection.scalar(_HELD_SINCE, asked)
        return found

    async def history(
        self,
        connection: AsyncConnection,
        complaint_id: UUID,
        since: int = 0,
        reader: str | None = None,
    ) -> list[Step]:
        """The steps of a case after the version ``since``, oldest first. ``reader``: the unit whose
        officers are named."""
        values = {"id": complaint_id, "since": since, "reader": reader}
        found = await connection.execute(_HISTORY_SINCE, values)
        return [Step(**row) for row in found.mappings()]


class CasesOfBatch(CaseStore):
    """The store while one batch of events is applied.

    A case is saved with what its reporter wrote; of who is erased nothing is kept, whatever comes
    later. Two of the three events that a complaint begins with tell limits: of a case that got
    others and is the same besides, that alone is saved.
    """

    def __init__(self, units: Units, written: Mapping[UUID, Written]) -> None:
        super().__init__(units)
        self._written = written
        self._loaded: Mapping[UUID, Case] = {}

    async def load_many(
        self, connection: AsyncConnection, keys: Sequence[UUID]
    ) -> Mapping[UUID, Case]:
        self._loaded = await super().load_many(connection, keys)
        return self._loaded

    async def save_many(self, connection: AsyncConnection, states: Sequence[Case]) -> None:
        moved = [case for case in states if self._got_limits_alone(case)]
        if moved:
            await self._save_limits(connection, moved)
        if len(moved) < len(states):
            done = {case.complaint_id for case in moved}
            await super().save_many(connection, [c for c in states if c.complaint_id not in done])

    def _got_limits_alone(self, case: Case) -> bool:
        key = case.complaint_id
        return key not in self._written and only_limits_moved(self._loaded.get(key), case)

    async def _save_limits(self, connection: AsyncConnection, cases: Sequence[Case]) -> None:
        """Neither where the cases stand nor what they are found by has changed."""
        await connection.execute(
            _SAVE_LIMITS,
            {
                "ids": [case.complaint_id for case in cases],
                "dues": [case.due_at for case in cases],
                "originals": [case.original_due_at for case in cases],
                "nexts": [next_due_at(case) for case in cases],
                "bodies": [write_case(case) for case in cases],
            },
        )
        await changes.note_the_same(connection, [case.complaint_id for case in cases])
        await slips.follow_limits(connection, cases)


@cache
def _find_seen(seen: str) -> sa.TextClause:
    """Made once for each kind of sight: to read a statement's words anew costs as much as to send
    it."""
    return text(f"{_FIND_MANY.text} AND {seen}")


@cache
def _ids_seen(seen: str) -> sa.TextClause:
    return text(f"{_IDS} AND {seen}")


@cache
def _with_merged(seen: str) -> sa.TextClause:
    return text(_FIND_WITH_MERGED.format(seen=seen))


def read_case(body: str) -> Case:
    """A case from its column ``body``, as this release or an earlier one wrote it."""
    return _CASE.validate_json(body)


def case_of(row: Any) -> Case:
    """Of a row with ``complaint_id`` and ``body``."""
    return own(row, read_case(row.body))


def _unread_place_of(row: Any) -> Cursor:
    return row.unread_since, row.complaint_id


def write_case(case: Case) -> str:
    """A case for its column ``body``."""
    return _CASE.dump_json(case).decode()


def _content(
    fact: CaseEvent, whole: Mapping[str, Any], withheld: Any, actor: Actor | None
) -> dict[str, Any]:
    """What the chain holds of a step, as it will stand in its row."""
    return content_of(
        complaint_id=fact.complaint_id, version=fact.case_version, event=type(fact).__name__,
        at=fact.at, state=fact.state.value, unit_id=fact.unit_id,
        actor_unit=actor.unit if actor else None, note_id=_note_of(fact), facts=whole,
        withheld=withheld,
    )  # fmt: skip


def _note_of(fact: CaseEvent) -> UUID | None:
    """The note whose words are shown with an event.

    Where an event names a reason and the plan that it is about, it is the reason.
    """
    references = (getattr(fact, name) for name in _note_fields(type(fact)))
    return next((ref for ref in references if ref is not None), None)


@cache
def _note_fields(kind: type[CaseEvent]) -> Sequence[str]:
    return [name for name in _NOTE_FIELDS if name in kind.model_fields]


_SAVE_LIMITS = text("""
    UPDATE cases SET due_at = d, original_due_at = o, next_due_at = e, body = CAST(b AS jsonb)
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:dues AS timestamptz[]), CAST(:originals AS timestamptz[]),
        CAST(:nexts AS timestamptz[]), CAST(:bodies AS text[])
    ) AS given(i, d, o, e, b) WHERE complaint_id = i
""")
_LOCK = text("""
    SELECT complaint_id, CAST(body AS text) AS body FROM cases
    WHERE complaint_id = ANY(CAST(:ids AS uuid[])) ORDER BY complaint_id FOR UPDATE
""")
_IDS = "SELECT complaint_id FROM cases WHERE complaint_id = ANY(CAST(:ids AS uuid[]))"
_FIND_MANY = text("""
    SELECT complaint_id, CAST(body AS text) AS body FROM cases
    WHERE complaint_id = ANY(CAST(:ids AS uuid[]))
""")
_SAVE = text("""
    INSERT INTO cases (complaint_id, state, unit_id, category, head_id,
                       awaited_reviewer, reviewer, watchers, about_unit, restricted,
                       received_at, must_look, unread_since, stage, report_number, channel,
                       kelurahan_code, due_at, original_due_at, next_due_at, body)
    SELECT i, s, u, c, h, r, j, CAST(w AS jsonb), a, x, t, l, n, g, m, p, k, d, o, e,
           CAST(b AS jsonb) FROM unnest(
        CAST(:ids AS uuid[]), CAST(:states AS text[]),
        CAST(:units AS text[]), CAST(:categories AS text[]), CAST(:heads AS uuid[]),
        CAST(:reviewers AS text[]), CAST(:judges AS text[]), CAST(:watchers AS text[]),
        CAST(:abouts AS text[]), CAST(:restricted AS boolean[]),
        CAST(:received AS timestamptz[]), CAST(:lookers AS text[]),
        CAST(:unread AS timestamptz[]), CAST(:stages AS text[]), CAST(:numbers AS text[]),
        CAST(:channels AS text[]), CAST(:areas AS text[]), CAST(:dues AS timestamptz[]),
        CAST(:originals AS timestamptz[]), CAST(:nexts AS timestamptz[]), CAST(:bodies AS text[])
    ) AS given(i, s, u, c, h, r, j, w, a, x, t, l, n, g, m, p, k, d, o, e, b)
    ON CONFLICT (complaint_id) DO UPDATE SET
        state = excluded.state, unit_id = excluded.unit_id,
        category = excluded.category, head_id = excluded.head_id,
        awaited_reviewer = excluded.awaited_reviewer, reviewer = excluded.reviewer,
        watchers = excluded.watchers, about_unit = excluded.about_unit,
        restricted = excluded.restricted, must_look = excluded.must_look,
        unread_since = excluded.unread_since, stage = excluded.stage,
        report_number = excluded.report_number, channel = excluded.channel,
        kelurahan_code = excluded.kelurahan_code, due_at = excluded.due_at,
        original_due_at = excluded.original_due_at, next_due_at = excluded.next_due_at,
        body = excluded.body,
        -- Whoever had it in hand was one of the unit that held it; a closed one is in no hand.
        assignee_id = CASE WHEN cases.unit_id = excluded.unit_id AND excluded.stage IS NOT NULL
                      THEN cases.assignee_id END
""")
_CHILDREN = text("""
    SELECT head_id, complaint_id FROM cases
    WHERE head_id = ANY(CAST(:heads AS uuid[])) ORDER BY complaint_id
""")
_FIND_WITH_MERGED = """
    SELECT complaint_id, CAST(body AS text) AS body FROM cases
    WHERE (complaint_id = :id OR head_id = :id) AND {seen} ORDER BY complaint_id
"""
_UNREAD = """
    SELECT complaint_id, unread_since, CAST(body AS text) AS body FROM cases
    WHERE {seen} AND must_look = ANY(CAST(:units AS text[]))
      AND (CAST(:after_at AS timestamptz) IS NULL
           OR (unread_since, complaint_id)
              > (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
    ORDER BY unread_since, complaint_id LIMIT :limit
"""
_ADD_LOOK = text("""
    INSERT INTO looks (look_id, complaint_id, refs, actor, actor_unit, note, at)
    VALUES (:id, :complaint, CAST(:refs AS uuid[]), :actor, :actor_unit, :note, :at)
""")
_ADD_NOTE = text("""
    INSERT INTO notes (note_id, complaint_id, verb, words, evidence, salt, digest)
    SELECT :id, :complaint, :verb, :words, CAST(:evidence AS jsonb), salt,
           sha256(salt || convert_to(:hashed, 'UTF8'))
    FROM (SELECT uuid_send(gen_random_uuid()) AS salt) AS made
""")
_CLAIM_NOTES = text("""
    SELECT n.note_id, n.complaint_id, n.verb, n.words,
           ARRAY(SELECT h.event FROM history h
                 WHERE h.complaint_id = n.complaint_id AND h.note_id = n.note_id) AS named_by,
           coalesce(c.body -> 'erased' = CAST('true' AS jsonb), false) AS erased
    FROM notes n JOIN cases c ON c.complaint_id = n.complaint_id
    WHERE n.note_id = ANY(CAST(:ids AS uuid[]))
""")
_HASH = """
    sha256(convert_to(
        '{{"actor":' || coalesce('"' || encode({actor}, 'hex') || '"', 'null')
        || ',"content":"' || given.content
        || '","previous":' || coalesce('"' || encode({previous}, 'hex') || '"', 'null')
        || ',"words":' || coalesce('"' || encode(given.words, 'hex') || '"', 'null') || '}}',
        'UTF8'))
"""
"""`shared.case_chain.link`, where the row before is known."""
_ACTOR = "sha256({salt} || convert_to(CAST(:actor AS text), 'UTF8'))"
_ADD_HISTORY = text(f"""
    WITH RECURSIVE given AS (
        SELECT told.*, notes.digest AS words, uuid_send(gen_random_uuid()) AS salt,
               notes.note_id IS NOT NULL AND notes.digest IS NULL AS open_note,
               row_number() OVER (PARTITION BY i ORDER BY v) AS place
        FROM unnest(
            CAST(:ids AS uuid[]), CAST(:versions AS int[]), CAST(:events AS text[]),
            CAST(:ats AS timestamptz[]), CAST(:states AS text[]), CAST(:units AS text[]),
            CAST(:notes AS uuid[]), CAST(:withheld AS text[]), CAST(:facts AS text[]),
            CAST(:contents AS text[])
        ) AS told(i, v, e, t, s, u, n, w, f, content)
        LEFT JOIN notes ON notes.note_id = n
    ), chained(i, v, place, salt, actor_ref, hash) AS (
        SELECT i, v, place, own.salt, who.ref,
               CASE WHEN open_note OR (before.version IS NOT NULL AND before.hash IS NULL)
                    THEN NULL ELSE {_HASH.format(actor="who.ref", previous="before.hash")} END
        FROM given
        LEFT JOIN LATERAL (
            SELECT version, salt, hash FROM history
            WHERE complaint_id = i AND version < v ORDER BY version DESC LIMIT 1
        ) AS before ON true
        CROSS JOIN LATERAL (
            SELECT CASE WHEN before.version IS NULL THEN given.salt ELSE before.salt END AS salt
        ) AS own
        CROSS JOIN LATERAL (SELECT {_ACTOR.format(salt="own.salt")} AS ref) AS who
        WHERE place = 1
        UNION ALL
        SELECT given.i, given.v, given.place, chained.salt, who.ref,
               CASE WHEN open_note OR chained.hash IS NULL
                    THEN NULL ELSE {_HASH.format(actor="who.ref", previous="chained.hash")} END
        FROM chained
        JOIN given ON given.i = chained.i AND given.place = chained.place + 1
        CROSS JOIN LATERAL (SELECT {_ACTOR.format(salt="chained.salt")} AS ref) AS who
    ), added AS (
        INSERT INTO history (complaint_id, version, event, at, state, unit_id, note_id, withheld,
                             facts, actor, actor_unit, salt, actor_ref, words_digest, hash)
        SELECT i, v, e, t, s, u, n, CAST(w AS jsonb), CAST(f AS jsonb), CAST(:actor AS text),
               CAST(:actor_unit AS text), chained.salt, actor_ref, words, hash
        FROM given JOIN chained USING (i, v)
        RETURNING complaint_id, hash
    )
    SELECT DISTINCT complaint_id FROM added WHERE hash IS NULL
""")  # noqa: S608 (constants)
"""Writes the steps and chains them. Names the cases in which it could not, because a step of theirs
or a note is not chained itself: they are of a release that knew no chain."""
_HOLDERS = text("""
    SELECT complaint_id, version, unit_id FROM history
    JOIN unnest(CAST(:ids AS uuid[]), CAST(:versions AS int[])) AS asked (id, at_version)
    ON complaint_id = id AND version = at_version
""")
_HELD_SINCE = text("SELECT min(at) FROM history WHERE complaint_id = :id AND unit_id = :unit")
HISTORY = """
    SELECT h.version, h.event, h.at, h.state, h.unit_id, h.actor_unit, n.words,
           coalesce(n.evidence, CAST('[]' AS jsonb)) AS evidence,
           coalesce(h.facts, CAST('{}' AS jsonb)) AS facts, o.name AS officer,
           e.body AS explanation
    FROM history h LEFT JOIN notes n ON n.note_id = h.note_id
    LEFT JOIN explanations e ON e.complaint_id = h.complaint_id AND e.version = h.version
    LEFT JOIN officers o
    ON o.unit_id = h.actor_unit AND o.subject = h.actor AND h.actor_unit = CAST(:reader AS text)
    WHERE h.complaint_id = :id AND h.version > :since ORDER BY h.version
"""
_HISTORY_SINCE = text(HISTORY)
